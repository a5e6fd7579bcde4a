import sharp from 'sharp'
import { ratioOf } from '../../core/model.ts'
import type { InputAsset } from '../../core/generation-request.ts'
import { present } from '../../core/present.ts'
import type { Job, JobInput, Unfit, Work } from '../provider.ts'
import { plainReference, translateReferences } from '../references.ts'
import { refusedFor, wrong } from '../unfit.ts'
import { inTurn, keptVideoId, fileText, videoUrl } from './material.ts'
import { MARGINS, type ToolWay, type Way } from './models.ts'

/*
 * Lip sync, effects, talking portraits, and what is done to pictures: endpoints of the classic wire with a body each.
 * Facts are of the vendor's pages as relayed in December 2025 and February 2026 (https://app.klingai.com/global/dev/document-api),
 * and of clients that tried lip sync in September 2026.
 */

const TOOLS: ReadonlySet<Way> = new Set<ToolWay>(['lipSync', 'effects', 'avatar', 'multiImage', 'expand', 'tryOn'])

export function isTool(way: Way): way is ToolWay {
  return TOOLS.has(way)
}

/** What the tool needs of the inputs and the vendor's own fields, and has not got. */
export function unfitTool(work: Pick<Work, 'request'>, way: ToolWay): Unfit | undefined {
  switch (way) {
    case 'lipSync':
      return unfitLipSync(work)
    case 'effects':
      return unfitEffects(work)
    case 'avatar':
      return unfitAvatar(work)
    case 'multiImage':
      return unfitMultiImage(work)
    case 'expand':
      return unfitExpand(work)
    case 'tryOn':
      return unfitTryOn(work)
  }
}

/** The body without what every task has. Throws `UpstreamError` for what shows only in the materials. */
export async function toolFields(job: Job, way: ToolWay): Promise<Record<string, unknown>> {
  switch (way) {
    case 'lipSync':
      return lipSyncFields(job)
    case 'effects':
      return effectsFields(job)
    case 'avatar':
      return avatarFields(job)
    case 'multiImage':
      return multiImageFields(job)
    case 'expand':
      return expandFields(job)
    case 'tryOn':
      return tryOnFields(job)
  }
}

/** "text ≤ 120". */
const MAX_SPOKEN_CHARACTERS = 120

/** Words with a voice, or a sound, which goes before words: many clients cannot leave these out. */
function unfitLipSync({ request: { inputs, prompt, vendor = {} } }: Pick<Work, 'request'>): Unfit | undefined {
  const { images, videos, sounds } = counted(inputs)
  if (images > 0 || videos !== 1 || sounds > 1) return { param: 'inputs', message: 'This model takes one video, and one sound for it to speak' }
  if (sounds === 1) return undefined
  if (prompt.trim() === '') return { param: 'prompt', message: 'This model needs a sound, or words to be spoken' }
  if ([...prompt].length > MAX_SPOKEN_CHARACTERS) return { param: 'prompt', message: `This model speaks at most ${MAX_SPOKEN_CHARACTERS} characters` }
  return typeof vendor['voice_id'] === 'string' ? undefined : { param: 'vendor.voice_id', message: 'Words need a voice, voice_id; or give a sound instead' }
}

async function lipSyncFields({ request: { prompt, vendor = {} }, inputs, parent }: Job): Promise<Record<string, unknown>> {
  const video = inputs.find(({ media }) => media === 'video')
  const sound = inputs.find(({ media }) => media === 'audio')
  const videoId = video?.url === undefined ? keptVideoId(parent) : undefined
  const source = videoId === undefined ? { video_url: videoUrl(video) } : { video_id: videoId }
  if (sound === undefined) return { input: present({ mode: 'text2video', ...source, text: prompt, voice_id: vendor['voice_id'], voice_language: vendor['voice_language'], voice_speed: vendor['voice_speed'] }) }
  const text = await fileText(sound)
  return { input: { mode: 'audio2video', ...source, ...(text === sound.url ? { audio_type: 'url', audio_url: text } : { audio_type: 'file', audio_file: text }) } }
}

/** "Dual-character effects … the length of the array must be 2"; of each other one known, one picture. */
const EFFECT_PICTURES = new Map<string, number>([
  ['hug', 2], ['kiss', 2], ['heart_gesture', 2], ['fight', 2],
  ['bloombloom', 1], ['dizzydizzy', 1], ['fuzzyfuzzy', 1], ['squish', 1], ['expansion', 1],
])

