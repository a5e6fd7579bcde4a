import type { GenerationRequest, InputRole } from '../../core/generation-request.ts'
import { present } from '../../core/present.ts'
import type { Job, JobInput } from '../provider.ts'
import { plainReference, translateReferences } from '../references.ts'
import { refusedFor, wrong } from '../unfit.ts'
import type { KlingModel, ToolWay, Way } from './models.ts'
import { inTurn, fileText, videoUrl } from './material.ts'
import { isTool, toolFields } from './tools.ts'
import { extendedVideoId, isAsLongAsSource, isTaken } from './unfit.ts'

/** What both generations are told beside the work itself. */
interface Asked {
  model: KlingModel
  way: Way
  /** Ours, by which the task can be looked up. */
  externalId: string
}

/**
 * The body on the classic wire: durations are text, switches are `on` and `off`, and pictures are addresses or base64
 * "without any data: prefix".
 */
export async function classicBody(job: Job, asked: Asked): Promise<Record<string, unknown>> {
  const { request, upstreamModel, callbackUrl } = job
  const { way } = asked
  if (isTool(way)) return present({ ...(await toolFields(job, way)), watermark_info: request.vendor?.['watermark_info'], callback_url: callbackUrl, external_task_id: asked.externalId })
  return present({
    ...(way !== 'extend' && { model_name: upstreamModel }),
    prompt: promptOf(job, asked) || undefined,
    ...(await classicMaterials(job, way)),
    ...classicChoices(request, asked),
    ...vendorOf(request, asked),
    callback_url: callbackUrl,
    external_task_id: asked.externalId,
  })
}

/** "std (720p), pro (1080p), 4k". */
const MODES: Record<string, string> = { '720p': 'std', '1080p': 'pro', '4k': '4k' }

function classicChoices(request: GenerationRequest, { model, way }: Asked): Record<string, unknown> {
  const { negativePrompt, resolution, aspectRatio, count, audio, durationSeconds, inputs } = request
  if (way === 'extend') return { negative_prompt: negativePrompt }
  const ratio = aspectRatio === 'adaptive' ? undefined : aspectRatio
  if (request.kind === 'image') return { negative_prompt: negativePrompt, resolution, n: count, aspect_ratio: ratio }
  return {
    negative_prompt: negativePrompt,
    mode: resolution === undefined || model.modeless ? undefined : MODES[resolution],
    aspect_ratio: ratio,
    duration: durationSeconds === undefined || isAsLongAsSource(inputs, way) ? undefined : String(durationSeconds),
    sound: model.sound === 'never' || way === 'motion' || audio === undefined ? undefined : audio ? 'on' : 'off',
    // It is required, and only this one goes with videos of more than ten seconds.
    ...(way === 'motion' && { character_orientation: 'video' }),
  }
}

async function classicMaterials({ request, inputs, parent }: Job, way: Exclude<Way, ToolWay>): Promise<Record<string, unknown>> {
  const withRole = (role: InputRole) => inputs.find((input) => input.role === role)
  switch (way) {
    case 'text':
      return {}
    case 'extend':
      return { video_id: extendedVideoId(parent) }
    case 'frames':
      return { image: await fileText(withRole('first_frame')), image_tail: await fileText(withRole('last_frame')) }
    case 'image':
      return { image: await fileText(inputs[0]) }
    case 'pictures':
      return { image_list: await inTurn(inputs, async (input) => ({ image: await fileText(input) })) }
    case 'omniImage':
      return inputs.length === 0 ? {} : { image_list: await inTurn(inputs, async (input) => ({ image: await fileText(input) })) }
    case 'motion':
      return { image_url: await fileText(inputs.find(({ media }) => media === 'image')), video_url: videoUrl(inputs.find(({ media }) => media === 'video')) }
    case 'omni': {
      const images = await inTurn(ordered(inputs, 'image'), async (input) => present({ image_url: await fileText(input), type: FRAME_TYPES[input.role] }))
      const videos = ordered(inputs, 'video').map((input) => present({
        video_url: videoUrl(input), refer_type: input.role === 'source' ? 'base' : 'feature', keep_original_sound: request.vendor?.['keep_original_sound'],
      }))
      return { image_list: images.length === 0 ? undefined : images, video_list: videos.length === 0 ? undefined : videos }
    }
  }
}

const FRAME_TYPES: Partial<Record<InputRole, string>> = { first_frame: 'first_frame', last_frame: 'end_frame' }

/** Of the extras, those that stand at the top of the body. */
function vendorOf({ vendor = {} }: GenerationRequest, { model, way }: Asked): Record<string, unknown> {
  return Object.fromEntries(Object.entries(vendor).filter(([name]) => isTaken(name, model, way) && !(way === 'omni' && name === 'keep_original_sound')))
}

