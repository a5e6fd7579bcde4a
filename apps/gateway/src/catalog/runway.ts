import { ADAPTIVE, type InputLimit, type Model, type PixelTable } from '../core/model.ts'
import { dollars, rateCard, type Rate, type RateCard } from '../core/rate-card.ts'
import { picturesOf } from './picture-sizes.ts'

/** Runway's own models; those that it resells are with their makers, under Runway's names as well. */
const PRICE_SOURCE = 'Runway API pricing, credits at USD 0.01, July to 2026-11'
const OWN_PRICE = 'own default, no published price, 2026-11'

/** "1280:720 720:1280 1104:832 832:1104 960:960 1584:672". */
const PIXELS: PixelTable = {
  '720p': { '16:9': [1280, 720], '9:16': [720, 1280], '4:3': [1104, 832], '3:4': [832, 1104], '1:1': [960, 960], '21:9': [1584, 672] },
}
const RATIOS = ['16:9', '9:16', '4:3', '3:4', '1:1', '21:9']

const MEBIBYTE = 1024 * 1024
/** By https; less as a data URI, which is for the provider to know. */
const PICTURE: InputLimit = { roles: ['first_frame'], max: 1, maxBytes: 16 * MEBIBYTE }
const SOURCE_VIDEO: InputLimit = { roles: ['source'], max: 1, maxBytes: 32 * MEBIBYTE }

const VIDEO = {
  kind: 'video',
  family: 'runway',
  resolutions: ['720p'],
  aspectRatios: RATIOS,
  pixels: PIXELS,
  framesPerSecond: 24,
  audio: 'never',
  // "0–4294967295".
  seed: { min: 0, max: 2 ** 32 - 1 },
  maxCount: 1,
  // "≤ 1000 UTF-16".
  maxPromptCharacters: 1000,
  outputFormats: ['mp4'],
  vendorFields: ['contentModeration'],
  usualSeconds: 60,
} satisfies Partial<Model>

const UP_TO_10: NonNullable<Model['duration']> = { defaultSeconds: 5, minSeconds: 2, maxSeconds: 10 }

const IMAGE_RATIOS = ['16:9', '9:16', '1:1', '4:3', '3:4', '21:9']
const IMAGE = {
  kind: 'image',
  family: 'runway-image',
  resolutions: ['720p', '1080p'],
  aspectRatios: IMAGE_RATIOS,
  pixels: {
    '720p': { '16:9': [1280, 720], '9:16': [720, 1280], '1:1': [720, 720], '4:3': [960, 720], '3:4': [720, 960], '21:9': [1680, 720] },
    '1080p': { '16:9': [1920, 1080], '9:16': [1080, 1920], '1:1': [1080, 1080], '4:3': [1440, 1080], '3:4': [1080, 1440], '21:9': [2112, 912] },
  },
  framesPerSecond: 0,
  audio: 'never',
  seed: { min: 0, max: 2 ** 32 - 1 },
  maxCount: 1,
  maxPromptCharacters: 1000,
  outputFormats: ['png'],
  vendorFields: ['contentModeration'],
  usualSeconds: 20,
} satisfies Partial<Model>

