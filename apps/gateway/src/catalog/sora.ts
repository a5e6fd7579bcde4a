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

/** The relays' own names, whose documents say 5 to 20 seconds. */
const RELAY_SECONDS: NonNullable<Model['duration']> = { defaultSeconds: 10, minSeconds: 5, maxSeconds: 20 }

const PRICE_SOURCE = 'OpenAI pricing page as of 2026-08, USD per second'
const OWN_PRICE = 'own default, no published price, 2026-11: as the vendor charged for the model of this size'

const MEBIBYTE = 1024 * 1024

const SIZES_720P = ['720x1280', '1280x720']
const SIZES_1024 = ['1024x1792', '1792x1024']
const SIZES_1080P = ['1080x1920', '1920x1080']

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
    aliases: ['sora-2-2025-10-06', 'sora-2-2025-12-08', 'openai/sora-2', 'fal-ai/sora-2/text-to-video', 'fal-ai/sora-2/image-to-video'],
    name: { en: 'Sora 2', zh: 'Sora 2' },
    description: { en: 'Video with sound from text or a first frame, at 720p.', zh: '由文字或首帧生成有声视频,720p。' },
    upstreamNames: { openai: 'sora-2', replicate: 'openai/sora-2', fal: 'fal-ai/sora-2/text-to-video' },
    sizes: SIZES_720P,
    usualSeconds: 120,
    price: rateCard({ unit: 'second', rates: [{ micros: dollars(0.1) }], source: PRICE_SOURCE }),
  },
  {
    ...COMMON,
    id: 'sora-2-pro',
    aliases: ['sora-2-pro-2025-10-06', 'openai/sora-2-pro', 'fal-ai/sora-2/text-to-video/pro', 'fal-ai/sora-2/image-to-video/pro'],
    name: { en: 'Sora 2 Pro', zh: 'Sora 2 Pro' },
    description: { en: 'Sora 2 with higher quality, up to 1080p.', zh: 'Sora 2 高质量版,最高 1080p。' },
    upstreamNames: { openai: 'sora-2-pro', replicate: 'openai/sora-2-pro', fal: 'fal-ai/sora-2/text-to-video/pro' },
    sizes: [...SIZES_720P, ...SIZES_1024, ...SIZES_1080P],
    usualSeconds: 240,
    price: rateCard({
      unit: 'second',
      rates: [
        { when: { size: SIZES_720P }, micros: dollars(0.3) },
        { when: { size: SIZES_1024 }, micros: dollars(0.5) },
        { micros: dollars(0.7) },
      ],
      source: `${PRICE_SOURCE}; 1080p unconfirmed`,
    }),
  },
  {
    ...COMMON,
    id: 'sora-2-all',
    name: { en: 'Sora 2 All', zh: 'Sora 2 All' },
    description: {
      en: 'Sora 2 under the name of the relays: 5 to 20 seconds with sound, lying or upright, up to 1080p.',
      zh: '中转渠道名称下的 Sora 2:5 至 20 秒有声视频,横屏或竖屏,最高 1080p。',
    },
    upstreamNames: { openai: 'sora-2' },
    duration: RELAY_SECONDS,
    sizes: [...SIZES_720P, ...SIZES_1024, ...SIZES_1080P],
    usualSeconds: 180,
    price: rateCard({ unit: 'second', rates: [{ when: { size: SIZES_720P }, micros: dollars(0.1) }, { micros: dollars(0.2) }], source: OWN_PRICE }),
  },
  {
    ...COMMON,
    id: 'sora-2-pro-all',
    name: { en: 'Sora 2 Pro All', zh: 'Sora 2 Pro All' },
    description: {
      en: 'Sora 2 Pro under the name of the relays: 5 to 20 seconds with sound, lying or upright, up to 1080p.',
      zh: '中转渠道名称下的 Sora 2 Pro:5 至 20 秒有声视频,横屏或竖屏,最高 1080p。',
    },
    upstreamNames: { openai: 'sora-2-pro' },
    duration: RELAY_SECONDS,
    sizes: [...SIZES_720P, ...SIZES_1024, ...SIZES_1080P],
    usualSeconds: 300,
    price: rateCard({
      unit: 'second',
      rates: [
        { when: { size: SIZES_720P }, micros: dollars(0.3) },
        { when: { size: SIZES_1024 }, micros: dollars(0.5) },
        { micros: dollars(0.7) },
      ],
      source: OWN_PRICE,
    }),
  },
]
