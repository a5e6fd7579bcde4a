import type { GenerationRequest } from '../../core/generation-request.ts'
import type { ImageSpec, PanDirection, PictureWork } from './render-spec.ts'

/** What a request for a picture asks to be drawn, apart from its pixels: what becomes of the source, and whether as four. */
export function pictureTask(request: GenerationRequest): Pick<ImageSpec, 'work' | 'quadrant' | 'isGrid' | 'followsSource'> {
  const index = request.vendor?.['index']
  const work = workOf(request)
  return {
    isGrid: GRID_MODELS.has(request.model),
    followsSource: followsSource(request),
    ...(work && { work }),
    ...(typeof index === 'number' && { quadrant: index }),
  }
}

/** Midjourney's jobs give four pictures in one; only what makes one picture larger, or swaps a face, gives one. */
const GRID_MODELS: ReadonlySet<string> = new Set([
  'mj_imagine', 'mj_variation', 'mj_reroll', 'mj_blend', 'mj_zoom', 'mj_pan', 'mj_modal', 'mj_edits', 'mj_retexture',
])

function followsSource({ operation, size, aspectRatio }: GenerationRequest): boolean {
  if (operation === 'text_to_image') return false
  if (operation === 'upscale' || operation === 'replace_background') return true
  return size === undefined && (aspectRatio === undefined || aspectRatio === 'adaptive')
}

const ENLARGED = 2

/** `index`, `zoom`, `pan`, `strength` and `upscale` are what catalog/midjourney.ts lets through. */
function workOf({ operation, model, vendor = {} }: GenerationRequest): PictureWork | undefined {
  switch (operation) {
    case 'upscale':
      return vendor['index'] !== undefined && vendor['upscale'] === undefined ? { kind: 'crop' } : { kind: 'upscale', factor: ENLARGED }
    case 'variation':
      return { kind: 'vary', strength: vendor['strength'] === 'subtle' ? 'subtle' : 'strong' }
    case 'reframe':
      if (isDirection(vendor['pan'])) return { kind: 'pan', direction: vendor['pan'] }
      if (typeof vendor['zoom'] === 'number') return { kind: 'zoom_out', factor: vendor['zoom'] }
      return { kind: 'reframe' }
    case 'replace_background':
      return { kind: 'replace_background' }
    case 'blend':
      return { kind: 'blend' }
    case 'image_edit':
      return model === 'swap_face' ? { kind: 'swap_face' } : undefined
    default:
      return undefined
  }
}

function isDirection(value: unknown): value is PanDirection {
  return value === 'left' || value === 'right' || value === 'up' || value === 'down'
}
