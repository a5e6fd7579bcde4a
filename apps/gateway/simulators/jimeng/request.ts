import { z } from 'zod'
import { JimengRefusal } from './refusal.ts'

/** What is to be made. */
export type JimengOrder = VideoOrder | PictureOrder

export interface VideoOrder {
  makes: 'video'
  prompt: string
  widthPixels: number
  heightPixels: number
  durationSeconds: number
  audio: boolean
}

export interface PictureOrder {
  makes: 'picture'
  prompt: string
  widthPixels: number
  heightPixels: number
}

/** Which action takes a key: the newer pair, the older one, or the one that answers with the result. */
export type Door = 'sync2async' | 'older' | 'process'

interface ReqKey {
  door: Door
  makes: JimengOrder['makes']
  read(body: unknown): JimengOrder
}

const MAX_PROMPT_CHARACTERS = 800

const links = z.array(z.url({ protocol: /^https?$/ })).min(1).optional()
const link = z.url({ protocol: /^https?$/ })
const encoded = z.array(z.string().min(4).regex(/^[A-Za-z0-9+/]+={0,2}$/, { error: 'must be base64 without a prefix' })).min(1).optional()
const words = z.string().max(MAX_PROMPT_CHARACTERS)
const seed = z.int().min(-1).optional()
const pictures = { image_urls: links, binary_data_base64: encoded }

interface VideoKey {
  /** How many pictures it takes: the least and the most. */
  pictures: readonly [least: number, most: number]
  resolution: '720p' | '1080p'
  frames: readonly number[]
  camera?: true
}

const RATIOS = ['16:9', '4:3', '1:1', '3:4', '9:16', '21:9'] as const
/** For 720p the vendor publishes none: those of the same engine's other product. */
const PIXELS: Record<VideoKey['resolution'], readonly (readonly [number, number])[]> = {
  '720p': [[1248, 704], [1120, 832], [960, 960], [832, 1120], [704, 1248], [1504, 640]],
  '1080p': [[1920, 1088], [1664, 1248], [1440, 1440], [1248, 1664], [1088, 1920], [2176, 928]],
}

const videoBody = z.strictObject({
  req_key: z.string(),
  prompt: words.optional(),
  ...pictures,
  seed,
  frames: z.int().optional(),
  aspect_ratio: z.enum(RATIOS).optional(),
  template_id: z.enum(['hitchcock_dolly_in', 'hitchcock_dolly_out', 'robo_arm', 'dynamic_orbit', 'central_orbit', 'crane_push', 'quick_pull_back', 'counterclockwise_swivel']).optional(),
  camera_strength: z.enum(['weak', 'medium', 'strong']).optional(),
})

function video(key: VideoKey): ReqKey {
  return {
    door: 'sync2async',
    makes: 'video',
    read(body) {
      const { prompt = '', frames = 121, aspect_ratio: ratio, template_id: template, camera_strength: strength, ...given } = parsed(videoBody, body)
      const count = countPictures(given, key.pictures)
      if (count === 0 && prompt === '') throw refused('prompt is required')
      if (!key.frames.includes(frames)) throw refused(`frames must be ${key.frames.join(' or ')}`)
      if (ratio !== undefined && count > 0) throw refused('aspect_ratio is for text only')
      if ((template ?? strength) !== undefined && !key.camera) throw refused('template_id and camera_strength are for camera moves only')
      if (key.camera && template === undefined) throw refused('template_id is required')
      const [widthPixels, heightPixels] = PIXELS[key.resolution][RATIOS.indexOf(ratio ?? '16:9')] ?? [1248, 704]
      return { makes: 'video', prompt, widthPixels, heightPixels, durationSeconds: (frames - 1) / 24, audio: false }
    },
  }
}

/** The length of what is given is not looked at. */
const GIVEN_SECONDS = 2

/** `image_url` and the rest of the body, none of which changes how the result looks here. */
function portrait(more: z.ZodRawShape, defaultLines: number): ReqKey {
  const body = z.strictObject({ req_key: z.string(), image_url: link, audio_url: link, output_resolution: z.unknown().optional(), ...more })
  return {
    door: 'older',
    makes: 'video',
    read(given) {
      const { prompt, output_resolution: lines } = parsed(body, given) as { prompt?: string; output_resolution?: number }
      const heightPixels = lines ?? defaultLines
      return { makes: 'video', prompt: prompt ?? '', widthPixels: heightPixels, heightPixels, durationSeconds: GIVEN_SECONDS, audio: true }
    },
  }
}

