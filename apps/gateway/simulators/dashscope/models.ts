import { z } from 'zod'
import { invalidParameter } from './refusal.ts'

/** What each model takes, and where: the vendor's tables of August to October 2026. */
export interface DashscopeModel {
  path: DashscopePath
  input: z.ZodType<Record<string, unknown>>
  parameters: z.ZodType<Record<string, unknown>>
  /** What no schema of single fields says. Throws `DashscopeRefusal`. */
  check?(input: Record<string, unknown>, parameters: Record<string, unknown>): void
  /** By which names a finished video is counted. */
  usage: 'older' | 'newer' | 'pictures'
  sound: boolean
  /** Where the parameters do not say how long or how large: that of its material, as far as a simulator knows it. */
  defaultSeconds: number
}

export const PATHS = ['video-generation/video-synthesis', 'image2video/video-synthesis', 'text2image/image-synthesis', 'image2image/image-synthesis', 'image-generation/generation', 'multimodal-generation/generation'] as const
export type DashscopePath = (typeof PATHS)[number]
const [VIDEO, PICTURES_TO_VIDEO, TEXT_TO_PICTURE, PICTURE_TO_PICTURE, MESSAGES, CONVERSATION] = PATHS

const SIZES: Record<string, readonly string[]> = {
  '480P': ['832*480', '480*832', '624*624'],
  '720P': ['1280*720', '720*1280', '960*960', '1088*832', '832*1088'],
  '1080P': ['1920*1080', '1080*1920', '1440*1440', '1632*1248', '1248*1632'],
}

/* Pieces of bodies */

const isLink = (text: string): boolean => /^(?:https?|oss):\/\/\S+$/.test(text)
const link = z.string().refine(isLink)
const picture = z.string().refine((text) => isLink(text) || /^data:image\/(?:jpe?g|png|bmp|webp);base64,[A-Za-z0-9+/]+={0,2}$/.test(text))
/** "longer is truncated, not refused". */
const words = z.string()
const said = { prompt: words.min(1), negative_prompt: words.optional() }
const maySay = { prompt: words.optional(), negative_prompt: words.optional() }
const marks = { watermark: z.boolean().optional(), seed: z.int().min(0).max(2_147_483_647).optional() }
const wanMarks = { ...marks, prompt_extend: z.boolean().optional() }
const size = (...tiers: string[]) => ({ size: z.enum(tiers.flatMap((tier) => SIZES[tier] ?? [])).optional() })
const tier = (...tiers: string[]) => ({ resolution: z.enum(tiers).optional() })
const ratio = (...more: string[]) => ({ ratio: z.enum(['16:9', '9:16', '1:1', '4:3', '3:4', ...more]).optional() })
const seconds = (min: number, max: number) => ({ duration: z.int().min(min).max(max).optional() })
const fiveOrTen = { duration: z.union([z.literal(5), z.literal(10)]).optional() }
const shots = { shot_type: z.enum(['single', 'multi']).optional() }
const sound = { audio: z.boolean().optional() }
const heard = { audio_url: link.optional() }

const mediaItem = (types: readonly string[]) => z.strictObject({ type: z.enum(types), url: z.string(), reference_voice: link.optional(), reference_description: z.string().optional() })
const media = (...types: string[]) => ({ media: z.array(mediaItem(types)).min(1) })
const object = (shape: z.ZodRawShape): z.ZodType<Record<string, unknown>> => z.strictObject(shape)

interface Counts {
  [type: string]: readonly [min: number, max: number]
}

/** Counts of `media` by type; pictures may come as data, all else as links. */
function mediaCounts(counts: Counts, total = Infinity) {
  return (input: Record<string, unknown>): void => {
    const items = (input['media'] ?? []) as { type: string; url: string }[]
    for (const { type, url } of items) {
      const isPicture = /frame|image/.test(type)
      if (isPicture ? !picture.safeParse(url).success : !isLink(url)) throw invalidParameter(`input.media: the url of a ${type} is invalid`)
    }
    for (const [type, [min, max]] of Object.entries(counts)) {
      const count = items.filter((item) => item.type === type).length
      if (count < min || count > max) throw invalidParameter(`input.media: ${type} must be between ${min} and ${max}`)
    }
    if (items.length > total) throw invalidParameter(`input.media must have at most ${total} items`)
  }
}