/** There are some 150 effects, and new ones each month: of one that is not known here the vendor says how many it takes. */
function unfitEffects({ request: { inputs, resolution, vendor = {} } }: Pick<Work, 'request'>): Unfit | undefined {
  const scene = vendor['effect_scene']
  const { images, videos, sounds } = counted(inputs)
  if (typeof scene !== 'string' || scene === '') return { param: 'vendor.effect_scene', message: 'This model needs the name of an effect, effect_scene, such as hug or squish' }
  if (videos + sounds > 0 || images < 1 || images > 2) return { param: 'inputs', message: 'This model takes one picture, or two for effects of two people' }
  const taken = EFFECT_PICTURES.get(scene)
  if (taken !== undefined && taken !== images) return { param: 'inputs', message: `This effect takes ${taken === 1 ? 'one picture' : 'two pictures, the left one first'}` }
  return images === 1 && resolution !== undefined && resolution !== '720p' ? { param: 'resolution', message: 'Effects of one picture have 720p only' } : undefined
}

async function effectsFields({ request: { resolution, durationSeconds = 5, vendor = {} }, inputs }: Job): Promise<Record<string, unknown>> {
  const [first] = inputs
  const images = inputs.length > 1 ? { mode: resolution === undefined ? undefined : resolution === '1080p' ? 'pro' : 'std', images: await inTurn(inputs, fileText) } : { image: await fileText(first) }
  // "duration: required".
  return { effect_scene: vendor['effect_scene'], input: present({ model_name: vendor['model_name'], ...images, duration: String(durationSeconds) }) }
}

function unfitAvatar({ request: { inputs, vendor = {} } }: Pick<Work, 'request'>): Unfit | undefined {
  const { images, videos, sounds } = counted(inputs)
  if (videos > 0 || images !== 1) return { param: 'inputs', message: 'This model takes one picture of who speaks' }
  // "Either audio_id or sound_file must be provided (mutually exclusive)".
  return sounds + Number(vendor['audio_id'] !== undefined) === 1 ? undefined : { param: 'inputs', message: 'This model takes one sound that is to be spoken, or the audio_id of one at Kling' }
}

async function avatarFields({ request, inputs }: Job): Promise<Record<string, unknown>> {
  const { resolution, vendor = {} } = request
  return {
    image: await fileText(inputs.find(({ media }) => media === 'image')),
    sound_file: await fileText(inputs.find(({ media }) => media === 'audio')),
    audio_id: vendor['audio_id'],
    prompt: promptOf(request.prompt, inputs) || undefined,
    mode: resolution === undefined ? undefined : resolution === '1080p' ? 'pro' : 'std',
  }
}

const MAX_SUBJECTS = 4
const PARTS = ['scene_image', 'style_image'] as const

/** `scene_image` and `style_image` say which of the pictures, from 1 as in `@Image1`, is no subject but the one or the other. */
function unfitMultiImage({ request: { inputs, vendor = {} } }: Pick<Work, 'request'>): Unfit | undefined {
  const unfit = unfitPictures(inputs, { min: 1, max: MAX_SUBJECTS + PARTS.length })
  if (unfit) return unfit
  const parts = PARTS.filter((name) => vendor[name] !== undefined)
  const wrongPart = parts.find((name, index) => !isPlace(vendor[name], inputs.length) || parts.slice(0, index).some((other) => vendor[other] === vendor[name]))
  if (wrongPart !== undefined) return { param: `vendor.${wrongPart}`, message: `${wrongPart} must be the number of one of the pictures, from 1, that has no other part` }
  const subjects = inputs.length - parts.length
  return subjects >= 1 && subjects <= MAX_SUBJECTS ? undefined : { param: 'inputs', message: `This model takes 1 to ${MAX_SUBJECTS} pictures of subjects, beside one of a scene and one of a style` }
}

function isPlace(value: unknown, count: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= count
}

async function multiImageFields({ request, inputs }: Job): Promise<Record<string, unknown>> {
  const { aspectRatio, count, vendor = {} } = request
  const [scene, style] = PARTS.map((name) => (isPlace(vendor[name], inputs.length) ? inputs[vendor[name] - 1] : undefined))
  const subjects = inputs.filter((input) => input !== scene && input !== style)
  return {
    model_name: vendor['model_name'],
    prompt: promptOf(request.prompt, inputs) || undefined,
    subject_image_list: await inTurn(subjects, async (input) => ({ subject_image: await fileText(input) })),
    scene_image: await fileText(scene),
    style_image: await fileText(style),
    n: count,
    aspect_ratio: aspectRatio,
  }
}

const MAX_MARGIN = 2
/** "The new picture's area must not be more than three times the old one's." */
const MAX_GROWTH = 3

/** How far beyond each side, in the vendor's own fields; or another shape, to whose middle the picture comes. */
function unfitExpand({ request: { inputs, aspectRatio, vendor = {} } }: Pick<Work, 'request'>): Unfit | undefined {
  const unfit = unfitPictures(inputs, { min: 1, max: 1 })
  if (unfit) return unfit
  const given = MARGINS.filter((name) => vendor[name] !== undefined)
  const wrongMargin = given.find((name) => !isMargin(vendor[name]))
  if (wrongMargin !== undefined) return { param: `vendor.${wrongMargin}`, message: `${wrongMargin} must be a number from 0 to ${MAX_MARGIN}` }
  if (isShape(aspectRatio)) return given.length === 0 ? undefined : { param: 'aspectRatio', message: 'A picture is expanded to an aspect ratio, or by a share on each side, not both' }
  const growth = growthOf(marginsIn(vendor))
  if (growth > 1 && growth <= MAX_GROWTH) return undefined
  return { param: `vendor.${given[0] ?? MARGINS[0]}`, message: `This model needs an aspect ratio, or ${MARGINS.join(', ')}, by which a picture gets up to ${MAX_GROWTH} times its area` }
}

