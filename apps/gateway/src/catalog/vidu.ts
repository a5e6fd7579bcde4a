import { ADAPTIVE, type InputLimit, type Model } from '../core/model.ts'
import { dollars, rateCard } from '../core/rate-card.ts'

/** Shengshu Vidu. Prices are credits at USD 0.005. */
const PRICE_SOURCE = 'Vidu credits at USD 0.005, back-computed from resellers, 2026-08'

/** The output follows the frames. */
const FRAME_RATIOS = { when: { operation: ['image_to_video', 'first_last_frame'] }, aspectRatios: [ADAPTIVE] } satisfies NonNullable<Model['exceptions']>[number]

/** "decoded base64 < 10 MB". */
const FRAMES: InputLimit = { roles: ['first_frame', 'last_frame'], max: 2, maxBytes: 10 * 1024 * 1024, minSidePixels: 128 }

const COMMON = {
  kind: 'video',
  family: 'vidu',
  framesPerSecond: 24,
  // "int, 0 = random"; the range is not documented.
  seed: { min: 0, max: 2 ** 31 - 1 },
  maxCount: 1,
  maxPromptCharacters: 5000,
  promptOptional: ['image_to_video', 'first_last_frame'],
  outputFormats: ['mp4'],
} satisfies Partial<Model>

export const VIDU_MODELS: readonly Model[] = [
  {
    ...COMMON,
    id: 'viduq3-pro',
    name: { en: 'Vidu Q3 Pro', zh: 'Vidu Q3 Pro' },
    description: {
      en: 'Video up to 16 seconds with sound from text or from first and last frames.',
      zh: '由文字或首尾帧生成最长 16 秒的有声视频。',
    },
    upstreamNames: { vidu: 'viduq3-pro' },
    operations: ['text_to_video', 'image_to_video', 'first_last_frame'],
    duration: { defaultSeconds: 5, minSeconds: 1, maxSeconds: 16 },
    resolutions: ['720p', '540p', '1080p'],
    aspectRatios: ['16:9', '9:16', '1:1', '3:4', '4:3'],
    pixels: { '540p': { '16:9': [960, 528], '9:16': [528, 960] } },
    exceptions: [FRAME_RATIOS, { when: { operation: ['image_to_video'] }, resolutions: ['720p', '540p', '1080p', '2k'] }],
    audio: 'optional',
    audioDefault: true,
    inputs: { image: FRAMES },
    usualSeconds: 120,
    price: rateCard({
      unit: 'second',
      rates: [
        { when: { resolution: ['540p'] }, micros: dollars(0.07) },
        { when: { resolution: ['720p'] }, micros: dollars(0.15) },
        { when: { resolution: ['1080p'] }, micros: dollars(0.16) },
        { micros: dollars(0.2) },
      ],
      source: PRICE_SOURCE,
    }),
  },
  {
    ...COMMON,
    id: 'viduq1',
    name: { en: 'Vidu Q1', zh: 'Vidu Q1' },
    description: {
      en: 'Five seconds at 1080p from text, frames, or up to seven reference pictures.',
      zh: '由文字、首尾帧或最多七张参考图生成 5 秒 1080p 视频。',
    },
    upstreamNames: { vidu: 'viduq1' },
    operations: ['text_to_video', 'image_to_video', 'first_last_frame', 'reference_to_video'],
    duration: { defaultSeconds: 5, minSeconds: 5, maxSeconds: 5 },
    resolutions: ['1080p'],
    aspectRatios: ['16:9', '9:16', '1:1'],
    exceptions: [FRAME_RATIOS],
    audio: 'never',
    styles: ['general', 'anime'],
    inputs: { image: { ...FRAMES, roles: [...FRAMES.roles, 'reference'], maxReferences: 7 } },
    vendorFields: ['movement_amplitude', 'bgm'],
    usualSeconds: 120,
    price: rateCard({ unit: 'call', rates: [{ micros: dollars(0.4) }], source: PRICE_SOURCE }),
  },
]
