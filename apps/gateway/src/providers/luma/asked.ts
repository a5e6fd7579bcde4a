import { z } from 'zod'
import type { GenerationRequest } from '../../core/generation-request.ts'
import type { Job, JobInput, Unfit, Work } from '../provider.ts'
import { plainReference, translateReferences } from '../references.ts'
import { refusedFor, unlessOneOf, wrong } from '../unfit.ts'

/** The one of Luma's routes that a piece of work is for. */
export type Route = 'video' | 'modify' | 'reframe_video' | 'upscale' | 'audio' | 'image' | 'reframe_image'

/** What Luma calls the model of its route that adds sound, for it has no model there (catalog/luma.ts). */
const AUDIO = 'add_audio'

/** Undefined for what it cannot do at all. */
export function routeOf({ request, upstreamModel }: Pick<Work, 'request' | 'upstreamModel'>): Route | undefined {
  const { kind, operation } = request
  if (kind === 'image') return operation === 'reframe' ? 'reframe_image' : operation === 'text_to_image' || operation === 'image_edit' ? 'image' : undefined
  if (upstreamModel === AUDIO) return operation === 'video_to_video' ? 'audio' : undefined
  switch (operation) {
    case 'text_to_video':
    case 'image_to_video':
    case 'first_last_frame':
    case 'extend':
      return 'video'
    case 'video_to_video':
      return 'modify'
    case 'reframe':
      return 'reframe_video'
    case 'upscale':
      return 'upscale'
    default:
      return undefined
  }
}

/** Lengths that Ray makes. */
const SECONDS = [5, 9]
const RATIOS = ['16:9', '1:1', '9:16', '4:3', '3:4', '21:9', '9:21']
const RESOLUTIONS = ['540p', '720p', '1080p', '4k']
const MAX_PROMPT_CHARACTERS = 5000
const MIN_PROMPT_CHARACTERS = 3
/** "Up to 4 image_ref" in the documentation, 8 in a README: not confirmed, and so the larger. */
const MAX_REFERENCES = { image: 8, style: 4, character: 4, modify: 1 } as const

/** Why Luma cannot do this. */
export function lumaUnfit(work: Work): Unfit | undefined {
  const { request, parent } = work
  const { operation, prompt, durationSeconds, resolution, aspectRatio, inputs } = request
  const route = routeOf(work)
  if (route === undefined) return { param: 'operation', message: `Luma does not do ${operation} with this model` }
  if (request.count !== 1) return { param: 'count', message: 'Luma makes one result per job' }
  if (prompt.trim() !== '' && (prompt.trim().length < MIN_PROMPT_CHARACTERS || prompt.length > MAX_PROMPT_CHARACTERS)) return { param: 'prompt', message: `Luma takes prompts of ${MIN_PROMPT_CHARACTERS} to ${MAX_PROMPT_CHARACTERS} characters` }
  if (request.negativePrompt !== undefined && route !== 'audio') return { param: 'negativePrompt', message: 'Luma has no negative prompt' }
  if (aspectRatio !== undefined && !RATIOS.includes(aspectRatio)) return { param: 'aspectRatio', message: `Luma makes ${RATIOS.join(', ')}` }
  if (request.size !== undefined && aspectRatio === undefined) return { param: 'size', message: 'Luma takes a resolution and an aspect ratio, not a size in pixels' }
  if (inputs.some(({ media, role }) => media === 'audio' || role === 'mask')) return { param: 'inputs', message: 'Luma takes no sound and no mask' }

  switch (route) {
    case 'video':
      if (typeof durationSeconds === 'number' && secondsOf(durationSeconds) === undefined) return { param: 'durationSeconds', message: `Luma makes ${SECONDS.join(' or ')} seconds` }
      return unlessOneOf('resolution', resolution, RESOLUTIONS, 'Luma') ?? keyframesUnfit(work)
    case 'modify':
    case 'reframe_video':
      // There is no such field: what comes out is 720p, the default that requests have.
      if (resolution !== undefined && resolution !== '720p') return { param: 'resolution', message: 'Luma makes changed and reframed videos at 720p; enlarge them afterwards' }
      return inputs.filter(({ role }) => role === 'source').length === 1 && inputs.every(({ media, role }) => (media === 'video' ? role === 'source' : role === 'first_frame'))
        ? undefined
        : { param: 'inputs', message: 'Luma changes one video, and takes one first frame with it' }
    case 'upscale':
    case 'audio':
      return unlessOneOf('resolution', resolution, RESOLUTIONS, 'Luma') ?? (parent === undefined ? wrong('inputs', 'Luma works only on videos that it made itself, with the same account') : undefined)
    case 'image':
      return picturesUnfit(request)
    case 'reframe_image':
      return inputs.length === 1 && inputs[0]?.media === 'image' ? undefined : { param: 'inputs', message: 'Luma reframes one picture' }
  }
}