function isMargin(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= MAX_MARGIN
}

function isShape(aspectRatio: string | undefined): aspectRatio is string {
  return aspectRatio !== undefined && ratioOf(aspectRatio) !== undefined
}

type Margins = Record<(typeof MARGINS)[number], number>

/** All four are required. */
function marginsIn(vendor: Record<string, unknown>): Margins {
  const margin = (name: keyof Margins) => (isMargin(vendor[name]) ? vendor[name] : 0)
  return { up_expansion_ratio: margin('up_expansion_ratio'), down_expansion_ratio: margin('down_expansion_ratio'), left_expansion_ratio: margin('left_expansion_ratio'), right_expansion_ratio: margin('right_expansion_ratio') }
}

function growthOf({ up_expansion_ratio: up, down_expansion_ratio: down, left_expansion_ratio: left, right_expansion_ratio: right }: Margins): number {
  return (1 + up + down) * (1 + left + right)
}

async function expandFields({ request, inputs }: Job): Promise<Record<string, unknown>> {
  const { aspectRatio, count, vendor = {} } = request
  const [image] = inputs
  return {
    image: await fileText(image),
    ...(image && isShape(aspectRatio) ? await marginsTo(aspectRatio, image) : marginsIn(vendor)),
    prompt: promptOf(request.prompt, inputs) || undefined,
    n: count,
  }
}

/** As a vendor's float; less of a side than this is no pixel. */
const MARGIN_DECIMALS = 4

/** Throws `UpstreamError` when the picture has that shape, or is too far from it. */
async function marginsTo(aspectRatio: string, image: JobInput): Promise<Margins> {
  const { width, height } = await sidesOf(image)
  const wider = (ratioOf(aspectRatio) ?? 1) / (width / height)
  const [across, down] = wider >= 1 ? [wider - 1, 0] : [0, 1 / wider - 1]
  const half = (growth: number) => Number((growth / 2).toFixed(MARGIN_DECIMALS))
  const margins = { up_expansion_ratio: half(down), down_expansion_ratio: half(down), left_expansion_ratio: half(across), right_expansion_ratio: half(across) }
  const growth = growthOf(margins)
  if (growth === 1) throw refusedFor(wrong('aspectRatio', `The picture is ${aspectRatio} as it is`))
  if (growth > MAX_GROWTH) throw refusedFor(wrong('aspectRatio', `The picture would get ${growth.toFixed(1)} times its area, and at most ${MAX_GROWTH} times is possible`))
  return margins
}

/** As it is looked at, which is not always as it is stored. */
async function sidesOf(image: JobInput): Promise<{ width: number; height: number }> {
  const { bytes } = await image.read()
  try {
    return (await sharp(bytes).metadata()).autoOrient
  } catch {
    throw refusedFor(wrong('inputs', 'The picture cannot be read'))
  }
}

function unfitTryOn({ request: { inputs } }: Pick<Work, 'request'>): Unfit | undefined {
  return unfitPictures(inputs, { min: 2, max: 2 })
}

/** The clothes are a reference; of two pictures with the same part they are the second. */
async function tryOnFields({ upstreamModel, inputs }: Job): Promise<Record<string, unknown>> {
  const human = inputs.find(({ role }) => role === 'source') ?? inputs[0]
  return { model_name: upstreamModel, human_image: await fileText(human), cloth_image: await fileText(inputs.find((input) => input !== human)) }
}

function unfitPictures(inputs: readonly InputAsset[], { min, max }: { min: number; max: number }): Unfit | undefined {
  const { images, videos, sounds } = counted(inputs)
  const isRight = videos + sounds === 0 && images >= min && images <= max && inputs.every(({ role }) => role !== 'mask')
  return isRight ? undefined : { param: 'inputs', message: `This model takes ${min === max ? min : `${min} to ${max}`} picture${max === 1 ? '' : 's'}, and nothing else` }
}

function counted(inputs: readonly InputAsset[]): { images: number; videos: number; sounds: number } {
  const of = (media: InputAsset['media']) => inputs.filter((input) => input.media === media).length
  return { images: of('image'), videos: of('video'), sounds: of('audio') }
}

/** None of these has a way to speak of its materials. */
function promptOf(prompt: string, inputs: readonly JobInput[]): string {
  return translateReferences(prompt, inputs, plainReference)
}
