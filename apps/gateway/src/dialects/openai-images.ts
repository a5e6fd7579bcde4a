import { z } from 'zod'
import { GatewayError } from '../core/errors.ts'
import type { Operation } from '../core/generation-request.ts'
import { ADAPTIVE, type Model } from '../core/model.ts'
import { present } from '../core/present.ts'
import { isFinal, type Task } from '../core/task.ts'
import type { Answer, Call, Dialect, DialectRoute, Draft, DraftInput, GatewayForDialects, ParseContext, RequestBody } from './dialect.ts'
import { completedEvent, imagesAnswer, openAiImagesSchema, openAiImageTask, openAiImageTaskSchema, relayImageTask, type Picture } from './openai-images/shape.ts'
import { defaultImageRole, operationOf, passedOn, pictureFiles } from './shared/draft.ts'
import { failureOf } from './shared/ended-task.ts'
import { field, formField, parseFields, unknownFields } from './shared/fields.ts'
import { openAiError, openAiErrorEvent, openAiErrorSchema, openAiHeaders } from './shared/openai-shape.ts'
import { waitQuery } from './shared/queries.ts'
import { resultLinks } from './shared/result-links.ts'

/*
 * OpenAI's images wire, as the vendor's SDKs speak it, with the fields that Volcengine Ark and xAI have on routes of the
 * same name. The answer is the pictures: inside it is a task like any other, and the request only waits for it. Lenient:
 * what is not known is left out and listed in `ignored`.
 */

/** The vendor's clients may leave it out; its own defaults are closed models (dall-e-2). */
const DEFAULT_MODEL = 'gpt-image-1'
/** "/images/variations: dall-e-2" is all that the vendor ever had there. */
const VARIATION_MODEL = 'dall-e-2'
/** "256x256, 512x512, or 1024x1024 for dall-e-2": who asks for one of the small ones, and for no model, means the vendor's default. */
const SMALL_SIZES: readonly (string | undefined)[] = ['256x256', '512x512']
const SMALL_MODEL = 'dall-e-2'

/** "timeout 10 min": nobody's client waits longer than OpenAI's own. */
const MAX_WAIT_SECONDS = 600

/** Proxies close connections that are silent for a minute. */
const KEEP_ALIVE_MS = 15_000

/** Of the pictures in one answer, before base64 makes a third more of them. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024

const MAX_PICTURES = 32

/** A URL (text or `{ url }`), or `{ image_url }` and `{ file_id }` of OpenAI's JSON edits; xAI adds `type`. */
const picture = z.union(
  [field.source(), z.object({ url: field.source().optional(), image_url: field.source().optional(), file_id: field.text().optional() })],
  { error: 'must be a URL, { url }, { image_url } or { file_id }' },
)
const pictures = () => z.union([picture, z.array(picture).max(MAX_PICTURES)], { error: 'must be a picture or a list of pictures' })

const MAX_PARTIAL_IMAGES = 3

/** Ark: "`{max_images: 1..15}`; an upper bound". */
const sequence = z.object({ max_images: formField.count().optional() })

const common = {
  model: field.model().optional().describe(`${DEFAULT_MODEL} unless it is given, and ${VARIATION_MODEL} for variations and for sizes that only it has.`),
  image: pictures().optional().describe('Pictures to work on: files, URLs, data URIs or uploads.'),
  images: pictures().optional().describe('The same as image.'),
  n: formField.count().optional().describe('How many pictures; each is charged.'),
  size: field.text(20).optional().describe('1024x1024, auto, or a word such as 2K, as far as the model takes it.'),
  response_format: z.enum(['url', 'b64_json']).optional().describe('b64_json for GPT Image models and url for others, unless it is given.'),
  user: field.text().optional(),
  safety_identifier: field.text().optional().describe('The same as user.'),
  async: formField.boolean().optional().describe('Answer at once, with 202 and a task to read at /v1/images/{id}. The header Prefer: respond-async does the same.'),
  callback_url: field.callbackUrl().optional(),
  metadata: field.metadata().optional(),
}

const generationBody = z.object({
  ...common,
  prompt: field.prompt(),
  mask: picture.optional().describe('Where the first picture may change: the transparent parts.'),
  quality: field.text(20).optional(),
  style: field.text(40).optional(),
  background: field.text(20).optional(),
  moderation: field.text(20).optional(),
  input_fidelity: field.text(20).optional(),
  output_format: field.text(20).optional(),
  output_compression: wholeNumber(0, 100).optional(),
  stream: formField.boolean().optional().describe('Answer with server-sent events, one for each picture.'),
  partial_images: wholeNumber(0, MAX_PARTIAL_IMAGES).optional(),
  negative_prompt: field.text(32_000).optional(),
  seed: formField.seed().optional(),
  aspect_ratio: field.text(20).optional().describe('16:9, 1:1 … where the model goes by ratios (xAI).'),
  resolution: field.text(20).optional().describe('1k, 2k … where the model goes by resolutions (xAI).'),
  watermark: formField.boolean().optional(),
  guidance_scale: decimal(0, 100).optional(),
  sequential_image_generation: z.enum(['auto', 'disabled']).optional().describe('auto: several pictures, as many as the options say (Ark).'),
  sequential_image_generation_options: sequence.optional(),
  enhance_prompt: formField.boolean().optional(),
})

