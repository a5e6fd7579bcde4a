import { z } from 'zod'
import { ERROR_CODES, GatewayError, type ErrorCode } from '../core/errors.ts'
import type { Model } from '../core/model.ts'
import { present } from '../core/present.ts'
import { extraOf, phaseOf, type Task, type TaskPhase } from '../core/task.ts'
import type { Answer, Call, Dialect, DialectRoute, Draft, DraftInput, ErrorContext, GatewayForDialects, ParseContext, RenderContext, RenderedError, RequestBody } from './dialect.ts'
import { defaultImageRole, defaultMaterialRole, operationOf, textInput, vendorFields } from './shared/draft.ts'
import { resultInput } from './shared/earlier-result.ts'
import { failureOf } from './shared/ended-task.ts'
import { errorNamingField } from './shared/error-text.ts'
import { field, formField, parseFields, parseQuery, unknownFields } from './shared/fields.ts'
import { mentionOf, withMentions } from './shared/mentions.ts'
import { modelOf } from './shared/model-input.ts'
import { givenOf, unknownIn } from './shared/nested-fields.ts'
import { newestTasks } from './shared/newest-tasks.ts'
import { findResult, resultId } from './shared/result-ids.ts'

/*
 * Vidu's enterprise API, version 2: one route for each way of working, tasks with creations. Facts: the vendor's pages and
 * an open-source client, read August to October 2026. What a model has no use for, its servers pass over.
 */

const MAX_MATERIALS = 32
/** The vendor takes a million characters. Here they are stored with the task, and sent with each look at it. */
const MAX_PAYLOAD_CHARACTERS = 16_384

const sources = () => z.array(field.source()).max(MAX_MATERIALS)

const common = {
  model: field.model(),
  prompt: z.string().max(32_000).optional(),
  seed: field.seed().optional().describe('0 for any.'),
  resolution: field.text(20).optional().describe('360p, 540p, 720p, 1080p or 2K.'),
  aspect_ratio: field.text(20).optional(),
  payload: z.string().max(MAX_PAYLOAD_CHARACTERS).optional().describe('Given back as it came.'),
  callback_url: field.callbackUrl().optional(),
  watermark: z.boolean().optional(),
  wm_position: z.int().min(1).max(4).optional(),
  wm_url: field.source().optional(),
  meta_data: z.string().max(MAX_PAYLOAD_CHARACTERS).optional(),
  off_peak: z.boolean().optional(),
}

const video = {
  ...common,
  duration: formField.seconds().optional(),
  movement_amplitude: field.text(20).optional().describe('auto, small, medium or large.'),
  style: field.text(40).optional().describe('general or anime.'),
  bgm: z.boolean().optional(),
  audio: z.boolean().optional(),
  audio_type: field.text(40).optional(),
  voice_id: field.text().optional(),
}

const textToVideo = z.object(video)
const imageToVideo = z.object({ ...video, images: sources().length(1).describe('The first frame.') })
const startEndToVideo = z.object({ ...video, images: sources().length(2).describe('The first and the last frame.') })

const subject = z.object({
  id: field.text(100).optional(),
  name: field.text(100).optional(),
  images: sources().optional(),
  videos: sources().optional(),
  voice_id: field.text().optional(),
})

const referenceToVideo = z.object({
  ...video,
  images: sources().optional().describe('References.'),
  videos: sources().optional(),
  subjects: z.array(subject).max(MAX_MATERIALS).optional().describe('References by name: `@name` in the prompt means the pictures of that subject.'),
})

const extend = z.object({
  ...video,
  video_url: field.source().optional(),
  creation_id: field.text().optional().describe('Of a finished task: creations[].id.'),
  images: sources().max(1).optional().describe('The last frame.'),
})

const referenceToImage = z.object({ ...common, images: sources().optional() })

const lipSync = z.object({
  model: field.model().optional().describe('vidu-lip-sync; the vendor has no such field.'),
  video_url: field.source(),
  audio_url: field.source().optional(),
  text: z.string().max(32_000).optional().describe('What is said, where there is no audio_url.'),
  voice_id: field.text().optional(),
  character_id: field.text().optional().describe('An older name of voice_id.'),
  speed: z.number().optional(),
  volume: z.number().optional(),
  language: field.text(40).optional(),
  payload: common.payload,
  callback_url: common.callback_url,
})

