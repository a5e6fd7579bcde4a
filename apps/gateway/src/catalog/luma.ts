import type { Model, ModelException } from '../core/model.ts'
import { dollars, rateCard, type Rate, type RateCard } from '../core/rate-card.ts'
import { picturesOf } from './picture-sizes.ts'

/** Luma's Ray (video) and Photon (pictures), on the Dream Machine API; Ray 3.2 and Uni (pictures) are on its successor, the Agents API. */

const PRICE_SOURCE =
  'Luma Dream Machine, USD per million pixels at 24 frames a second, derived from a third-party price table, read 2026-11; upscaling and reframing are unconfirmed and cost like a new video'

const MEBIBYTE = 1024 * 1024
const RATIOS = ['16:9', '1:1', '9:16', '4:3', '3:4', '21:9', '9:21']

/** How long these come out is up to the source. "Source ≤ 10 s and ≤ 100 MB, output 24 fps" (changelog, 2025-06-24). */
const AS_LONG_AS_SOURCE: ModelException = {
  when: { operation: ['video_to_video', 'reframe', 'upscale'] },
  duration: { defaultSeconds: 5, minSeconds: 1, maxSeconds: 10, auto: true },
}

const RAY = {
  kind: 'video',
  family: 'luma',
  operations: ['text_to_video', 'image_to_video', 'first_last_frame', 'extend', 'video_to_video', 'reframe', 'upscale'],
  aspectRatios: RATIOS,
  exceptions: [AS_LONG_AS_SOURCE],
  framesPerSecond: 24,
  audio: 'never',
  inputs: {
    image: { roles: ['first_frame', 'last_frame'], max: 2, maxBytes: 10 * MEBIBYTE },
    // The source of a change, the video that is gone on from, and the one that is led up to.
    video: { roles: ['source', 'last_frame'], max: 2, maxBytes: 100 * MEBIBYTE, maxSeconds: 30, maxTotalSeconds: 60 },
  },
  lastFrameAlone: true,
  maxCount: 1,
  maxPromptCharacters: 5000,
  // "prompt: required unless an image keyframe is given".
  promptOptional: ['image_to_video', 'first_last_frame', 'video_to_video'],
  loop: true,
  outputFormats: ['mp4'],
  vendorFields: ['concepts', 'mode', 'grid_position_x', 'grid_position_y', 'x_start', 'x_end', 'y_start', 'y_end', 'resized_width', 'resized_height'],
  usualSeconds: 90,
} satisfies Partial<Model>

const RAY_2 = {
  ...RAY,
  upstreamNames: { luma: 'ray-2' },
  resolutions: ['720p', '540p', '1080p', '4k'],
  price: secondsPrice([
    // "Modify (ray-2): $0.01582 per million pixels, e.g. $1.75 for 5 s at 720p".
    { when: { operation: ['video_to_video'], resolution: ['4k'] }, micros: dollars(3.149) },
    { when: { operation: ['video_to_video'], resolution: ['1080p'] }, micros: dollars(0.7873) },
    { when: { operation: ['video_to_video'], resolution: ['720p'] }, micros: dollars(0.35) },
    { when: { operation: ['video_to_video'] }, micros: dollars(0.1968) },
    // 5 s: 0.40 at 540p, 0.71 at 720p, 1.59 at 1080p, 6.37 at 4k.
    { when: { resolution: ['4k'] }, micros: dollars(1.2744) },
    { when: { resolution: ['1080p'] }, micros: dollars(0.3188) },
    { when: { resolution: ['720p'] }, micros: dollars(0.1416) },
    { micros: dollars(0.08) },
  ]),
} satisfies Partial<Model>

const RAY_2_DURATION = { defaultSeconds: 5, minSeconds: 5, maxSeconds: 9, values: [5, 9] }

