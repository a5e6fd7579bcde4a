import { z } from 'zod'
import { arkModel, type ArkModel, type TaskType } from './models.ts'
import type { Answer } from '../simulator.ts'

/** A refusal in the vendor's envelope. */
export class ArkRefusal extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, message: string) {
    super(message)
    this.name = 'ArkRefusal'
    this.status = status
    this.code = code
  }

  answer(requestId: string): Answer {
    const error = { code: this.code, message: `${this.message} Request id: ${requestId}`, param: '', type: TYPES[this.status] ?? 'BadRequest' }
    return { status: this.status, json: { error }, headers: { 'x-request-id': requestId } }
  }
}

const TYPES: Record<number, string> = { 401: 'Unauthorized', 403: 'Forbidden', 404: 'NotFound', 429: 'TooManyRequests', 500: 'InternalServerError' }

/** https anywhere, or plain http on this machine, where the gateway under test listens. */
const callbackUrl = z.url({ protocol: /^https?$/ }).refine((url) => url.startsWith('https:') || /^http:\/\/(?:127\.|localhost[:/])/.test(url))

const mediaUrl = z.object({ url: z.string() })
const contentItem = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), text: z.string().min(1) }),
  z.strictObject({ type: z.literal('image_url'), image_url: mediaUrl, role: z.string().optional() }),
  z.strictObject({ type: z.literal('video_url'), video_url: mediaUrl, role: z.literal('reference_video') }),
  z.strictObject({ type: z.literal('audio_url'), audio_url: mediaUrl, role: z.literal('reference_audio') }),
  z.strictObject({ type: z.literal('draft_task'), draft_task: z.object({ id: z.string() }) }),
])

const taskBody = z.strictObject({
  model: z.string(),
  content: z.array(contentItem).min(1),
  resolution: z.string().regex(/^(?:480p|720p|1080p|4k)$/i).optional(),
  ratio: z.enum(['16:9', '4:3', '1:1', '3:4', '9:16', '21:9', 'adaptive']).optional(),
  duration: z.int().optional(),
  frames: z.int().min(29).max(289).refine((frames) => (frames - 25) % 4 === 0).optional(),
  seed: z.number().int().min(-1).max(2 ** 32 - 1).optional(),
  camera_fixed: z.boolean().optional(),
  watermark: z.boolean().optional(),
  generate_audio: z.boolean().optional(),
  return_last_frame: z.boolean().optional(),
  draft: z.boolean().optional(),
  service_tier: z.enum(['default', 'flex']).optional(),
  priority: z.int().min(0).max(9).optional(),
  execution_expires_after: z.int().max(259_200).optional(),
  callback_url: callbackUrl.optional(),
  safety_identifier: z.string().max(64).optional(),
  tools: z.array(z.strictObject({ type: z.literal('web_search') })).optional(),
  output_format: z.enum(['mp4', 'mov']).optional(),
  omni_reference_task_type: z.enum(['auto', 'reference', 'edit', 'extend']).optional(),
})

export type TaskRequest = z.output<typeof taskBody>

/** Fields that only some models take; `arkModel` says which. */
const SOME_MODELS_ONLY = ['frames', 'camera_fixed', 'draft', 'service_tier', 'priority', 'tools', 'output_format', 'omni_reference_task_type'] as const

/** Reads a create body as the vendor does: model first, then field by field, one fault per answer. Throws `ArkRefusal`. */
export function taskRequest(body: unknown): { request: TaskRequest; model: ArkModel } {
  const json = withoutNulls(body)
  const { model: id, content } = z.object({ model: z.unknown().optional(), content: z.unknown().optional() }).safeParse(json).data ?? {}
  if (typeof id !== 'string') throw missing('model')
  const model = arkModel(id)
  if (model === undefined) {
    throw new ArkRefusal(404, 'InvalidEndpointOrModel.NotFound', `The model or endpoint ${id} does not exist or you do not have access to it.`)
  }
  if (content === undefined) throw missing('content')

  const parsed = taskBody.safeParse(json)
  if (!parsed.success) throw fault(parsed.error)
  const request = parsed.data
  const type = taskType(request, model)
  checkFields(request, model, type)
  for (const item of request.content) checkMedia(item)
  return { request, model }
}

/** The vendor's own Python SDK (5.0.54) sends null for every field that was not set, so null is as good as absent. */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== null).map(([name, field]) => [name, withoutNulls(field)]))
}

export function missing(field: string): ArkRefusal {
  return new ArkRefusal(400, `MissingParameter.${field}`, `The request failed because it is missing \`${field}\` parameter.`)
}

/** One of the faults, whichever comes first. */
export function fault({ issues: [issue] }: z.ZodError): ArkRefusal {
  const name = issue?.code === 'unrecognized_keys' ? String(issue.keys[0]) : (issue?.path.join('.') ?? 'body')
  return invalid(`the parameter ${name} specified in the request is not valid`, name.split('.')[0])
}

export function invalid(message: string, field?: string): ArkRefusal {
  return new ArkRefusal(400, field === undefined ? 'InvalidParameter' : `InvalidParameter.${field}`, message)
}