const FIELD_NAMES: Draft['fieldNames'] = {
  model: 'model',
  prompt: 'prompt',
  durationSeconds: 'duration',
  resolution: 'resolution',
  aspectRatio: 'aspect_ratio',
  seed: 'seed',
  style: 'style',
  audio: 'audio',
  inputs: 'images',
  callbackUrl: 'callback_url',
}

type Given = z.output<z.ZodObject<typeof common>> & Partial<Omit<z.output<z.ZodObject<typeof video>>, keyof typeof common>>

const VENDOR_FIELDS = ['movement_amplitude', 'bgm', 'audio_type', 'voice_id', 'watermark', 'wm_position', 'wm_url'] as const
/** What stands here is what is so anyway, and says nothing. */
const VENDOR_DEFAULTS: Record<string, unknown> = { movement_amplitude: 'auto', bgm: false, audio_type: 'all', watermark: false }
/** There is no cheaper time of day here, and labels are not written into files. */
const UNUSED = ['off_peak', 'meta_data'] as const

interface Asked {
  schema: z.ZodObject
  fields: Record<string, unknown>
  given: Given
  model: Model
  inputs: DraftInput[]
  kind?: 'video' | 'image'
  prompt?: string
}

function draftOf({ schema, fields, given, model, inputs, kind = 'video', prompt = given.prompt ?? '' }: Asked): Draft {
  const vendor = Object.fromEntries(VENDOR_FIELDS.flatMap((name) => (given[name] === undefined || given[name] === VENDOR_DEFAULTS[name] ? [] : [[name, given[name]]])))
  return {
    request: present({
      kind,
      operation: operationOf(model, inputs),
      model: model.id,
      prompt,
      durationSeconds: given.duration,
      resolution: given.resolution,
      aspectRatio: given.aspect_ratio,
      // "int, 0 = random".
      seed: given.seed === 0 ? undefined : given.seed,
      count: 1,
      audio: given.audio,
      style: given.style === 'general' && !model.styles ? undefined : given.style,
      callbackUrl: given.callback_url,
      vendor: Object.keys(vendor).length === 0 ? undefined : vendor,
      echo: present({ payload: given.payload }),
    }),
    inputs,
    ignored: [...unknownFields(schema, fields), ...givenOf(given, UNUSED).filter((name) => name !== 'off_peak' || given.off_peak === true)],
    unusedFields: 'ignore',
    fieldNames: FIELD_NAMES,
  }
}

type Parse = (body: RequestBody, context: ParseContext) => Draft

const parseTextToVideo: Parse = (body, context) => {
  const fields = saidFields(body.fields)
  const given = parseFields(textToVideo, fields)
  return draftOf({ schema: textToVideo, fields, given, model: modelOf(context, given.model, 'model'), inputs: [] })
}

const parseImageToVideo: Parse = (body, context) => {
  const fields = saidFields(body.fields)
  const given = parseFields(imageToVideo, fields)
  const model = modelOf(context, given.model, 'model')
  const role = model.inputs.image?.roles.includes('first_frame') ? 'first_frame' : defaultImageRole(model, 0, 1)
  return draftOf({ schema: imageToVideo, fields, given, model, inputs: [textInput('image', role, given.images[0]!, 'images[0]')] })
}

const parseStartEnd: Parse = (body, context) => {
  const fields = saidFields(body.fields)
  const given = parseFields(startEndToVideo, fields)
  const [start, end] = given.images
  return draftOf({ schema: startEndToVideo, fields, given, model: modelOf(context, given.model, 'model'), inputs: [textInput('image', 'first_frame', start!, 'images[0]'), textInput('image', 'last_frame', end!, 'images[1]')] })
}

