import type { Model } from '../core/model.ts'
import { dollars, rateCard } from '../core/rate-card.ts'

/**
 * OpenAI Sora 2. The vendor closed it on 2026-09-24; relays and compatible servers go on with the same names.
 *
 * The vendor makes 4, 8 or 12 seconds (its documentation adds 16 and 20). Relays have long taken any whole number, with
 * 5 as the default, and programs written for them send it; so any whole number from 4 to 20 is taken here, and is what
 * the caller pays. An upstream that knows only the vendor's lengths is to be asked for the next longer one.
 */
const SECONDS: NonNullable<Model['duration']> = { defaultSeconds: 4, minSeconds: 4, maxSeconds: 20 }

const PRICE_SOURCE = 'OpenAI pricing page as of 2026-08, USD per second'

const MEBIBYTE = 1024 * 1024

const COMMON = {
  kind: 'video',
  family: 'sora',
  operations: ['text_to_video', 'image_to_video', 'remix', 'extend'],
  duration: SECONDS,
  framesPerSecond: 30,
  audio: 'always',
  inputs: {
    image: { roles: ['first_frame'], max: 1, maxBytes: 20 * MEBIBYTE },
    video: { roles: ['source'], max: 1, maxBytes: 200 * MEBIBYTE },
  },
  maxCount: 1,
  // "1–32 000 chars".
  maxPromptCharacters: 32_000,
  outputFormats: ['mp4'],
} satisfies Partial<Model>

export const SORA_MODELS: readonly Model[] = [
  {
    ...COMMON,
    id: 'sora-2',
    aliases: ['sora-2-2025-10-06', 'sora-2-2025-12-08'],
    name: { en: 'Sora 2', zh: 'Sora 2' },
    description: { en: 'Video with sound from text or a first frame, at 720p.', zh: '由文字或首帧生成有声视频,720p。' },
    upstreamNames: { openai: 'sora-2' },
    sizes: ['720x1280', '1280x720'],
    usualSeconds: 120,
    price: rateCard({ unit: 'second', rates: [{ micros: dollars(0.1) }], source: PRICE_SOURCE }),
  },
  {
    ...COMMON,
    id: 'sora-2-pro',
    aliases: ['sora-2-pro-2025-10-06'],
    name: { en: 'Sora 2 Pro', zh: 'Sora 2 Pro' },
    description: { en: 'Sora 2 with higher quality, up to 1080p.', zh: 'Sora 2 高质量版,最高 1080p。' },
    upstreamNames: { openai: 'sora-2-pro' },
    sizes: ['720x1280', '1280x720', '1024x1792', '1792x1024', '1080x1920', '1920x1080'],
    usualSeconds: 240,
    price: rateCard({
      unit: 'second',
      rates: [
        { when: { size: ['720x1280', '1280x720'] }, micros: dollars(0.3) },
        { when: { size: ['1024x1792', '1792x1024'] }, micros: dollars(0.5) },
        { micros: dollars(0.7) },
      ],
      source: `${PRICE_SOURCE}; 1080p unconfirmed`,
    }),
  },
]