const variationBody = z.object(common)

type Given = z.output<typeof variationBody> & Partial<Omit<z.output<typeof generationBody>, keyof typeof common>>

const FIELD_NAMES: Draft['fieldNames'] = {
  model: 'model',
  prompt: 'prompt',
  negativePrompt: 'negative_prompt',
  resolution: 'resolution',
  aspectRatio: 'aspect_ratio',
  size: 'size',
  seed: 'seed',
  count: 'n',
  style: 'style',
  quality: 'quality',
  enhancePrompt: 'enhance_prompt',
  outputFormat: 'output_format',
  inputs: 'image',
  endUserId: 'user',
  callbackUrl: 'callback_url',
  metadata: 'metadata',
}

/** Names that models take as they are, where their entry lists them. */
const PASSED = ['background', 'moderation', 'input_fidelity', 'output_compression', 'watermark', 'guidance_scale'] as const

function parseGeneration(body: RequestBody, context: ParseContext): Draft {
  const given = parseFields(generationBody, body.fields)
  const usualModel = SMALL_SIZES.includes(given.size) ? SMALL_MODEL : DEFAULT_MODEL
  return draftOf(given, { body, schema: generationBody }, context.model(given.model ?? usualModel), (model, inputs) => ({ operation: operationOf(model, inputs), prompt: given.prompt }))
}

function parseEdit(body: RequestBody, context: ParseContext): Draft {
  const draft = parseGeneration(body, context)
  requireInput(draft)
  return draft
}

/** What an editing model is told where the wire has no words. The task shows it. */
const VARIATION_PROMPT = 'A variation of this picture: the same subject, style and mood, composed anew.'

function parseVariation(body: RequestBody, context: ParseContext): Draft {
  const given = parseFields(variationBody, body.fields)
  const draft = draftOf(given, { body, schema: variationBody }, context.model(given.model ?? VARIATION_MODEL), (model, inputs) =>
    model.operations.includes('variation') ? { operation: 'variation', prompt: '' } : { operation: operationOf(model, inputs), prompt: VARIATION_PROMPT },
  )
  requireInput(draft)
  return draft
}

function draftOf(
  given: Given,
  raw: { body: RequestBody; schema: z.ZodObject },
  model: Model,
  choose: (model: Model, inputs: readonly DraftInput[]) => { operation: Operation; prompt: string },
): Draft {
  const inputs = inputsOf(model, given, raw.body)
  const extras = extrasOf(given, model, raw)
  // Ark's word for the size of the picture that is given.
  const follows = given.size?.toLowerCase() === ADAPTIVE
  return {
    request: present({
      kind: 'image' as const,
      ...choose(model, inputs),
      model: model.id,
      negativePrompt: given.negative_prompt,
      resolution: given.resolution,
      aspectRatio: given.aspect_ratio ?? (follows ? ADAPTIVE : undefined),
      size: follows ? undefined : given.size,
      // Ark: "seed: [-1, 2147483647]", where -1 is any.
      seed: given.seed === -1 ? undefined : given.seed,
      count: countOf(given),
      style: given.style,
      quality: qualityOf(given, model),
      enhancePrompt: given.enhance_prompt,
      outputFormat: given.output_format,
      endUserId: given.user ?? given.safety_identifier,
      callbackUrl: given.callback_url,
      metadata: given.metadata,
      vendor: extras.vendor,
    }),
    inputs,
    ignored: extras.ignored,
    unusedFields: 'ignore',
    fieldNames: { ...FIELD_NAMES, ...(follows && { aspectRatio: 'size' }) },
  }
}

/** Ark has no `n`: "several images only via `sequential_image_generation: "auto"`, where `max_images` is an upper bound". */
function countOf({ n, sequential_image_generation: sequential, sequential_image_generation_options: options }: Given): number {
  const wanted = sequential === 'auto' ? options?.max_images : undefined
  if (n !== undefined && wanted !== undefined && n !== wanted) {
    throw new GatewayError('invalid_request', 'n and sequential_image_generation_options.max_images differ', { param: 'sequential_image_generation_options.max_images' })
  }
  return n ?? wanted ?? 1
}

/** "auto: will automatically select the best quality for the given model" (OpenAI): what models without the word do anyway. */
function qualityOf({ quality }: Given, model: Model): string | undefined {
  return quality === 'auto' && model.qualities?.includes('auto') !== true ? undefined : quality
}

