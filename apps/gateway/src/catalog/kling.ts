import { ADAPTIVE, type Model } from '../core/model.ts'
import { dollars, rateCard } from '../core/rate-card.ts'

/** Kuaishou Kling. */
export const KLING_MODELS: readonly Model[] = [
  {
    id: 'kling-v3',
    aliases: ['kling-3.0'],
    kind: 'video',
    family: 'kling',
    name: { en: 'Kling 3.0', zh: '可灵 3.0' },
    description: {
      en: 'Video up to 15 seconds and 4k from text or from first and last frames, with sound if asked.',
      zh: '由文字或首尾帧生成最长 15 秒、最高 4k 的视频,可选音效。',
    },
    upstreamNames: { kling: 'kling-v3' },
    operations: ['text_to_video', 'image_to_video', 'first_last_frame'],
    duration: { defaultSeconds: 5, minSeconds: 3, maxSeconds: 15 },
    resolutions: ['720p', '1080p', '4k'],
    aspectRatios: ['16:9', '9:16', '1:1'],
    // "No aspect_ratio here; output follows the image."
    exceptions: [{ when: { operation: ['image_to_video', 'first_last_frame'] }, aspectRatios: [ADAPTIVE] }],
    // 24 or 30 by model; the vendor says neither.
    framesPerSecond: 24,
    audio: 'optional',
    audioDefault: false,
    inputs: { image: { roles: ['first_frame', 'last_frame'], max: 2, maxBytes: 10 * 1024 * 1024, minSidePixels: 300 } },
    maxCount: 1,
    maxPromptCharacters: 2500,
    negativePrompt: true,
    outputFormats: ['mp4'],
    usualSeconds: 180,
    price: rateCard({
      unit: 'second',
      rates: [
        { when: { resolution: ['4k'] }, micros: dollars(0.42) },
        { when: { resolution: ['1080p'], audio: false }, micros: dollars(0.112) },
        { when: { resolution: ['1080p'] }, micros: dollars(0.168) },
        { when: { audio: false }, micros: dollars(0.084) },
        { micros: dollars(0.126) },
      ],
      source: 'Kling list price, units per second at USD 0.14, about 2026-09',
    }),
  },
]
