import { z } from 'zod'
import { JimengRefusal } from './refusal.ts'

/** What a task is to make. */
export interface JimengOrder {
  prompt: string
  widthPixels: number
  heightPixels: number
  durationSeconds: number
}

interface ReqKey {
  /** How many pictures it takes: the least and the most. */
  pictures: readonly [least: number, most: number]
  resolution: '720p' | '1080p'
  frames: readonly number[]
  camera?: true
}

const FIVE = [121]
const FIVE_OR_TEN = [121, 241]
const REQ_KEYS: Record<string, ReqKey> = {
  jimeng_vgfm_t2v_l20: { pictures: [0, 0], resolution: '720p', frames: FIVE },
  jimeng_vgfm_i2v_l20: { pictures: [1, 1], resolution: '720p', frames: FIVE },
  jimeng_t2v_v30: { pictures: [0, 0], resolution: '720p', frames: FIVE_OR_TEN },
  jimeng_t2v_v30_1080p: { pictures: [0, 0], resolution: '1080p', frames: FIVE_OR_TEN },
  jimeng_i2v_first_v30: { pictures: [1, 1], resolution: '720p', frames: FIVE_OR_TEN },
  jimeng_i2v_first_v30_1080: { pictures: [1, 1], resolution: '1080p', frames: FIVE_OR_TEN },
  jimeng_i2v_first_tail_v30: { pictures: [2, 2], resolution: '720p', frames: FIVE_OR_TEN },
  jimeng_i2v_first_tail_v30_1080: { pictures: [2, 2], resolution: '1080p', frames: FIVE_OR_TEN },
  jimeng_i2v_recamera_v30: { pictures: [1, 1], resolution: '720p', frames: FIVE_OR_TEN, camera: true },
  jimeng_ti2v_v30_pro: { pictures: [0, 1], resolution: '1080p', frames: FIVE_OR_TEN },
}

const RATIOS = ['16:9', '4:3', '1:1', '3:4', '9:16', '21:9'] as const
/** For 720p the vendor publishes none: those of the same engine's other product. */
const PIXELS: Record<ReqKey['resolution'], readonly (readonly [number, number])[]> = {
  '720p': [[1248, 704], [1120, 832], [960, 960], [832, 1120], [704, 1248], [1504, 640]],
  '1080p': [[1920, 1088], [1664, 1248], [1440, 1440], [1248, 1664], [1088, 1920], [2176, 928]],
}

const MAX_PROMPT_CHARACTERS = 800

const submitBody = z.strictObject({
  req_key: z.string(),
  prompt: z.string().max(MAX_PROMPT_CHARACTERS).optional(),
  image_urls: z.array(z.url({ protocol: /^https?$/ })).min(1).optional(),
  binary_data_base64: z.array(z.string().min(4).regex(/^[A-Za-z0-9+/]+={0,2}$/, { error: 'must be base64 without a prefix' })).min(1).optional(),
  seed: z.int().min(-1).optional(),
  frames: z.int().optional(),
  aspect_ratio: z.enum(RATIOS).optional(),
  template_id: z.enum(['hitchcock_dolly_in', 'hitchcock_dolly_out', 'robo_arm', 'dynamic_orbit', 'central_orbit', 'crane_push', 'quick_pull_back', 'counterclockwise_swivel']).optional(),
  camera_strength: z.enum(['weak', 'medium', 'strong']).optional(),
})

/** Reads a submission. Throws `JimengRefusal`. */
export function jimengOrder(body: unknown): JimengOrder {
  const key = reqKeyOf(body)
  const parsed = submitBody.safeParse(body)
  if (!parsed.success) throw invalid(parsed.error.issues[0])
  const { prompt = '', image_urls: urls = [], binary_data_base64: texts = [], frames = 121, aspect_ratio: ratio, template_id: template, camera_strength: strength } = parsed.data
  if (urls.length > 0 && texts.length > 0) throw refused('image_urls and binary_data_base64 cannot both be given')

  const pictures = urls.length + texts.length
  const [least, most] = key.pictures
  if (pictures < least || pictures > most) throw refused(`this req_key takes ${least === most ? least : `${least} to ${most}`} images`)
  if (pictures === 0 && prompt === '') throw refused('prompt is required')
  if (!key.frames.includes(frames)) throw refused(`frames must be ${key.frames.join(' or ')}`)
  if (ratio !== undefined && pictures > 0) throw refused('aspect_ratio is for text only')
  if ((template ?? strength) !== undefined && !key.camera) throw refused('template_id and camera_strength are for camera moves only')
  if (key.camera && template === undefined) throw refused('template_id is required')

  const [widthPixels, heightPixels] = PIXELS[key.resolution][RATIOS.indexOf(ratio ?? '16:9')] ?? [1248, 704]
  return { prompt, widthPixels, heightPixels, durationSeconds: (frames - 1) / 24 }
}

const queryBody = z.strictObject({ req_key: z.string(), task_id: z.string().min(1), req_json: z.string().optional() })

/** "Accept any known video req_key": the vendor's check is loose. */
export function queriedTask(body: unknown): string {
  reqKeyOf(body)
  const parsed = queryBody.safeParse(body)
  if (!parsed.success) throw invalid(parsed.error.issues[0])
  return parsed.data.task_id
}

function reqKeyOf(body: unknown): ReqKey {
  const name = z.object({ req_key: z.string() }).safeParse(body).data?.req_key ?? ''
  const key = Object.hasOwn(REQ_KEYS, name) ? REQ_KEYS[name] : undefined
  if (key === undefined) throw new JimengRefusal(50_400, 'Access Denied: Internal Error')
  return key
}

function invalid(issue: z.core.$ZodIssue | undefined): JimengRefusal {
  return refused(issue?.code === 'unrecognized_keys' ? `unknown field ${issue.keys[0]}` : `${issue?.path.join('.')}: ${issue?.message}`)
}

function refused(message: string): JimengRefusal {
  return new JimengRefusal(50_215, `Input invalid for this service: ${message}`)
}
