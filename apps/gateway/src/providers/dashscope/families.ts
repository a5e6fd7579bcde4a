import type { InputMedia, InputRole, Operation } from '../../core/generation-request.ts'

/** Where each family is asked for, below `/api/v1/services/aigc/`. */
export const PATHS = {
  video: 'video-generation/video-synthesis',
  video_of_pictures: 'image2video/video-synthesis',
  picture: 'text2image/image-synthesis',
  picture_of_pictures: 'image2image/image-synthesis',
  messages: 'image-generation/generation',
  /** The only one that answers with the result. */
  conversation: 'multimodal-generation/generation',
} as const

/** How models of one kind are asked: the vendor's tables, as far as they decide what is sent or refused. */
export interface Family {
  path: keyof typeof PATHS
  operations: readonly Operation[]
  /** Where materials go, by medium and role. */
  slots?: readonly Slot[]
  /** Most references of all media together. */
  maxReferences?: number
  /** How the frame is said: `1280*720`, `720P`, `720P` with `16:9`, any pixels, pixels of a list; or not at all. */
  frame: 'size' | 'tier' | 'tier_and_ratio' | 'pixels' | 'none'
  /** In our words. */
  resolutions?: readonly string[]
  ratios?: readonly string[]
  /** `adaptive` is a word of the vendor's; elsewhere it is what comes of saying nothing. */
  saysAdaptive?: true
  /** Whole seconds; absent where the result is as long as its material. */
  seconds?: readonly number[]
  /** What stands for `auto`, where the model may decide. */
  autoSeconds?: number
  /** There is one length, of which nothing is said. */
  fixedSeconds?: true
  audio?: 'switch' | 'always'
  negativePrompt?: true
  promptExtend?: true
  /** There are no words at all. */
  wordless?: true
  maxCount?: number
  /** Extras of a catalogue entry, and where they go; all else is left out. */
  vendor?: Readonly<Record<string, 'input' | 'parameters'>>
  /** What stands for `@Image1` in a prompt. */
  references?: 'character' | 'english' | 'both_languages'
  /** What the vendor would mark otherwise. */
  watermarkDefault?: false
}

interface Slot {
  media: InputMedia
  role: InputRole
  max: number
  /** A field of `input`, one value or a list; or an entry of `input.media` of this type. */
  to: { field: string; list?: true } | { type: string }
}

const FIVE_RATIOS = ['16:9', '9:16', '1:1', '4:3', '3:4']
const THREE_RATIOS = ['16:9', '9:16', '1:1']
const WATERMARK = { watermark: 'parameters' } as const
const from = (first: number, last: number): number[] => Array.from({ length: last - first + 1 }, (_, index) => first + index)

const field = (media: InputMedia, role: InputRole, name: string): Slot => ({ media, role, max: 1, to: { field: name } })
const list = (media: InputMedia, role: InputRole, max: number, name: string): Slot => ({ media, role, max, to: { field: name, list: true } })
const typed = (media: InputMedia, role: InputRole, max: number, type: string): Slot => ({ media, role, max, to: { type } })