const PHOTON = {
  kind: 'image',
  family: 'luma',
  operations: ['text_to_image', 'image_edit', 'reframe'],
  aspectRatios: RATIOS,
  framesPerSecond: 0,
  audio: 'never',
  // "Up to 4 image_ref, 4 style, 4 character images", and one to change.
  inputs: { image: { roles: ['reference', 'source'], max: 13, maxBytes: 10 * MEBIBYTE } },
  maxCount: 1,
  maxPromptCharacters: 5000,
  outputFormats: ['jpeg', 'png'],
  // `references` says of each picture in turn what kind of reference it is, and how strong.
  vendorFields: ['references', 'grid_position_x', 'grid_position_y', 'x_start', 'x_end', 'y_start', 'y_end', 'resized_width', 'resized_height'],
  usualSeconds: 20,
} satisfies Partial<Model>

const PHOTON_SOURCE = 'Luma pricing, USD per 1080p image, read 2026-11; two official pages differ for Flash, and this is the higher price'

const UNI = {
  kind: 'image',
  family: 'luma',
  operations: ['text_to_image', 'image_edit'],
  // "2K output".
  ...picturesOf(['2K'], ['1:1', '16:9', '9:16', '4:3', '3:4', '3:2', '2:3', '2:1', '1:2', '21:9', '3:1', '1:3']),
  framesPerSecond: 0,
  audio: 'never',
  // "image_ref: at most 9, at most 8 of an edit", beside the picture that is changed.
  inputs: { image: { roles: ['reference', 'source'], max: 9, maxBytes: 20 * MEBIBYTE } },
  maxCount: 1,
  maxPromptCharacters: 6000,
  outputFormats: ['png', 'jpeg'],
  styles: ['auto', 'manga'],
  vendorFields: ['web_search'],
  usualSeconds: 30,
} satisfies Partial<Model>

