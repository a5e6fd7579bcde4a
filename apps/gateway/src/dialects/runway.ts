import { z } from 'zod'
import { ERROR_CODES, errorMessage, GatewayError, type ErrorCode } from '../core/errors.ts'
import type { InputRole, Operation } from '../core/generation-request.ts'
import type { Model } from '../core/model.ts'
import { present } from '../core/present.ts'
import { isFinal, phaseOf, progressPercent, type Task, type TaskPhase } from '../core/task.ts'
import type { Answer, Call, Dialect, DialectRoute, Draft, DraftInput, ErrorContext, GatewayForDialects, ParseContext, RenderContext, RenderedError, RequestBody } from './dialect.ts'
import { defaultImageRole, defaultMaterialRole, openingRole, operationOf, referenceRole, textInput, vendorFields } from './shared/draft.ts'
import { failureOf } from './shared/ended-task.ts'
import { field, parseFields } from './shared/fields.ts'
import { resultLinks } from './shared/result-links.ts'

/*
 * Runway's developer API: one route for each kind of work, all answered with a task to poll. Facts: @runwayml/sdk 4.20.1
 * and Runway's pages, read November 2026. The vendor's server refuses fields that it does not know, and so does this;
 * those that a model has no use for are named on the task.
 */

const MAX_MATERIALS = 32

const moderation = z.object({ publicFigureThreshold: z.enum(['auto', 'low']).optional() })
const materials = () => z.array(z.object({ type: field.text(20).optional(), uri: field.source() })).max(MAX_MATERIALS)

const promptImage = z.union(
  [field.source(), z.array(z.object({ uri: field.source(), position: z.enum(['first', 'last']).optional() })).min(1).max(MAX_MATERIALS)],
  { error: 'must be a URL, or a list of { uri, position }' },
)

/** What single models take beside. `false` and a moderation that is `auto` are so anyway, and are not passed on. */
const extras = {
  contentModeration: moderation.optional(),
  proresProfile: field.text(20).optional(),
  promptExpansionMode: field.text(20).optional(),
  mode: field.text(20).optional(),
  keyframes: z.array(z.record(z.string(), z.unknown())).max(MAX_MATERIALS).optional(),
  background: field.text(20).optional(),
  grounding: z.unknown().optional(),
  edit: z.boolean().optional(),
  bodyControl: z.boolean().optional(),
  expressionIntensity: z.int().min(1).max(5).optional(),
  scaleFactor: z.int().min(1).max(16).optional(),
  flavor: field.text(40).optional(),
  sharpen: z.number().optional(),
  smartGrain: z.number().optional(),
  ultraDetail: z.number().optional(),
  creativity: z.number().optional(),
  fpsBoost: z.boolean().optional(),
  targetFramerate: field.text(10).optional(),
}

const common = {
  model: field.model(),
  promptText: field.prompt().optional(),
  ratio: field.text(20).optional().describe('1280:720 in pixels, 16:9, adaptive, or auto_720p.'),
  resolution: field.text(20).optional(),
  seed: field.seed().optional(),
  outputFormat: field.text(40).optional(),
  ...extras,
}

const video = {
  ...common,
  duration: z.union([z.literal('auto'), field.seconds()], { error: 'must be a number of seconds, or "auto"' }).optional(),
  audio: z.boolean().optional(),
  negativePrompt: z.string().max(32_000).optional(),
  references: materials().optional(),
  referenceVideos: materials().optional(),
  referenceAudio: materials().optional(),
}

const imageToVideo = z.strictObject({ ...video, promptImage: promptImage.describe('The first frame; or frames with a position; or references without one.') })
const textToVideo = z.strictObject(video)
const videoToVideo = z.strictObject({
  ...video,
  videoUri: field.source().optional(),
  promptVideo: field.source().optional(),
  targetAspectRatio: field.text(20).optional(),
})
const performance = z.strictObject({
  ...video,
  character: z.object({ type: z.enum(['image', 'video']), uri: field.source() }),
  reference: z.object({ type: z.literal('video'), uri: field.source() }),
})
const textToImage = z.strictObject({
  ...common,
  referenceImages: z.array(z.object({ uri: field.source(), tag: z.string().regex(/^[a-z]\w{2,15}$/i, 'must have 3 to 16 letters, digits or underscores').optional(), subject: field.text(20).optional() })).max(MAX_MATERIALS).optional().describe('A tag may be used in the prompt: @tag.'),
  quality: field.text(20).optional(),
  outputCount: field.count().optional(),
})
const imageUpscale = z.strictObject({ ...common, imageUri: field.source() })
const videoUpscale = z.strictObject({ ...common, videoUri: field.source() })