/** Names that the wire knows and no other field of ours says, whoever takes them; and whatever else the model's entry names. */
function extrasOf(given: Given, model: Model, { body, schema }: { body: RequestBody; schema: z.ZodObject }): { vendor?: Record<string, unknown>; ignored: string[] } {
  const { vendor, ignored } = passedOn(model, unknownFields(schema, body.fields), body.fields)
  for (const name of PASSED) if (given[name] !== undefined) vendor[name] = given[name]
  // No upstream gives a half-drawn picture; the vendor too may send fewer than were asked for.
  if ((given.partial_images ?? 0) > 0) ignored.push('partial_images')
  return { ...(Object.keys(vendor).length > 0 && { vendor }), ignored }
}

function inputsOf(model: Model, given: Given, body: RequestBody): DraftInput[] {
  const files = pictureFiles(body, FILE_PARTS)
  const found = [...listed(given.image, 'image'), ...listed(given.images, 'images'), ...files.filter(({ param }) => param !== 'mask')]
  const inputs = found.map((each, index): DraftInput => ({ media: 'image', role: defaultImageRole(model, index, found.length), ...each }))
  const masks = [...listed(given.mask, 'mask'), ...files.filter(({ param }) => param === 'mask')]
  return [...inputs, ...masks.map((each): DraftInput => ({ media: 'image', role: 'mask', ...each }))]
}

type Source = Pick<DraftInput, 'source' | 'param'>

function listed(value: z.output<ReturnType<typeof pictures>> | undefined, name: string): Source[] {
  if (value === undefined) return []
  return Array.isArray(value) ? value.map((each, index) => sourceOf(each, `${name}[${index}]`)) : [sourceOf(value, name)]
}

function sourceOf(value: z.output<typeof picture>, param: string): Source {
  if (typeof value === 'string') return { source: { text: value }, param }
  const [text, second] = [value.url, value.image_url, value.file_id].filter((each) => each !== undefined)
  if (text === undefined || second !== undefined) throw new GatewayError('invalid_request', `${param} must have exactly one of url, image_url and file_id`, { param })
  return { source: { text }, param }
}

const FILE_PARTS = ['image', 'images', 'mask'] as const

function requireInput({ inputs }: Draft): void {
  if (!inputs.some(({ role }) => role !== 'mask')) throw new GatewayError('invalid_request', 'image is required', { param: 'image' })
}

function wholeNumber(min: number, max: number) {
  return z.union([z.number(), z.string().regex(/^\d{1,3}$/, 'must be a whole number')], { error: 'must be a whole number' }).transform(Number).pipe(z.int().min(min).max(max))
}

function decimal(min: number, max: number) {
  return z.union([z.number(), z.string().regex(/^\d{1,3}(\.\d{1,6})?$/, 'must be a number')], { error: 'must be a number' }).transform(Number).pipe(z.number().min(min).max(max))
}

/** The new task with 202 where the client will read it; its pictures, at once or as events, where it waits. */
async function answerCreate(call: Call, gateway: GatewayForDialects, what: 'image_generation' | 'image_edit'): Promise<Answer> {
  const task = await gateway.create()
  const { fields } = call.body
  if (isTrue(fields['async']) || isTrue(call.query['async']) || prefersAsync(call)) {
    const rendered = openAiImageTask(task, { ...gateway.rendering, creating: true })
    return { status: ACCEPTED_STATUS, headers: { 'preference-applied': 'respond-async', ...openAiHeaders(task) }, body: rendered }
  }
  const format = formatOf(fields['response_format'], task, gateway)
  if (isTrue(fields['stream'])) return { stream: events(task, format, gateway, what) }
  const ended = await gateway.wait(task, MAX_WAIT_SECONDS)
  return { body: imagesAnswer(ended, await picturesOf(requireSuccess(ended), format, gateway)) }
}

const ACCEPTED_STATUS = 202

type Format = 'url' | 'b64_json'

/** "GPT image models always return b64_json"; the others' default is `url`. */
function formatOf(given: unknown, task: Task, { parsing }: GatewayForDialects): Format {
  if (given === 'url' || given === 'b64_json') return given
  return parsing.findModel(task.request.model)?.family === 'gpt-image' ? 'b64_json' : 'url'
}

/** Comments while it is drawn, then one event for each picture; an `error` event where there is none. */
async function* events(task: Task, format: Format, gateway: GatewayForDialects, what: 'image_generation' | 'image_edit'): AsyncGenerator<string, void, undefined> {
  let latest = task
  try {
    for await (const current of gateway.follow(task, KEEP_ALIVE_MS)) {
      latest = current
      if (isFinal(current.state)) break
      yield `: ${current.id} is ${current.state}\n\n`
    }
    const made = await picturesOf(requireSuccess(latest), format, gateway)
    for (const [index, each] of made.entries()) yield event(`${what}.completed`, completedEvent(latest, index, each, what))
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    // A stream has no status left to give; the vendor's clients throw what stands under `error`.
    yield event('error', openAiErrorEvent(error, task))
  }
}