function motion(picture: z.ZodRawShape): ReqKey {
  const body = z.strictObject({ req_key: z.string(), video_url: link, ...picture })
  return {
    door: 'sync2async',
    makes: 'video',
    read(given) {
      const read = parsed(body, given) as { image_url?: string; image_urls?: string[]; binary_data_base64?: string[] }
      if (read.image_url === undefined) countPictures(read, [1, 1])
      return { makes: 'video', prompt: '', widthPixels: 720, heightPixels: 720, durationSeconds: GIVEN_SECONDS, audio: false }
    },
  }
}

interface PictureKey {
  door?: Door
  pictures: readonly [least: number, most: number]
  /** What else it takes. */
  fields: z.ZodRawShape
  defaultSide: number
  sides?: readonly [least: number, most: number]
  area?: readonly [least: number, most: number]
  maxRatio?: number
}

function picture({ door = 'sync2async', pictures: count, fields, defaultSide, sides, area, maxRatio = Infinity }: PictureKey): ReqKey {
  const body = z.strictObject({ req_key: z.string(), prompt: words.min(1), ...(count[1] > 0 && pictures), ...fields })
  return {
    door,
    makes: 'picture',
    read(given) {
      const read = parsed(body, given) as { prompt: string; image_urls?: string[]; binary_data_base64?: string[]; width?: number; height?: number; size?: number; use_sr?: boolean }
      countPictures(read, count)
      const { prompt, width, height, size = defaultSide ** 2, use_sr: enlarged = true } = read
      // "Both are needed to take effect."
      const [wide, high] = width !== undefined && height !== undefined ? [width, height] : [Math.round(Math.sqrt(size)), Math.round(Math.sqrt(size))]
      if (sides && (Math.min(wide, high) < sides[0] || Math.max(wide, high) > sides[1])) throw refused('width and height are out of range')
      if (area && (wide * high < area[0] || wide * high > area[1])) throw refused('width * height is out of range')
      if (Math.max(wide, high) > Math.min(wide, high) * maxRatio) throw refused('the ratio is out of range')
      const factor = 'use_sr' in fields && enlarged ? 2 : 1
      return { makes: 'picture', prompt, widthPixels: wide * factor, heightPixels: high * factor }
    },
  }
}

const side = z.int().optional()
const SIZE = { width: side, height: side }
const FOURTH = { ...SIZE, size: z.int().optional(), force_single: z.boolean().optional(), min_ratio: z.number().optional(), max_ratio: z.number().optional() }
const THIRD = { ...SIZE, seed, use_pre_llm: z.boolean().optional() }
const MARKS = { logo_info: z.looseObject({ add_logo: z.boolean() }).optional(), aigc_meta: z.looseObject({ producer_id: z.string() }).optional() }

