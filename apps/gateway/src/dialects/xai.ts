import { z } from 'zod'
import { ERROR_CODES, GatewayError, errorMessage } from '../core/errors.ts'
import type { InputRole, Operation } from '../core/generation-request.ts'
import type { Model } from '../core/model.ts'
import { present } from '../core/present.ts'
import { isFinal, progressPercent, type Task } from '../core/task.ts'
import type { Call, Dialect, DialectRoute, Draft, DraftInput, ErrorContext, ParseContext, RenderContext, RenderedError, RequestBody } from './dialect.ts'
import { defaultMaterialRole, operationOf, passedOn, textInput } from './shared/draft.ts'
import { shownFailure } from './shared/ended-task.ts'
import { field, isPlainObject, MAX_PROMPT_CHARACTERS, parseFields, unknownFields } from './shared/fields.ts'
import { secondsOf } from './shared/openai-shape.ts'

/*
 * xAI's videos wire, as AI SDK's provider speaks it. Its pictures go through `openai-images`, whose wire is nearly the
 * same. It shares every route with others, so it claims only bodies that bear its marks. Facts: AI SDK's xai provider
 * 5.0.12 and xAI's documentation, November 2026.
 */

const MAX_REFERENCES = 32
const MAX_KEYFRAMES = 32

/** "`{url}` or `{file_id}`; `url` may be a data URI". */
const material = z.union([field.source(), z.object({ url: field.source().optional(), file_id: field.text().optional() })], { error: 'must be { url } or { file_id }' })
const voice = z.union([field.source(), z.object({ url: field.source().optional(), file_id: field.text().optional(), voice_id: field.text().optional() })], { error: 'must be { url }' })

/** "prompt: optional for image mode": whether it may be absent is the model's to say. */
const prompt = z.string().max(MAX_PROMPT_CHARACTERS).default('').describe('What to generate.')

const generationBody = z.object({
  model: field.model(),
  prompt,
  image: material.optional().describe('The first frame: { url } or { file_id }.'),
  last_frame: material.optional(),
  keyframes: z.array(z.object({ image: material, timestamp_s: z.number().min(0) })).max(MAX_KEYFRAMES).optional().describe('Frames at the start (0) or at the end (the duration).'),
  reference_images: z.array(material).max(MAX_REFERENCES).optional().describe('Called <IMAGE_0>, <IMAGE_1> … in the prompt.'),
  reference_audios: z.array(voice).max(MAX_REFERENCES).optional().describe('Called <AUDIO_0> … in the prompt.'),
  duration: field.seconds().optional().describe('Length in seconds.'),
  aspect_ratio: field.text(20).optional(),
  resolution: field.text(20).optional(),
  generate_audio: z.boolean().optional(),
  seed: field.seed().optional().describe('Not of xAI; for models that take one.'),
  negative_prompt: field.text(MAX_PROMPT_CHARACTERS).optional().describe('Not of xAI; for models that take one.'),
  user: field.text().optional(),
})

const editBody = z.object({ model: field.model(), prompt, video: material.describe('The video to work on: { url } or { file_id }.'), user: field.text().optional() })
const extensionBody = z.object({ ...editBody.shape, duration: field.seconds().optional().describe('Length of what is added, in seconds.') })

const FIELD_NAMES: Draft['fieldNames'] = {
  model: 'model',
  prompt: 'prompt',
  negativePrompt: 'negative_prompt',
  durationSeconds: 'duration',
  aspectRatio: 'aspect_ratio',
  resolution: 'resolution',
  audio: 'generate_audio',
  seed: 'seed',
  endUserId: 'user',
}

function parseGeneration(body: RequestBody, context: ParseContext): Draft {
  const given = parseFields(generationBody, body.fields)
  const model = context.model(given.model)
  const inputs = inputsOf(given)
  const { vendor, ignored } = passedOn(model, unknownFields(generationBody, body.fields), body.fields)
  return {
    request: present({
      kind: 'video' as const,
      operation: operationOf(model, inputs),
      model: model.id,
      prompt: withNumberedMentions(given.prompt, inputs),
      negativePrompt: given.negative_prompt,
      durationSeconds: given.duration,
      aspectRatio: given.aspect_ratio,
      resolution: given.resolution,
      audio: given.generate_audio,
      seed: given.seed,
      endUserId: given.user,
      count: 1,
      vendor,
    }),
    inputs,
    ignored,
    unusedFields: 'ignore',
    fieldNames: { ...FIELD_NAMES, inputs: 'image' },
  }
}

function parseEdit(body: RequestBody, context: ParseContext): Draft {
  const given = parseFields(editBody, body.fields)
  return workDraft(given, { body, schema: editBody }, context, operationOf)
}

