import { ADAPTIVE, type InputLimit, type Model } from '../core/model.ts'
import { dollars, rateCard, type Rate, type RateCard, type RateCondition } from '../core/rate-card.ts'

/** Shengshu Vidu. Prices are credits at USD 0.005. */
const PRICE_SOURCE = 'Vidu credits at USD 0.005, back-computed from resellers, 2026-08'
const OWN_PRICE = 'own default, no published price, 2026-11'
const DOLLARS_PER_CREDIT = 0.005
/** What a Q2 may last. */
const MAX_Q2_SECONDS = 10

const FRAMES_ONLY: Model['operations'] = ['image_to_video', 'first_last_frame']
/** The output follows the frames. */
const FRAME_RATIOS: Exception = { when: { operation: FRAMES_ONLY }, aspectRatios: [ADAPTIVE] }

type Exception = NonNullable<Model['exceptions']>[number]

const MEBIBYTE = 1024 * 1024
/** "decoded base64 < 10 MB". */
const FRAMES: InputLimit = { roles: ['first_frame', 'last_frame'], max: 2, maxBytes: 10 * MEBIBYTE, minSidePixels: 128 }
const SEVEN_REFERENCES: InputLimit = { ...FRAMES, roles: ['reference'], max: 7 }
const FRAMES_AND_REFERENCES: InputLimit = { ...FRAMES, roles: [...FRAMES.roles, 'reference'], maxReferences: 7 }

const BASE_RATIOS = ['16:9', '9:16', '1:1']
/** "3:4 4:3 on q2/q3 only". */
const RATIOS = [...BASE_RATIOS, '3:4', '4:3']
const PIXELS: NonNullable<Model['pixels']> = { '540p': { '16:9': [960, 528], '9:16': [528, 960] } }

const UP_TO_10: NonNullable<Model['duration']> = { defaultSeconds: 5, minSeconds: 1, maxSeconds: 10 }
const UP_TO_16: NonNullable<Model['duration']> = { defaultSeconds: 5, minSeconds: 1, maxSeconds: 16 }
const FIVE_SECONDS: NonNullable<Model['duration']> = { defaultSeconds: 5, minSeconds: 5, maxSeconds: 5 }
const FOUR_OR_EIGHT_SECONDS: NonNullable<Model['duration']> = { defaultSeconds: 4, minSeconds: 4, maxSeconds: 8, values: [4, 8] }

const COMMON = {
  kind: 'video',
  family: 'vidu',
  framesPerSecond: 24,
  // "int, 0 = random"; the range is not documented.
  seed: { min: 0, max: 2 ** 31 - 1 },
  audio: 'never',
  maxCount: 1,
  maxPromptCharacters: 5000,
  promptOptional: FRAMES_ONLY,
  outputFormats: ['mp4'],
  usualSeconds: 120,
} satisfies Partial<Model>

const Q3 = {
  ...COMMON,
  aspectRatios: RATIOS,
  pixels: PIXELS,
  audio: 'optional',
  audioDefault: true,
  vendorFields: ['audio_type', 'voice_id', 'watermark', 'wm_position', 'wm_url'],
} satisfies Partial<Model>

const Q2 = {
  ...COMMON,
  duration: UP_TO_10,
  resolutions: ['720p', '540p', '1080p'],
  aspectRatios: RATIOS,
  pixels: PIXELS,
  exceptions: [FRAME_RATIOS],
  vendorFields: ['bgm', 'watermark', 'wm_position', 'wm_url'],
} satisfies Partial<Model>

/** Q1 and older: how much may move, and music. */
const OLDER = {
  ...COMMON,
  resolutions: ['1080p'],
  aspectRatios: BASE_RATIOS,
  exceptions: [FRAME_RATIOS],
  vendorFields: ['movement_amplitude', 'bgm', 'watermark', 'wm_position', 'wm_url'],
} satisfies Partial<Model>

/** "360p 720p 1080p (4 s); 720p (8 s)". */
const V2_RULES: Exception[] = [FRAME_RATIOS, { when: { resolution: ['360p', '1080p'] }, duration: { defaultSeconds: 4, minSeconds: 4, maxSeconds: 4 } }]

/** The vendor calls them by the names of its videos; here they are told apart by their own. */
const PICTURE = {
  kind: 'image',
  family: 'vidu-image',
  framesPerSecond: 0,
  audio: 'never',
  seed: COMMON.seed,
  maxCount: 1,
  maxPromptCharacters: 2000,
  outputFormats: ['png'],
  usualSeconds: 30,
} satisfies Partial<Model>

