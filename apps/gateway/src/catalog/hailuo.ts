import { ADAPTIVE, type Model } from '../core/model.ts'
import { dollars, rateCard } from '../core/rate-card.ts'

/** MiniMax Hailuo. */
export const HAILUO_MODELS: readonly Model[] = [
  {
    id: 'MiniMax-Hailuo-2.3',
    aliases: ['hailuo-2.3'],
    kind: 'video',
    family: 'hailuo',
    name: { en: 'Hailuo 2.3', zh: '海螺 2.3' },
    description: {
      en: 'Silent video of 6 or 10 seconds from text or a first frame.',
      zh: '由文字或首帧生成 6 秒或 10 秒无声视频。',
    },
    upstreamNames: { 'minimax-hailuo': 'MiniMax-Hailuo-2.3' },
    operations: ['text_to_video', 'image_to_video'],
    duration: { defaultSeconds: 6, minSeconds: 6, maxSeconds: 10, values: [6, 10] },
    resolutions: ['768p', '1080p'],
    aspectRatios: ['16:9'],
    exceptions: [
      // "i2v follows the image".
      { when: { operation: ['image_to_video'] }, aspectRatios: [ADAPTIVE] },
      { when: { resolution: ['1080p'] }, duration: { defaultSeconds: 6, minSeconds: 6, maxSeconds: 6 } },
    ],
    // Not documented.
    framesPerSecond: 24,
    audio: 'never',
    // "< 20 MB, short side > 300 px".
    inputs: { image: { roles: ['first_frame'], max: 1, maxBytes: 20 * 1024 * 1024, minSidePixels: 301 } },
    maxCount: 1,
    maxPromptCharacters: 2000,
    promptOptional: ['image_to_video'],
    enhancePrompt: true,
    outputFormats: ['mp4'],
    usualSeconds: 180,
    price: rateCard({
      unit: 'call',
      rates: [
        { when: { resolution: ['1080p'] }, micros: dollars(0.49) },
        { when: { upToSeconds: 6 }, micros: dollars(0.28) },
        { micros: dollars(0.56) },
      ],
      source: 'MiniMax pricing, USD per clip, 2026-08',
    }),
  },
]