export const LUMA_MODELS: readonly Model[] = [
  {
    ...RAY_2,
    id: 'ray-2',
    aliases: ['luma-ray-2', 'luma/ray-2-720p', 'fal-ai/luma-dream-machine/ray-2'],
    name: { en: 'Luma Ray 2', zh: 'Luma Ray 2' },
    description: {
      en: 'Silent video of 5 or 9 seconds up to 4k, from text, from frames, or going on from another video.',
      zh: '由文字、首尾帧或已有视频生成 5 或 9 秒无声视频,最高 4k。',
    },
    duration: RAY_2_DURATION,
  },
  {
    // "luma | 5-10 秒": the name and the lengths by which relays offer Ray 2.
    ...RAY_2,
    id: 'luma',
    aliases: ['luma-video', 'dream-machine'],
    name: { en: 'Luma', zh: 'Luma' },
    description: { en: 'Luma Ray 2 under its plain name, for 5 to 10 seconds.', zh: 'Luma Ray 2 的通用名称,时长 5 至 10 秒。' },
    duration: { defaultSeconds: 5, minSeconds: 5, maxSeconds: 10 },
  },
  {
    ...RAY,
    id: 'ray-flash-2',
    aliases: ['luma-ray-flash-2', 'luma/ray-flash-2-720p', 'fal-ai/luma-dream-machine/ray-2-flash'],
    name: { en: 'Luma Ray 2 Flash', zh: 'Luma Ray 2 Flash' },
    description: { en: 'Ray 2 at a third of the price, and faster.', zh: 'Ray 2 的快速版,价格约为三分之一。' },
    upstreamNames: { luma: 'ray-flash-2' },
    duration: RAY_2_DURATION,
    resolutions: ['720p', '540p', '1080p', '4k'],
    usualSeconds: 45,
    price: secondsPrice([
      { when: { operation: ['video_to_video'], resolution: ['4k'] }, micros: dollars(1.0825) },
      { when: { operation: ['video_to_video'], resolution: ['1080p'] }, micros: dollars(0.2706) },
      { when: { operation: ['video_to_video'], resolution: ['720p'] }, micros: dollars(0.1203) },
      { when: { operation: ['video_to_video'] }, micros: dollars(0.0677) },
      { when: { resolution: ['4k'] }, micros: dollars(0.438) },
      { when: { resolution: ['1080p'] }, micros: dollars(0.1096) },
      { when: { resolution: ['720p'] }, micros: dollars(0.0487) },
      { micros: dollars(0.028) },
    ]),
  },
  {
    ...RAY,
    id: 'ray-1-6',
    aliases: ['luma-ray-1-6', 'luma/ray', 'fal-ai/luma-dream-machine'],
    name: { en: 'Luma Ray 1.6', zh: 'Luma Ray 1.6' },
    description: { en: 'The first Dream Machine model, for clients that name it.', zh: '第一代 Dream Machine 模型,供仍使用该名称的客户端调用。' },
    upstreamNames: { luma: 'ray-1-6' },
    operations: ['text_to_video', 'image_to_video', 'first_last_frame', 'extend'],
    duration: { defaultSeconds: 5, minSeconds: 5, maxSeconds: 9, values: [5, 9] },
    resolutions: ['720p', '540p'],
    exceptions: [],
    vendorFields: [],
    price: rateCard({
      unit: 'second',
      rates: [{ when: { resolution: ['720p'] }, micros: dollars(0.1416) }, { micros: dollars(0.08) }],
      source: 'Luma no longer lists it (2026-11); unconfirmed, charged like Ray 2',
    }),
  },
  {
    ...RAY,
    id: 'ray-3.2',
    aliases: ['ray-3-2', 'luma-ray-3.2'],
    name: { en: 'Luma Ray 3.2', zh: 'Luma Ray 3.2' },
    description: {
      en: 'Silent video of 5 or 10 seconds up to 1080p from text or frames, and edits of videos.',
      zh: '由文字或首尾帧生成 5 或 10 秒无声视频,最高 1080p,并可编辑视频。',
    },
    upstreamNames: { 'luma-agents': 'ray-3.2' },
    operations: ['text_to_video', 'image_to_video', 'first_last_frame', 'extend', 'video_to_video', 'reframe'],
    duration: { defaultSeconds: 5, minSeconds: 5, maxSeconds: 10, values: [5, 10] },
    resolutions: ['720p', '540p', '1080p'],
    aspectRatios: ['16:9', '9:16', '3:4', '1:1', '4:3', '21:9'],
    exceptions: [
      // "edit source ≤ 18 s …, reframe ≤ 30 s".
      { when: { operation: ['video_to_video'] }, duration: { defaultSeconds: 5, minSeconds: 1, maxSeconds: 18, auto: true } },
      { when: { operation: ['reframe'] }, duration: { defaultSeconds: 5, minSeconds: 1, maxSeconds: 30, auto: true } },
    ],
    maxPromptCharacters: 6000,
    // "prompt: required", there.
    promptOptional: [],
    vendorFields: ['mode'],
    usualSeconds: 120,
    price: rateCard({
      unit: 'second',
      rates: [
        { when: { operation: ['video_to_video'], resolution: ['1080p'] }, micros: dollars(0.432) },
        { when: { operation: ['video_to_video'], resolution: ['720p'] }, micros: dollars(0.216) },
        { when: { operation: ['video_to_video'] }, micros: dollars(0.144) },
        { when: { operation: ['reframe'], resolution: ['1080p'] }, micros: dollars(0.36) },
        { when: { operation: ['reframe'], resolution: ['720p'] }, micros: dollars(0.12) },
        { when: { operation: ['reframe'] }, micros: dollars(0.06) },
        // 5 s: 0.15, 0.30, 1.20; 10 s: 0.45, 0.90, 3.60.
        { when: { resolution: ['1080p'], upToSeconds: 5 }, micros: dollars(0.24) },
        { when: { resolution: ['1080p'] }, micros: dollars(0.36) },
        { when: { resolution: ['720p'], upToSeconds: 5 }, micros: dollars(0.06) },
        { when: { resolution: ['720p'] }, micros: dollars(0.09) },
        { when: { upToSeconds: 5 }, micros: dollars(0.03) },
        { micros: dollars(0.045) },
      ],
      source: 'Luma Agents API price list, USD, 2026-07',
    }),
  },
  {
    id: 'luma-audio',
    kind: 'video',
    family: 'luma',
    name: { en: 'Luma Audio', zh: 'Luma 音频' },
    description: { en: 'Adds sound to a finished video.', zh: '为已生成的视频添加声音。' },
    upstreamNames: { luma: 'add_audio' },
    operations: ['video_to_video'],
    duration: { defaultSeconds: 5, minSeconds: 1, maxSeconds: 30, auto: true },
    framesPerSecond: 24,
    audio: 'always',
    inputs: { video: { roles: ['source'], max: 1, maxBytes: 100 * MEBIBYTE, maxSeconds: 30 } },
    maxCount: 1,
    maxPromptCharacters: 5000,
    promptOptional: ['video_to_video'],
    negativePrompt: true,
    outputFormats: ['mp4'],
    usualSeconds: 40,
    price: rateCard({ unit: 'second', rates: [{ micros: dollars(0.028) }], source: 'Luma names no price for added sound (2026-11); charged like Ray 2 Flash at 540p' }),
  },
  {
    ...PHOTON,
    id: 'photon-1',
    aliases: ['luma-photon-1', 'luma/photon', 'fal-ai/luma-photon'],
    name: { en: 'Luma Photon', zh: 'Luma Photon' },
    description: { en: 'Pictures from text and from reference, style and character pictures.', zh: '由文字以及参考图、风格图和角色图生成图片。' },
    upstreamNames: { luma: 'photon-1' },
    price: rateCard({ unit: 'image', rates: [{ micros: dollars(0.015) }], source: PHOTON_SOURCE }),
  },
  {
    ...PHOTON,
    id: 'photon-flash-1',
    aliases: ['luma-photon-flash-1', 'luma/photon-flash', 'fal-ai/luma-photon/flash'],
    name: { en: 'Luma Photon Flash', zh: 'Luma Photon Flash' },
    description: { en: 'Photon at higher speed and lower price.', zh: 'Photon 的快速版,价格更低。' },
    upstreamNames: { luma: 'photon-flash-1' },
    usualSeconds: 10,
    price: rateCard({ unit: 'image', rates: [{ micros: dollars(0.004) }], source: PHOTON_SOURCE }),
  },
  {
    ...UNI,
    id: 'uni-1',
    aliases: ['luma-uni-1'],
    name: { en: 'Luma Uni-1', zh: 'Luma Uni-1' },
    description: { en: 'Pictures of 2K from text and up to nine pictures, and changes of pictures.', zh: '文生图与多图编辑,最多 9 张参考图,2K。' },
    upstreamNames: { 'luma-agents': 'uni-1' },
    price: rateCard({
      unit: 'image',
      // One reference is included; each further one is $0.003, which this card cannot say.
      rates: [{ when: { operation: ['image_edit'] }, micros: dollars(0.0434) }, { micros: dollars(0.0404) }],
      source: 'Luma Agents API price list, USD per image, 2026-07',
    }),
  },
  {
    ...UNI,
    id: 'uni-1-max',
    aliases: ['luma-uni-1-max'],
    name: { en: 'Luma Uni-1 Max', zh: 'Luma Uni-1 Max' },
    description: { en: 'Uni-1 with the highest quality.', zh: 'Uni-1 的最高质量版。' },
    upstreamNames: { 'luma-agents': 'uni-1-max' },
    usualSeconds: 45,
    price: rateCard({ unit: 'image', rates: [{ micros: dollars(0.1) }], source: 'own default, 2026-11: dearer than Uni-1, at a price that is not confirmed' }),
  },
]

function secondsPrice(rates: Rate[]): RateCard {
  return rateCard({ unit: 'second', rates, source: PRICE_SOURCE })
}
