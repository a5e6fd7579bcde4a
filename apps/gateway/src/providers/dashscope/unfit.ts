import type { GenerationRequest, InputRole, Operation } from '../../core/generation-request.ts'
import { parseSize } from '../../core/model.ts'
import type { Unfit, Work } from '../provider.ts'
import { wrongOperation } from '../unfit.ts'
import { familyOf, SIZES, type Family } from './families.ts'

/** What a request asks that its family cannot do. */
export function unfit({ request, upstreamModel }: Work): Unfit | undefined {
  const family = familyOf(upstreamModel)
  if (!family) return { param: 'model', message: `How ${upstreamModel} is asked for is not known here` }
  if (!family.operations.includes(request.operation)) return wrongOperation(upstreamModel, request.operation, family.operations)
  return unfitInputs(request, family) ?? unfitCombination(request, upstreamModel) ?? unfitFrame(request, { family, upstreamModel }) ?? unfitLength(request, { family, upstreamModel }) ?? unfitWords(request, { family, upstreamModel })
}

/** What each operation cannot do without. */
const NEEDED: Partial<Record<Operation, readonly InputRole[]>> = {
  image_to_video: ['first_frame'],
  first_last_frame: ['first_frame', 'last_frame'],
  reference_to_video: ['reference'],
  video_to_video: ['source'],
  extend: ['source'],
}
const MATERIAL_FREE: readonly Operation[] = ['text_to_video', 'text_to_image']

function unfitInputs({ operation, inputs }: GenerationRequest, { slots = [], maxReferences = Infinity }: Family): Unfit | undefined {
  const taken = slots.map(({ max, media, role }) => `${max} ${media} as ${role}`).join(', ')
  const wrong = (what: string): Unfit => ({ param: 'inputs', message: `This model takes ${taken === '' ? 'no materials' : `up to ${taken}`}: ${what}` })
  for (const { media, role } of inputs) {
    const slot = slots.find((each) => each.media === media && each.role === role)
    if (!slot) return wrong(`no ${media} as ${role}`)
    if (inputs.filter((each) => each.media === media && each.role === role).length > slot.max) return wrong(`not more ${media}s as ${role}`)
  }
  if (inputs.filter(({ role }) => role === 'reference' || role === 'source').length > maxReferences) return wrong(`${maxReferences} together`)
  const visual = inputs.filter(({ media }) => media !== 'audio')
  if (MATERIAL_FREE.includes(operation) && visual.length > 0) return wrong(`nothing to look at for ${operation}`)
  const missing = NEEDED[operation]?.find((role) => !visual.some((input) => input.role === role && (role !== 'source' || input.media === 'video')))
  if (missing) return wrong(`${operation} needs one as ${missing}`)
  if (operation === 'image_edit' && visual.every(({ role }) => role === 'mask')) return wrong('image_edit needs a picture')
  return undefined
}

/** What may not come together, though each may come. */
function unfitCombination({ operation, inputs, vendor = {}, enhancePrompt, count, resolution }: GenerationRequest, upstreamModel: string): Unfit | undefined {
  const has = (role: InputRole, media?: string) => inputs.some((input) => input.role === role && (media === undefined || input.media === media))
  const wrong = (message: string): Unfit => ({ param: 'inputs', message })
  if (upstreamModel.startsWith('wan2.7-i2v')) {
    // "combos: first; first+last; first+audio; clip (optionally + last_frame)".
    if (has('source', 'video') && (has('first_frame') || has('source', 'audio'))) return wrong(`${upstreamModel} goes on with a clip, and takes only a last frame beside it`)
    if (has('last_frame') && has('source', 'audio')) return wrong(`${upstreamModel} takes a sound only with a first frame alone`)
  }
  if (upstreamModel.startsWith('wan3.') && has('reference') && (has('first_frame') || has('last_frame'))) return wrong(`${upstreamModel} takes either frames or references, not both`)
  if (upstreamModel.startsWith('wan2.2-s2v') && !has('source', 'audio')) return wrong(`${upstreamModel} needs a sound, as source`)
  if (upstreamModel.startsWith('wan2.2-animate') && !has('reference')) return wrong(`${upstreamModel} needs a picture, as reference`)
  if (upstreamModel.startsWith('wanx2.1-imageedit') && !has('source')) return wrong(`${upstreamModel} needs a picture, as source`)
  if (upstreamModel.startsWith('wanx2.1-vace') && operation === 'reference_to_video' && has('source')) return wrong(`${upstreamModel} takes either references or a video`)
  if (vendor['shot_type'] === 'multi' && enhancePrompt === false) return { param: 'vendor.shot_type', message: 'Several shots need enhancePrompt' }
  if (upstreamModel.startsWith('wan2.7-image') && count > 4 && vendor['enable_sequential'] !== true) return { param: 'count', message: `${upstreamModel} makes up to 4 pictures, or 12 with enable_sequential` }
  if (resolution?.toUpperCase() === '4K' && (!upstreamModel.startsWith('wan2.7-image-pro') || operation !== 'text_to_image')) return { param: 'resolution', message: '4K is drawn from text by wan2.7-image-pro only' }
  return undefined
}

