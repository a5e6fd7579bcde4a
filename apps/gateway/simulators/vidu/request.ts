import { z } from 'zod'
import { defaultSeconds, viduModel, type ViduModel, type ViduRoute } from './models.ts'
import type { Answer } from '../simulator.ts'

/** A refusal in the vendor's envelope. */
export class ViduRefusal extends Error {
  readonly status: number
  readonly reason: string

  constructor(status: number, reason: string, message: string) {
    super(message)
    this.name = 'ViduRefusal'
    this.status = status
    this.reason = reason
  }

  answer(traceId: string): Answer {
    return { status: this.status, json: { code: this.status, reason: this.reason, message: this.message, metadata: { trace_id: traceId } } }
  }
}

/** https anywhere, or plain http on this machine, where the gateway under test listens. */
export const callbackUrl = z.url({ protocol: /^https?$/ }).refine((url) => url.startsWith('https:') || /^http:\/\/(?:127\.|localhost[:/])/.test(url))
export const httpsUrl = z.string().regex(/^https:\/\/\S+$/)

const common = {
  model: z.string(),
  prompt: z.string().max(5_000).optional(),
  duration: z.int().optional(),
  resolution: z.enum(['360p', '540p', '720p', '1080p', '2K']).optional(),
  watermark: z.boolean().optional(),
  wm_position: z.int().min(1).max(4).optional(),
  wm_url: z.string().optional(),
  payload: z.string().max(1_048_576).optional(),
  meta_data: z.string().optional(),
  callback_url: callbackUrl.optional(),
}
const generated = {
  ...common,
  seed: z.int().optional(),
  movement_amplitude: z.enum(['auto', 'small', 'medium', 'large']).optional(),
  bgm: z.boolean().optional(),
  audio: z.boolean().optional(),
  audio_type: z.enum(['all', 'speech_only', 'sound_effect_only']).optional(),
  voice_id: z.string().optional(),
  off_peak: z.boolean().optional(),
}
const ratio = z.enum(['16:9', '9:16', '1:1', '3:4', '4:3']).optional()
const images = z.array(z.string())
/** The key is `id` in older pages and `name` in newer ones. */
const subject = z.strictObject({ id: z.string().min(1).optional(), name: z.string().min(1).optional(), images: images.max(3).optional(), videos: z.array(httpsUrl).optional(), voice_id: z.string().optional() })

const BODIES = {
  text2video: z.strictObject({ ...generated, prompt: z.string().min(1).max(5_000), aspect_ratio: ratio, style: z.enum(['general', 'anime']).optional() }),
  img2video: z.strictObject({ ...generated, images }),
  'start-end2video': z.strictObject({ ...generated, images }),
  reference2video: z.strictObject({ ...generated, prompt: z.string().min(1).max(5_000), aspect_ratio: ratio, images: images.optional(), subjects: z.array(subject).min(1).max(7).optional() }),
  extend: z.strictObject({ ...common, video_url: httpsUrl.optional(), video_creation_id: z.string().optional(), images: images.optional() }),
} satisfies Record<ViduRoute, z.ZodObject>

/** What all bodies have in common, as far as the wire goes on with it. */
export interface TaskRequest {
  model: string
  prompt: string
  images: string[]
  durationSeconds: number
  resolution: string
  ratio: string | undefined
  seed: number | undefined
  audio: boolean
  bgm: boolean
  payload: string
  callbackUrl: string | undefined
  creationId: string | undefined
}

/** Reads a create body as the vendor does, one fault per answer. Throws `ViduRefusal`. */
export function taskRequest(route: ViduRoute, body: unknown): TaskRequest {
  const parsed = BODIES[route].safeParse(body)
  if (!parsed.success) throw fault(parsed.error)
  const fields: Fields = parsed.data
  const model = viduModel(fields.model)
  const cell = model?.routes[route]
  if (!model || !cell) throw new ViduRefusal(400, 'ModelUnavailable', `model ${fields.model} is not available for ${route}`)
  checkMaterials(route, fields, model)

  const seconds = fields.duration ?? defaultSeconds(cell)
  const resolution = fields.resolution ?? cell.resolutions[0] ?? '720p'
  if (!cell.seconds.includes(seconds)) throw invalid('duration')
  if (!cell.resolutions.includes(resolution)) throw invalid('resolution')
  if (cell.seconds.length === 2 && seconds === 8 && resolution !== '720p') throw invalid('resolution')
  if ((fields.aspect_ratio === '3:4' || fields.aspect_ratio === '4:3') && !model.portraits) throw invalid('aspect_ratio')
  if (fields.style !== undefined && !model.style) throw new ViduRefusal(400, 'FieldUnwanted', 'style is not supported by this model')
  if (fields.audio === true && !model.sound.includes(route)) throw new ViduRefusal(400, 'FieldUnwanted', 'audio is not supported by this model')
  return {
    model: fields.model,
    prompt: fields.prompt ?? '',
    images: fields.images ?? [],
    durationSeconds: seconds,
    resolution,
    ratio: fields.aspect_ratio,
    seed: fields.seed,
    audio: model.sound.includes(route) && (fields.audio ?? model.soundDefault),
    bgm: fields.bgm ?? false,
    payload: fields.payload ?? '',
    callbackUrl: fields.callback_url,
    creationId: fields.video_creation_id,
  }
}