const parseReferences: Parse = (body, context) => {
  const fields = saidFields(body.fields)
  const given = parseFields(referenceToVideo, fields)
  const { images = [], videos = [], subjects = [] } = given
  const named = subjects.flatMap((each, index) => [
    ...(each.images ?? []).map((text, at) => ({ subject: index, input: textInput('image', 'reference', text, `subjects[${index}].images[${at}]`) })),
    ...(each.videos ?? []).map((text, at) => ({ subject: index, input: textInput('video', 'reference', text, `subjects[${index}].videos[${at}]`) })),
  ])
  const inputs = [
    ...images.map((text, index) => textInput('image', 'reference', text, `images[${index}]`)),
    ...videos.map((text, index) => textInput('video', 'reference', text, `videos[${index}]`)),
    ...named.map(({ input }) => input),
  ]
  if (inputs.length === 0) throw new GatewayError('invalid_request', 'images is required, or subjects', { param: 'images' })
  if (inputs.length > MAX_MATERIALS) throw new GatewayError('invalid_request', `there may be at most ${MAX_MATERIALS} references`, { param: inputs[MAX_MATERIALS]!.param })
  const mentions = new Map(subjects.map(({ id, name }, index) => [id ?? name ?? '', named.filter((each) => each.subject === index).map(({ input }) => mentionOf(input, inputs)).join(' ')]))
  const draft = draftOf({ schema: referenceToVideo, fields, given, model: modelOf(context, given.model, 'model'), inputs, prompt: withMentions(given.prompt ?? '', mentions) })
  const held: unknown[] = Array.isArray(fields['subjects']) ? fields['subjects'] : []
  return { ...draft, ignored: [...draft.ignored, ...held.flatMap((each, index) => [...unknownIn(subject, each, `subjects[${index}]`), ...(subjects[index]?.voice_id === undefined ? [] : [`subjects[${index}].voice_id`])])] }
}

/** Goes on with `context.parent`, when `creation_id` names one of its results. */
const parseExtend: Parse = (body, context) => {
  const fields = saidFields(body.fields)
  const given = parseFields(extend, fields)
  const model = modelOf(context, given.model, 'model')
  const last = (given.images ?? []).map((text) => textInput('image', 'last_frame', text, 'images[0]'))
  const draft = draftOf({ schema: extend, fields, given, model, inputs: [videoToExtend(given, model, context), ...last] })
  return { ...draft, request: { ...draft.request, operation: 'extend' }, ...(given.video_url === undefined && context.parent && { remixedFrom: context.parent.id }) }
}

function videoToExtend({ video_url: url, creation_id: id }: z.output<typeof extend>, model: Model, { parent }: ParseContext): DraftInput {
  const role = model.inputs.video?.roles.includes('source') ? 'source' : defaultMaterialRole(model, 'video')
  if (url !== undefined) return textInput('video', role, url, 'video_url')
  if (id === undefined) throw new GatewayError('invalid_request', 'video_url is required, or creation_id', { param: 'video_url' })
  const output = parent?.outputs[Number(/-(\d{1,2})$/.exec(id)?.[1] ?? 0)]
  if (!output) throw new GatewayError('invalid_request', 'there is no finished creation of this id', { param: 'creation_id' })
  return resultInput('video', role, output, 'creation_id')
}

const parseReferenceToImage: Parse = (body, context) => {
  const fields = saidFields(body.fields)
  const given = parseFields(referenceToImage, fields)
  const named = modelOf(context, given.model, 'model')
  // The vendor's pictures have the names of its videos.
  const model = named.kind === 'video' ? (context.findModel(`${named.id}-image`) ?? named) : named
  const images = given.images ?? []
  return draftOf({ schema: referenceToImage, fields, given, model, kind: 'image', inputs: images.map((text, index) => textInput('image', defaultImageRole(model, index, images.length), text, `images[${index}]`)) })
}

const parseLipSync: Parse = (body, context) => {
  const fields = saidFields(body.fields)
  const { video_url: url, audio_url: sound, text, character_id, voice_id = character_id, speed, volume, language, ...given } = parseFields(lipSync, fields)
  const model = modelOf(context, given.model ?? 'vidu-lip-sync', 'model')
  if (!model.operations.includes('lip_sync')) throw new GatewayError('invalid_request', `${model.id} does not move the lips of a video; vidu-lip-sync does`, { param: 'model' })
  if (sound === undefined && text === undefined) throw new GatewayError('invalid_request', 'audio_url is required, or text', { param: 'audio_url' })
  const inputs = [
    textInput('video', defaultMaterialRole(model, 'video'), url, 'video_url'),
    ...(sound === undefined ? [] : [textInput('audio', defaultMaterialRole(model, 'audio'), sound, 'audio_url')]),
  ]
  const draft = draftOf({ schema: lipSync, fields, given: { ...given, model: model.id }, model, inputs, prompt: text ?? '' })
  const vendor = vendorFields({ voice_id, speed, volume, language })
  return { ...draft, request: { ...draft.request, operation: 'lip_sync', ...(vendor && { vendor }) }, fieldNames: { ...draft.fieldNames, prompt: 'text', inputs: 'video_url' } }
}