interface Known {
  family: Family
  upstreamModel: string
}

function unfitFrame({ resolution, aspectRatio, size }: GenerationRequest, { family, upstreamModel }: Known): Unfit | undefined {
  const { frame, resolutions, ratios } = family
  if (frame === 'pixels') return size === undefined || parseSize(size) ? undefined : { param: 'size', message: `${upstreamModel} takes WIDTHxHEIGHT` }
  if (resolution !== undefined && resolutions?.includes(resolution.toLowerCase()) === false) return { param: 'resolution', message: `${upstreamModel} takes ${resolutions.join(', ')}` }
  if (frame === 'size') {
    const known = Object.entries(SIZES).flatMap(([word, sizes]) => (resolutions?.includes(word) ? Object.entries(sizes) : [])).filter(([ratio]) => ratios?.includes(ratio)).map(([, text]) => text.replace('*', 'x'))
    if (size !== undefined) return known.includes(size) ? undefined : { param: 'size', message: `${upstreamModel} takes ${known.join(', ')}` }
    if (resolution === undefined && aspectRatio === undefined) return undefined
    return SIZES[resolution?.toLowerCase() ?? '']?.[aspectRatio ?? '16:9'] ? undefined : { param: 'aspectRatio', message: `${upstreamModel} takes a resolution and one of ${ratios?.join(', ') ?? 'no ratios'}` }
  }
  if (size !== undefined && resolution === undefined && aspectRatio === undefined) return { param: 'size', message: `${upstreamModel} takes ${frame === 'none' ? 'no size: the material decides' : 'a resolution, not a size in pixels'}` }
  const taken = frame === 'tier_and_ratio' ? (ratios ?? []) : ['adaptive']
  if (aspectRatio !== undefined && !taken.includes(aspectRatio)) return { param: 'aspectRatio', message: frame === 'tier_and_ratio' ? `${upstreamModel} takes ${taken.join(', ')}` : 'The material decides the aspect ratio' }
  return undefined
}

function unfitLength({ durationSeconds, count, kind }: GenerationRequest, { family, upstreamModel }: Known): Unfit | undefined {
  const maxCount = family.maxCount ?? 1
  if (count > maxCount) return { param: 'count', message: `${upstreamModel} makes up to ${maxCount}` }
  if (kind === 'image' || durationSeconds === undefined) return undefined
  const { seconds, autoSeconds } = family
  if (durationSeconds === 'auto') return seconds === undefined || autoSeconds !== undefined ? undefined : { param: 'durationSeconds', message: `${upstreamModel} takes ${secondsText(seconds)} seconds` }
  if (seconds === undefined) return { param: 'durationSeconds', message: `What ${upstreamModel} makes is as long as its material` }
  return seconds.includes(durationSeconds) ? undefined : { param: 'durationSeconds', message: `${upstreamModel} takes ${secondsText(seconds)} seconds` }
}

function secondsText(seconds: readonly number[]): string {
  return seconds.length > 2 ? `${seconds[0]} to ${seconds.at(-1)}` : seconds.join(' or ')
}

function unfitWords({ prompt, negativePrompt, enhancePrompt, audio, seed, quality, vendor = {}, inputs, operation }: GenerationRequest, { family, upstreamModel }: Known): Unfit | undefined {
  if (family.wordless && prompt.trim() !== '') return { param: 'prompt', message: `${upstreamModel} takes no words` }
  if (negativePrompt !== undefined && !family.negativePrompt) return { param: 'negativePrompt', message: `${upstreamModel} has no negative prompt` }
  if (enhancePrompt === true && !family.promptExtend) return { param: 'enhancePrompt', message: `${upstreamModel} does not rewrite prompts` }
  if (audio === true && family.audio === undefined) return { param: 'audio', message: `${upstreamModel} makes no sound` }
  if (audio === false && family.audio === 'always') return { param: 'audio', message: `${upstreamModel} always makes sound` }
  if (seed !== undefined && seed < (upstreamModel.startsWith('wan3.') ? -1 : 0)) return { param: 'seed', message: `${upstreamModel} takes seeds from 0` }
  if (quality !== undefined && !upstreamModel.startsWith('wan2.2-animate')) return { param: 'quality', message: `${upstreamModel} has no quality` }
  const name = vendor['function']
  if (name === undefined || family.vendor?.['function'] === undefined) return undefined
  const functions = functionsOf(upstreamModel, { operation, masked: inputs.some(({ role }) => role === 'mask') })
  return functions.includes(String(name)) ? undefined : { param: 'vendor.function', message: `${upstreamModel} can do ${functions.join(', ')} with this` }
}

/** Of the models that have several, those that fit the materials; the first is meant where none is named. */
export function functionsOf(upstreamModel: string, { operation, masked }: { operation: Operation; masked: boolean }): readonly string[] {
  if (upstreamModel.startsWith('wanx2.1-imageedit')) return masked ? ['description_edit_with_mask'] : ['description_edit', 'stylization_all', 'stylization_local', 'remove_watermark', 'expand', 'super_resolution', 'colorization', 'doodle', 'control_cartoon_feature']
  return operation === 'reference_to_video' ? ['image_reference'] : ['video_repainting', 'video_edit']
}