function keyframesUnfit({ request: { inputs, operation, prompt, loop }, parent }: Work): Unfit | undefined {
  const opening = inputs.filter(({ role }) => role === 'first_frame' || role === 'source')
  const closing = inputs.filter(({ role }) => role === 'last_frame')
  const videos = inputs.filter(({ media }) => media === 'video')
  if (inputs.some(({ role }) => role === 'reference')) return { param: 'inputs', message: 'Ray takes frames, and no references' }
  if (opening.length > 1 || closing.length > 1) return { param: 'inputs', message: 'Ray takes one first and one last frame' }
  if (videos.length > 1) return { param: 'inputs', message: 'Luma goes on with one video, or leads up to one' }
  if (videos.length > 0 && parent === undefined) return { param: 'inputs', message: 'Luma goes on only with videos that it made itself, with the same account' }
  if (operation === 'extend' && videos.length === 0) return { param: 'inputs', message: 'Luma needs the video to go on with' }
  // "loop not allowed with end frame / both keyframes / reverse extend / interpolation".
  if (loop && closing.length > 0) return { param: 'loop', message: 'Luma makes no loop with a last frame' }
  const hasPicture = inputs.some(({ media }) => media === 'image')
  return prompt.trim() === '' && !hasPicture ? { param: 'prompt', message: 'Luma needs a prompt unless there is a picture' } : undefined
}

function picturesUnfit(request: GenerationRequest): Unfit | undefined {
  const { inputs } = request
  if (inputs.some(({ media }) => media !== 'image')) return { param: 'inputs', message: 'Photon takes pictures only' }
  const kinds = kindsOf(request)
  if (kinds === undefined) return { param: 'vendor.references', message: 'Each picture needs its kind: image, style, character or modify' }
  for (const kind of Object.keys(MAX_REFERENCES) as Kind[]) {
    if (kinds.filter((reference) => reference.kind === kind).length > MAX_REFERENCES[kind]) return { param: 'inputs', message: `Photon takes at most ${MAX_REFERENCES[kind]} ${kind} reference(s)` }
  }
  return undefined
}

/** The body for a route. Throws `UpstreamError` (refused) for material that has no public address. */
export function lumaBody(route: Route, job: Job): Record<string, unknown> {
  const { request, callbackUrl } = job
  const prompt = translateReferences(request.prompt, job.inputs, plainReference)
  const common = { ...(prompt.trim() !== '' && { prompt }), ...(callbackUrl !== undefined && { callback_url: callbackUrl }) }
  switch (route) {
    case 'video':
      return { generation_type: 'video', ...common, ...videoFields(job) }
    case 'modify':
      // The mode is required; this one is in the middle of the vendor's nine.
      return { generation_type: 'modify_video', model: job.upstreamModel, mode: request.vendor?.['mode'] ?? 'flex_1', ...common, ...sourceFields(job) }
    case 'reframe_video':
      return { generation_type: 'reframe_video', model: job.upstreamModel, ...common, ...sourceFields(job), ...reframeFields(request) }
    case 'upscale':
      return { generation_type: 'upscale_video', ...(callbackUrl !== undefined && { callback_url: callbackUrl }), ...(request.resolution !== undefined && { resolution: request.resolution }) }
    case 'audio':
      return { generation_type: 'add_audio', ...common, ...(request.negativePrompt !== undefined && { negative_prompt: request.negativePrompt }) }
    case 'image':
      return { generation_type: 'image', model: job.upstreamModel, ...common, ...ratioOf(request), ...formatOf(request), ...pictureFields(job) }
    case 'reframe_image':
      return { generation_type: 'reframe_image', model: job.upstreamModel, ...common, ...formatOf(request), ...sourceFields(job), ...reframeFields(request) }
  }
}