/** Clients send fields without a value as empty text. */
function saidFields(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''))
}

async function answerExtend({ body }: Call, gateway: GatewayForDialects): Promise<Answer> {
  const name = body.fields['creation_id']
  const parent = typeof name === 'string' ? (await findResult(gateway, name))?.task : undefined
  const task = await gateway.create((fields, context) => parseExtend(fields, parent ? { ...context, parent } : context))
  return { body: renderCreated(task) }
}

const pages = {
  page: z.coerce.number().int().min(0).max(10_000).optional(),
  pagesz: z.coerce.number().int().min(1).max(100).optional(),
}
const words = () => z.union([field.text(), z.array(field.text()).max(100)]).transform((value) => [value].flat()).optional()
const time = () => z.iso.datetime({ offset: true, error: 'must be a time such as 2026-08-01T00:00:00Z' }).optional()

/** The vendor's pages also print `paper.` for `pager.`. */
const listQuery = z.object({
  'pager.page': pages.page.describe('From 0.'),
  'pager.pagesz': pages.pagesz,
  'pager.page_token': z.coerce.number({ error: 'must be the next_page_token of the page before' }).int().min(0).max(10_000).optional(),
  'paper.page': pages.page,
  'paper.pagesz': pages.pagesz,
  'created_at.from': time(),
  'created_at.to': time(),
  task_ids: words(),
  states: words(),
  model_versions: words(),
  resolutions: words(),
})

const USUAL_PAGE = 10

async function answerList({ query }: Call, gateway: GatewayForDialects): Promise<Answer> {
  const asked = parseQuery(listQuery, query)
  const size = asked['pager.pagesz'] ?? asked['paper.pagesz'] ?? USUAL_PAGE
  const page = asked['pager.page_token'] ?? asked['pager.page'] ?? asked['paper.page'] ?? 0
  const models = asked.model_versions?.map((name) => gateway.parsing.findModel(name)?.id)
  const [from, to] = [Date.parse(asked['created_at.from'] ?? '0000-01-01'), Date.parse(asked['created_at.to'] ?? '9999-12-31')]
  const found = (await newestTasks(gateway)).filter(
    ({ id, state, request, createdAtMs }) =>
      (asked.task_ids?.includes(id) ?? true) &&
      (asked.states?.includes(STATES[phaseOf(state)]) ?? true) &&
      (models?.includes(request.model) ?? true) &&
      (asked.resolutions?.some((word) => word.toLowerCase() === request.resolution?.toLowerCase()) ?? true) &&
      createdAtMs >= from && createdAtMs <= to,
  )
  const shown = found.slice(page * size, (page + 1) * size)
  const tasks = shown.map((task) => ({ ...describe(task), ...renderTask(task, gateway.rendering), key_id: task.keyId }))
  return { body: { next_page_token: found.length > (page + 1) * size ? String(page + 1) : '', tasks } }
}

const STATES: Record<TaskPhase, State> = { queued: 'queueing', running: 'processing', succeeded: 'success', failed: 'failed', cancelled: 'failed' }
const stateWord = z.enum(['created', 'queueing', 'processing', 'success', 'failed'])
type State = z.output<typeof stateWord>

function renderCreated(task: Task): z.output<typeof createdSchema> {
  return { task_id: task.id, state: 'created', ...describe(task) }
}

/** What was asked for, as far as it was said or has been chosen. */
function describe(task: Task) {
  const { request, ignored } = task
  return present({
    model: request.model,
    prompt: request.prompt,
    // Those that were sent as files have no address to show.
    images: request.inputs.flatMap(({ media, source }) => (media === 'image' && 'url' in source ? [source.url] : [])),
    duration: typeof request.durationSeconds === 'number' ? request.durationSeconds : undefined,
    seed: request.seed ?? 0,
    aspect_ratio: request.aspectRatio,
    resolution: request.resolution,
    style: request.style,
    audio: request.audio,
    bgm: request.vendor?.['bgm'] === true,
    movement_amplitude: wordOf(request.vendor?.['movement_amplitude']),
    watermark: request.vendor?.['watermark'] === true,
    off_peak: false,
    payload: payloadOf(task),
    credits: creditsOf(BigInt(task.quote.amountMicros)),
    created_at: new Date(task.createdAtMs).toISOString(),
    ignored: ignored.length > 0 ? ignored : undefined,
  })
}

