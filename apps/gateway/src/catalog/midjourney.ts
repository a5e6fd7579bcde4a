import type { Model } from '../core/model.ts'
import { dollars, rateCard, type RateCard } from '../core/rate-card.ts'

/**
 * Midjourney, one model for each action that has a price. There is no vendor's API and so no vendor's price: Midjourney
 * sells subscriptions. The prices are those that new-api, through which most of these calls are resold, has built in.
 */

const MEBIBYTE = 1024 * 1024
const MAX_BYTES = 20 * MEBIBYTE

/** Of the prompt's parameters those that have no field of their own; see dialects/midjourney/prompt.ts. */
const PARAMETERS = [
  'version', 'niji', 'speed', 'bot_type', 'image_weight', 'quality', 'stylize', 'chaos', 'weird', 'stop', 'style', 'tile',
  'style_reference', 'style_weight', 'style_version', 'character_reference', 'character_weight', 'omni_reference', 'omni_weight',
  'profile', 'experimental', 'draft', 'hd', 'visibility', 'flags',
]

/** What the button of a follow-up means: which picture of the grid, how far, where to, how much, how. */
const BUTTONS = ['index', 'zoom', 'pan', 'strength', 'upscale']

const PICTURE = {
  kind: 'image',
  family: 'midjourney',
  framesPerSecond: 0,
  audio: 'never',
  // "--seed 0–4294967295" (docs.midjourney.com, Seeds).
  seed: { min: 0, max: 2 ** 32 - 1 },
  maxCount: 1,
  // "The maximum character limit for prompts is 6000" where Discord takes them.
  maxPromptCharacters: 6000,
  negativePrompt: true,
  vendorFields: [...PARAMETERS, ...BUTTONS],
  usualSeconds: 45,
} satisfies Partial<Model>

/** A grid of four, 1024 pixels a side each; another ratio has as many pixels. The ratio's bound is ours. */
const GRID: Model['freeSizes'] = { default: '2048x2048', multipleOf: 32, minSidePixels: 512, maxSidePixels: 4096, maxRatio: 4 }
/** What is made again has the size that it had, whatever it was. */
const SAME_SIZE: Model['freeSizes'] = { default: '2048x2048', multipleOf: 1, minSidePixels: 32, maxSidePixels: 4096 }

/** Of Custom Zoom, which may change the ratio. */
const RATIOS = ['adaptive', '1:1', '16:9', '9:16', '4:3', '3:4', '3:2', '2:3', '2:1', '1:2', '5:4', '4:5', '7:4', '4:7', '21:9', '9:21']

const SOURCE: Model['inputs'] = { image: { roles: ['source'], max: 1, maxBytes: MAX_BYTES } }
const SOURCE_AND_MASK: Model['inputs'] = { image: { roles: ['source', 'mask'], max: 2, maxBytes: MAX_BYTES } }

