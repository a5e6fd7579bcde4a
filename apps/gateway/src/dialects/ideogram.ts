import { randomInt } from 'node:crypto'
import { z } from 'zod'
import { ERROR_CODES, GatewayError, errorMessage } from '../core/errors.ts'
import type { InputRole, Operation } from '../core/generation-request.ts'
import type { Model } from '../core/model.ts'
import { present } from '../core/present.ts'
import { phaseOf, type Output, type Task, type TaskPhase } from '../core/task.ts'
import type { Dialect, DialectRoute, Draft, DraftInput, ErrorContext, ParseContext, RenderContext, RenderedError, RequestBody } from './dialect.ts'
import { requirePicture, vendorFields } from './shared/draft.ts'
import { shownFailure, succeededTask } from './shared/ended-task.ts'
import { field, formField, isPlainObject, parseFields, unknownFields } from './shared/fields.ts'
import { readNestedJson } from './shared/nested-json.ts'

/*
 * Ideogram's wire: the classic paths (`/generate` … with `image_request`) and those of version 3 (`/v1/ideogram-v3/…`),
 * each also under `/ideogram`. JSON or forms, whatever the path: real callers send both. The answer is the finished
 * pictures; inside it is a task like any other. Lenient: what is not known is left out and listed in `ignored`.
 */

/** "typically 5–30 s"; nobody's client waits longer than this. */
const MAX_WAIT_SECONDS = 600

const NEWEST_MODEL = 'ideogram-v3'
/** "model: V_2 (default)" on the classic paths. */
const CLASSIC_MODEL = 'ideogram-v2'

const MAX_PICTURES = 16
const MAX_STYLE_CODES = 16
const MAX_COLORS = 32

const switchWord = z.enum(['AUTO', 'ON', 'OFF'])
const share = () => formField.seed().pipe(z.int().min(1).max(100))
const pictures = () => z.union([field.source(), z.array(field.source()).max(MAX_PICTURES)], { error: 'must be a picture or a list of pictures' })

