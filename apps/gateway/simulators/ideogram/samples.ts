import type { GenerationRequest } from '../../src/core/generation-request.ts'
import { imageSample } from '../sample.ts'
import type { Refusal, Sample, SampleInput } from '../simulator.ts'

/** Eight pixels a side: of one colour, and white on the left half. */
const PICTURE = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAACXBIWXMAAAPoAAAD6AG1e1JrAAAAEUlEQVQI12M4ESWHFTEMLQkAbRlQAbPskh4AAAAASUVORK5CYII=', 'base64')
const HALVES = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAACXBIWXMAAAPoAAAD6AG1e1JrAAAAEUlEQVQI12P4jwQYkMHQkgAAm1FfoexGsVwAAAAASUVORK5CYII=', 'base64')

const SOURCE: SampleInput = { media: 'image', role: 'source', mediaType: 'image/png', bytes: PICTURE }
const REFERENCE: SampleInput = { ...SOURCE, role: 'reference' }
const MASK: SampleInput = { media: 'image', role: 'mask', mediaType: 'image/png', bytes: HALVES }

/** One job of each kind on each generation that has it, and those at a limit. */
export function ideogramSamples(): Sample[] {
  return [
    sample('V_3', { size: '512x1536', quality: 'turbo', style: 'REALISTIC', negativePrompt: 'rain', enhancePrompt: true, seed: 0, count: 8, vendor: { color_palette: { name: 'EMBER' }, enable_copyright_detection: true } }),
    sample('V_3', { size: '1024x1024', quality: 'default', vendor: { references: [{ kind: 'style' }, { kind: 'style' }, { kind: 'character' }] }, operation: 'image_edit' }, [REFERENCE, REFERENCE, REFERENCE]),
    sample('V_3', { size: '1536x640', operation: 'remix', vendor: { image_weight: 100, style_codes: ['a1b2c3d4', '00ff00ff'] } }, [SOURCE]),
    sample('V_3', { size: '1024x1024', operation: 'image_edit', quality: 'flash', vendor: { mask_changes: 'black', references: [{ kind: 'source' }, { kind: 'mask' }, { kind: 'style' }] } }, [SOURCE, MASK, REFERENCE]),
    sample('V_3', { size: '1280x800', operation: 'reframe', prompt: '', vendor: { color_palette: { members: [{ color_hex: '#2A6F97', color_weight: 0.5 }] } } }, [SOURCE]),
    sample('V_3', { size: '1024x1024', operation: 'replace_background', style: 'AUTO', vendor: { style_preset: 'WATERCOLOR' } }, [SOURCE]),
    sample('V_3', { size: '1024x1024', operation: 'upscale', prompt: '', vendor: { resemblance: 1, detail: 100 } }, [SOURCE]),
    sample('V_3', { size: '1024x1024', operation: 'describe', kind: 'text', prompt: '' }, [SOURCE]),
    sample('V_2', { size: '1280x720', style: 'RENDER_3D', negativePrompt: 'rain', enhancePrompt: false, seed: 2_147_483_647, vendor: { magic_prompt_version: 'V_0_2' } }),
    sample('V_2_TURBO', { size: '1024x1024', operation: 'image_edit', count: 2 }, [SOURCE, MASK]),
    sample('V_2', { size: '768x1232', operation: 'remix', vendor: { image_weight: 1, color_palette: { name: 'MELON' } } }, [SOURCE]),
    sample('V_2', { size: '1024x640', operation: 'reframe', prompt: '' }, [SOURCE]),
    sample('V_2', { size: '1024x1024', operation: 'upscale' }, [SOURCE]),
    sample('V_2_TURBO', { size: '1024x1024', operation: 'describe', kind: 'text', prompt: '' }, [SOURCE]),
    sample('V_2A', { size: '1312x736', style: 'ANIME' }),
    sample('V_2A_TURBO', { size: '512x1536', operation: 'remix' }, [SOURCE]),
    sample('V_1', { size: '832x1248', negativePrompt: 'rain' }),
    sample('V_1_TURBO', { size: '896x1120' }),
  ]
}

export function ideogramRefusals(): Refusal[] {
  return [
    { about: 'nine pictures', sample: sample('V_3', { count: 9 }), param: 'count' },
    { about: 'a size of the second generation', sample: sample('V_3', { size: '1280x720' }), param: 'size' },
    { about: 'a size that has no ratio', sample: sample('V_1', { size: '1280x720' }), param: 'size' },
    { about: 'another format', sample: sample('V_3', { outputFormat: 'webp' }), param: 'outputFormat' },
    { about: 'an edit without a mask', sample: sample('V_3', { operation: 'image_edit' }, [SOURCE]), param: 'inputs' },
    { about: 'an edit of the first generation', sample: sample('V_1', { operation: 'image_edit' }, [SOURCE, MASK]), param: 'inputs' },
    { about: 'a new background of the second generation', sample: sample('V_2', { operation: 'replace_background' }, [SOURCE]), param: 'operation' },
    { about: 'a reference of no kind', sample: sample('V_3', { operation: 'image_edit' }, [REFERENCE]), param: 'inputs' },
    { about: 'two characters', sample: sample('V_3', { operation: 'image_edit', vendor: { references: [{ kind: 'character' }, { kind: 'character' }] } }, [REFERENCE, REFERENCE]), param: 'inputs' },
    { about: 'words for a reframing', sample: sample('V_3', { operation: 'reframe', size: '1024x1024' }, [SOURCE]), param: 'prompt' },
    { about: 'a negative prompt of 2a', sample: sample('V_2A', { negativePrompt: 'rain' }), param: 'negativePrompt' },
    { about: 'a weight of 101', sample: sample('V_3', { operation: 'remix', vendor: { image_weight: 101 } }, [SOURCE]), param: 'vendor.image_weight' },
    { about: 'style codes beside a style', sample: sample('V_3', { style: 'REALISTIC', vendor: { style_codes: ['a1b2c3d4'] } }), param: 'style' },
    { about: 'a style that only the vendor knows to be none', sample: sample('V_3', { style: 'RENDER_3D' }) },
    { about: 'a GIF', sample: sample('V_3', { operation: 'remix' }, [{ ...SOURCE, mediaType: 'image/gif' }]), param: 'inputs' },
  ]
}

function sample(upstreamModel: string, fields: Partial<GenerationRequest>, inputs: SampleInput[] = []): Sample {
  return { ...imageSample(upstreamModel, fields, inputs), immediate: true }
}