const FIELD_NAMES: Draft['fieldNames'] = {
  model: 'model',
  prompt: 'promptText',
  negativePrompt: 'negativePrompt',
  durationSeconds: 'duration',
  resolution: 'resolution',
  aspectRatio: 'ratio',
  size: 'ratio',
  seed: 'seed',
  audio: 'audio',
  count: 'outputCount',
  quality: 'quality',
  outputFormat: 'outputFormat',
  inputs: 'promptImage',
}

type Common = z.output<z.ZodObject<typeof common>> & Partial<Omit<z.output<z.ZodObject<typeof video>>, keyof typeof common>>

/** What the routes have each for themselves. */
interface Work {
  kind: 'video' | 'image'
  inputs: DraftInput[]
  operation?: Operation
  prompt?: string
  ratio?: string | undefined
  count?: number | undefined
  quality?: string | undefined
}

function draftOf(given: Common, model: Model, work: Work): Draft {
  const inputs = [...work.inputs, ...referencesOf(given, model)]
  return {
    request: present({
      kind: work.kind,
      operation: work.operation ?? operationOf(model, inputs),
      model: model.id,
      prompt: work.prompt ?? given.promptText ?? '',
      negativePrompt: given.negativePrompt,
      durationSeconds: given.duration,
      ...frameOf(work.ratio ?? given.ratio, given.resolution),
      seed: given.seed,
      count: work.count ?? 1,
      audio: given.audio,
      quality: work.quality,
      outputFormat: given.outputFormat === 'mp4' ? undefined : given.outputFormat,
      vendor: extrasOf(given),
    }),
    inputs,
    ignored: [],
    unusedFields: 'ignore',
    fieldNames: FIELD_NAMES,
  }
}

function extrasOf({ contentModeration, ...given }: Common): Record<string, unknown> | undefined {
  const said = Object.entries(given).filter(([name, value]) => Object.hasOwn(extras, name) && value !== false)
  return vendorFields({ ...Object.fromEntries(said), contentModeration: contentModeration?.publicFigureThreshold === 'low' ? contentModeration : undefined })
}

/** No model draws fewer pixels a side, and no ratio in use has a side so long. */
const MAX_RATIO_SIDE = 99

/** "1280:720" is pixels, "16:9" is a ratio; "auto_720p" leaves the ratio to the picture. */
function frameOf(ratio: string | undefined, resolution: string | undefined): Pick<Draft['request'], 'size' | 'aspectRatio' | 'resolution'> {
  const named = resolution === undefined ? {} : { resolution }
  if (ratio === undefined) return named
  const [, width, height] = /^(\d{1,5}):(\d{1,5})$/.exec(ratio) ?? []
  if (width !== undefined && Number(width) > MAX_RATIO_SIDE && Number(height) > MAX_RATIO_SIDE) return { size: `${width}x${height}`, ...named }
  if (ratio === 'auto') return { size: ratio, ...named }
  const [, lines] = /^auto_(\w{2,10})$/.exec(ratio) ?? []
  return lines === undefined ? { aspectRatio: ratio, ...named } : { resolution: lines }
}

function referencesOf(given: Common, model: Model): DraftInput[] {
  return (['references', 'referenceVideos', 'referenceAudio'] as const).flatMap((name) =>
    (given[name] ?? []).map(({ uri, type }, index) => {
      const media = name === 'referenceVideos' || type === 'video' ? 'video' : name === 'referenceAudio' || type === 'audio' ? 'audio' : 'image'
      return mediaInput(media, referenceRole(model, media), uri, `${name}[${index}].uri`)
    }),
  )
}

