import { ADAPTIVE, type InputLimit, type Model } from '../core/model.ts'
import { dollars, rateCard } from '../core/rate-card.ts'
import { picturesOf } from './picture-sizes.ts'

/** xAI Grok Imagine. The vendor charges input pictures by the piece too, at most two cents; here they are in the price of a second. */
const PRICE_SOURCE = 'xAI pricing, USD per second or image, July to 2026-11'

const RATIOS = ['16:9', '9:16', '1:1', '4:3', '3:4', '3:2', '2:3']
const UP_TO_10: NonNullable<Model['duration']> = { defaultSeconds: 8, minSeconds: 1, maxSeconds: 10 }

const MEBIBYTE = 1024 * 1024
/** "≤ 10 MiB, PNG/JPEG/WebP". */
const PICTURES: InputLimit = { roles: ['first_frame', 'reference'], max: 1, maxReferences: 7, maxBytes: 10 * MEBIBYTE }

const VIDEO = {
  kind: 'video',
  family: 'grok',
  duration: { defaultSeconds: 8, minSeconds: 1, maxSeconds: 15 },
  aspectRatios: RATIOS,
  // Not documented.
  framesPerSecond: 24,
  audio: 'optional',
  // "generate_audio default true".
  audioDefault: true,
  maxCount: 1,
  // No limit is documented; this one is ours.
  maxPromptCharacters: 10_000,
  promptOptional: ['image_to_video'],
  outputFormats: ['mp4'],
  vendorFields: ['storage_options'],
  usualSeconds: 45,
} satisfies Partial<Model>

const IMAGE_RATIOS = ['1:1', '3:4', '4:3', '9:16', '16:9', '2:3', '3:2', '9:19.5', '19.5:9', '9:20', '20:9', '1:2', '2:1']

const IMAGE = {
  kind: 'image',
  family: 'grok-image',
  operations: ['text_to_image', 'image_edit'],
  ...picturesOf(['1k', '2k'], [...IMAGE_RATIOS, ADAPTIVE]),
  // "`image` (one): output keeps source ratio", so an edit that says nothing follows its picture.
  exceptions: [{ when: { operation: ['image_edit'] }, aspectRatios: [ADAPTIVE, ...IMAGE_RATIOS] }],
  inputs: { image: { roles: ['source', 'reference'], max: 3, maxBytes: 10 * MEBIBYTE } },
  framesPerSecond: 0,
  audio: 'never',
  maxCount: 10,
  maxPromptCharacters: 10_000,
  // "Output jpeg".
  outputFormats: ['jpeg'],
  usualSeconds: 12,
} satisfies Partial<Model>