function renderTask(task: Task, context: RenderContext): z.output<typeof taskSchema> {
  const failure = task.state === 'failed' || task.state === 'cancelled' ? failureOf(task) : undefined
  return {
    id: task.id,
    state: STATES[phaseOf(task.state)],
    err_code: failure === undefined ? '' : failure.code === 'content_policy' ? 'CreationPolicyViolation' : VENDOR_REASONS[failure.code].reason,
    err_msg: failure === undefined ? '' : failure.message,
    credits: creditsOf(task.chargedMicros ?? task.heldMicros),
    payload: payloadOf(task),
    bgm: task.request.vendor?.['bgm'] === true,
    off_peak: false,
    creations: task.state === 'succeeded' ? task.outputs.map((_, index) => renderCreation(task, index, context)) : [],
  }
}

function renderCreation(task: Task, index: number, context: RenderContext): z.output<typeof creationSchema> {
  const output = task.outputs[index]!
  const { widthPixels: width, heightPixels: height } = output
  const poster = extraOf(task, 'poster')?.storageKey
  const isVideo = output.mediaType.startsWith('video/')
  return {
    id: resultId(task, index),
    url: context.fileLink(output.storageKey, task),
    cover_url: isVideo ? (poster === undefined ? '' : context.fileLink(poster, task)) : context.fileLink(output.storageKey, task),
    ...(isVideo && { video: present({ duration: output.durationSeconds, fps: task.quote.facts.framesPerSecond, resolution: width === undefined || height === undefined ? undefined : { width, height } }) }),
  }
}

function payloadOf({ request }: Task): string {
  return wordOf(request.echo?.['payload']) ?? ''
}

function wordOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** "credit = USD 0.005". */
const MICROS_PER_CREDIT = 5000

function creditsOf(micros: bigint): number {
  return Number((Number(micros) / MICROS_PER_CREDIT).toFixed(2))
}

/** The vendor's words; where it has none, ours in its manner. It says 400 for an empty purse; here that is 402. */
const VENDOR_REASONS: Record<ErrorCode, { reason: string; status?: number }> = {
  unauthorized: { reason: 'Unauthorized' },
  forbidden: { reason: 'Forbidden' },
  insufficient_credits: { reason: 'CreditInsufficient' },
  not_found: { reason: 'TaskNotFound' },
  method_not_allowed: { reason: 'BadRequest' },
  model_not_found: { reason: 'ModelUnavailable', status: 400 },
  invalid_request: { reason: 'FieldInvalid' },
  url_not_allowed: { reason: 'ImageDownloadFailure' },
  unsupported_media: { reason: 'ImageFormatInvalid', status: 400 },
  too_large: { reason: 'FieldInvalid' },
  rate_limited: { reason: 'TooManyRequests' },
  idempotency_conflict: { reason: 'Conflict' },
  idempotency_mismatch: { reason: 'Conflict' },
  conflict: { reason: 'BadRequest', status: 400 },
  not_cancellable: { reason: 'BadRequest', status: 400 },
  not_ready: { reason: 'CreationNotFound' },
  content_policy: { reason: 'TaskPromptPolicyViolation' },
  upstream_busy: { reason: 'SystemThrottling' },
  upstream_failed: { reason: 'InternalServiceFailure' },
  timeout: { reason: 'InternalTimeout' },
  cancelled: { reason: 'UserCancelled' },
  overloaded: { reason: 'SystemThrottling' },
  internal: { reason: 'InternalServiceFailure' },
}

/** "{ code:<http int>, reason, message, metadata:{ trace_id } }". */
function renderError(error: GatewayError, { language, requestId }: ErrorContext): RenderedError {
  const { reason, status = ERROR_CODES[error.code].status } = VENDOR_REASONS[error.code]
  const isMissing = error.code === 'invalid_request' && error.message.endsWith('is required')
  return { status, body: { code: status, reason: isMissing ? 'FieldLacking' : reason, message: errorNamingField(error, language), metadata: { trace_id: requestId } } }
}

const creationSchema = z.object({
  id: z.string(),
  url: z.string().describe('A signed link.'),
  cover_url: z.string(),
  video: z.object({ duration: z.number().optional(), fps: z.number(), resolution: z.object({ width: z.int(), height: z.int() }).optional() }).optional(),
})