/** `runway://` is the address of an upload, by which its link is found again: the signature in it counts, not the host. */
function mediaInput(media: DraftInput['media'], role: InputRole, uri: string, param: string): DraftInput {
  return textInput(media, role, uri.replace(/^runway:\/\//, 'https://'), param)
}

function parseImageToVideo(body: RequestBody, context: ParseContext): Draft {
  const given = parseFields(imageToVideo, body.fields)
  const model = context.model(given.model)
  const { promptImage: picture } = given
  if (typeof picture === 'string') return draftOf(given, model, { kind: 'video', inputs: [mediaInput('image', openingRole(model), picture, 'promptImage')] })
  return draftOf(given, model, { kind: 'video', inputs: picture.map(({ uri, position }, index) => mediaInput('image', roleAt(position, model), uri, `promptImage[${index}].uri`)) })
}

function roleAt(position: 'first' | 'last' | undefined, model: Model): InputRole {
  if (position === undefined) return 'reference'
  return position === 'last' ? 'last_frame' : openingRole(model)
}

function parseTextToVideo(body: RequestBody, context: ParseContext): Draft {
  const given = parseFields(textToVideo, body.fields)
  return draftOf(given, context.model(given.model), { kind: 'video', inputs: [] })
}

function parseVideoToVideo(body: RequestBody, context: ParseContext): Draft {
  const given = parseFields(videoToVideo, body.fields)
  const model = context.model(given.model)
  const uri = given.videoUri ?? given.promptVideo
  if (uri === undefined) throw new GatewayError('invalid_request', 'videoUri is required', { param: 'videoUri' })
  const param = given.videoUri === undefined ? 'promptVideo' : 'videoUri'
  const inputs = [mediaInput('video', defaultMaterialRole(model, 'video'), uri, param)]
  const { mode, ...rest } = given
  if (mode !== 'extend' || !model.operations.includes('extend')) return draftOf(given, model, { kind: 'video', inputs, ratio: given.targetAspectRatio })
  return draftOf(rest, model, { kind: 'video', inputs, operation: 'extend', ratio: given.targetAspectRatio })
}

function parsePerformance(body: RequestBody, context: ParseContext): Draft {
  const given = parseFields(performance, body.fields)
  const model = context.model(given.model)
  const { character, reference } = given
  const role = character.type === 'image' ? (model.inputs.image?.roles.includes('reference') ? 'reference' : openingRole(model)) : defaultMaterialRole(model, 'video')
  const inputs = [mediaInput(character.type, role, character.uri, 'character.uri'), mediaInput('video', defaultMaterialRole(model, 'video'), reference.uri, 'reference.uri')]
  return draftOf(given, model, { kind: 'video', inputs })
}

function parseTextToImage(body: RequestBody, context: ParseContext): Draft {
  const given = parseFields(textToImage, body.fields)
  const model = context.model(given.model)
  const references = given.referenceImages ?? []
  const inputs = references.map(({ uri }, index) => mediaInput('image', model.inputs.image?.roles.includes('reference') ? 'reference' : defaultImageRole(model, index, references.length), uri, `referenceImages[${index}].uri`))
  const tags = references.flatMap(({ tag }, index) => (tag === undefined ? [] : [[tag, index + 1] as const]))
  const prompt = tags.reduce((text, [tag, number]) => text.replaceAll(new RegExp(`@${tag}\\b`, 'g'), `@Image${number}`), given.promptText ?? '')
  return draftOf(given, model, { kind: 'image', inputs, prompt, count: given.outputCount, quality: given.quality })
}

function parseImageUpscale(body: RequestBody, context: ParseContext): Draft {
  const given = parseFields(imageUpscale, body.fields)
  const model = context.model(given.model)
  return draftOf(given, model, { kind: 'image', inputs: [mediaInput('image', defaultImageRole(model, 0, 1), given.imageUri, 'imageUri')], operation: 'upscale' })
}

function parseVideoUpscale(body: RequestBody, context: ParseContext): Draft {
  const given = parseFields(videoUpscale, body.fields)
  const model = context.model(given.model)
  return draftOf(given, model, { kind: 'video', inputs: [mediaInput('video', defaultMaterialRole(model, 'video'), given.videoUri, 'videoUri')], operation: 'upscale' })
}

/** The SDK's `waitForTaskOutput` stops at the last three. */
const STATUS_WORDS: Record<TaskPhase, StatusWord> = { queued: 'PENDING', running: 'RUNNING', succeeded: 'SUCCEEDED', failed: 'FAILED', cancelled: 'CANCELLED' }
const statusWord = z.enum(['PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED'])
type StatusWord = z.output<typeof statusWord>

function renderTask(task: Task, context: RenderContext): z.output<typeof taskSchema> {
  const phase = phaseOf(task.state)
  return {
    id: task.id,
    createdAt: new Date(task.createdAtMs).toISOString(),
    status: STATUS_WORDS[phase],
    ...(isFinal(task.state) ? { cost: { credits: creditsOf(task.chargedMicros ?? 0n, context) } } : { estimatedCost: { credits: creditsOf(task.heldMicros, context) } }),
    ...(phase === 'running' && { progress: progressPercent(task, context.nowMs) / 100 }),
    ...(phase === 'succeeded' && { output: resultLinks(task, context) }),
    ...(phase === 'failed' && renderFailure(task)),
    ...(task.ignored.length > 0 && { ignored: task.ignored }),
  }
}

function renderFailure(task: Task) {
  const { code, message } = failureOf(task)
  return { failure: message, failureCode: failureCode(code, task) }
}

function failureCode(code: ErrorCode, { request }: Task): string {
  switch (code) {
    case 'content_policy':
      return `SAFETY.OUTPUT.${request.kind.toUpperCase()}`
    case 'invalid_request':
    case 'unsupported_media':
    case 'url_not_allowed':
    case 'too_large':
      return 'ASSET.INVALID'
    case 'upstream_busy':
      return 'THIRD_PARTY.UNAVAILABLE'
    default:
      return 'INTERNAL'
  }
}

function creditsOf(micros: bigint, { creditMicros }: RenderContext): number {
  return Number(micros) / Number(creditMicros)
}

/** "Tasks that are running, pending, or throttled can be canceled by invoking this method. Invoking this method for other tasks will delete them." */
async function answerDelete({ params }: Call, gateway: GatewayForDialects): Promise<Answer> {
  const task = await gateway.need(params['id'])
  await (isFinal(task.state) ? gateway.delete(task) : gateway.cancel(task))
  return { status: 204 }
}

const uploadBody = z.object({ filename: field.text(300), type: field.text(20).optional() })

/** A ticket: the file is sent to `uploadUrl` as a form, without a key, and then goes by `runwayUri`. */
function answerUpload({ body }: Call, gateway: GatewayForDialects): Promise<Answer> {
  const { filename } = parseFields(uploadBody, body.fields)
  const { uploadUrl, fileUrl } = gateway.expectUpload({ fileName: filename, mediaType: '' })
  return Promise.resolve({ body: { uploadUrl, fields: {}, runwayUri: fileUrl.replace(/^https?:\/\//, 'runway://') } })
}

async function answerOrganization(_: Call, gateway: GatewayForDialects): Promise<Answer> {
  const creditBalance = Math.floor(creditsOf(await gateway.balance(), gateway.rendering))
  const models = await gateway.models()
  return {
    body: {
      creditBalance,
      // What is there is all that can be spent; how many tasks at once is not a matter of the model here.
      tier: { maxMonthlyCreditSpend: creditBalance, models: Object.fromEntries(models.map(({ id }) => [id, { maxConcurrentGenerations: null, maxDailyGenerations: null }])) },
      usage: { models: {} },
    },
  }
}

/** "{ error, issues?: [{ code, path, message }], docUrl }"; ours says the code as well. */
function renderError(error: GatewayError, { language, origin }: ErrorContext): RenderedError {
  const message = errorMessage(error, language)
  return {
    status: ERROR_CODES[error.code].status,
    body: {
      error: error.code === 'invalid_request' ? `Validation of body failed: ${message}` : message,
      code: error.code,
      ...(error.param !== undefined && { issues: [{ code: 'custom', path: pathOf(error.param), message }] }),
      docUrl: `${origin}/docs/errors#${error.code}`,
    },
  }
}

/** `promptImage[0].uri` → `['promptImage', 0, 'uri']`. */
function pathOf(param: string): (string | number)[] {
  return param.split(/[.[\]]+/).filter((step) => step !== '').map((step) => (/^\d+$/.test(step) ? Number(step) : step))
}

const cost = z.object({ credits: z.number() })

const taskSchema = z.object({
  id: z.string(),
  createdAt: z.string(),
  status: statusWord,
  estimatedCost: cost.optional().describe('What is held.'),
  cost: cost.optional().describe('What was charged, once the task has ended.'),
  progress: z.number().min(0).max(1).optional(),
  output: z.array(z.string()).optional().describe('Signed links, when status is SUCCEEDED.'),
  failure: z.string().optional(),
  failureCode: z.string().optional(),
  ignored: z.array(z.string()).optional().describe('Fields that the model has no use for.'),
})

const createdSchema = z.object({ id: z.string(), estimatedCost: cost })

const organizationSchema = z.object({ creditBalance: z.number(), tier: z.record(z.string(), z.unknown()), usage: z.record(z.string(), z.unknown()) })

const uploadSchema = z.object({ uploadUrl: z.string(), fields: z.record(z.string(), z.string()), runwayUri: z.string() })

const errorSchema = z.object({
  error: z.string(),
  code: z.string(),
  issues: z.array(z.object({ code: z.string(), path: z.array(z.union([z.string(), z.number()])), message: z.string() })).optional(),
  docUrl: z.string(),
})

interface Create {
  path: string
  parse: NonNullable<DialectRoute['parse']>
  body: z.ZodType
  summary: string
  examples?: NonNullable<DialectRoute['examples']>
}

const create = ({ path, ...route }: Create): DialectRoute => ({
  method: 'POST',
  path: `/v1/${path}`,
  action: 'create',
  ...route,
  answerSchema: createdSchema,
  render: (task, context) => ({ id: task.id, estimatedCost: { credits: creditsOf(task.heldMicros, context) } }),
})

const ROUTES: DialectRoute[] = [
  create({
    path: 'image_to_video', parse: parseImageToVideo, body: imageToVideo, summary: 'Make a video from a picture',
    examples: { frame: { model: 'sora-2', promptImage: 'https://example.com/boat.jpg', promptText: 'The boat sails away', ratio: '1280:720', duration: 4 } },
  }),
  create({
    path: 'text_to_video', parse: parseTextToVideo, body: textToVideo, summary: 'Make a video from words',
    examples: { text: { model: 'sora-2', promptText: 'A paper boat on a mountain lake', ratio: '1280:720', duration: 4 } },
  }),
  create({ path: 'video_to_video', parse: parseVideoToVideo, body: videoToVideo, summary: 'Change or extend a video' }),
  create({
    path: 'text_to_image', parse: parseTextToImage, body: textToImage, summary: 'Make pictures',
    examples: { text: { model: 'gpt-image-1', promptText: 'A paper boat on a mountain lake', ratio: '1024:1024' } },
  }),
  create({ path: 'character_performance', parse: parsePerformance, body: performance, summary: 'Let a character act as in a video' }),
  create({ path: 'image_upscale', parse: parseImageUpscale, body: imageUpscale, summary: 'Enlarge a picture' }),
  create({ path: 'video_upscale', parse: parseVideoUpscale, body: videoUpscale, summary: 'Enlarge a video' }),
  { method: 'GET', path: '/v1/tasks/:id', action: 'read', summary: 'Read a task' },
  { method: 'DELETE', path: '/v1/tasks/:id', action: 'custom', answer: answerDelete, summary: 'Cancel a task that is under way, or delete one that has ended' },
  { method: 'POST', path: '/v1/uploads', action: 'custom', answer: answerUpload, answerSchema: uploadSchema, summary: 'Announce a file' },
  { method: 'GET', path: '/v1/organization', action: 'custom', answer: answerOrganization, answerSchema: organizationSchema, summary: 'What there is to spend' },
]

export const runway: Dialect = {
  id: 'runway',
  routes: ROUTES,
  renderTask,
  statusWords: { at: 'status', words: statusWord.options },
  renderError,
  taskSchema,
  errorSchema,
}