export const RUNWAY_MODELS: readonly Model[] = [
  {
    ...VIDEO,
    id: 'gen4.5',
    aliases: ['runway-gen4.5', 'gen-4.5', 'runwayml/gen-4.5'],
    name: { en: 'Runway Gen-4.5', zh: 'Runway Gen-4.5' },
    description: { en: 'Silent video of 2 to 10 seconds at 720p from text or a first frame.', zh: '由文字或首帧生成 2 至 10 秒 720p 无声视频。' },
    upstreamNames: { runway: 'gen4.5', replicate: 'runwayml/gen-4.5', openrouter: 'runway/gen-4.5' },
    operations: ['text_to_video', 'image_to_video'],
    duration: UP_TO_10,
    // "gen4.5 ratio only 1280:720, 720:1280" from text.
    exceptions: [{ when: { operation: ['text_to_video'] }, aspectRatios: ['16:9', '9:16'] }],
    inputs: { image: PICTURE },
    usualSeconds: 120,
    price: perSecond([{ micros: dollars(0.12) }]),
  },
  {
    ...VIDEO,
    id: 'gen4_turbo',
    aliases: ['gen4-turbo', 'runway-gen4-turbo', 'runwayml/gen4-turbo'],
    name: { en: 'Runway Gen-4 Turbo', zh: 'Runway Gen-4 Turbo' },
    description: { en: 'Silent video of 2 to 10 seconds at 720p from a first frame, quick.', zh: '由首帧快速生成 2 至 10 秒 720p 无声视频。' },
    upstreamNames: { runway: 'gen4_turbo', replicate: 'runwayml/gen4-turbo' },
    operations: ['image_to_video'],
    duration: UP_TO_10,
    inputs: { image: PICTURE },
    promptOptional: ['image_to_video'],
    usualSeconds: 40,
    price: perSecond([{ micros: dollars(0.05) }]),
  },
  {
    ...VIDEO,
    id: 'gen3a_turbo',
    aliases: ['gen3-alpha-turbo', 'runway-gen3', 'gen-3'],
    name: { en: 'Runway Gen-3 Alpha Turbo', zh: 'Runway Gen-3 Alpha Turbo' },
    description: { en: 'Silent video of 5 or 10 seconds from first and last frames.', zh: '由首尾帧生成 5 秒或 10 秒无声视频。' },
    upstreamNames: { runway: 'gen3a_turbo' },
    operations: ['image_to_video', 'first_last_frame'],
    duration: { defaultSeconds: 5, minSeconds: 5, maxSeconds: 10, values: [5, 10] },
    // "768:1280/1280:768".
    resolutions: ['768p'],
    aspectRatios: ['5:3', '3:5'],
    pixels: { '768p': { '5:3': [1280, 768], '3:5': [768, 1280] } },
    inputs: { image: { ...PICTURE, roles: ['first_frame', 'last_frame'], max: 2 } },
    maxPromptCharacters: 512,
    promptOptional: ['image_to_video', 'first_last_frame'],
    price: rateCard({ unit: 'second', rates: [{ micros: dollars(0.05) }], source: OWN_PRICE }),
  },
  {
    ...VIDEO,
    id: 'aleph2',
    aliases: ['runway-aleph2'],
    name: { en: 'Runway Aleph 2', zh: 'Runway Aleph 2' },
    description: { en: 'Changes a video of 2 to 30 seconds as the words say; it keeps its length and sound.', zh: '按文字编辑 2 至 30 秒的视频,保留时长与声音。' },
    upstreamNames: { runway: 'aleph2' },
    operations: ['video_to_video'],
    duration: { defaultSeconds: 5, minSeconds: 2, maxSeconds: 30, auto: true, ofSource: true },
    aspectRatios: [ADAPTIVE, '16:9', '4:3', '3:2', '1:1', '2:3', '3:4', '9:16', '21:9'],
    inputs: { video: { ...SOURCE_VIDEO, minSeconds: 2, maxSeconds: 30, maxTotalSeconds: 30 } },
    promptOptional: ['video_to_video'],
    // What is changed when and how; its pictures are addresses.
    vendorFields: ['contentModeration', 'keyframes'],
    usualSeconds: 180,
    // "28/s (min 56)".
    price: rateCard({ unit: 'second', rates: [{ micros: dollars(0.28) }], minimumUnits: 2, source: PRICE_SOURCE }),
  },
  {
    ...VIDEO,
    id: 'gen4_aleph',
    aliases: ['gen4-aleph', 'runwayml/gen4-aleph'],
    name: { en: 'Runway Gen-4 Aleph', zh: 'Runway Gen-4 Aleph' },
    description: { en: 'Changes the first five seconds of a video as the words and a picture say.', zh: '按文字和一张参考图编辑视频的前 5 秒。' },
    upstreamNames: { runway: 'gen4_aleph', replicate: 'runwayml/gen4-aleph' },
    operations: ['video_to_video'],
    duration: { defaultSeconds: 5, minSeconds: 1, maxSeconds: 5, auto: true, ofSource: true },
    inputs: { image: { ...PICTURE, roles: ['reference'] }, video: { ...SOURCE_VIDEO, maxSeconds: 60, maxTotalSeconds: 60 } },
    usualSeconds: 120,
    price: perSecond([{ micros: dollars(0.15) }]),
  },
  {
    ...VIDEO,
    id: 'act_two',
    aliases: ['act-two', 'runway-act-two'],
    name: { en: 'Runway Act-Two', zh: 'Runway Act-Two' },
    description: { en: 'Lets the character of a picture act like the person in a video of 3 to 30 seconds.', zh: '让图片中的角色模仿 3 至 30 秒视频中的表演。' },
    upstreamNames: { runway: 'act_two' },
    operations: ['video_to_video'],
    duration: { defaultSeconds: 5, minSeconds: 3, maxSeconds: 30, auto: true, ofSource: true },
    inputs: { image: { ...PICTURE, roles: ['reference'] }, video: { ...SOURCE_VIDEO, minSeconds: 3, maxSeconds: 30, maxTotalSeconds: 30 } },
    promptOptional: ['video_to_video'],
    vendorFields: ['contentModeration', 'bodyControl', 'expressionIntensity'],
    usualSeconds: 120,
    // "5/s (min 3 s)".
    price: rateCard({ unit: 'second', rates: [{ micros: dollars(0.05) }], minimumUnits: 3, source: PRICE_SOURCE }),
  },
  {
    ...IMAGE,
    id: 'gen4_image',
    aliases: ['gen4-image', 'runwayml/gen4-image'],
    name: { en: 'Runway Gen-4 Image', zh: 'Runway Gen-4 图片' },
    description: { en: 'Pictures up to 1080p from text and up to three reference pictures.', zh: '文生图与参考图生图,最多三张参考图,最高 1080p。' },
    upstreamNames: { runway: 'gen4_image', replicate: 'runwayml/gen4-image' },
    operations: ['text_to_image', 'image_edit'],
    inputs: { image: { ...PICTURE, roles: ['reference', 'source'], max: 3 } },
    price: rateCard({ unit: 'image', rates: [{ when: { resolution: ['720p'] }, micros: dollars(0.05) }, { micros: dollars(0.08) }], source: PRICE_SOURCE }),
  },
  {
    ...IMAGE,
    id: 'gen4_image_turbo',
    aliases: ['gen4-image-turbo', 'runwayml/gen4-image-turbo'],
    name: { en: 'Runway Gen-4 Image Turbo', zh: 'Runway Gen-4 图片 Turbo' },
    description: { en: 'Quick pictures from one to three reference pictures.', zh: '由一至三张参考图快速生成图片。' },
    upstreamNames: { runway: 'gen4_image_turbo', replicate: 'runwayml/gen4-image-turbo' },
    operations: ['image_edit'],
    inputs: { image: { ...PICTURE, roles: ['reference', 'source'], max: 3 } },
    usualSeconds: 10,
    price: rateCard({ unit: 'image', rates: [{ micros: dollars(0.02) }], source: PRICE_SOURCE }),
  },
  {
    ...IMAGE,
    ...picturesOf(['1K'], [...IMAGE_RATIOS, '3:2', '2:3']),
    id: 'muse_image',
    aliases: ['meta/muse-image-1.0'],
    name: { en: 'Muse Image', zh: 'Muse 图片' },
    description: { en: 'Cheap pictures from text and up to ten reference pictures.', zh: '低价文生图,最多十张参考图。' },
    upstreamNames: { runway: 'muse_image' },
    operations: ['text_to_image', 'image_edit'],
    inputs: { image: { ...PICTURE, roles: ['reference', 'source'], max: 10 } },
    price: rateCard({ unit: 'image', rates: [{ micros: dollars(0.01) }], source: PRICE_SOURCE }),
  },
]

function perSecond(rates: Rate[]): RateCard {
  return rateCard({ unit: 'second', rates, source: PRICE_SOURCE })
}