const FIVE = [121]
const FIVE_OR_TEN = [121, 241]
const REQ_KEYS: Record<string, ReqKey> = {
  jimeng_vgfm_t2v_l20: video({ pictures: [0, 0], resolution: '720p', frames: FIVE }),
  jimeng_vgfm_i2v_l20: video({ pictures: [1, 1], resolution: '720p', frames: FIVE }),
  jimeng_t2v_v30: video({ pictures: [0, 0], resolution: '720p', frames: FIVE_OR_TEN }),
  jimeng_t2v_v30_1080p: video({ pictures: [0, 0], resolution: '1080p', frames: FIVE_OR_TEN }),
  jimeng_i2v_first_v30: video({ pictures: [1, 1], resolution: '720p', frames: FIVE_OR_TEN }),
  jimeng_i2v_first_v30_1080: video({ pictures: [1, 1], resolution: '1080p', frames: FIVE_OR_TEN }),
  jimeng_i2v_first_tail_v30: video({ pictures: [2, 2], resolution: '720p', frames: FIVE_OR_TEN }),
  jimeng_i2v_first_tail_v30_1080: video({ pictures: [2, 2], resolution: '1080p', frames: FIVE_OR_TEN }),
  jimeng_i2v_recamera_v30: video({ pictures: [1, 1], resolution: '720p', frames: FIVE_OR_TEN, camera: true }),
  jimeng_ti2v_v30_pro: video({ pictures: [0, 1], resolution: '1080p', frames: FIVE_OR_TEN }),
  jimeng_realman_avatar_picture_omni_v15: portrait({ prompt: words.optional(), mask_url: links, seed, output_resolution: z.literal([720, 1080]).optional(), pe_fast_mode: z.boolean().optional() }, 1080),
  jimeng_realman_avatar_picture_omni_v2: portrait({ output_resolution: z.never().optional() }, 480),
  jimeng_dream_actor_m1_gen_video_cv: motion({ image_url: link }),
  jimeng_dreamactor_m20_gen_video: motion({ ...pictures, cut_result_first_second_switch: z.boolean().optional(), callback_url: link.optional() }),
  jimeng_seedream46_cvtob: picture({ pictures: [0, 14], fields: { ...FOURTH, scale: z.int().min(1).max(100).optional() }, defaultSide: 2048, area: [1024 ** 2, 4096 ** 2], maxRatio: 3 }),
  jimeng_t2i_v40: picture({ pictures: [0, 10], fields: { ...FOURTH, scale: z.number().min(0).max(1).optional() }, defaultSide: 2048, area: [1024 ** 2, 4096 ** 2], maxRatio: 3 }),
  jimeng_t2i_v31: picture({ pictures: [0, 0], fields: THIRD, defaultSide: 1328, area: [512 ** 2, 2048 ** 2], maxRatio: 3 }),
  jimeng_t2i_v30: picture({ pictures: [0, 0], fields: THIRD, defaultSide: 1328, area: [512 ** 2, 2048 ** 2], maxRatio: 3 }),
  jimeng_i2i_v30: picture({ pictures: [1, 1], fields: { ...SIZE, seed, scale: z.number().min(0).max(1).optional() }, defaultSide: 1328, sides: [512, 2016] }),
  // The picture and its mask.
  jimeng_image2image_dream_inpaint: picture({ pictures: [2, 2], fields: { seed }, defaultSide: 1024 }),
  jimeng_high_aes_general_v21_L: picture({ door: 'process', pictures: [0, 0], fields: { ...THIRD, use_sr: z.boolean().optional(), return_url: z.boolean().optional(), ...MARKS }, defaultSide: 512, sides: [256, 768] }),
}

/** Reads a submission at one of the doors. Throws `JimengRefusal`. */
export function jimengOrder(body: unknown, door: Door): JimengOrder {
  const key = reqKeyOf(body)
  // What the vendor says of a key at the wrong door is not known; it is no product of that action's.
  if (key.door !== door) throw new JimengRefusal(50_400, 'Access Denied: Internal Error')
  return key.read(body)
}

const queryBody = z.strictObject({ req_key: z.string(), task_id: z.string().min(1), req_json: z.string().optional() })
/** "A JSON text." Marks are for pictures; videos take `aigc_meta` only. */
const options = z.strictObject({ return_url: z.boolean().optional(), ...MARKS })

/** "Accept any known req_key": the vendor's check is loose. */
export function queriedTask(body: unknown): { taskId: string; wantsLinks: boolean } {
  reqKeyOf(body)
  const { task_id: taskId, req_json: text } = parsed(queryBody, body)
  return { taskId, wantsLinks: text !== undefined && parsed(options, jsonOf(text)).return_url === true }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw refused('req_json must be JSON')
  }
}

function reqKeyOf(body: unknown): ReqKey {
  const name = z.object({ req_key: z.string() }).safeParse(body).data?.req_key ?? ''
  const key = Object.hasOwn(REQ_KEYS, name) ? REQ_KEYS[name] : undefined
  if (key === undefined) throw new JimengRefusal(50_400, 'Access Denied: Internal Error')
  return key
}

function countPictures({ image_urls: urls = [], binary_data_base64: texts = [] }: { image_urls?: string[] | undefined; binary_data_base64?: string[] | undefined }, [least, most]: readonly [number, number]): number {
  if (urls.length > 0 && texts.length > 0) throw refused('image_urls and binary_data_base64 cannot both be given')
  const count = urls.length + texts.length
  if (count < least || count > most) throw refused(`this req_key takes ${least === most ? least : `${least} to ${most}`} images`)
  return count
}

function parsed<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  throw refused(issue?.code === 'unrecognized_keys' ? `unknown field ${issue.keys[0]}` : `${issue?.path.join('.')}: ${issue?.message}`)
}

function refused(message: string): JimengRefusal {
  return new JimengRefusal(50_215, `Input invalid for this service: ${message}`)
}