/** `upstreamNames` are the actions by which midjourney-proxy calls its tasks. */
export const MIDJOURNEY_MODELS: readonly Model[] = [
  {
    ...PICTURE,
    id: 'mj_imagine',
    aliases: ['midjourney', 'mj', 'mj-imagine'],
    name: { en: 'Midjourney Imagine', zh: 'Midjourney 绘图' },
    description: { en: 'Four pictures in a grid from words, and from pictures.', zh: '由文字(可附垫图)生成四宫格图片。' },
    upstreamNames: { midjourney: 'IMAGINE' },
    operations: ['text_to_image', 'image_edit'],
    promptOptional: ['image_edit'],
    freeSizes: GRID,
    inputs: { image: { roles: ['reference', 'source'], max: 10, maxBytes: MAX_BYTES } },
    price: perCall(0.1),
  },
  {
    ...PICTURE,
    id: 'mj_variation',
    aliases: ['mj_high_variation', 'mj_low_variation'],
    name: { en: 'Midjourney Variation', zh: 'Midjourney 变换' },
    description: { en: 'Four variations of a picture, strong or subtle.', zh: '对一张图片生成四个强烈或细微的变体。' },
    upstreamNames: { midjourney: 'VARIATION' },
    operations: ['variation'],
    inputs: SOURCE,
    price: perCall(0.1),
  },
  {
    ...PICTURE,
    id: 'mj_reroll',
    name: { en: 'Midjourney Reroll', zh: 'Midjourney 重新生成' },
    description: { en: 'The same request once more, with another seed.', zh: '以新的随机种子重新执行同一请求。' },
    upstreamNames: { midjourney: 'REROLL' },
    operations: ['text_to_image', 'image_edit', 'variation', 'blend', 'reframe'],
    promptOptional: ['image_edit'],
    freeSizes: SAME_SIZE,
    inputs: { image: { roles: ['reference', 'source', 'mask'], max: 10, maxBytes: MAX_BYTES } },
    price: perCall(0.1),
  },
  {
    ...PICTURE,
    id: 'mj_blend',
    name: { en: 'Midjourney Blend', zh: 'Midjourney 混图' },
    description: { en: 'Two to five pictures become one idea.', zh: '将两到五张图片融合。' },
    upstreamNames: { midjourney: 'BLEND' },
    operations: ['blend'],
    freeSizes: GRID,
    inputs: { image: { roles: ['source'], max: 5, maxBytes: MAX_BYTES } },
    price: perCall(0.1),
  },
  {
    ...PICTURE,
    id: 'mj_upscale',
    name: { en: 'Midjourney Upscale', zh: 'Midjourney 放大' },
    description: { en: 'One picture of a grid by itself, or a single picture larger.', zh: '取出四宫格中的一张,或放大单张图片。' },
    upstreamNames: { midjourney: 'UPSCALE' },
    operations: ['upscale'],
    inputs: SOURCE,
    usualSeconds: 15,
    price: perCall(0.05),
  },
  {
    ...PICTURE,
    id: 'mj_zoom',
    name: { en: 'Midjourney Zoom Out', zh: 'Midjourney 缩放' },
    description: { en: 'More around a picture, on all sides.', zh: '向四周扩展画面。' },
    upstreamNames: { midjourney: 'ZOOM' },
    operations: ['reframe'],
    inputs: SOURCE,
    price: perCall(0.1),
  },
  {
    ...PICTURE,
    id: 'mj_pan',
    name: { en: 'Midjourney Pan', zh: 'Midjourney 平移' },
    description: { en: 'More of a picture on one side.', zh: '向一侧扩展画面。' },
    upstreamNames: { midjourney: 'PAN' },
    operations: ['reframe'],
    inputs: SOURCE,
    price: perCall(0.1),
  },
  {
    ...PICTURE,
    id: 'mj_modal',
    aliases: ['mj_inpaint', 'mj_custom_zoom'],
    name: { en: 'Midjourney Vary Region and Custom Zoom', zh: 'Midjourney 局部重绘与自定义缩放' },
    description: { en: 'What needs a window first: a region to change, or a zoom with words.', zh: '需先填写弹窗的操作:局部重绘、自定义缩放。' },
    upstreamNames: { midjourney: 'MODAL' },
    operations: ['image_edit', 'reframe'],
    promptOptional: ['image_edit'],
    aspectRatios: RATIOS,
    inputs: SOURCE_AND_MASK,
    // "inpaint and custom_zoom 0 (charged at modal)".
    price: perCall(0.1),
  },
  {
    ...PICTURE,
    id: 'mj_edits',
    name: { en: 'Midjourney Edit', zh: 'Midjourney 编辑' },
    description: { en: 'A picture of yours changed by words, all of it or a region.', zh: '按文字修改您的图片,可指定区域。' },
    upstreamNames: { midjourney: 'EDITS' },
    operations: ['image_edit'],
    inputs: SOURCE_AND_MASK,
    price: perCall(0.1),
  },
  {
    ...PICTURE,
    id: 'mj_retexture',
    name: { en: 'Midjourney Retexture', zh: 'Midjourney 转绘' },
    description: { en: 'The shapes of a picture with other surfaces and light.', zh: '保留构图,改变材质与光线。' },
    upstreamNames: { midjourney: 'RETEXTURE' },
    operations: ['image_edit'],
    inputs: SOURCE,
    // new-api has no price for it; it is priced as an edit.
    price: perCall(0.1),
  },
  {
    ...PICTURE,
    id: 'swap_face',
    aliases: ['mj_swap_face'],
    name: { en: 'InsightFace Swap', zh: 'InsightFace 换脸' },
    description: { en: 'The face of one picture on another.', zh: '将一张图片中的人脸换到另一张图片。' },
    upstreamNames: { midjourney: 'SWAP_FACE' },
    operations: ['image_edit'],
    promptOptional: ['image_edit'],
    inputs: { image: { roles: ['source', 'reference'], max: 2, maxBytes: MAX_BYTES } },
    usualSeconds: 20,
    price: perCall(0.05),
  },
  {
    ...PICTURE,
    id: 'mj_describe',
    kind: 'text',
    name: { en: 'Midjourney Describe', zh: 'Midjourney 图生文' },
    description: { en: 'Four prompts that a picture could have come from.', zh: '由图片反推四条提示词。' },
    upstreamNames: { midjourney: 'DESCRIBE' },
    operations: ['describe'],
    inputs: SOURCE,
    usualSeconds: 15,
    price: perCall(0.05),
  },
  {
    ...PICTURE,
    id: 'mj_shorten',
    kind: 'text',
    name: { en: 'Midjourney Shorten', zh: 'Midjourney 提示词精简' },
    description: { en: 'Shorter prompts with what counts in a long one.', zh: '分析并精简过长的提示词。' },
    upstreamNames: { midjourney: 'SHORTEN' },
    operations: ['action'],
    inputs: {},
    usualSeconds: 10,
    price: perCall(0.1),
  },
  {
    id: 'mj_video',
    kind: 'video',
    family: 'midjourney',
    name: { en: 'Midjourney Video', zh: 'Midjourney 视频' },
    description: { en: 'Up to four clips of 5 seconds from a picture, to be extended by 4 seconds up to 21.', zh: '由图片生成最多四段 5 秒视频,可每次延长 4 秒,最长 21 秒。' },
    upstreamNames: { midjourney: 'VIDEO' },
    operations: ['image_to_video', 'first_last_frame', 'extend'],
    promptOptional: ['image_to_video', 'first_last_frame'],
    // "extended … by 4 seconds up to four times" (docs.midjourney.com, Video).
    duration: { defaultSeconds: 5, minSeconds: 5, maxSeconds: 5 },
    exceptions: [{ when: { operation: ['extend'] }, duration: { defaultSeconds: 9, minSeconds: 9, maxSeconds: 21, values: [9, 13, 17, 21] } }],
    resolutions: ['480p', '720p'],
    aspectRatios: ['adaptive'],
    framesPerSecond: 24,
    audio: 'never',
    seed: PICTURE.seed,
    inputs: {
      image: { roles: ['first_frame', 'last_frame'], max: 2, maxBytes: MAX_BYTES },
      video: { roles: ['source'], max: 1, maxBytes: 100 * MEBIBYTE },
    },
    maxCount: 4,
    maxPromptCharacters: PICTURE.maxPromptCharacters,
    loop: true,
    vendorFields: [...PARAMETERS, 'index', 'motion'],
    usualSeconds: 120,
    // One price for one, two or four clips.
    price: perCall(0.8),
  },
]

function perCall(usd: number): RateCard {
  return rateCard({
    unit: 'call',
    rates: [{ micros: dollars(usd) }],
    source: 'No price of the vendor exists; the defaults of new-api (QuantumNous/new-api, model prices mj_*), USD per call, read 2026-11',
  })
}
