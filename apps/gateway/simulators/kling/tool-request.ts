import { z } from 'zod'
import { address, common, parse, picture, pictureRatio, prompt, shared } from './fields.ts'
import { invalid, KlingRefusal } from './refusal.ts'
import type { Order } from './orders.ts'

/* The classic wire's tools. Their pages were relayed once each: where these leave something open, it is taken here. */

export const TOOL_PATHS = [
  'videos/lip-sync', 'videos/effects', 'videos/avatar/image2video', 'images/multi-image2image', 'images/editing/expand', 'images/kolors-virtual-try-on',
] as const
export type ToolPath = (typeof TOOL_PATHS)[number]

export function isToolPath(path: string): path is ToolPath {
  return (TOOL_PATHS as readonly string[]).includes(path)
}

const voice = z.string().min(1)
/** An address, or base64 without a prefix. */
const sound = picture

const lipSync = z.strictObject({
  input: z.strictObject({
    mode: z.enum(['text2video', 'audio2video']),
    video_id: z.string().min(1).optional(),
    video_url: address.optional(),
    text: z.string().min(1).max(120).optional(),
    voice_id: voice.optional(),
    voice_language: z.enum(['zh', 'en']).optional(),
    voice_speed: z.number().min(0.8).max(2).optional(),
    audio_type: z.enum(['file', 'url']).optional(),
    audio_file: sound.refine((text) => !text.startsWith('http')).optional(),
    audio_url: address.optional(),
  }),
  ...common,
})

/** `model_name` and `mode` are of effects of two people; older pages have them for the others too. */
const effects = z.strictObject({
  effect_scene: z.string().min(1).max(64),
  input: z.strictObject({
    model_name: z.enum(['kling-v1', 'kling-v1-5', 'kling-v1-6']).optional(),
    mode: z.enum(['std', 'pro']).optional(),
    image: picture.optional(),
    images: z.array(picture).length(2).optional(),
    duration: z.enum(['5', '10']),
  }),
  ...common,
})

const avatar = z.strictObject({ image: picture, audio_id: z.string().min(1).optional(), sound_file: sound.optional(), prompt: prompt.optional(), mode: z.enum(['std', 'pro']).optional(), ...common })

const count = z.int().min(1).max(9).optional()
const multiImage = z.strictObject({
  model_name: z.enum(['kling-v2', 'kling-v2-1']).optional(), prompt: prompt.optional(), subject_image_list: z.array(z.strictObject({ subject_image: picture })).min(1).max(4),
  scene_image: picture.optional(), style_image: picture.optional(), n: count, aspect_ratio: pictureRatio.optional(), ...common,
})

const margin = z.number().min(0).max(2)
const expand = z.strictObject({
  image: picture, up_expansion_ratio: margin, down_expansion_ratio: margin, left_expansion_ratio: margin, right_expansion_ratio: margin, prompt: prompt.optional(), n: count, ...common,
})

const { callback_url, external_task_id } = common
const tryOn = z.strictObject({ model_name: z.enum(['kolors-virtual-try-on-v1', 'kolors-virtual-try-on-v1-5']).optional(), human_image: picture, cloth_image: picture, callback_url, external_task_id })

/** Nobody looks into the materials here: what is as long as they are has this length. */
const USUAL_SECONDS = 5
/** "0.5 units per 5 s". */
const LIP_SYNC_UNITS = 0.1
/** Units of the others are guesses, near what resellers ask. */
const UNITS = { std: 0.4, pro: 0.7 }
const AVATAR_UNITS = { std: 0.4, pro: 0.8 }
const RESOLUTIONS = { std: '720p', pro: '1080p' } as const

