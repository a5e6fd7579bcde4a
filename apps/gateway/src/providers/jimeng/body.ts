import sharp from 'sharp'
import { parseSize } from '../../core/model.ts'
import { present } from '../../core/present.ts'
import { maskChanging } from '../mask.ts'
import type { Job, JobInput } from '../provider.ts'
import { plainReference, translateReferences } from '../references.ts'
import { refusedFor, wrong } from '../unfit.ts'
import type { AvatarModel, MotionModel, PictureModel, VideoModel } from './models.ts'
import { MARKS, type Found } from './unfit.ts'

/** What is sent for a job that was found fit. Throws `UpstreamError` (refused) for materials that cannot be sent. */
export async function bodyOf(job: Job, { model, key }: Found): Promise<Record<string, unknown>> {
  return present({ req_key: key, ...(await fieldsOf(job, model)) })
}

function fieldsOf(job: Job, model: Found['model']): Record<string, unknown> | Promise<Record<string, unknown>> {
  switch (model.makes) {
    case 'video':
      return videoFields(job, model)
    case 'avatar':
      return avatarFields(job, model)
    case 'motion':
      return motionFields(job, model)
    case 'picture':
      return pictureFields(job, model)
  }
}

/** "24·n + 1". */
const FRAMES_PER_SECOND = 24

async function videoFields(job: Job, model: VideoModel): Promise<Record<string, unknown>> {
  const { durationSeconds, aspectRatio, seed } = job.request
  const frames = job.inputs.toSorted((one, other) => Number(one.role === 'last_frame') - Number(other.role === 'last_frame'))
  return {
    prompt: wordsOf(job),
    ...(await picturesOf(frames)),
    seed,
    // Of S2.0 Pro, which makes five seconds and no others, none are documented.
    frames: typeof durationSeconds === 'number' && model.seconds.length > 1 ? durationSeconds * FRAMES_PER_SECOND + 1 : undefined,
    aspect_ratio: aspectRatio === 'adaptive' ? undefined : aspectRatio,
    ...extrasOf(job),
  }
}

function avatarFields(job: Job, { directed }: AvatarModel): Record<string, unknown> {
  const { resolution, seed } = job.request
  return {
    image_url: addressOf(job, 'image'),
    audio_url: addressOf(job, 'audio'),
    prompt: wordsOf(job),
    seed,
    output_resolution: directed && resolution !== undefined ? Number.parseInt(resolution, 10) : undefined,
    ...extrasOf(job),
  }
}

async function motionFields(job: Job, { second }: MotionModel): Promise<Record<string, unknown>> {
  const picture = second ? await picturesOf(job.inputs.filter(({ media }) => media === 'image')) : { image_url: addressOf(job, 'image') }
  return { ...picture, video_url: addressOf(job, 'video'), ...extrasOf(job) }
}

async function pictureFields(job: Job, model: PictureModel): Promise<Record<string, unknown>> {
  const { size, resolution, seed, enhancePrompt, upsample, vendor = {} } = job.request
  const [width, height] = size === undefined ? [] : (parseSize(size) ?? [])
  return {
    prompt: wordsOf(job, model.free ? ({ number }) => `图${number}` : plainReference),
    ...(model.masked ? await maskedPicture(job) : await picturesOf(job.inputs)),
    width,
    height,
    // "The area alone: the model chooses the ratio by the words and the pictures."
    size: size === undefined && resolution !== undefined ? areaOf(resolution) : undefined,
    seed,
    scale: vendor['scale'],
    // What is charged by the picture is one picture.
    force_single: model.free,
    use_pre_llm: model.rewrites ? enhancePrompt : undefined,
    // The vendor's default may be to enlarge, which would be another size than was asked for.
    use_sr: model.enlarges ? (upsample ?? false) : undefined,
    ...(model.by === 'at_once' && { return_url: true, ...marksOf(job) }),
  }
}

/** Marks go with the query for the result, or, where there is none, with the request. */
export function marksOf({ request: { vendor = {} } }: Job): Record<string, unknown> {
  return Object.fromEntries(Object.entries(vendor).filter(([name]) => MARKS.includes(name)))
}

function extrasOf({ request: { vendor = {} } }: Job): Record<string, unknown> {
  return Object.fromEntries(Object.entries(vendor).filter(([name]) => !MARKS.includes(name)))
}

/** "No reference syntax for video: frames are positional"; pictures are numbered in Chinese. */
function wordsOf({ request: { prompt }, inputs }: Job, form: (reference: { media: JobInput['media']; number: number }) => string = plainReference): string | undefined {
  return translateReferences(prompt, inputs, form) || undefined
}

function areaOf(resolution: string): number {
  return (Number.parseInt(resolution, 10) * 1024) ** 2
}

/** Either all as addresses or all as "raw base64". Of 4.x only addresses are documented, and clients send the other too. */
async function picturesOf(inputs: readonly JobInput[]): Promise<Record<string, unknown>> {
  if (inputs.length === 0) return {}
  if (inputs.every(({ url }) => url?.startsWith('https:'))) return { image_urls: inputs.map(({ url }) => url) }
  const texts: string[] = []
  for (const input of inputs) texts.push(base64Of((await input.read()).bytes))
  return { binary_data_base64: texts }
}

/** "The first is the picture, the second the mask … of one channel, 255 (white) where it is to be painted anew." */
async function maskedPicture({ request, inputs }: Job): Promise<Record<string, unknown>> {
  const picture = inputs.find(({ role }) => role !== 'mask')!
  const mask = inputs.find(({ role }) => role === 'mask')!
  const grey = await sharp(await maskChanging('white', mask, request)).toColourspace('b-w').png().toBuffer()
  return { binary_data_base64: [base64Of((await picture.read()).bytes), base64Of(grey)] }
}

function base64Of(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}

function addressOf({ inputs }: Job, media: JobInput['media']): string {
  const url = inputs.find((input) => input.media === media)?.url
  if (url?.startsWith('https:')) return url
  throw refusedFor(wrong('inputs', `The ${media} for this model must be at an https address that is publicly reachable`))
}