function typesOf(input: Record<string, unknown>): string[] {
  return ((input['media'] ?? []) as { type: string }[]).map(({ type }) => type)
}

/* Models */

type Draft = Omit<DashscopeModel, 'usage' | 'sound' | 'defaultSeconds' | 'path'> & Partial<DashscopeModel>
const video = (draft: Draft): DashscopeModel => ({ path: VIDEO, usage: 'newer', sound: true, defaultSeconds: 5, ...draft })
const older = (draft: Draft): DashscopeModel => video({ usage: 'older', sound: false, ...draft })
const pictures = (path: DashscopePath, draft: Draft): DashscopeModel => ({ path, usage: 'pictures', sound: false, defaultSeconds: 0, ...draft })

const shotsNeedWords = (_input: Record<string, unknown>, parameters: Record<string, unknown>): void => {
  if (parameters['shot_type'] === 'multi' && parameters['prompt_extend'] === false) throw invalidParameter('shot_type multi needs prompt_extend')
}

const R2V_2_6: Draft = {
  input: object({ ...said, reference_urls: z.array(picture).min(1).max(5) }),
  parameters: object({ ...wanMarks, ...size('720P', '1080P'), ...seconds(2, 10), ...shots }),
  check(input, parameters) {
    const videos = (input['reference_urls'] as string[]).filter((url) => /\.(?:mp4|mov)(?:[?#]|$)/i.test(url)).length
    if (videos > 3) throw invalidParameter('reference_urls must have at most 3 videos')
    shotsNeedWords(input, parameters)
  },
}
const IMAGE_2_1 = (...tiers: string[]): Draft => ({ input: object({ ...maySay, img_url: picture, template: z.string().optional() }), parameters: object({ ...wanMarks, ...tier(...tiers) }) })
const FRAMES = (...tiers: string[]): Draft => ({ path: PICTURES_TO_VIDEO, input: object({ ...maySay, first_frame_url: picture, last_frame_url: picture, template: z.string().optional() }), parameters: object({ ...wanMarks, ...tier(...tiers) }) })
const HORSE = { ...marks, ...tier('720P', '1080P') }
const HORSE_RATIOS = ['4:5', '5:4', '21:9', '9:21']

const content = z.array(z.union([z.strictObject({ text: z.string() }), z.strictObject({ image: picture })])).min(1)
const messages = object({ messages: z.array(z.strictObject({ role: z.literal('user'), content })).length(1) })
const drawn = { size: z.string().regex(/^(?:\d{3,4}\*\d{3,4}|[124]K)$/).optional(), n: z.int().min(1).max(12).optional(), negative_prompt: z.string().optional() }

/** How many pictures and texts a conversation may have. */
function messageCounts(minImages: number, maxImages: number) {
  return (input: Record<string, unknown>): void => {
    const [{ content: items }] = input['messages'] as [{ content: ({ text: string } | { image: string })[] }]
    const images = items.filter((item) => 'image' in item).length
    if (images < minImages || images > maxImages) throw invalidParameter(`messages must have between ${minImages} and ${maxImages} images`)
    if (items.length - images !== 1) throw invalidParameter('messages must have one text')
  }
}

const maxSide = (min: number, max: number) => (_input: Record<string, unknown>, parameters: Record<string, unknown>): void => {
  const sides = String(parameters['size'] ?? '1024*1024').split('*').map(Number)
  if (sides.length !== 2 || sides.some((side) => !(side >= min && side <= max))) throw invalidParameter(`size must have sides between ${min} and ${max}`)
}

const SEQUENCES = { thinking_mode: z.boolean().optional(), enable_sequential: z.boolean().optional(), bbox_list: z.array(z.unknown()).optional(), color_palette: z.array(z.unknown()).optional() }
const IMAGE_2_7: Draft = {
  input: messages,
  parameters: object({ ...wanMarks, ...drawn, ...SEQUENCES }),
  check(input, parameters) {
    messageCounts(0, 9)(input)
    if (Number(parameters['n'] ?? 1) > 4 && parameters['enable_sequential'] !== true) throw invalidParameter('n must be between 1 and 4')
  },
}
const DRAWN_FROM_TEXT: Draft = { input: object({ ...said }), parameters: object({ ...wanMarks, size: z.string().regex(/^\d{3,4}\*\d{3,4}$/).optional(), n: z.int().min(1).max(4).optional() }), check: maxSide(512, 1440) }

/** By the start of the id, the longest first where one begins like another. */
const MODELS: readonly (readonly [start: string, model: DashscopeModel])[] = [
  ['wan3.0-video', video({
    input: object({ prompt: words.min(1), media: media('first_frame', 'last_frame', 'reference_image', 'reference_video', 'reference_audio').media.optional() }),
    parameters: object({ watermark: z.boolean().optional(), seed: z.int().min(-1).max(2_147_483_647).optional(), ...tier('480P', '720P', '1080P'), ...ratio('21:9', 'adaptive'), ...seconds(2, 30), ...sound, enable_thinking: z.boolean().optional() }),
    check(input) {
      mediaCounts({ first_frame: [0, 1], last_frame: [0, 1], reference_image: [0, 10], reference_video: [0, 5], reference_audio: [0, 5] }, 20)(input)
      const types = typesOf(input)
      if (types.some((type) => type.endsWith('frame')) && types.some((type) => type.startsWith('reference'))) throw invalidParameter('input.media: frames and references cannot be mixed')
    },
  })],
  ['wan2.7-t2v', video({ input: object({ ...said, ...heard }), parameters: object({ ...wanMarks, ...tier('720P', '1080P'), ...ratio(), ...seconds(2, 15) }) })],
  ['wan2.7-i2v', video({
    input: object({ ...maySay, ...media('first_frame', 'last_frame', 'driving_audio', 'first_clip') }),
    parameters: object({ ...wanMarks, ...tier('720P', '1080P'), ...seconds(2, 15) }),
    check(input) {
      mediaCounts({ first_frame: [0, 1], last_frame: [0, 1], driving_audio: [0, 1], first_clip: [0, 1] })(input)
      const combination = typesOf(input).toSorted().join('+')
      if (!['first_frame', 'first_frame+last_frame', 'driving_audio+first_frame', 'first_clip', 'first_clip+last_frame'].includes(combination)) throw invalidParameter(`input.media: ${combination} is not supported`)
    },
  })],
  ['wan2.7-r2v', video({
    input: object({ ...said, ...media('reference_image', 'reference_video', 'first_frame') }),
    parameters: object({ ...wanMarks, ...tier('720P', '1080P'), ...ratio(), ...seconds(2, 10) }),
    check(input) {
      mediaCounts({ reference_image: [0, 5], reference_video: [0, 3], first_frame: [0, 1] })(input)
      const references = typesOf(input).filter((type) => type.startsWith('reference')).length
      if (references < 1 || references > 5) throw invalidParameter('input.media must have between 1 and 5 references')
    },
  })],
  ['wan2.7-videoedit', video({
    input: object({ ...said, ...media('video', 'reference_image') }),
    parameters: object({ ...wanMarks, ...tier('720P', '1080P'), ...ratio(), duration: z.union([z.literal(0), z.int().min(2).max(10)]).optional(), audio_setting: z.enum(['auto', 'origin']).optional() }),
    check: mediaCounts({ video: [1, 1], reference_image: [0, 3] }),
  })],
  ['wan2.6-t2v', video({ input: object({ ...said, ...heard }), parameters: object({ ...wanMarks, ...size('720P', '1080P'), ...seconds(2, 15), ...shots }), check: shotsNeedWords })],
  ['wan2.6-i2v', video({ input: object({ ...maySay, img_url: picture, ...heard }), parameters: object({ ...wanMarks, ...tier('720P', '1080P'), ...seconds(2, 15), ...shots, ...sound }), check: shotsNeedWords })],
  ['wan2.6-r2v-flash', video({ ...R2V_2_6, parameters: object({ ...wanMarks, ...size('720P', '1080P'), ...seconds(2, 10), ...shots, ...sound }) })],
  ['wan2.6-r2v', video(R2V_2_6)],
  ['wan2.5-t2v-preview', video({ input: object({ ...said, ...heard }), parameters: object({ ...wanMarks, ...size('480P', '720P', '1080P'), ...fiveOrTen }) })],
  ['wan2.5-i2v-preview', video({ input: object({ ...maySay, img_url: picture, ...heard }), parameters: object({ ...wanMarks, ...tier('480P', '720P', '1080P'), ...fiveOrTen, ...sound }) })],
  ['wan2.2-t2v-plus', older({ input: object(said), parameters: object({ ...wanMarks, ...size('480P', '1080P') }) })],
  ['wan2.2-i2v-plus', older({ input: object({ ...maySay, img_url: picture }), parameters: object({ ...wanMarks, ...tier('480P', '1080P') }) })],
  ['wan2.2-i2v-flash', older({ input: object({ ...maySay, img_url: picture }), parameters: object({ ...wanMarks, ...tier('480P', '720P', '1080P') }) })],
  ['wan2.2-kf2v-flash', older(FRAMES('480P', '720P', '1080P'))],
  ['wan2.2-s2v', older({ path: PICTURES_TO_VIDEO, sound: true, input: object({ image_url: picture, audio_url: link }), parameters: object({ ...marks, ...tier('480P', '720P') }) })],
  ['wan2.2-animate', older({
    path: PICTURES_TO_VIDEO, sound: true, input: object({ image_url: picture, video_url: link, watermark: z.boolean().optional() }),
    parameters: object({ seed: marks.seed, mode: z.enum(['wan-std', 'wan-pro']), check_image: z.boolean().optional() }),
  })],
  ['wanx2.1-t2v-turbo', older({ input: object(said), parameters: object({ ...wanMarks, ...size('480P', '720P') }) })],
  ['wanx2.1-t2v-plus', older({ input: object(said), parameters: object({ ...wanMarks, ...size('720P') }) })],
  ['wanx2.1-i2v-turbo', older({ ...IMAGE_2_1('480P', '720P'), parameters: object({ ...wanMarks, ...tier('480P', '720P'), ...seconds(3, 5) }) })],
  ['wanx2.1-i2v-plus', older(IMAGE_2_1('720P'))],
  ['wanx2.1-kf2v-plus', older(FRAMES('720P'))],
  ['wanx2.1-vace-plus', older({
    input: object({ prompt: words.min(1), function: z.enum(['image_reference', 'video_repainting', 'video_edit', 'video_extension', 'video_outpainting']), ref_images_url: z.array(picture).min(1).max(3).optional(), video_url: link.optional() }),
    parameters: object({ ...wanMarks, ...size('720P'), obj_or_bg: z.array(z.enum(['obj', 'bg'])).optional(), control_condition: z.enum(['posebodyface', 'posebody', 'depth', 'scribble']).optional() }),
    check(input, parameters) {
      if ((input['function'] === 'image_reference') !== (input['video_url'] === undefined)) throw invalidParameter('function does not fit its material')
      if (input['function'] === 'video_repainting' && parameters['control_condition'] === undefined) throw invalidParameter('control_condition is required')
    },
  })],
  ...['happyhorse-1.0', 'happyhorse-1.1'].flatMap((version): [string, DashscopeModel][] => {
    const ratios = version === 'happyhorse-1.1' ? HORSE_RATIOS : []
    return [
      [`${version}-t2v`, video({ input: object({ prompt: words.min(1) }), parameters: object({ ...HORSE, ...ratio(...ratios), ...seconds(3, 15) }) })],
      [`${version}-i2v`, video({ input: object({ prompt: words.optional(), ...media('first_frame') }), parameters: object({ ...HORSE, ...seconds(3, 15) }), check: mediaCounts({ first_frame: [1, 1] }) })],
      [`${version}-r2v`, video({ input: object({ prompt: words.min(1), ...media('reference_image') }), parameters: object({ ...HORSE, ...ratio(...ratios), ...seconds(3, 15) }), check: mediaCounts({ reference_image: [1, 9] }) })],
    ]
  }),
  ['happyhorse-1.0-video-edit', video({ input: object({ prompt: words.min(1), ...media('video', 'reference_image') }), parameters: object({ ...HORSE, audio_setting: z.enum(['auto', 'origin']).optional() }), check: mediaCounts({ video: [1, 1], reference_image: [0, 5] }) })],
  ['wan2.7-image-pro', pictures(MESSAGES, IMAGE_2_7)],
  ['wan2.7-image', pictures(MESSAGES, { ...IMAGE_2_7, parameters: object({ ...wanMarks, ...drawn, ...SEQUENCES, size: z.string().regex(/^(?:\d{3,4}\*\d{3,4}|[12]K)$/).optional() }) })],
  ['wan2.6-image', pictures(MESSAGES, { input: messages, parameters: object({ ...wanMarks, ...drawn, n: z.int().min(1).max(4).optional() }), check: messageCounts(0, 9) })],
  ['wan2.6-t2i', pictures(MESSAGES, { input: messages, parameters: object({ ...wanMarks, ...drawn, n: z.int().min(1).max(4).optional() }), check: messageCounts(0, 0) })],
  ['wan2.5-t2i-preview', pictures(TEXT_TO_PICTURE, { ...DRAWN_FROM_TEXT, check: maxSide(384, 2880) })],
  ['wan2.2-t2i-', pictures(TEXT_TO_PICTURE, DRAWN_FROM_TEXT)],
  ['wanx2.1-t2i-', pictures(TEXT_TO_PICTURE, DRAWN_FROM_TEXT)],
  ['wan2.5-i2i-preview', pictures(PICTURE_TO_PICTURE, { input: object({ ...said, images: z.array(picture).min(1).max(3) }), parameters: object({ ...wanMarks, size: z.string().regex(/^\d{3,4}\*\d{3,4}$/).optional(), n: z.int().min(1).max(4).optional() }) })],
  ['wanx2.1-imageedit', pictures(PICTURE_TO_PICTURE, {
    input: object({ prompt: words.min(1), function: z.enum(['stylization_all', 'stylization_local', 'description_edit', 'description_edit_with_mask', 'remove_watermark', 'expand', 'super_resolution', 'colorization', 'doodle', 'control_cartoon_feature']), base_image_url: picture, mask_image_url: picture.optional() }),
    parameters: object({ ...marks, n: z.int().min(1).max(4).optional(), strength: z.number().min(0).max(1).optional() }),
    check(input) {
      if ((input['function'] === 'description_edit_with_mask') !== (input['mask_image_url'] !== undefined)) throw invalidParameter('mask_image_url and function do not fit')
    },
  })],
  ['qwen-image-edit', pictures(CONVERSATION, { input: messages, parameters: object({ ...marks, negative_prompt: z.string().optional() }), check: messageCounts(1, 3) })],
  ['qwen-image', pictures(CONVERSATION, { input: messages, parameters: object({ ...wanMarks, negative_prompt: z.string().optional(), size: z.enum(['1328*1328', '1664*928', '1472*1140', '1140*1472', '928*1664']).optional() }), check: messageCounts(0, 0) })],
]

export function dashscopeModel(id: string): DashscopeModel | undefined {
  return MODELS.find(([start]) => id.startsWith(start))?.[1]
}

const TIER_PIXELS: Record<string, number> = { '480P': 832 * 480, '720P': 1280 * 720, '1080P': 1920 * 1080 }

/** Pixels of a result; where a picture or video decides, as 16:9. */
export function pixelsOf(parameters: Record<string, unknown>, usage: DashscopeModel['usage']): { widthPixels: number; heightPixels: number } {
  const [width, height] = String(parameters['size'] ?? '').split('*').map(Number)
  if (width !== undefined && height !== undefined && width > 0 && height > 0) return { widthPixels: width, heightPixels: height }
  if (usage === 'pictures') return { widthPixels: 1024, heightPixels: 1024 }
  const area = TIER_PIXELS[String(parameters['resolution'] ?? '720P')] ?? TIER_PIXELS['720P']!
  const word = String(parameters['ratio'] ?? '16:9')
  const [across = 16, down = 9] = (word === 'adaptive' ? '16:9' : word).split(':').map(Number)
  const even = (side: number) => Math.round(side / 16) * 16
  return { widthPixels: even(Math.sqrt((area * across) / down)), heightPixels: even(Math.sqrt((area * down) / across)) }
}