const taskSchema = z.object({
  id: z.string(),
  state: stateWord,
  err_code: z.string().describe('Why the task failed; empty until then.'),
  err_msg: z.string(),
  credits: z.number().describe('What is held or was charged, at USD 0.005.'),
  payload: z.string(),
  bgm: z.boolean(),
  off_peak: z.boolean(),
  creations: z.array(creationSchema).describe('Empty until the task has succeeded.'),
})

const createdSchema = z.looseObject({
  task_id: z.string(),
  state: stateWord,
  model: z.string(),
  prompt: z.string(),
  credits: z.number(),
  created_at: z.string(),
  ignored: z.array(z.string()).optional().describe('Fields that the model has no use for.'),
})

const errorSchema = z.object({ code: z.int(), reason: z.string(), message: z.string(), metadata: z.object({ trace_id: z.string() }) })

interface Create {
  path: string
  parse: Parse
  body: z.ZodObject
  summary: string
  examples?: NonNullable<DialectRoute['examples']>
}

const create = ({ path, ...route }: Create): DialectRoute => ({ method: 'POST', path: `/ent/v2/${path}`, action: 'create', ...route, render: renderCreated })

/** What the vendor does and no model here can: the path, the field that asks for it, and what it is. */
const UNSERVED: readonly [path: string, param: string, what: string][] = [
  ['template', 'template', 'makes videos from a template'],
  ['multiframe', 'image_settings', 'takes frames in between'],
  ['subjects', 'images', 'keeps subjects for later; reference2video takes them with each request'],
]

const ROUTES: DialectRoute[] = [
  create({
    path: 'text2video', parse: parseTextToVideo, body: textToVideo, summary: 'Make a video from words',
    examples: { text: { model: 'seedance-2.0-pro', prompt: 'A paper boat on a mountain lake', duration: 5, seed: 0, aspect_ratio: '16:9', resolution: '720p', movement_amplitude: 'auto' } },
  }),
  create({
    path: 'img2video', parse: parseImageToVideo, body: imageToVideo, summary: 'Make a video from a first frame',
    examples: { frame: { model: 'sora-2', images: ['https://example.com/boat.jpg'], prompt: 'The boat sails away', duration: 4 } },
  }),
  create({ path: 'start-end2video', parse: parseStartEnd, body: startEndToVideo, summary: 'Make a video between two frames' }),
  create({
    path: 'reference2video', parse: parseReferences, body: referenceToVideo, summary: 'Make a video with references',
    examples: { subjects: { model: 'seedance-2.0-pro', prompt: '@hero walks with @dog', subjects: [{ id: 'hero', images: ['https://example.com/hero.jpg'] }, { id: 'dog', images: ['https://example.com/dog.jpg'] }], duration: 5 } },
  }),
  { ...create({ path: 'extend', parse: parseExtend, body: extend, summary: 'Go on with a video' }), answer: answerExtend, answerSchema: createdSchema },
  create({
    path: 'reference2image', parse: parseReferenceToImage, body: referenceToImage, summary: 'Make a picture with references',
    examples: { text: { model: 'gpt-image-1', prompt: 'A paper boat on a mountain lake' } },
  }),
  create({ path: 'lip-sync', parse: parseLipSync, body: lipSync, summary: 'Move the lips of a video' }),
  { method: 'GET', path: '/ent/v2/tasks/:id/creations', action: 'read', summary: 'Read a task' },
  { method: 'GET', path: '/ent/v2/tasks', action: 'custom', answer: answerList, query: listQuery, summary: 'List tasks' },
  { method: 'POST', path: '/ent/v2/tasks/:id/cancel', action: 'cancel', render: () => ({}), summary: 'Cancel a task' },
  ...UNSERVED.map(([path, param, what]): DialectRoute => ({
    method: 'POST',
    path: `/ent/v2/${path}`,
    action: 'custom',
    answer: () => Promise.reject(new GatewayError('invalid_request', `${param} cannot be used: no model here ${what}`, { param })),
    summary: 'Refused: no model does this',
  })),
]

export const vidu: Dialect = {
  id: 'vidu',
  routes: ROUTES,
  renderTask,
  statusWords: { at: 'state', words: stateWord.options },
  renderCallback: renderTask,
  renderError,
  taskSchema,
  errorSchema,
}