/** Reads a create body of one tool. `videos` knows those of this account. Throws `KlingRefusal`. */
export function toolOrder(path: ToolPath, body: unknown, videos: { has(videoId: string): boolean }): Order {
  switch (path) {
    case 'videos/lip-sync': {
      const { input, ...given } = parse(lipSync, body)
      checkLipSync(input, videos)
      return { ...shared({ ...given, prompt: input.text }), makes: { videos: { resolution: '720p', ratio: '16:9', seconds: USUAL_SECONDS, sound: true, unitsPerSecond: LIP_SYNC_UNITS } } }
    }
    case 'videos/effects': {
      const { input, effect_scene: scene, ...given } = parse(effects, body)
      checkEffect(scene, input)
      const { mode = 'std', duration } = input
      return { ...shared(given), makes: { videos: { resolution: RESOLUTIONS[mode], ratio: '16:9', seconds: Number(duration), sound: false, unitsPerSecond: UNITS[mode] } } }
    }
    case 'videos/avatar/image2video': {
      const { mode = 'std', ...given } = parse(avatar, body)
      if ((given.audio_id === undefined) === (given.sound_file === undefined)) throw invalid('either audio_id or sound_file must be provided')
      return { ...shared(given), makes: { videos: { resolution: RESOLUTIONS[mode], ratio: '1:1', seconds: USUAL_SECONDS, sound: true, unitsPerSecond: AVATAR_UNITS[mode] } } }
    }
    case 'images/multi-image2image': {
      const given = parse(multiImage, body)
      return { ...shared(given), makes: { pictures: { count: given.n ?? 1, resolution: '1k', ratio: given.aspect_ratio ?? '16:9', unitsEach: 0.4 } } }
    }
    case 'images/editing/expand': {
      const given = parse(expand, body)
      const [wide, high] = [1 + given.left_expansion_ratio + given.right_expansion_ratio, 1 + given.up_expansion_ratio + given.down_expansion_ratio]
      if (wide * high > MAX_GROWTH) throw invalid('the area of the new image must not exceed 3 times that of the original')
      return { ...shared(given), makes: { pictures: { count: given.n ?? 1, resolution: '1k', ratio: `${wide}:${high}` } } }
    }
    case 'images/kolors-virtual-try-on':
      return { ...shared(parse(tryOn, body)), makes: { pictures: { count: 1, resolution: '1k', ratio: '3:4', unitsEach: 0.5 } } }
  }
}

/** Shares are rounded by whoever computes them from a wished shape. */
const MAX_GROWTH = 3.001

/** In the order and nearly the words in which the service itself refuses. */
function checkLipSync(input: z.output<typeof lipSync>['input'], videos: { has(videoId: string): boolean }): void {
  if ((input.video_id === undefined) === (input.video_url === undefined)) throw invalid('video_id or video_url is required')
  if (input.video_id !== undefined && !videos.has(input.video_id)) throw new KlingRefusal(404, 1203, 'The video does not exist')
  if (input.mode === 'text2video') {
    if (input.text === undefined) throw invalid('text is required')
    if (input.voice_id === undefined) throw invalid('Voice id not found')
    return
  }
  if (input.audio_type === undefined) throw invalid('Audio type is null')
  if ((input.audio_type === 'url' ? input.audio_url : input.audio_file) === undefined) throw invalid(`audio_${input.audio_type} is required`)
}

const OF_TWO = ['hug', 'kiss', 'heart_gesture', 'fight']
const OF_ONE = ['bloombloom', 'dizzydizzy', 'fuzzyfuzzy', 'squish', 'expansion']

/** There are some 150 effects; those that are not listed here take whatever they are given. */
function checkEffect(scene: string, { image, images, duration, mode, model_name: model }: z.output<typeof effects>['input']): void {
  if ((image === undefined) === (images === undefined)) throw invalid('input.image or input.images is required')
  if (OF_TWO.includes(scene) && images === undefined) throw invalid('input.images is required for this effect_scene')
  if (OF_ONE.includes(scene) && image === undefined) throw invalid('input.image is required for this effect_scene')
  if (image !== undefined && duration !== '5') throw invalid('input.duration is invalid for this effect_scene')
  if (image !== undefined && mode === 'pro') throw invalid('input.mode is invalid for this effect_scene')
  if (scene === 'fight' && model !== 'kling-v1-6') throw invalid('input.model_name is invalid for this effect_scene')
}