const HEARD = field('audio', 'source', 'audio_url')
const TEXT: Pick<Family, 'path' | 'operations'> = { path: 'video', operations: ['text_to_video'] }
const IMAGE: Pick<Family, 'path' | 'operations'> = { path: 'video', operations: ['image_to_video'] }
const WAN = { negativePrompt: true, promptExtend: true, vendor: WATERMARK } as const
const WITH_TEMPLATE = { ...WATERMARK, template: 'input' } as const
const WAN_2_1 = { ...WAN, vendor: WITH_TEMPLATE, seconds: [5], fixedSeconds: true } as const
const WAN_2_2 = { ...WAN, seconds: [5], fixedSeconds: true } as const
const WAN_2_5 = { ...WAN, seconds: [5, 10], resolutions: ['480p', '720p', '1080p'] } as const
const WAN_2_6 = { ...WAN, vendor: { ...WATERMARK, shot_type: 'parameters' }, resolutions: ['720p', '1080p'] } as const
const WAN_2_6_REFERENCES = {
  ...WAN_2_6, path: 'video', operations: ['reference_to_video'], slots: [list('image', 'reference', 5, 'reference_urls'), list('video', 'reference', 3, 'reference_urls')],
  maxReferences: 5, frame: 'size', ratios: FIVE_RATIOS, seconds: from(2, 10), references: 'character',
} as const satisfies Family
const WAN_2_7 = { ...WAN, audio: 'always', resolutions: ['720p', '1080p'] } as const
const HAPPYHORSE = { vendor: WATERMARK, audio: 'always', resolutions: ['720p', '1080p'], seconds: from(3, 15), watermarkDefault: false } as const
const EDITED: Pick<Family, 'path' | 'operations'> = { path: 'video', operations: ['video_to_video'] }
const TWO_FRAMES: readonly Slot[] = [field('image', 'first_frame', 'first_frame_url'), field('image', 'last_frame', 'last_frame_url')]
const MESSAGES = { path: 'messages', operations: ['text_to_image', 'image_edit'], slots: [list('image', 'source', 9, 'messages'), list('image', 'reference', 9, 'messages')], maxReferences: 9, frame: 'pixels', negativePrompt: true, promptExtend: true, references: 'both_languages' } as const satisfies Family