/** The kind of task follows from the roles of its materials. */
function taskType({ content }: TaskRequest, model: ArkModel): TaskType {
  const images = content.filter((item) => item.type === 'image_url')
  for (const { role } of images) {
    if (role !== undefined && !['first_frame', 'last_frame', 'reference_image'].includes(role)) throw invalid('invalid role specified for image content', 'content')
  }
  const count = {
    image: images.filter(({ role }) => role === 'reference_image').length,
    video: content.filter(({ type }) => type === 'video_url').length,
    audio: content.filter(({ type }) => type === 'audio_url').length,
  }
  const first = images.filter(({ role }) => role === 'first_frame' || role === undefined).length
  const last = images.filter(({ role }) => role === 'last_frame').length
  const references = count.image + count.video + count.audio

  if (last > 0 && (first === 0 || count.image > 0)) throw invalid('last frame image content cannot be mixed with first frame or reference image content', 'content')
  if (first + last > 0 && references > 0) throw invalid('first/last frame content cannot be mixed with reference media content', 'content')
  if (first > 1 || last > 1) throw invalid('the number of image content specified in the request is not valid', 'content')
  if (references > 0 && references === count.audio && model.generation === '2.0') throw invalid('reference_audio cannot be the only reference input', 'content')

  const type: TaskType = references > 0 ? 'r2v' : last > 0 ? 'flf2v' : first > 0 ? 'i2v' : 't2v'
  if (!model.taskTypes.includes(type)) throw invalid(`the specified task_type ${type} does not support model ${model.family}`, 'content')
  for (const media of ['image', 'video', 'audio'] as const) {
    if (count[media] > model.references[media]) throw invalid(`the number of reference_${media} content must be less than or equal to ${model.references[media]}`, 'content')
  }
  return type
}

function checkFields(request: TaskRequest, model: ArkModel, type: TaskType): void {
  for (const field of SOME_MODELS_ONLY) {
    if (request[field] !== undefined && !model.fields.includes(field)) {
      throw invalid(`the specified parameter \`${field}\` is not supported for model ${model.family} in ${type}, must be empty`, field)
    }
  }
  const resolution = request.resolution?.toLowerCase()
  if (resolution !== undefined && !model.resolutions.includes(resolution)) throw notValid('resolution', model, type)
  if (resolution === '1080p' && type === 'r2v' && model.generation === '1.0') throw notValid('resolution', model, type)
  if (request.ratio === 'adaptive' && type === 't2v' && model.generation === '1.0') throw notValid('ratio', model, type)
  if (request.ratio !== undefined && request.ratio !== 'adaptive' && (type === 'i2v' || type === 'flf2v') && model.generation === '2.5') throw notValid('ratio', model, type)

  const { duration, execution_expires_after: expiry } = request
  const inRange = duration === undefined || (duration === -1 ? model.auto : duration >= model.minSeconds && duration <= model.maxSeconds)
  if (!inRange) throw notValid('duration', model, type)
  // The floor holds for 1.x only.
  if (expiry !== undefined && expiry < 3_600 && model.generation.startsWith('1.')) throw notValid('execution_expires_after', model, type)
}

function notValid(field: string, model: ArkModel, type: TaskType): ArkRefusal {
  return invalid(`the parameter \`${field}\` specified in the request is not valid for model ${model.family} in ${type}`, field)
}

const IMAGE_FORMATS = 'jpeg|jpg|png|webp|bmp|tiff|gif|heic|heif'
const MAX_IMAGE_BYTES = 30 * 1024 * 1024

function checkMedia(item: TaskRequest['content'][number]): void {
  switch (item.type) {
    case 'text':
    case 'draft_task':
      return
    case 'image_url': {
      const { url } = item.image_url
      if (url === '') throw new ArkRefusal(400, 'InvalidImageURL.EmptyURL', 'The image url is empty.')
      if (!isAddress(url) && !isData(url, 'image', IMAGE_FORMATS)) throw new ArkRefusal(400, 'InvalidImageURL.InvalidFormat', 'The image url is not a valid url or base64 data.')
      if (url.startsWith('data:') && url.length * 0.75 > MAX_IMAGE_BYTES) throw new ArkRefusal(400, 'InvalidParameter.OversizedImage', 'The image is larger than 30 MB.')
      return
    }
    case 'video_url':
      if (!isAddress(item.video_url.url)) throw invalid('the parameter video_url specified in the request is not valid', 'content')
      return
    case 'audio_url':
      if (!isAddress(item.audio_url.url) && !isData(item.audio_url.url, 'audio', 'wav|mp3')) throw invalid('the parameter audio_url specified in the request is not valid', 'content')
  }
}

export function isAddress(url: string): boolean {
  return /^asset:\/\/[\w-]+$/.test(url) || (url.startsWith('https://') && URL.canParse(url))
}

/** With the format in lower case: the vendor refuses others. */
export function isData(url: string, media: string, formats: string): boolean {
  const [head = '', data = ''] = url.split(',', 2)
  return new RegExp(`^data:${media}/(?:${formats});base64$`).test(head) && data.length > 0 && data.length % 4 === 0
}
