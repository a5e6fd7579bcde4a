import type { InputLimit, Model } from '../core/model.ts'
import { dollars, rateCard } from '../core/rate-card.ts'

/**
 * Generic models for an operator's own ComfyUI servers, where a model is a workflow of the channel's settings. What a
 * workflow can really do shows there; these limits only keep out what no workflow does.
 */

const OWN_PRICE = 'own default, no published price, 2026-11: the operator pays for the machine by the hour'

const MEBIBYTE = 1024 * 1024
/** ComfyUI takes uploads of "100 MB". */
const PICTURES: InputLimit = { roles: ['source', 'reference', 'mask'], max: 4, maxBytes: 100 * MEBIBYTE }

const COMMON = {
  family: 'comfyui',
  audio: 'never',
  // "0…2^64−1; keep within 2^53": a JSON number has no more.
  seed: { min: 0, max: Number.MAX_SAFE_INTEGER },
  negativePrompt: true,
  maxPromptCharacters: 32_000,
  vendorFields: ['steps', 'cfg', 'denoise', 'guidance', 'sampler', 'scheduler', 'lora', 'lora_strength'],
} satisfies Partial<Model>

const IMAGE = {
  ...COMMON,
  kind: 'image',
  framesPerSecond: 0,
  usualSeconds: 30,
  outputFormats: ['png'],
  price: rateCard({ unit: 'image', rates: [{ micros: dollars(0.01) }], source: OWN_PRICE }),
} satisfies Partial<Model>

const VIDEO = {
  ...COMMON,
  kind: 'video',
  framesPerSecond: 24,
  duration: { defaultSeconds: 5, minSeconds: 1, maxSeconds: 30 },
  usualSeconds: 240,
  outputFormats: ['mp4'],
  price: rateCard({ unit: 'second', rates: [{ micros: dollars(0.02) }], source: OWN_PRICE }),
} satisfies Partial<Model>

export const COMFYUI_MODELS: readonly Model[] = [
  {
    ...IMAGE,
    id: 'comfyui-text-to-image',
    name: { en: 'ComfyUI, text to image', zh: 'ComfyUI 文生图' },
    description: { en: 'Pictures from text, by a workflow on a ComfyUI server of your own.', zh: '由自建 ComfyUI 服务器上的工作流根据文字生成图片。' },
    upstreamNames: { comfyui: 'comfyui-text-to-image' },
    operations: ['text_to_image'],
    freeSizes: { default: '1024x1024', multipleOf: 8, minSidePixels: 64, maxSidePixels: 4096 },
    inputs: {},
    maxCount: 8,
  },
  {
    ...IMAGE,
    id: 'comfyui-image-edit',
    name: { en: 'ComfyUI, image edit', zh: 'ComfyUI 图像编辑' },
    description: { en: 'Changes pictures as the words say, by a workflow on a ComfyUI server of your own.', zh: '由自建 ComfyUI 服务器上的工作流按文字编辑图片。' },
    upstreamNames: { comfyui: 'comfyui-image-edit' },
    operations: ['image_edit'],
    inputs: { image: PICTURES },
    promptOptional: ['image_edit'],
    maxCount: 8,
  },
  {
    ...VIDEO,
    id: 'comfyui-text-to-video',
    name: { en: 'ComfyUI, text to video', zh: 'ComfyUI 文生视频' },
    description: { en: 'Silent video from text, by a workflow on a ComfyUI server of your own.', zh: '由自建 ComfyUI 服务器上的工作流根据文字生成无声视频。' },
    upstreamNames: { comfyui: 'comfyui-text-to-video' },
    operations: ['text_to_video'],
    freeSizes: { default: '832x480', multipleOf: 16, minSidePixels: 64, maxSidePixels: 4096 },
    inputs: {},
    maxCount: 1,
  },
  {
    ...VIDEO,
    id: 'comfyui-image-to-video',
    name: { en: 'ComfyUI, image to video', zh: 'ComfyUI 图生视频' },
    description: { en: 'Silent video from first and last frames, by a workflow on a ComfyUI server of your own.', zh: '由自建 ComfyUI 服务器上的工作流根据首尾帧生成无声视频。' },
    upstreamNames: { comfyui: 'comfyui-image-to-video' },
    operations: ['image_to_video', 'first_last_frame'],
    inputs: { image: { ...PICTURES, roles: ['first_frame', 'last_frame'], max: 2 } },
    promptOptional: ['image_to_video', 'first_last_frame'],
    maxCount: 1,
  },
]