function parseExtension(body: RequestBody, context: ParseContext): Draft {
  const given = parseFields(extensionBody, body.fields)
  const draft = workDraft(given, { body, schema: extensionBody }, context, () => 'extend')
  if (given.duration !== undefined) draft.request.durationSeconds = given.duration
  return draft
}

function workDraft(given: z.output<typeof editBody>, { body, schema }: { body: RequestBody; schema: z.ZodObject }, context: ParseContext, choose: (model: Model, inputs: DraftInput[]) => Operation): Draft {
  const model = context.model(given.model)
  const { vendor, ignored } = passedOn(model, unknownFields(schema, body.fields), body.fields)
  const inputs = [textInput('video', defaultMaterialRole(model, 'video'), ...addressOf(given.video, 'video'))]
  return {
    request: { kind: 'video', operation: choose(model, inputs), model: model.id, prompt: given.prompt, count: 1, vendor, ...(given.user !== undefined && { endUserId: given.user }) },
    inputs,
    ignored,
    unusedFields: 'ignore',
    fieldNames: { ...FIELD_NAMES, inputs: 'video' },
  }
}

/** References first, so that `<IMAGE_0>` is the first picture whatever frames there are. */
function inputsOf(given: z.output<typeof generationBody>): DraftInput[] {
  const references = (given.reference_images ?? []).map((each, index) => textInput('image', 'reference', ...addressOf(each, `reference_images[${index}]`)))
  const frames: [InputRole, z.output<typeof material>, string][] = []
  if (given.image !== undefined) frames.push(['first_frame', given.image, 'image'])
  if (given.last_frame !== undefined) frames.push(['last_frame', given.last_frame, 'last_frame'])
  given.keyframes?.forEach(({ image, timestamp_s: second }, index) => frames.push([keyframeRole(second, given.duration, index), image, `keyframes[${index}].image`]))
  const sounds = (given.reference_audios ?? []).map((each, index) => textInput('audio', 'reference', ...soundAddress(each, `reference_audios[${index}]`)))
  return [...references, ...frames.map(([role, each, param]) => textInput('image', role, ...addressOf(each, param))), ...sounds]
}

/** No model of the catalogue takes pictures in the midst of a video. */
function keyframeRole(second: number, duration: number | undefined, index: number): InputRole {
  if (second === 0) return 'first_frame'
  if (second === duration) return 'last_frame'
  throw new GatewayError('invalid_request', `keyframes[${index}].timestamp_s must be 0 or the duration: no model takes a frame in between`, { param: `keyframes[${index}].timestamp_s` })
}

function addressOf(value: z.output<typeof material>, param: string): [text: string, param: string] {
  if (typeof value === 'string') return [value, param]
  const { url, file_id: fileId } = value
  if ((url === undefined) === (fileId === undefined)) throw new GatewayError('invalid_request', `${param} must have exactly one of url and file_id`, { param })
  return url === undefined ? [fileId!, `${param}.file_id`] : [url, `${param}.url`]
}

function soundAddress(value: z.output<typeof voice>, param: string): [text: string, param: string] {
  if (typeof value === 'object' && value.voice_id !== undefined) {
    throw new GatewayError('invalid_request', `${param}.voice_id names a voice of xAI's, which no model here has; give a url`, { param: `${param}.voice_id` })
  }
  return addressOf(value, param)
}

/**
 * `<IMAGE_0>` is our `@Image1`. "Older docs start at <IMAGE_1>": so they count when the last of them would be one too
 * many otherwise.
 */
function withNumberedMentions(text: string, inputs: readonly DraftInput[]): string {
  return ([['IMAGE', 'image', 'Image'], ['AUDIO', 'audio', 'Audio']] as const).reduce((rewritten, [word, media, mention]) => {
    const count = inputs.filter((input) => input.media === media && input.role === 'reference').length
    if (count === 0) return rewritten
    const tag = new RegExp(`<${word}_(\\d{1,2})>`, 'g')
    const numbers = [...rewritten.matchAll(tag)].map((match) => Number(match[1]))
    const first = numbers.includes(count) && !numbers.includes(0) ? 1 : 0
    const beyond = numbers.find((number) => number - first >= count)
    if (beyond !== undefined) throw new GatewayError('invalid_request', `prompt mentions <${word}_${beyond}>, but only ${count} of ${media} were given`, { param: 'prompt' })
    return rewritten.replaceAll(tag, (_, number: string) => `@${mention}${Number(number) - first + 1}`)
  }, text)
}

/**
 * "ai/7.0.173 ai-sdk-provider-utils/5.0.51" or, below the library's own functions, "ai-sdk/xai/5.0.12": of AI SDK's
 * providers only xAI's has these routes, and its plain bodies look like anybody's. Other clients are known by what only
 * this wire writes: pictures as objects, Grok Imagine's names.
 */