export const GROK_MODELS: readonly Model[] = [
  {
    ...VIDEO,
    id: 'grok-imagine-video-1.5',
    aliases: ['grok-imagine-video-1.5-preview', 'grok-imagine-video-1.5-2026-05-30', 'grok_imagine_1_5', 'spacexai/grok-imagine-video-1.5', 'xai/grok-imagine-video-1.5'],
    name: { en: 'Grok Imagine Video 1.5', zh: 'Grok Imagine 视频 1.5' },
    description: {
      en: 'Video up to 15 seconds and 1080p from text, frames, or pictures and sounds as references.',
      zh: '由文字、首尾帧或图片、音频参考生成最长 15 秒、最高 1080p 的视频。',
    },
    upstreamNames: { xai: 'grok-imagine-video-1.5', runway: 'grok_imagine_1_5', openrouter: 'x-ai/grok-imagine-video-1.5' },
    operations: ['text_to_video', 'image_to_video', 'first_last_frame', 'reference_to_video'],
    resolutions: ['480p', '720p', '1080p'],
    // "Aspect follows the image"; "references cap 720p", and 10 s.
    exceptions: [
      { when: { operation: ['image_to_video', 'first_last_frame'] }, aspectRatios: [ADAPTIVE] },
      { when: { operation: ['reference_to_video'] }, resolutions: ['480p', '720p'], duration: UP_TO_10 },
    ],
    inputs: { image: { ...PICTURES, roles: ['first_frame', 'last_frame', 'reference'], max: 2 }, audio: { roles: ['reference'], max: 3, maxBytes: 10 * MEBIBYTE, maxSeconds: 15, maxTotalSeconds: 45 } },
    promptOptional: ['image_to_video', 'first_last_frame'],
    price: rateCard({
      unit: 'second',
      rates: [{ when: { resolution: ['480p'] }, micros: dollars(0.08) }, { when: { resolution: ['720p'] }, micros: dollars(0.14) }, { micros: dollars(0.25) }],
      source: PRICE_SOURCE,
    }),
  },
  {
    ...VIDEO,
    id: 'grok-imagine-video',
    aliases: ['spacexai/grok-imagine-video', 'xai/grok-imagine-video', 'xai/grok-imagine-video/text-to-video'],
    name: { en: 'Grok Imagine Video', zh: 'Grok Imagine 视频' },
    description: {
      en: 'Video up to 15 seconds from text, a first frame, up to seven reference pictures, or a video to change or go on with.',
      zh: '由文字、首帧、最多七张参考图,或编辑、续写视频,生成最长 15 秒的视频。',
    },
    upstreamNames: { xai: 'grok-imagine-video', replicate: 'xai/grok-imagine-video', openrouter: 'x-ai/grok-imagine-video' },
    operations: ['text_to_video', 'image_to_video', 'reference_to_video', 'video_to_video', 'extend'],
    resolutions: ['480p', '720p'],
    exceptions: [
      { when: { operation: ['image_to_video', 'extend'] }, aspectRatios: [ADAPTIVE] },
      { when: { operation: ['reference_to_video'] }, duration: UP_TO_10 },
      // "Source ≤ 8.7 s mp4; output keeps source duration, ratio".
      { when: { operation: ['video_to_video'] }, aspectRatios: [ADAPTIVE], duration: { defaultSeconds: 8, minSeconds: 1, maxSeconds: 9, auto: true, ofSource: true } },
      // "added seconds, 2–10, default 6; source 2–15 s".
      { when: { operation: ['extend'] }, duration: { defaultSeconds: 6, minSeconds: 2, maxSeconds: 10 } },
    ],
    inputs: { image: PICTURES, video: { roles: ['source'], max: 1, maxBytes: 100 * MEBIBYTE, maxSeconds: 15, maxTotalSeconds: 15 } },
    // "+$0.01/s input video".
    price: rateCard({
      unit: 'second',
      rates: [
        { when: { resolution: ['480p'], inputVideo: true }, micros: dollars(0.06) },
        { when: { resolution: ['480p'] }, micros: dollars(0.05) },
        { when: { inputVideo: true }, micros: dollars(0.08) },
        { micros: dollars(0.07) },
      ],
      source: PRICE_SOURCE,
    }),
  },
  {
    ...IMAGE,
    id: 'grok-imagine-image-2.0',
    aliases: ['grok_imagine_image_2', 'spacexai/grok-imagine-image-2.0', 'xai/grok-imagine-image-2.0'],
    name: { en: 'Grok Imagine Image 2.0', zh: 'Grok Imagine 图片 2.0' },
    description: { en: 'Pictures up to 2k from text and up to three pictures, in two qualities.', zh: '文生图与多图编辑,最多三张参考图,最高 2k,两档质量。' },
    upstreamNames: { xai: 'grok-imagine-image-2.0', runway: 'grok_imagine_image_2' },
    qualities: ['medium', 'low'],
    price: rateCard({ unit: 'image', rates: [{ micros: dollars(0.04) }], source: `${PRICE_SOURCE}; surcharge for 2k unconfirmed` }),
  },
  {
    ...IMAGE,
    id: 'grok-imagine-image-quality',
    aliases: ['grok-imagine-image-pro', 'xai/grok-imagine-image-quality'],
    name: { en: 'Grok Imagine Image Quality', zh: 'Grok Imagine 图片高质量版' },
    description: { en: 'Grok Imagine Image with higher quality.', zh: 'Grok Imagine 图片的高质量版。' },
    upstreamNames: { xai: 'grok-imagine-image-quality' },
    price: rateCard({ unit: 'image', rates: [{ when: { resolution: ['1k'] }, micros: dollars(0.05) }, { micros: dollars(0.07) }], source: PRICE_SOURCE }),
  },
  {
    ...IMAGE,
    id: 'grok-imagine-image',
    aliases: ['spacexai/grok-imagine-image', 'xai/grok-imagine-image'],
    name: { en: 'Grok Imagine Image', zh: 'Grok Imagine 图片' },
    description: { en: 'Pictures up to 2k from text and up to three pictures.', zh: '文生图与多图编辑,最多三张参考图,最高 2k。' },
    upstreamNames: { xai: 'grok-imagine-image', replicate: 'xai/grok-imagine-image' },
    price: rateCard({ unit: 'image', rates: [{ micros: dollars(0.02) }], source: PRICE_SOURCE }),
  },
]