/**
 * The body on the versioned wire: numbers are numbers, and materials are a list with a type each. That bytes may be sent
 * as base64 is known of the classic wire only.
 */
export async function versionedBody(job: Job, asked: Asked): Promise<Record<string, unknown>> {
  const { request, callbackUrl } = job
  const { way } = asked
  const prompt = promptOf(job, asked)
  const contents = way === 'text' ? [] : [...(prompt === '' ? [] : [{ type: 'prompt', text: prompt }]), ...(await versionedMaterials(job, asked))]
  return {
    ...(way === 'text' ? { prompt } : { contents }),
    settings: versionedSettings(request, asked),
    options: present({ callback_url: callbackUrl, external_task_id: asked.externalId, watermark_info: request.vendor?.['watermark_info'] }),
  }
}

function versionedSettings({ resolution, aspectRatio, durationSeconds, audio, inputs, vendor = {} }: GenerationRequest, { model, way }: Asked): Record<string, unknown> {
  const sound = vendor['keep_original_sound']
  return present({
    resolution,
    aspect_ratio: aspectRatio === 'adaptive' ? undefined : aspectRatio,
    duration: isAsLongAsSource(inputs, way) ? undefined : durationSeconds,
    audio: sound === undefined ? (model.sound !== 'optional' || way === 'motion' || audio === undefined ? undefined : audio ? 'native' : 'off') : sound === 'yes' ? 'original' : 'off',
    multi_shot: vendor['multi_shot'],
    character_orientation: way === 'motion' ? (vendor['character_orientation'] ?? 'video') : undefined,
  })
}

async function versionedMaterials({ request, inputs }: Job, { model, way }: Asked): Promise<unknown[]> {
  const materials = [...ordered(inputs, 'image'), ...ordered(inputs, 'video')]
  const items = await inTurn(materials, async (input) => present({
    type: way === 'motion' ? input.media : VERSIONED_TYPES[input.media === 'video' && input.role === 'reference' ? 'feature' : input.role],
    url: input.media === 'video' ? videoUrl(input) : await fileText(input),
    id: isNamed(input, model) ? nameOf(input, inputs) : undefined,
  }))
  return [...items, ...elementsOf(request.vendor?.['element_list'])]
}

const VERSIONED_TYPES: Record<InputRole | 'feature', string> = {
  first_frame: 'first_frame', last_frame: 'last_frame', reference: 'refer_image', mask: 'refer_image', source: 'base_video', feature: 'feature_video',
}

/** `[{ element_id }]` as the classic wire has it; here each needs a name as well. */
function elementsOf(list: unknown): unknown[] {
  if (!Array.isArray(list)) return []
  return list.map((each: unknown, index) => {
    if (typeof each !== 'object' || each === null || !('element_id' in each)) throw refusedFor(wrong('vendor.element_list', 'element_list must be a list of { element_id }'))
    return { type: 'element', element_id: each.element_id, id: `Element${index + 1}` }
  })
}

/** Each endpoint has its own way to speak of materials, or none. */
function promptOf({ request, inputs }: Job, { model, way }: Asked): string {
  return translateReferences(request.prompt, inputs, (reference) => {
    const { media, input } = reference
    if (model.wire === 'versioned') return isNamed(input, model) ? `@${nameOf(input, inputs)}` : plainReference(reference)
    // "1-based position in image_list / video_list".
    const place = way === 'omni' ? ordered(inputs, media).indexOf(input) + 1 : reference.number
    return way === 'omni' || way === 'omniImage' ? `<<<${media}_${place}>>>` : plainReference(reference)
  })
}

/** "elements on 3.0-omni", where `refer_image` has an `id` too; of 4.0 every input. */
function isNamed({ role, media }: JobInput, { named }: KlingModel): boolean {
  return named === 'all' || (named === 'references' && media === 'image' && role === 'reference')
}

/** `Image2`, as the caller counts. */
function nameOf(input: JobInput, inputs: readonly JobInput[]): string {
  const { media } = input
  const number = inputs.filter((other) => other.media === media).indexOf(input) + 1
  return `${media === 'image' ? 'Image' : 'Video'}${number}`
}

/** References before frames: whether these have a place among those is not documented, and so it does not matter. */
function ordered(inputs: readonly JobInput[], media: JobInput['media']): JobInput[] {
  const place = ({ role }: JobInput) => (role === 'first_frame' ? 1 : role === 'last_frame' ? 2 : 0)
  return inputs.filter((input) => input.media === media).toSorted((one, other) => place(one) - place(other))
}