function event(name: string, data: Record<string, unknown>): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`
}

/** @throws GatewayError with the reason of a task that has no pictures to give. */
function requireSuccess(task: Task): Task {
  if (!isFinal(task.state)) throw new GatewayError('timeout', `${task.id} is still being made and goes on; read it at /v1/images/${task.id}`)
  if (task.state !== 'succeeded') throw failureOf(task)
  if (task.outputs.length === 0) throw new GatewayError('not_found', 'the pictures of this task have expired and were deleted')
  return task
}

async function picturesOf(task: Task, format: Format, gateway: GatewayForDialects): Promise<Picture[]> {
  if (format === 'url') return resultLinks(task, gateway.rendering).map((url) => ({ url }))
  const bytes = task.outputs.reduce((sum, output) => sum + output.bytes, 0)
  if (bytes > MAX_ANSWER_BYTES) throw new GatewayError('too_large', `the pictures have ${bytes} bytes, too many for b64_json; GET /v1/images/${task.id} has links to them`, { param: 'response_format' })
  const made: Picture[] = []
  for (const output of task.outputs) made.push({ b64_json: (await gateway.bytesOf(output)).toString('base64') })
  return made
}

/** In JSON, and in forms and query strings, where everything is text. */
function isTrue(value: unknown): boolean {
  return value === true || value === 'true' || value === '1'
}

/** RFC 7240, 4.1: "respond-async". */
function prefersAsync({ headers }: Call): boolean {
  return [headers['prefer'] ?? []].flat().some((value) => value.split(',').some((preference) => preference.split(';')[0]!.trim().toLowerCase() === 'respond-async'))
}

const creates = { method: 'POST', action: 'create', fileParts: FILE_PARTS, waits: true, answerSchema: openAiImagesSchema, createdStatus: ACCEPTED_STATUS } as const

const ROUTES: DialectRoute[] = [
  {
    ...creates,
    path: '/v1/images/generations',
    parse: parseGeneration,
    body: generationBody,
    answer: (call, gateway) => answerCreate(call, gateway, 'image_generation'),
    operationId: 'generateImages',
    summary: 'Make images and wait for them',
    description: 'Answers with the pictures. With async: true it answers 202 with a task, to be read at /v1/images/{id}.',
    examples: {
      generation: { model: 'gpt-image-1', prompt: 'A futuristic city', size: '1024x1024' },
    },
  },
  {
    ...creates,
    path: '/v1/images/edits',
    parse: parseEdit,
    body: generationBody,
    answer: (call, gateway) => answerCreate(call, gateway, 'image_edit'),
    operationId: 'editImages',
    summary: 'Edit images and wait for the result',
    examples: { edit: { model: 'gpt-image-1', prompt: 'The same room at night', images: [{ image_url: 'https://example.com/room.jpg' }] } },
  },
  {
    ...creates,
    path: '/v1/images/variations',
    parse: parseVariation,
    body: variationBody,
    answer: (call, gateway) => answerCreate(call, gateway, 'image_edit'),
    operationId: 'varyImage',
    summary: 'Make variations of an image and wait for them',
    examples: { variation: { model: 'gpt-image-1', image: 'https://example.com/room.jpg', n: 2 } },
  },
  { method: 'GET', path: '/v1/images/:id', action: 'read', fallback: true, summary: 'Read an image task' },
  { method: 'GET', path: '/v1/images/:id/wait', action: 'wait', query: waitQuery, fallback: true, summary: 'Wait for an image task' },
  { method: 'GET', path: '/v1/images/:id/events', action: 'events', fallback: true, summary: 'Follow an image task as server-sent events' },
  { method: 'POST', path: '/v1/images/:id/cancel', action: 'cancel', fallback: true, summary: 'Cancel an image task' },
  {
    method: 'GET',
    path: '/v1/images/tasks/:id',
    action: 'read',
    render: relayImageTask,
    operationId: 'getImageTask',
    summary: 'Read an image task in the words of relays',
    description: 'The task as /v1/images/{id} gives it, in an envelope: data.status is NOT_START, IN_PROGRESS, SUCCESS or FAILURE.',
  },
]

export const openAiImages: Dialect = {
  id: 'openai-images',
  routes: ROUTES,
  renderTask: openAiImageTask,
  statusWords: { at: 'status', words: ['queued', 'in_progress', 'completed', 'failed'] },
  taskHeaders: openAiHeaders,
  renderError: openAiError,
  taskSchema: openAiImageTaskSchema,
  errorSchema: openAiErrorSchema,
}
