import type { Model } from '../core/model.ts'
import { dollars, rateCard } from '../core/rate-card.ts'

/** Alibaba Wan, on DashScope (Model Studio). */
export const WAN_MODELS: readonly Model[] = [
  {
    id: 'wan2.6-t2v',
    kind: 'video',
    family: 'wan',
    name: { en: 'Wan 2.6, text to video', zh: '通义万相 2.6 文生视频' },
    description: { en: 'Video with sound up to 15 seconds from text.', zh: '由文字生成最长 15 秒的有声视频。' },
    upstreamNames: { 'dashscope-wan': 'wan2.6-t2v' },
    operations: ['text_to_video'],
    duration: { defaultSeconds: 5, minSeconds: 2, maxSeconds: 15 },
    resolutions: ['720p', '1080p'],
    aspectRatios: ['16:9', '9:16', '1:1', '4:3', '3:4'],
    pixels: {
      '720p': { '16:9': [1280, 720], '9:16': [720, 1280], '1:1': [960, 960], '4:3': [1088, 832], '3:4': [832, 1088] },
      '1080p': { '16:9': [1920, 1080], '9:16': [1080, 1920], '1:1': [1440, 1440], '4:3': [1632, 1248], '3:4': [1248, 1632] },
    },
    framesPerSecond: 30,
    audio: 'always',
    seed: { min: 0, max: 2 ** 31 - 1 },
    inputs: {},
    maxCount: 1,
    // "longer is truncated, not refused" there; here it is refused.
    maxPromptCharacters: 1500,
    negativePrompt: true,
    enhancePrompt: true,
    outputFormats: ['mp4'],
    vendorFields: ['watermark', 'shot_type'],
    usualSeconds: 120,
    price: rateCard({
      unit: 'second',
      rates: [{ when: { resolution: ['720p'] }, micros: dollars(0.1) }, { micros: dollars(0.15) }],
      source: 'DashScope international, by a reseller without mark-up, USD per second, 2026-08',
    }),
  },
]