interface Fields {
  model: string
  prompt?: string | undefined
  images?: string[] | undefined
  subjects?: z.output<typeof subject>[] | undefined
  video_url?: string | undefined
  video_creation_id?: string | undefined
  duration?: number | undefined
  resolution?: string | undefined
  aspect_ratio?: string | undefined
  style?: string | undefined
  seed?: number | undefined
  audio?: boolean | undefined
  bgm?: boolean | undefined
  payload?: string | undefined
  callback_url?: string | undefined
}

function checkMaterials(route: ViduRoute, fields: Fields, model: ViduModel): void {
  const { images: pictures = [], subjects } = fields
  const wanted = { text2video: [0, 0], img2video: [1, 1], 'start-end2video': [2, 2], reference2video: [subjects ? 0 : 1, subjects ? 0 : model.maxImages], extend: [0, 1] }[route]
  if (pictures.length < wanted[0]! || pictures.length > wanted[1]!) throw new ViduRefusal(400, 'FieldItemCountOutOfRange', `images count must be between ${wanted[0]} and ${wanted[1]}`)
  for (const picture of [...pictures, ...(subjects ?? []).flatMap((each) => each.images ?? [])]) checkPicture(picture)
  if (subjects) checkSubjects(subjects, fields, model)
  if (route === 'extend' && (fields.video_url === undefined) === (fields.video_creation_id === undefined)) throw new ViduRefusal(400, 'FieldLacking', 'one of video_url and video_creation_id is required')
}

function checkSubjects(subjects: z.output<typeof subject>[], { prompt = '' }: Fields, model: ViduModel): void {
  if (!model.subjects) throw new ViduRefusal(400, 'FieldUnwanted', 'subjects is not supported by this model')
  const names = subjects.map(({ id, name }) => id ?? name)
  if (names.includes(undefined) || new Set(names).size < names.length) throw invalid('subjects')
  const count = (of: 'images' | 'videos') => subjects.reduce((sum, each) => sum + (each[of]?.length ?? 0), 0)
  if (count('images') > model.maxImages || count('videos') > model.maxVideos || subjects.some((each) => !each.images?.length && !each.videos?.length)) throw new ViduRefusal(400, 'FieldItemCountOutOfRange', 'subjects have too many or too few images')
  for (const [, mentioned] of prompt.matchAll(/@(\w+)/g)) if (!names.includes(mentioned)) throw invalid('prompt')
}

const MAX_PICTURE_BYTES = 10 * 1024 * 1024

export function checkPicture(text: string): void {
  if (text.startsWith('https://') && URL.canParse(text)) return
  const [head = '', data = ''] = text.split(',', 2)
  if (!/^data:image\/(?:png|jpe?g|webp);base64$/.test(head) || data === '' || data.length % 4 !== 0) throw new ViduRefusal(400, 'ImageFormatInvalid', 'the image is neither a url nor base64 data of png, jpeg, jpg or webp')
  if (data.length * 0.75 > MAX_PICTURE_BYTES) throw new ViduRefusal(400, 'ImageFormatInvalid', 'the image is larger than 10M')
}

function invalid(field: string): ViduRefusal {
  return new ViduRefusal(400, 'FieldInvalid', `${field} is invalid`)
}

/** One of the faults, whichever comes first. */
export function fault({ issues: [issue] }: z.ZodError): ViduRefusal {
  if (issue?.code === 'unrecognized_keys') return new ViduRefusal(400, 'FieldUnwanted', `${issue.keys[0]} is not wanted`)
  const name = issue?.path.join('.') || 'body'
  if (issue?.code === 'invalid_type' && issue.input === undefined && /undefined/.test(issue.message)) return new ViduRefusal(400, 'FieldLacking', `${name} is required`)
  return invalid(name)
}