/** The first pattern that fits; ids may end in a date or, in the United States, in `-us`. */
const FAMILIES: readonly (readonly [RegExp, Family])[] = [
  [/^wan3\.\d-video/, {
    path: 'video', operations: ['text_to_video', 'image_to_video', 'first_last_frame', 'reference_to_video'],
    slots: [typed('image', 'first_frame', 1, 'first_frame'), typed('image', 'last_frame', 1, 'last_frame'), typed('image', 'reference', 10, 'reference_image'), typed('video', 'reference', 5, 'reference_video'), typed('audio', 'reference', 5, 'reference_audio')],
    maxReferences: 20, frame: 'tier_and_ratio', resolutions: ['480p', '720p', '1080p'], ratios: [...FIVE_RATIOS, '21:9', 'adaptive'], saysAdaptive: true, seconds: from(2, 30), audio: 'switch', vendor: { ...WATERMARK, enable_thinking: 'parameters' }, references: 'english',
  }],
  [/^wan2\.7-t2v/, { ...WAN_2_7, ...TEXT, slots: [HEARD], frame: 'tier_and_ratio', ratios: FIVE_RATIOS, seconds: from(2, 15) }],
  [/^wan2\.7-i2v/, {
    ...WAN_2_7, path: 'video', operations: ['image_to_video', 'first_last_frame', 'extend'],
    slots: [typed('image', 'first_frame', 1, 'first_frame'), typed('image', 'last_frame', 1, 'last_frame'), typed('audio', 'source', 1, 'driving_audio'), typed('video', 'source', 1, 'first_clip')], frame: 'tier', seconds: from(2, 15),
  }],
  [/^wan2\.7-r2v/, {
    ...WAN_2_7, path: 'video', operations: ['reference_to_video'],
    slots: [typed('image', 'reference', 5, 'reference_image'), typed('video', 'reference', 3, 'reference_video'), typed('image', 'first_frame', 1, 'first_frame')],
    maxReferences: 5, frame: 'tier_and_ratio', ratios: FIVE_RATIOS, seconds: from(2, 10), references: 'both_languages',
  }],
  [/^wan2\.7-videoedit/, {
    ...WAN_2_7, ...EDITED, slots: [typed('video', 'source', 1, 'video'), typed('image', 'reference', 3, 'reference_image')],
    frame: 'tier_and_ratio', ratios: [...FIVE_RATIOS, 'adaptive'], seconds: from(2, 10), autoSeconds: 0, vendor: { ...WATERMARK, audio_setting: 'parameters' }, references: 'both_languages',
  }],
  [/^wan2\.6-t2v/, { ...WAN_2_6, ...TEXT, slots: [HEARD], frame: 'size', ratios: FIVE_RATIOS, seconds: from(2, 15), audio: 'always' }],
  [/^wan2\.6-i2v/, { ...WAN_2_6, ...IMAGE, slots: [field('image', 'first_frame', 'img_url'), HEARD], frame: 'tier', seconds: from(2, 15), audio: 'switch' }],
  [/^wan2\.6-r2v-flash/, { ...WAN_2_6_REFERENCES, audio: 'switch' }],
  [/^wan2\.6-r2v/, { ...WAN_2_6_REFERENCES, audio: 'always' }],
  [/^wan2\.5-t2v/, { ...WAN_2_5, ...TEXT, slots: [HEARD], frame: 'size', ratios: FIVE_RATIOS, audio: 'always' }],
  [/^wan2\.5-i2v/, { ...WAN_2_5, ...IMAGE, slots: [field('image', 'first_frame', 'img_url'), HEARD], frame: 'tier', audio: 'switch' }],
  [/^wan2\.2-t2v-plus/, { ...WAN_2_2, ...TEXT, frame: 'size', resolutions: ['480p', '1080p'], ratios: FIVE_RATIOS }],
  [/^wan2\.2-i2v-plus/, { ...WAN_2_2, ...IMAGE, slots: [field('image', 'first_frame', 'img_url')], frame: 'tier', resolutions: ['480p', '1080p'] }],
  // "1080P [?]": the vendor says.
  [/^wan2\.2-i2v-flash/, { ...WAN_2_2, ...IMAGE, slots: [field('image', 'first_frame', 'img_url')], frame: 'tier', resolutions: ['480p', '720p', '1080p'] }],
  [/^wan2\.2-kf2v/, { ...WAN_2_2, path: 'video_of_pictures', operations: ['first_last_frame'], slots: TWO_FRAMES, frame: 'tier', resolutions: ['480p', '720p', '1080p'] }],
  [/^wan2\.2-s2v/, { path: 'video_of_pictures', operations: ['image_to_video'], slots: [field('image', 'first_frame', 'image_url'), HEARD], frame: 'tier', resolutions: ['480p', '720p'], audio: 'always', wordless: true, vendor: WATERMARK }],
  [/^wan2\.2-animate/, {
    path: 'video_of_pictures', operations: ['video_to_video'], slots: [field('image', 'reference', 'image_url'), field('video', 'source', 'video_url')],
    frame: 'none', audio: 'always', wordless: true, vendor: { watermark: 'input', check_image: 'parameters' },
  }],
  [/^wanx2\.1-t2v-turbo/, { ...WAN_2_1, ...TEXT, frame: 'size', resolutions: ['480p', '720p'], ratios: FIVE_RATIOS }],
  [/^wanx2\.1-t2v/, { ...WAN_2_1, ...TEXT, frame: 'size', resolutions: ['720p'], ratios: FIVE_RATIOS }],
  [/^wanx2\.1-i2v-turbo/, { ...WAN, vendor: WITH_TEMPLATE, ...IMAGE, slots: [field('image', 'first_frame', 'img_url')], frame: 'tier', resolutions: ['480p', '720p'], seconds: from(3, 5) }],
  [/^wanx2\.1-i2v/, { ...WAN_2_1, ...IMAGE, slots: [field('image', 'first_frame', 'img_url')], frame: 'tier', resolutions: ['720p'] }],
  [/^wanx2\.1-kf2v/, { ...WAN_2_1, path: 'video_of_pictures', operations: ['first_last_frame'], slots: TWO_FRAMES, frame: 'tier', resolutions: ['720p'] }],
  [/^wanx2\.1-vace/, {
    path: 'video', operations: ['reference_to_video', 'video_to_video'], slots: [list('image', 'reference', 3, 'ref_images_url'), field('video', 'source', 'video_url')],
    frame: 'size', resolutions: ['720p'], ratios: THREE_RATIOS, seconds: [5], fixedSeconds: true, promptExtend: true, vendor: { ...WATERMARK, function: 'input', obj_or_bg: 'parameters' },
  }],
  [/^happyhorse-[\d.]+-t2v/, { ...HAPPYHORSE, ...TEXT, frame: 'tier_and_ratio', ratios: [...FIVE_RATIOS, '4:5', '5:4', '21:9', '9:21'] }],
  [/^happyhorse-[\d.]+-i2v/, { ...HAPPYHORSE, ...IMAGE, slots: [typed('image', 'first_frame', 1, 'first_frame')], frame: 'tier' }],
  [/^happyhorse-[\d.]+-r2v/, { ...HAPPYHORSE, path: 'video', operations: ['reference_to_video'], slots: [typed('image', 'reference', 9, 'reference_image')], frame: 'tier_and_ratio', ratios: [...FIVE_RATIOS, '4:5', '5:4', '21:9', '9:21'], references: 'character' }],
  [/^happyhorse-[\d.]+-video-edit/, {
    path: 'video', operations: ['video_to_video'], audio: 'always', resolutions: ['720p', '1080p'], watermarkDefault: false,
    slots: [typed('video', 'source', 1, 'video'), typed('image', 'reference', 5, 'reference_image')], frame: 'tier', vendor: { ...WATERMARK, audio_setting: 'parameters' }, references: 'character',
  }],
  [/^wan2\.7-image/, { ...MESSAGES, maxCount: 12, vendor: { ...WATERMARK, thinking_mode: 'parameters', enable_sequential: 'parameters', bbox_list: 'parameters', color_palette: 'parameters' } }],
  [/^wan2\.6-image/, { ...MESSAGES, maxCount: 4, vendor: WATERMARK }],
  [/^wan2\.6-t2i/, { ...MESSAGES, operations: ['text_to_image'], slots: [], maxCount: 4, vendor: WATERMARK }],
  [/^wanx?2\.\d-t2i/, { ...WAN, path: 'picture', operations: ['text_to_image'], frame: 'pixels', maxCount: 4 }],
  [/^wan2\.5-i2i/, { ...WAN, path: 'picture_of_pictures', operations: ['image_edit'], slots: [list('image', 'source', 3, 'images'), list('image', 'reference', 3, 'images')], maxReferences: 3, frame: 'pixels', maxCount: 4, references: 'both_languages' }],
  [/^wanx2\.1-imageedit/, {
    path: 'picture_of_pictures', operations: ['image_edit'], slots: [field('image', 'source', 'base_image_url'), field('image', 'mask', 'mask_image_url')],
    frame: 'none', maxCount: 4, vendor: { ...WATERMARK, function: 'input', strength: 'parameters' },
  }],
  [/^qwen-image-edit/, { path: 'conversation', operations: ['image_edit'], slots: [list('image', 'source', 3, 'messages'), list('image', 'reference', 3, 'messages')], maxReferences: 3, frame: 'none', negativePrompt: true, vendor: WATERMARK, references: 'both_languages' }],
  [/^qwen-image/, { path: 'conversation', operations: ['text_to_image'], frame: 'pixels', negativePrompt: true, promptExtend: true, vendor: WATERMARK }],
]

export function familyOf(upstreamModel: string): Family | undefined {
  return FAMILIES.find(([pattern]) => pattern.test(upstreamModel))?.[1]
}

/** `WIDTH*HEIGHT` by resolution and ratio, of models that take the frame so. */
export const SIZES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '480p': { '16:9': '832*480', '9:16': '480*832', '1:1': '624*624' },
  '720p': { '16:9': '1280*720', '9:16': '720*1280', '1:1': '960*960', '4:3': '1088*832', '3:4': '832*1088' },
  '1080p': { '16:9': '1920*1080', '9:16': '1080*1920', '1:1': '1440*1440', '4:3': '1632*1248', '3:4': '1248*1632' },
}