/** Forms carry objects as JSON text. */
const palette = z
  .preprocess(
    (value) => (typeof value === 'string' ? readNestedJson(value) : value),
    z.union(
      [
        z.object({ name: z.enum(['EMBER', 'FRESH', 'JUNGLE', 'MAGIC', 'MELON', 'MOSAIC', 'PASTEL', 'ULTRAMARINE']) }),
        z.object({
          members: z.array(z.object({ color_hex: z.string().regex(/^#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/, 'must be a colour such as #2A6F97'), color_weight: z.number().min(0.05).max(1).nullish() })).min(1).max(MAX_COLORS),
        }),
      ],
      { error: 'must be { name } or { members: [{ color_hex, color_weight }] }' },
    ),
  )

const styleCode = z.string().regex(/^[0-9a-fA-F]{8}$/, 'must be 8 hexadecimal digits')

const FIELDS = {
  prompt: field.prompt(),
  model: field.model().optional().describe('V_1, V_2 …, or any other image model.'),
  seed: formField.seed().optional(),
  num_images: formField.count().optional(),
  aspect_ratio: field.text(20).optional().describe('16x9 or ASPECT_16_9; not together with resolution.'),
  resolution: field.text(40).optional().describe('1024x1024 or RESOLUTION_1024_1024.'),
  rendering_speed: z.enum(['FLASH', 'TURBO', 'BALANCED', 'DEFAULT', 'QUALITY']).optional(),
  magic_prompt: switchWord.optional(),
  magic_prompt_option: switchWord.optional().describe('The same, as the classic paths call it.'),
  magic_prompt_version: field.text(20).optional(),
  negative_prompt: field.text(32_000).optional(),
  style_type: field.text(40).optional(),
  style_preset: field.text(60).optional(),
  style_codes: z.union([styleCode.transform((code) => [code]), z.array(styleCode).max(MAX_STYLE_CODES)], { error: 'must be a list of codes of 8 hexadecimal digits' }).optional(),
  color_palette: palette.optional(),
  custom_model_uri: field.text().optional(),
  enable_copyright_detection: formField.boolean().optional(),
  image: field.source().optional().describe('The picture to work on: a file, or its URL.'),
  image_file: field.source().optional().describe('The same, as the classic paths call it.'),
  mask: field.source().optional().describe('Black where the picture is to change.'),
  style_reference_images: pictures().optional(),
  character_reference_images: pictures().optional(),
  image_weight: share().optional(),
  resemblance: share().optional(),
  detail: share().optional(),
  describe_model_version: z.enum(['V_2', 'V_3', 'CUSTOM']).optional(),
}
type FieldName = keyof typeof FIELDS
type Given = { [K in FieldName]?: z.output<(typeof FIELDS)[K]> | undefined }

const COUNTED = ['model', 'seed', 'num_images', 'magic_prompt', 'magic_prompt_option', 'magic_prompt_version'] as const
const STYLED = [
  ...COUNTED, 'rendering_speed', 'negative_prompt', 'style_type', 'style_preset', 'style_codes', 'color_palette', 'custom_model_uri',
  'enable_copyright_detection', 'style_reference_images', 'character_reference_images',
] as const
const SIZED = ['aspect_ratio', 'resolution'] as const
const SOURCE = ['image', 'image_file'] as const

/** One thing that can be asked for. */
interface Work {
  name: string
  /** Further names on the v3 paths. */
  alsoNamed?: string[]
  operation: Operation
  takes: readonly FieldName[]
  promptOptional?: true
  needsMask?: true
  /** On the classic paths, where the body names no model. */
  classicModel: string
  summary: string
}

const WORKS: readonly Work[] = [
  { name: 'generate', operation: 'text_to_image', takes: ['prompt', ...STYLED, ...SIZED], classicModel: CLASSIC_MODEL, summary: 'Make pictures from text' },
  { name: 'edit', alsoNamed: ['inpaint'], operation: 'image_edit', takes: ['prompt', ...STYLED, ...SOURCE, 'mask'], needsMask: true, classicModel: CLASSIC_MODEL, summary: 'Change the masked part of a picture' },
  { name: 'remix', operation: 'remix', takes: ['prompt', ...STYLED, ...SIZED, ...SOURCE, 'image_weight'], classicModel: CLASSIC_MODEL, summary: 'Make pictures along another one' },
  { name: 'reframe', operation: 'reframe', takes: [...STYLED, ...SIZED, ...SOURCE], promptOptional: true, classicModel: CLASSIC_MODEL, summary: 'Continue a picture to another format' },
  { name: 'replace-background', operation: 'replace_background', takes: ['prompt', ...STYLED, ...SOURCE], classicModel: NEWEST_MODEL, summary: 'Put something else behind the subject of a picture' },
  { name: 'upscale', operation: 'upscale', takes: ['prompt', ...COUNTED, ...SOURCE, 'resemblance', 'detail'], promptOptional: true, classicModel: NEWEST_MODEL, summary: 'Enlarge a picture' },
  { name: 'describe', operation: 'describe', takes: ['model', ...SOURCE, 'describe_model_version'], promptOptional: true, classicModel: NEWEST_MODEL, summary: 'Describe a picture in words' },
]

/** The vendor's own names, as far as the catalogue passes them on. */
const VENDOR_FIELDS = [
  'magic_prompt_version', 'color_palette', 'style_codes', 'style_preset', 'custom_model_uri', 'image_weight', 'resemblance', 'detail',
  'describe_model_version', 'enable_copyright_detection',
] as const satisfies FieldName[]

const CANONICAL: Draft['fieldNames'] = {
  model: 'model',
  prompt: 'prompt',
  negativePrompt: 'negative_prompt',
  aspectRatio: 'aspect_ratio',
  size: 'resolution',
  seed: 'seed',
  count: 'num_images',
  style: 'style_type',
  quality: 'rendering_speed',
}

function parserOf(work: Work, defaultModel: string, classic: boolean): NonNullable<DialectRoute['parse']> {
  const schema = schemaOf(work)
  return (body, context) => {
    const spelling = spellingOf(body)
    const given: Given = spelling.parse(schema)
    if (given.resolution !== undefined && given.aspect_ratio !== undefined) throw spelling.refusal('resolution', 'cannot stand beside aspect_ratio')
    if (given.style_codes !== undefined && given.style_type !== undefined) throw spelling.refusal('style_codes', 'cannot stand beside style_type')
    const model = context.model(modelName(given, defaultModel))
    const inputs = inputsOf(work, model, { given, body, spelling, classic })
    if (work.operation === 'reframe' && given.resolution === undefined && given.aspect_ratio === undefined) throw spelling.refusal('resolution', 'is required')
    return {
      request: present({
        kind: work.operation === 'describe' ? ('text' as const) : ('image' as const),
        operation: work.operation === 'remix' && !model.operations.includes('remix') ? ('image_edit' as const) : work.operation,
        model: model.id,
        prompt: given.prompt ?? '',
        negativePrompt: given.negative_prompt,
        aspectRatio: ratioOf(given.aspect_ratio, spelling),
        size: sizeOf(given.resolution, spelling),
        seed: given.seed,
        count: given.num_images ?? 1,
        style: given.style_type === 'AUTO' && model.styles === undefined ? undefined : given.style_type,
        quality: given.rendering_speed === 'DEFAULT' ? undefined : given.rendering_speed?.toLowerCase(),
        enhancePrompt: magicOf(given),
        vendor: vendorOf(given, model, inputs),
      }),
      inputs: inputs.map(({ media, role, source, param }) => ({ media, role, source, param })),
      ignored: spelling.unknown(schema),
      unusedFields: 'ignore',
      fieldNames: {
        ...Object.fromEntries(Object.entries(CANONICAL).map(([name, ours]) => [name, spelling.name(ours)])),
        enhancePrompt: spelling.name(given.magic_prompt === undefined ? 'magic_prompt_option' : 'magic_prompt'),
        inputs: inputs[0]?.param ?? (classic ? 'image_file' : 'image'),
      },
    }
  }
}

function schemaOf(work: Work): z.ZodObject {
  const shape = Object.fromEntries(work.takes.map((name) => [name, name === 'prompt' && work.promptOptional ? emptyAsAbsent(FIELDS.prompt) : FIELDS[name]]))
  return z.object(shape)
}

function emptyAsAbsent(prompt: typeof FIELDS.prompt) {
  return z.union([z.literal('').transform(() => undefined), prompt]).optional()
}

/** Where the body's names stand, so that an error names what the client wrote: `image_request.prompt`. */
interface Spelling {
  parse(schema: z.ZodObject): Given
  name(field: string): string
  unknown(schema: z.ZodObject): string[]
  refusal(field: FieldName, why: string): GatewayError
}

/** "image_request: JSON string part" of a form, or an object in JSON; its members count like those beside it. */
function spellingOf({ fields }: RequestBody): Spelling {
  const { image_request: holder, ...outer } = fields
  const inner = holder === undefined || holder === null ? undefined : typeof holder === 'string' ? readNestedJson(holder) : holder
  if (inner !== undefined && !isPlainObject(inner)) throw new GatewayError('invalid_request', 'image_request must be an object', { param: 'image_request' })
  const all = { ...outer, ...inner }
  const name = (field: string): string => (inner === undefined || (Object.hasOwn(outer, head(field)) && !Object.hasOwn(inner, head(field))) ? field : `image_request.${field}`)
  const refuse = (field: string, message: string): GatewayError => new GatewayError('invalid_request', `${name(field)} ${message}`, { param: name(field) })
  return {
    name,
    unknown: (schema) => unknownFields(schema, all).map(name),
    refusal: refuse,
    parse(schema) {
      try {
        return parseFields(schema, all)
      } catch (error) {
        if (!(error instanceof GatewayError) || error.param === undefined) throw error
        throw refuse(error.param, error.message.slice(error.param.length + 1))
      }
    },
  }
}

function head(path: string): string {
  return /^[^.[]*/.exec(path)?.[0] ?? path
}

function modelName({ model, describe_model_version: describing }: Given, otherwise: string): string {
  const name = model ?? describing
  if (name === 'AUTO') return NEWEST_MODEL
  return name === undefined || name === 'CUSTOM' ? otherwise : name
}

function ratioOf(text: string | undefined, spelling: Spelling): string | undefined {
  if (text === undefined) return undefined
  const match = /^(?:ASPECT_)?(\d{1,2})[_x:](\d{1,2})$/.exec(text)
  if (match === null) throw spelling.refusal('aspect_ratio', 'must be a ratio such as 16x9 or ASPECT_16_9')
  return `${match[1]}:${match[2]}`
}

function sizeOf(text: string | undefined, spelling: Spelling): string | undefined {
  if (text === undefined) return undefined
  const match = /^(?:RESOLUTION_)?(\d{3,4})[_x](\d{3,4})$/.exec(text)
  if (match === null) throw spelling.refusal('resolution', 'must be a size such as 1024x1024 or RESOLUTION_1024_1024')
  return `${match[1]}x${match[2]}`
}

/** AUTO leaves it to the model. */
function magicOf({ magic_prompt: magic, magic_prompt_option: option }: Given): boolean | undefined {
  const word = magic ?? option
  return word === undefined || word === 'AUTO' ? undefined : word === 'ON'
}

type Kind = 'source' | 'mask' | 'style' | 'character'
type Picture = DraftInput & { kind: Kind }

function vendorOf(given: Given, model: Model, inputs: readonly Picture[]): Record<string, unknown> | undefined {
  const fields: Record<string, unknown> = Object.fromEntries(VENDOR_FIELDS.map((name) => [name, given[name]]))
  if (inputs.some(({ kind }) => kind === 'style' || kind === 'character')) fields['references'] = inputs.map(({ kind }) => ({ kind }))
  if (inputs.some(({ kind }) => kind === 'mask')) fields['mask_changes'] = 'black'
  return vendorFields(fields)
}

interface Parsed {
  given: Given
  body: RequestBody
  spelling: Spelling
  classic: boolean
}

function inputsOf(work: Work, model: Model, parsed: Parsed): Picture[] {
  const { classic } = parsed
  const found = [...textPictures(parsed), ...filePictures(work, parsed.body)]
  const inputs = found.map(({ kind, source, param }): Picture => ({ kind, media: 'image', role: roleOf(model, kind, param), source, param }))
  const sources = inputs.filter(({ kind }) => kind === 'source')
  // Files are parts of the form, beside `image_request`.
  const name = classic ? 'image_file' : 'image'
  if (work.takes.includes('image') && sources.length !== 1) throw new GatewayError('invalid_request', `${name} ${sources.length === 0 ? 'is required' : 'must be one picture'}`, { param: name })
  if (work.needsMask && !inputs.some(({ kind }) => kind === 'mask')) throw new GatewayError('invalid_request', 'mask is required', { param: 'mask' })
  return inputs
}

type Found = Pick<DraftInput, 'source' | 'param'> & { kind: Kind }

const KINDS = {
  image: 'source',
  image_file: 'source',
  mask: 'mask',
  style_reference_images: 'style',
  character_reference_images: 'character',
} as const satisfies Partial<Record<FieldName, Kind>>

function textPictures({ given, spelling }: Parsed): Found[] {
  return Object.entries(KINDS).flatMap(([name, kind]) => {
    const value = given[name as keyof typeof KINDS]
    if (value === undefined) return []
    if (typeof value === 'string') return [{ kind, source: { text: value }, param: spelling.name(name) }]
    return value.map((text, index) => ({ kind, source: { text }, param: `${spelling.name(name)}[${index}]` }))
  })
}

function filePictures(work: Work, { files }: RequestBody): Found[] {
  return files.map((part) => {
    const kind = work.takes.some((name) => name === part.field) && Object.hasOwn(KINDS, part.field) ? KINDS[part.field as keyof typeof KINDS] : undefined
    if (kind === undefined) {
      const names = filePartsOf(work)
      throw new GatewayError('invalid_request', `${part.field} is not a file that this request takes${names.length > 0 ? `; it takes ${names.join(', ')}` : ''}`, { param: part.field })
    }
    requirePicture(part)
    return { kind, source: { part }, param: part.field }
  })
}

function filePartsOf({ takes }: Work): string[] {
  return takes.filter((name) => Object.hasOwn(KINDS, name))
}

/**
 * A model that knows no kinds of reference must not take a style for a motif; and of "black = region to edit, white =
 * keep" other vendors' models would change the wrong part.
 */
function roleOf(model: Model, kind: Kind, param: string): InputRole {
  if (kind === 'mask') {
    if (model.vendorFields?.includes('mask_changes') === true) return 'mask'
    throw new GatewayError('invalid_request', `${param}: ${model.id} takes no mask that is black where the picture is to change`, { param })
  }
  if (kind === 'source') return model.inputs.image?.roles.includes('source') === false && model.inputs.image.roles.includes('reference') ? 'reference' : 'source'
  if (model.vendorFields?.includes('references') !== true) throw new GatewayError('invalid_request', `${param}: ${model.id} takes no ${kind} references`, { param })
  return 'reference'
}

/** Every answer names the seed of its pictures, and so there is always one. */
const MAX_SEED = 2_147_483_647

function withSeed(draft: Draft, context: ParseContext): Draft {
  if (draft.request.seed !== undefined || context.findModel(draft.request.model)?.seed === undefined || draft.request.kind === 'text') return draft
  return { ...draft, request: { ...draft.request, seed: randomInt(MAX_SEED) } }
}

/** Makes the task, waits for its end, and answers with what was made. */
function answering(parse: NonNullable<DialectRoute['parse']>): NonNullable<DialectRoute['answer']> {
  return async (_call, gateway) => {
    const task = await gateway.create((body, context) => withSeed(parse(body, context), context))
    return { body: resultOf(await succeededTask(gateway, task, MAX_WAIT_SECONDS), gateway.rendering) }
  }
}

const pictureSchema = z.object({
  url: z.string(),
  prompt: z.string(),
  resolution: z.string(),
  is_image_safe: z.boolean(),
  seed: z.int().optional(),
  style_type: z.string().optional(),
  upscaled_resolution: z.string().optional(),
})

const resultSchema = z.object({
  created: z.string().describe('ISO 8601.'),
  data: z.array(pictureSchema).optional(),
  descriptions: z.array(z.object({ text: z.string() })).optional().describe('Of a picture that was to be described.'),
  ignored: z.array(z.string()).optional().describe('Fields that the model has no use for.'),
})

function resultOf(task: Task, context: RenderContext): z.output<typeof resultSchema> {
  const texts = task.outputs.flatMap(({ text }) => (text === undefined ? [] : [{ text }]))
  return {
    created: new Date(task.createdAtMs).toISOString(),
    ...(task.request.kind === 'text' ? { descriptions: texts } : { data: task.outputs.map((output) => pictureOf(output, task, context)) }),
    ...(task.ignored.length > 0 && { ignored: task.ignored }),
  }
}

function pictureOf(output: Output, task: Task, context: RenderContext): z.output<typeof pictureSchema> {
  const { request } = task
  const resolution = output.widthPixels === undefined || output.heightPixels === undefined ? '' : `${output.widthPixels}x${output.heightPixels}`
  return present({
    url: context.fileLink(output.storageKey, task),
    prompt: request.enhancedPrompt ?? request.prompt,
    resolution,
    // What is not safe is refused as a whole, with 422.
    is_image_safe: true,
    seed: request.seed,
    style_type: request.style,
    upscaled_resolution: request.operation === 'upscale' ? resolution : undefined,
  })
}

/** The wire reads no tasks; this is the shape of the vendor's newer `GET /v1/generations/{id}`. */
const STATUS_WORDS: Record<TaskPhase, z.output<typeof statusWord>> = { queued: 'pending', running: 'pending', succeeded: 'completed', failed: 'failed', cancelled: 'failed' }
const statusWord = z.enum(['pending', 'completed', 'failed'])

const taskSchema = z.object({ ...resultSchema.shape, generation_id: z.string(), status: statusWord, error: z.string().optional(), code: z.string().optional() })

function renderTask(task: Task, context: RenderContext): z.output<typeof taskSchema> {
  const failure = shownFailure(task)
  return {
    generation_id: task.id,
    status: STATUS_WORDS[phaseOf(task.state)],
    ...resultOf(task, context),
    ...(failure && { error: failure.message, code: failure.code }),
  }
}

/** "422: prompt or image failed safety, {"error": …}"; other bodies are not specified, and are of the same form here. */
function renderError(error: GatewayError, context: ErrorContext): RenderedError {
  return {
    status: error.code === 'content_policy' ? 422 : ERROR_CODES[error.code].status,
    body: { error: errorMessage(error, context.language), code: error.code, ...(error.param !== undefined && { param: error.param }), request_id: context.requestId },
  }
}

const errorSchema = z.object({ error: z.string(), code: z.string(), param: z.string().optional(), request_id: z.string() })

const EXAMPLES: Record<string, Record<string, unknown>> = {
  generate: { model: 'gpt-image-1', prompt: 'A serene tropical beach scene' },
}

function routesOf(work: Work): DialectRoute[] {
  const classic = ['', '/ideogram'].map((root) => routeOf(work, `${root}/${work.name}`, true))
  const newer = ['', '/ideogram'].flatMap((root) => [work.name, ...(work.alsoNamed ?? [])].map((name) => routeOf(work, `${root}/v1/ideogram-v3/${name}`, false)))
  return [...classic, ...newer]
}

function routeOf(work: Work, path: string, classic: boolean): DialectRoute {
  const parse = parserOf(work, classic ? work.classicModel : NEWEST_MODEL, classic)
  const schema = schemaOf(work)
  const example = EXAMPLES[work.name]
  return {
    method: 'POST',
    path,
    action: 'create',
    parse,
    body: classic && work.name === 'generate' ? z.object({ image_request: schema }) : schema,
    answer: answering(parse),
    answerSchema: resultSchema,
    waits: true,
    ...(filePartsOf(work).length > 0 && { fileParts: filePartsOf(work) }),
    summary: work.summary,
    ...(example && { examples: { [work.name]: classic ? { image_request: example } : example } }),
  }
}

export const ideogram: Dialect = {
  id: 'ideogram',
  routes: WORKS.flatMap(routesOf),
  credentialHeaders: ['api-key'],
  renderTask,
  statusWords: { at: 'status', words: statusWord.options },
  renderError,
  taskSchema,
  errorSchema,
}