function claims({ fields, multipart }: RequestBody, headers: Call['headers']): boolean {
  if (multipart) return false
  const agent = headers['user-agent']
  if (typeof agent === 'string' && agent.includes('ai-sdk')) return true
  const { model, image, last_frame: lastFrame, video, reference_images: references, keyframes, reference_audios: sounds, storage_options: storage } = fields
  if (typeof model === 'string' && model.startsWith('grok-imagine-')) return true
  return [image, lastFrame, video].some(isMaterial) || isPlainObject(storage) || [references, sounds].some((list) => Array.isArray(list) && list.some(isMaterial)) || Array.isArray(keyframes)
}

function isMaterial(value: unknown): boolean {
  return isPlainObject(value) && (typeof value['url'] === 'string' || typeof value['file_id'] === 'string')
}

/** "10^10 ticks = $1": a micro-dollar is ten thousand. */
const TICKS_PER_MICRO = 10_000

/** "{status:'done', progress:100, model, video:{url, duration, respect_moderation}, usage}", with our id beside it. */
function renderTask(task: Task, context: RenderContext): z.output<typeof taskSchema> {
  const output = task.outputs[0]
  return {
    request_id: task.id,
    status: !isFinal(task.state) ? 'pending' : task.state === 'succeeded' ? 'done' : 'failed',
    progress: progressPercent(task, context.nowMs),
    model: task.request.model,
    ...(task.state === 'succeeded' && output && { video: { url: context.fileLink(output.storageKey, task), duration: secondsOf(task), respect_moderation: true } }),
    ...(task.chargedMicros !== undefined && { usage: { cost_in_usd_ticks: Number(task.chargedMicros) * TICKS_PER_MICRO } }),
    ...present({ error: shownFailure(task) }),
    ...(task.ignored.length > 0 && { ignored: task.ignored }),
  }
}

const taskSchema = z.object({
  request_id: z.string(),
  status: z.enum(['pending', 'done', 'failed']),
  progress: z.int().min(0).max(100),
  model: z.string(),
  video: z.object({ url: z.string(), duration: z.number().nullable(), respect_moderation: z.boolean() }).optional().describe('There when status is done.'),
  usage: z.object({ cost_in_usd_ticks: z.int().describe('Ten thousand million ticks are one US dollar.') }).optional(),
  error: z.object({ code: z.string(), message: z.string() }).optional(),
  ignored: z.array(z.string()).optional().describe('Fields that the model has no use for.'),
})

/** "{code, error}", the commonest of the shapes that xAI answers with. */
function renderError(error: GatewayError, { language }: ErrorContext): RenderedError {
  return { status: ERROR_CODES[error.code].status, body: { code: error.code, error: errorMessage(error, language), ...(error.param !== undefined && { param: error.param }) } }
}

const errorSchema = z.object({ code: z.string(), error: z.string(), param: z.string().optional() })

/** "Running — HTTP 202." */
const PENDING_STATUS = 202

const ROUTES: DialectRoute[] = [
  {
    method: 'POST',
    path: '/v1/videos/generations',
    action: 'create',
    parse: parseGeneration,
    body: generationBody,
    summary: 'Create a video',
    examples: {
      xaiFirstFrame: { model: 'seedance-2.0-pro', prompt: 'She turns and smiles', image: { url: 'https://example.com/portrait.jpg' }, duration: 5, resolution: '480p' },
      xaiReferences: { model: 'seedance-2.0-pro', prompt: '<IMAGE_0> and <IMAGE_1> dance', reference_images: [{ url: 'https://example.com/a.jpg' }, { file_id: 'upl_abc' }] },
    },
  },
  {
    method: 'POST',
    path: '/v1/videos/edits',
    action: 'create',
    parse: parseEdit,
    body: editBody,
    summary: 'Make a new video from one that is given',
    examples: { xaiEdit: { model: 'sora-2', prompt: 'At night', video: { url: 'https://example.com/boat.mp4' } } },
  },
  {
    method: 'POST',
    path: '/v1/videos/extensions',
    action: 'create',
    parse: parseExtension,
    body: extensionBody,
    summary: 'Go on from the end of a video',
    examples: { xaiExtension: { model: 'sora-2', prompt: 'It reaches the shore', video: { url: 'https://example.com/boat.mp4' }, duration: 4 } },
  },
  { method: 'GET', path: '/v1/videos/:id', action: 'read', summary: 'Read a video task' },
  { method: 'POST', path: '/v1/videos/:id/cancel', action: 'cancel', summary: 'Cancel a video task' },
]

export const xai: Dialect = {
  id: 'xai',
  routes: ROUTES,
  claims,
  renderTask,
  statusWords: { at: 'status', words: ['pending', 'done', 'failed'] },
  taskStatus: (task) => (isFinal(task.state) ? 200 : PENDING_STATUS),
  renderError,
  taskSchema,
  errorSchema,
}