const PICTURE_RATIOS = ['16:9', '9:16', '1:1', '3:4', '4:3', '21:9', '2:3', '3:2']

export const VIDU_MODELS: readonly Model[] = [
  {
    ...Q3,
    id: 'viduq3-pro',
    aliases: ['vidu/q3-pro'],
    name: { en: 'Vidu Q3 Pro', zh: 'Vidu Q3 Pro' },
    description: {
      en: 'Video up to 16 seconds with sound from text or from first and last frames.',
      zh: '由文字或首尾帧生成最长 16 秒的有声视频。',
    },
    upstreamNames: { vidu: 'viduq3-pro' },
    operations: ['text_to_video', ...FRAMES_ONLY],
    duration: UP_TO_16,
    resolutions: ['720p', '540p', '1080p'],
    // "i2v also 360p, 2K".
    exceptions: [FRAME_RATIOS, { when: { operation: ['image_to_video'] }, resolutions: ['720p', '360p', '540p', '1080p', '2k'] }],
    inputs: { image: FRAMES },
    price: perSecond([
      { when: { resolution: ['360p', '540p'] }, micros: credits(14) },
      { when: { resolution: ['720p'] }, micros: credits(30) },
      { when: { resolution: ['1080p'] }, micros: credits(32) },
      { micros: credits(40) },
    ]),
  },
  {
    ...Q3,
    id: 'viduq3-turbo',
    name: { en: 'Vidu Q3 Turbo', zh: 'Vidu Q3 Turbo' },
    description: {
      en: 'Quick video up to 16 seconds with sound from text, frames, or up to seven reference pictures.',
      zh: '由文字、首尾帧或最多七张参考图快速生成最长 16 秒的有声视频。',
    },
    upstreamNames: { vidu: 'viduq3-turbo' },
    operations: ['text_to_video', ...FRAMES_ONLY, 'reference_to_video'],
    duration: UP_TO_16,
    resolutions: ['720p', '540p', '1080p'],
    exceptions: [FRAME_RATIOS],
    inputs: { image: FRAMES_AND_REFERENCES },
    usualSeconds: 60,
    price: perSecond([{ when: { resolution: ['1080p'] }, micros: credits(16) }, { micros: credits(12) }]),
  },
  {
    ...Q3,
    id: 'viduq3',
    name: { en: 'Vidu Q3', zh: 'Vidu Q3' },
    description: { en: 'Video with sound of 3 to 16 seconds from up to seven reference pictures.', zh: '由最多七张参考图生成 3 至 16 秒的有声视频。' },
    upstreamNames: { vidu: 'viduq3' },
    operations: ['reference_to_video'],
    duration: { defaultSeconds: 5, minSeconds: 3, maxSeconds: 16 },
    resolutions: ['720p', '540p', '1080p'],
    inputs: { image: SEVEN_REFERENCES },
    price: ownPerSecond([{ when: { resolution: ['540p'] }, micros: dollars(0.07) }, { when: { resolution: ['720p'] }, micros: dollars(0.15) }, { micros: dollars(0.16) }]),
  },
  {
    ...Q3,
    id: 'viduq3-mix',
    name: { en: 'Vidu Q3 Mix', zh: 'Vidu Q3 Mix' },
    description: { en: 'Video with sound up to 16 seconds that mixes up to seven reference pictures.', zh: '融合最多七张参考图,生成最长 16 秒的有声视频。' },
    upstreamNames: { vidu: 'viduq3-mix' },
    operations: ['reference_to_video'],
    duration: UP_TO_16,
    resolutions: ['720p', '1080p'],
    inputs: { image: SEVEN_REFERENCES },
    price: ownPerSecond([{ when: { resolution: ['720p'] }, micros: dollars(0.15) }, { micros: dollars(0.16) }]),
  },
  {
    ...Q2,
    id: 'viduq2',
    name: { en: 'Vidu Q2', zh: 'Vidu Q2' },
    description: { en: 'Video up to 10 seconds from text, or with sound from up to seven reference pictures.', zh: '由文字生成最长 10 秒视频,或由最多七张参考图生成可选有声的视频。' },
    upstreamNames: { vidu: 'viduq2' },
    operations: ['text_to_video', 'reference_to_video'],
    // "ref only".
    audio: 'optional',
    audioDefault: false,
    exceptions: [{ when: { operation: ['text_to_video'] }, audio: 'never' }],
    inputs: { image: SEVEN_REFERENCES },
    vendorFields: [...Q2.vendorFields, 'audio_type', 'voice_id'],
    // "t2v base 15 + 5 per s after the first (720p); 20 + 10 (1080p); 540p 10 + 2; reference base 25 (720p) / 75 (1080p), same per-s; +15 with audio".
    price: perCall([
      ...byLength({ operation: ['reference_to_video'], resolution: ['1080p'], audio: true }, [90, 10]),
      ...byLength({ operation: ['reference_to_video'], resolution: ['1080p'] }, [75, 10]),
      ...byLength({ operation: ['reference_to_video'], audio: true }, [40, 5]),
      ...byLength({ operation: ['reference_to_video'] }, [25, 5]),
      ...byLength({ resolution: ['540p'] }, [10, 2]),
      ...byLength({ resolution: ['720p'] }, [15, 5]),
      ...byLength(undefined, [20, 10]),
    ]),
  },
  {
    ...Q2,
    id: 'viduq2-pro',
    name: { en: 'Vidu Q2 Pro', zh: 'Vidu Q2 Pro' },
    description: {
      en: 'Silent video up to 10 seconds from frames, from references, or going on with a video.',
      zh: '由首尾帧、参考素材或续写视频生成最长 10 秒无声视频。',
    },
    upstreamNames: { vidu: 'viduq2-pro' },
    operations: [...FRAMES_ONLY, 'reference_to_video', 'extend'],
    // "start-end 1–8"; extending adds "1–7 (5)".
    exceptions: [
      FRAME_RATIOS,
      { when: { operation: ['first_last_frame'] }, duration: { defaultSeconds: 5, minSeconds: 1, maxSeconds: 8 } },
      { when: { operation: ['extend'] }, aspectRatios: [ADAPTIVE], duration: { defaultSeconds: 5, minSeconds: 1, maxSeconds: 7 } },
    ],
    inputs: {
      image: { ...FRAMES, roles: [...FRAMES.roles, 'reference'], maxReferences: 4 },
      video: { roles: ['reference', 'source'], max: 2, maxBytes: 50 * MEBIBYTE, minSidePixels: 128, minSeconds: 1, maxSeconds: 60, maxTotalSeconds: 60 },
    },
    price: perCall([
      ...byLength({ operation: ['extend'], resolution: ['1080p'] }, [60, 15]),
      ...byLength({ operation: ['extend'] }, [30, 10]),
      ...byLength({ resolution: ['1080p'] }, [55, 15]),
      ...byLength(undefined, [15, 10]),
    ]),
  },
  {
    ...Q2,
    id: 'viduq2-turbo',
    name: { en: 'Vidu Q2 Turbo', zh: 'Vidu Q2 Turbo' },
    description: { en: 'Quick silent video up to 10 seconds from frames, or going on with a video.', zh: '由首尾帧或续写视频快速生成最长 10 秒无声视频。' },
    upstreamNames: { vidu: 'viduq2-turbo' },
    operations: [...FRAMES_ONLY, 'extend'],
    exceptions: [
      FRAME_RATIOS,
      { when: { operation: ['first_last_frame'] }, duration: { defaultSeconds: 5, minSeconds: 2, maxSeconds: 8 } },
      { when: { operation: ['extend'] }, aspectRatios: [ADAPTIVE], duration: { defaultSeconds: 5, minSeconds: 1, maxSeconds: 7 } },
    ],
    inputs: { image: FRAMES, video: { roles: ['source'], max: 1, maxBytes: 50 * MEBIBYTE, minSeconds: 4, maxSeconds: 60, maxTotalSeconds: 60 } },
    usualSeconds: 60,
    // "720p: 8 for 1 s, 10 for 2 s, then +10; 1080p 35 + 10".
    price: perCall([
      ...byLength({ operation: ['extend'], resolution: ['1080p'] }, [40, 10]),
      ...byLength({ operation: ['extend'] }, [15, 10]),
      ...byLength({ resolution: ['1080p'] }, [35, 10]),
      { when: { upToSeconds: 1 }, micros: credits(8) },
      ...byLength(undefined, [0, 10]),
    ]),
  },
  {
    ...Q2,
    id: 'viduq2-pro-fast',
    name: { en: 'Vidu Q2 Pro Fast', zh: 'Vidu Q2 Pro Fast' },
    description: { en: 'Cheap silent video up to 10 seconds from first and last frames.', zh: '由首尾帧生成最长 10 秒无声视频,价格低。' },
    upstreamNames: { vidu: 'viduq2-pro-fast' },
    operations: [...FRAMES_ONLY],
    resolutions: ['720p', '1080p'],
    exceptions: [FRAME_RATIOS, { when: { operation: ['first_last_frame'] }, duration: { defaultSeconds: 5, minSeconds: 1, maxSeconds: 8 } }],
    inputs: { image: FRAMES },
    usualSeconds: 45,
    price: perCall([...byLength({ resolution: ['1080p'] }, [16, 4]), ...byLength(undefined, [8, 2])]),
  },
  {
    ...OLDER,
    id: 'viduq1',
    aliases: ['vidu/q1', 'fal-ai/vidu/q1/text-to-video', 'fal-ai/vidu/q1/image-to-video', 'fal-ai/vidu/q1/start-end-to-video', 'fal-ai/vidu/q1/reference-to-video'],
    name: { en: 'Vidu Q1', zh: 'Vidu Q1' },
    description: {
      en: 'Five seconds at 1080p from text, frames, or up to seven reference pictures.',
      zh: '由文字、首尾帧或最多七张参考图生成 5 秒 1080p 视频。',
    },
    upstreamNames: { vidu: 'viduq1', fal: 'fal-ai/vidu/q1/text-to-video' },
    operations: ['text_to_video', ...FRAMES_ONLY, 'reference_to_video'],
    duration: FIVE_SECONDS,
    styles: ['general', 'anime'],
    inputs: { image: FRAMES_AND_REFERENCES },
    price: perCall([{ micros: credits(80) }]),
  },
  {
    ...OLDER,
    id: 'viduq1-classic',
    name: { en: 'Vidu Q1 Classic', zh: 'Vidu Q1 Classic' },
    description: { en: 'Five seconds at 1080p from first and last frames.', zh: '由首尾帧生成 5 秒 1080p 视频。' },
    upstreamNames: { vidu: 'viduq1-classic' },
    operations: [...FRAMES_ONLY],
    duration: FIVE_SECONDS,
    inputs: { image: FRAMES },
    price: perCall([{ micros: credits(80) }]),
  },
  {
    ...OLDER,
    id: 'vidu2.0',
    aliases: ['vidu-2.0'],
    name: { en: 'Vidu 2.0', zh: 'Vidu 2.0' },
    description: { en: 'Silent video of 4 or 8 seconds from frames or up to seven reference pictures.', zh: '由首尾帧或最多七张参考图生成 4 秒或 8 秒无声视频。' },
    upstreamNames: { vidu: 'vidu2.0' },
    operations: [...FRAMES_ONLY, 'reference_to_video'],
    duration: FOUR_OR_EIGHT_SECONDS,
    resolutions: ['720p', '360p', '1080p'],
    exceptions: V2_RULES,
    inputs: { image: FRAMES_AND_REFERENCES },
    price: ownPerSecond([{ when: { resolution: ['1080p'] }, micros: dollars(0.1) }, { micros: dollars(0.05) }]),
  },
  {
    ...OLDER,
    id: 'vidu1.5',
    aliases: ['vidu-1.5'],
    name: { en: 'Vidu 1.5', zh: 'Vidu 1.5' },
    description: { en: 'Silent video of 4 or 8 seconds from text, frames, or up to seven reference pictures.', zh: '由文字、首尾帧或最多七张参考图生成 4 秒或 8 秒无声视频。' },
    upstreamNames: { vidu: 'vidu1.5' },
    operations: ['text_to_video', ...FRAMES_ONLY, 'reference_to_video'],
    duration: FOUR_OR_EIGHT_SECONDS,
    resolutions: ['720p', '360p', '1080p'],
    exceptions: V2_RULES,
    styles: ['general', 'anime'],
    inputs: { image: FRAMES_AND_REFERENCES },
    price: ownPerSecond([{ when: { resolution: ['1080p'] }, micros: dollars(0.1) }, { micros: dollars(0.05) }]),
  },
  {
    kind: 'video',
    family: 'vidu',
    framesPerSecond: 24,
    maxCount: 1,
    outputFormats: ['mp4'],
    usualSeconds: 120,
    id: 'vidu-lip-sync',
    name: { en: 'Vidu lip sync', zh: 'Vidu 对口型' },
    description: {
      en: 'Makes who is seen in a video speak: a sound, or else the words of the prompt, with `voice_id` if wished.',
      zh: '让视频中的人物开口说话:使用音频,或朗读提示词,可用 `voice_id` 指定音色。',
    },
    upstreamNames: { vidu: 'lip-sync' },
    operations: ['lip_sync'],
    // No length is documented; this one is ours.
    duration: { defaultSeconds: 5, minSeconds: 1, maxSeconds: 60, auto: true, ofSource: true },
    aspectRatios: [ADAPTIVE],
    audio: 'always',
    inputs: {
      video: { roles: ['source'], max: 1, maxBytes: 100 * MEBIBYTE, maxSeconds: 60, maxTotalSeconds: 60 },
      audio: { roles: ['source'], max: 1, maxBytes: 20 * MEBIBYTE, maxSeconds: 60, maxTotalSeconds: 60 },
    },
    maxPromptCharacters: 2000,
    vendorFields: ['voice_id', 'speed', 'volume', 'language'],
    price: ownPerSecond([{ micros: dollars(0.05) }]),
  },
  {
    ...PICTURE,
    id: 'viduq2-image',
    aliases: ['vidu/q2-image'],
    name: { en: 'Vidu Q2 pictures', zh: 'Vidu Q2 图片' },
    description: { en: 'Pictures up to 4K from text and up to seven reference pictures.', zh: '文生图与参考生图,最多七张参考图,最高 4K。' },
    upstreamNames: { vidu: 'viduq2' },
    operations: ['text_to_image', 'image_edit'],
    resolutions: ['1080p', '2K', '4K'],
    aspectRatios: PICTURE_RATIOS,
    // "auto: that of the first picture".
    exceptions: [{ when: { operation: ['image_edit'] }, aspectRatios: [ADAPTIVE, ...PICTURE_RATIOS] }],
    inputs: { image: { ...FRAMES, roles: ['source', 'reference'], max: 7 } },
    price: rateCard({ unit: 'image', rates: [{ when: { resolution: ['1080p'] }, micros: dollars(0.03) }, { when: { resolution: ['2K'] }, micros: dollars(0.04) }, { micros: dollars(0.05) }], source: OWN_PRICE }),
  },
  {
    ...PICTURE,
    id: 'viduq1-image',
    aliases: ['vidu/q1-image'],
    name: { en: 'Vidu Q1 pictures', zh: 'Vidu Q1 图片' },
    description: { en: 'Pictures at 1080p from one to seven reference pictures.', zh: '由一至七张参考图生成 1080p 图片。' },
    upstreamNames: { vidu: 'viduq1' },
    operations: ['image_edit'],
    resolutions: ['1080p'],
    aspectRatios: ['16:9', '9:16', '1:1', '3:4', '4:3'],
    inputs: { image: { ...FRAMES, roles: ['source', 'reference'], max: 7 } },
    price: rateCard({ unit: 'image', rates: [{ micros: dollars(0.03) }], source: OWN_PRICE }),
  },
]

function credits(count: number): number {
  return dollars(count * DOLLARS_PER_CREDIT)
}

/** A rate for each length: so many credits for the first second, and so many for each one after it. */
function byLength(when: RateCondition | undefined, [first, next]: readonly [first: number, next: number]): Rate[] {
  const rates = Array.from({ length: MAX_Q2_SECONDS }, (_, index) => ({ when: { ...when, upToSeconds: index + 1 }, micros: credits(first + next * index) }))
  const longest = rates.at(-1)!
  // The last one holds for any length, as every card must end.
  return [...rates.slice(0, -1).filter(({ micros }) => micros > 0), { ...(when && { when }), micros: longest.micros }]
}

function perSecond(rates: Rate[]): RateCard {
  return rateCard({ unit: 'second', rates, source: PRICE_SOURCE })
}

function perCall(rates: Rate[]): RateCard {
  return rateCard({ unit: 'call', rates, source: PRICE_SOURCE })
}

function ownPerSecond(rates: Rate[]): RateCard {
  return rateCard({ unit: 'second', rates, source: OWN_PRICE })
}