function videoFields({ request, upstreamModel, inputs, parent }: Job): Record<string, unknown> {
  const continued = inputs.some(({ media }) => media === 'video')
  const frame = (input: JobInput | undefined) => input && (input.media === 'video' ? { type: 'generation', id: generation.parse(parent?.handle).id } : { type: 'image', url: publicUrl(input) })
  const frame0 = frame(inputs.find(({ role }) => role === 'first_frame' || role === 'source'))
  const frame1 = frame(inputs.find(({ role }) => role === 'last_frame'))
  const concepts = request.vendor?.['concepts']
  return {
    model: upstreamModel,
    // A video that is gone on with has its ratio already.
    ...(continued ? {} : ratioOf(request)),
    ...(typeof request.durationSeconds === 'number' && { duration: `${secondsOf(request.durationSeconds)}s` }),
    ...(request.resolution !== undefined && { resolution: request.resolution }),
    ...(request.loop !== undefined && { loop: request.loop }),
    ...((frame0 ?? frame1) && { keyframes: { ...(frame0 && { frame0 }), ...(frame1 && { frame1 }) } }),
    ...(Array.isArray(concepts) && { concepts: concepts.map((key: unknown) => ({ key })) }),
  }
}

/** A handle of ours; `lumaUnfit` has seen that there is one. */
const generation = z.object({ id: z.string() })

/** The length for what was asked: the next longer one, for `luma` is sold under that name for 5 to 10 seconds. */
function secondsOf(asked: number): number | undefined {
  return SECONDS.find((seconds) => seconds >= asked)
}

function ratioOf({ aspectRatio }: GenerationRequest): { aspect_ratio?: string } {
  return aspectRatio === undefined ? {} : { aspect_ratio: aspectRatio }
}

function formatOf({ outputFormat }: GenerationRequest): { format?: string } {
  return outputFormat === undefined ? {} : { format: outputFormat === 'jpeg' ? 'jpg' : outputFormat }
}

function sourceFields({ inputs }: Job): Record<string, unknown> {
  const first = inputs.find(({ role }) => role === 'first_frame')
  // A picture to reframe may have come as a reference.
  const source = inputs.find(({ role }) => role === 'source') ?? inputs[0]
  return { ...(source && { media: { url: publicUrl(source) } }), ...(first && first !== source && { first_frame: { url: publicUrl(first) } }) }
}

const GEOMETRY = ['grid_position_x', 'grid_position_y', 'x_start', 'x_end', 'y_start', 'y_end', 'resized_width', 'resized_height']

function reframeFields(request: GenerationRequest): Record<string, unknown> {
  return { ...ratioOf(request), ...Object.fromEntries(GEOMETRY.flatMap((name) => (request.vendor?.[name] === undefined ? [] : [[name, request.vendor[name]]]))) }
}

type Kind = keyof typeof MAX_REFERENCES

interface Reference {
  kind: Kind
  weight?: number
  identity?: string
}

/** What each picture is for, in their order: as the request says, else by its role. Undefined when it says nonsense. */
function kindsOf({ inputs, vendor }: GenerationRequest): Reference[] | undefined {
  const given = vendor?.['references']
  if (given === undefined) return inputs.map(({ role }) => ({ kind: role === 'source' ? 'modify' : 'image' }))
  if (!Array.isArray(given) || given.length !== inputs.length) return undefined
  const kinds = given.map((item: unknown) => (typeof item === 'object' && item !== null ? (item as Partial<Record<keyof Reference, unknown>>) : {}))
  if (kinds.some(({ kind }) => typeof kind !== 'string' || !Object.hasOwn(MAX_REFERENCES, kind))) return undefined
  return kinds.map(({ kind, weight, identity }) => ({ kind: kind as Kind, ...(typeof weight === 'number' && { weight }), ...(typeof identity === 'string' && { identity }) }))
}

function pictureFields({ request, inputs }: Job): Record<string, unknown> {
  const kinds = kindsOf(request) ?? []
  const pictures = inputs.flatMap((input, index) => (kinds[index] === undefined ? [] : [{ ...kinds[index], url: publicUrl(input) }]))
  const of = (kind: Kind) => pictures.filter((picture) => picture.kind === kind)
  const weighted = ({ url, weight }: { url: string; weight?: number }) => ({ url, ...(weight !== undefined && { weight }) })
  const characters = Object.groupBy(of('character'), ({ identity = 'identity0' }) => identity)
  const [modified] = of('modify')
  return {
    ...(of('image').length > 0 && { image_ref: of('image').map(weighted) }),
    ...(of('style').length > 0 && { style_ref: of('style').map(weighted) }),
    ...(of('character').length > 0 && { character_ref: Object.fromEntries(Object.entries(characters).map(([identity, images = []]) => [identity, { images: images.map(({ url }) => url) }])) }),
    ...(modified && { modify_image_ref: weighted(modified) }),
  }
}

/** "Media only by https URL": no bytes, no upload. */
function publicUrl({ url }: JobInput): string {
  if (url?.startsWith('https://')) return url
  throw refusedFor(wrong('inputs', 'Luma fetches materials itself: give each as a public https address, not as a file'))
}
