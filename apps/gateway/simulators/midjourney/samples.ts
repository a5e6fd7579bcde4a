import type { GenerationRequest } from '../../src/core/generation-request.ts'
import { imageSample } from '../sample.ts'
import type { Refusal, Sample, SampleInput } from '../simulator.ts'

/** A PNG of one grey pixel. */
const PIXEL = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==', 'base64')
const SOURCE: SampleInput = { media: 'image', role: 'source', mediaType: 'image/png', bytes: PIXEL }
const REFERENCE: SampleInput = { ...SOURCE, role: 'reference' }
const MASK: SampleInput = { ...SOURCE, role: 'mask' }
const FIRST: SampleInput = { ...SOURCE, role: 'first_frame' }
const LAST: SampleInput = { ...SOURCE, role: 'last_frame' }
const CLIP: SampleInput = { media: 'video', role: 'source', mediaType: 'video/mp4', url: 'https://example.com/clip.mp4' }

const GRID = { size: '2048x2048', seed: 7 }
const EVERY_PARAMETER = {
  version: '7', quality: 0.5, stylize: 1000, chaos: 0, weird: 3000, stop: 10, style: 'raw', tile: true, style_reference: 'https://example.com/s.png', style_weight: 0, style_version: 6,
  character_reference: 'https://example.com/c.png', character_weight: 100, omni_reference: 'https://example.com/o.png', omni_weight: 1, profile: 'abc', experimental: 5, draft: true, hd: false,
  visibility: 'stealth', image_weight: 3, bot_type: 'NIJI_JOURNEY', speed: 'turbo',
}

/** Places of those that others go on from. */
const IMAGINED = 0
const UPSCALED = 1
const CLIPS = 2

export function midjourneySamples(): Sample[] {
  return [
    sample('IMAGINE', GRID),
    sample('UPSCALE', { operation: 'upscale', vendor: { index: 1 } }, [SOURCE], IMAGINED),
    video({ count: 2, resolution: '480p' }, [FIRST]),
    sample('IMAGINE', { prompt: 'as @Image1 and @Image2', operation: 'image_edit', size: '2720x1536', aspectRatio: '16:9', seed: 2 ** 32 - 1, negativePrompt: 'rain, snow', vendor: EVERY_PARAMETER }, [REFERENCE, SOURCE]),
    sample('IMAGINE', { size: '1024x2048', vendor: { niji: '', speed: 'relax' } }),
    sample('UPSCALE', { operation: 'upscale', vendor: { upscale: 'subtle' } }, [SOURCE], UPSCALED),
    sample('VARIATION', { operation: 'variation', vendor: { index: 4 } }, [SOURCE], IMAGINED),
    sample('VARIATION', { operation: 'variation', prompt: 'A paper ship', seed: 3, vendor: { index: 2, chaos: 50 } }, [SOURCE], IMAGINED),
    sample('VARIATION', { operation: 'variation', vendor: { strength: 'strong', speed: 'fast' } }, [SOURCE], UPSCALED),
    sample('REROLL', { ...GRID, seed: 8 }, [], IMAGINED),
    sample('REROLL', { ...GRID, seed: 9 }),
    sample('ZOOM', { operation: 'reframe', vendor: { zoom: 1.5 } }, [SOURCE], UPSCALED),
    sample('PAN', { operation: 'reframe', vendor: { pan: 'left' } }, [SOURCE], UPSCALED),
    sample('MODAL', { operation: 'image_edit', prompt: 'a lighthouse', aspectRatio: 'adaptive' }, [SOURCE, MASK], UPSCALED),
    sample('MODAL', { operation: 'reframe', prompt: 'a harbour', aspectRatio: '16:9', vendor: { zoom: 1.8 } }, [SOURCE], UPSCALED),
    sample('BLEND', { operation: 'blend', prompt: '', size: '2496x1664', aspectRatio: '3:2' }, [SOURCE, SOURCE]),
    sample('DESCRIBE', { kind: 'text', operation: 'describe', prompt: '' }, [SOURCE]),
    sample('SHORTEN', { kind: 'text', operation: 'action' }),
    sample('EDITS', { operation: 'image_edit' }, [SOURCE, MASK]),
    sample('RETEXTURE', { operation: 'image_edit' }, [SOURCE]),
    sample('SWAP_FACE', { operation: 'image_edit', prompt: '' }, [SOURCE, REFERENCE]),
    video({ operation: 'first_last_frame', prompt: '', count: 1, resolution: '480p', loop: true }, [FIRST, LAST]),
    video({ operation: 'extend', count: 1, resolution: '480p', durationSeconds: 9, vendor: { index: 2, motion: 'high' } }, [CLIP, FIRST], CLIPS),
  ]
}

export function midjourneyRefusals(): Refusal[] {
  return [
    { about: 'no words', sample: sample('IMAGINE', { ...GRID, prompt: '', operation: 'image_edit' }, [REFERENCE]), param: 'prompt' },
    { about: 'a repetition', sample: sample('IMAGINE', { ...GRID, prompt: 'a boat --repeat 4' }), param: 'prompt' },
    { about: 'a reference that is not there', sample: sample('IMAGINE', { ...GRID, prompt: 'as @Image2', operation: 'image_edit' }, [REFERENCE]), param: 'prompt' },
    { about: 'a speed that is none', sample: sample('IMAGINE', { ...GRID, vendor: { speed: 'warp' } }), param: 'vendor.speed' },
    { about: 'two grids', sample: sample('IMAGINE', { ...GRID, count: 2 }), param: 'count' },
    { about: 'a blend of one', sample: sample('BLEND', { operation: 'blend', prompt: '' }, [SOURCE]), param: 'inputs' },
    { about: 'a blend of six', sample: sample('BLEND', { operation: 'blend', prompt: '' }, [SOURCE, SOURCE, SOURCE, SOURCE, SOURCE, SOURCE]), param: 'inputs' },
    { about: 'a blend in words', sample: sample('BLEND', { operation: 'blend', prompt: 'a boat' }, [SOURCE, SOURCE]), param: 'prompt' },
    { about: 'a blend of 16:9', sample: sample('BLEND', { operation: 'blend', prompt: '', aspectRatio: '16:9' }, [SOURCE, SOURCE]), param: 'aspectRatio' },
    { about: 'an upscale of nothing that was made here', sample: sample('UPSCALE', { operation: 'upscale', vendor: { index: 1 } }, [SOURCE]), param: 'inputs' },
    { about: 'the fifth of four', sample: sample('UPSCALE', { operation: 'upscale', vendor: { index: 5 } }, [SOURCE], IMAGINED), param: 'vendor.index' },
    { about: 'a button of a single picture on a grid', sample: sample('PAN', { operation: 'reframe', vendor: { pan: 'left' } }, [SOURCE], IMAGINED), param: 'inputs' },
    { about: 'a zoom of 3', sample: sample('ZOOM', { operation: 'reframe', vendor: { zoom: 3 } }, [SOURCE], UPSCALED), param: 'vendor.zoom' },
    { about: 'a picture that is none, which only the upstream sees', sample: sample('DESCRIBE', { kind: 'text', operation: 'describe', prompt: '' }, [{ ...SOURCE, mediaType: 'text/plain' }]), param: 'inputs' },
    { about: 'three clips', sample: video({ count: 3, resolution: '480p' }, [FIRST]), param: 'count' },
    { about: 'a clip of 10 seconds', sample: video({ count: 1, resolution: '480p', durationSeconds: 10 }, [FIRST]), param: 'durationSeconds' },
    { about: 'a clip of 1080p', sample: video({ count: 1, resolution: '1080p' }, [FIRST]), param: 'resolution' },
    { about: 'a third clip of two', sample: video({ operation: 'extend', count: 1, resolution: '480p', durationSeconds: 9, vendor: { index: 3 } }, [CLIP], CLIPS), param: 'vendor.index' },
  ]
}

function video(fields: Partial<GenerationRequest>, inputs: SampleInput[], parent?: number): Sample {
  return sample('VIDEO', { kind: 'video', operation: 'image_to_video', durationSeconds: 5, aspectRatio: 'adaptive', seed: 5, ...fields }, inputs, parent)
}

function sample(upstreamModel: string, fields: Partial<GenerationRequest>, inputs: SampleInput[] = [], parent?: number): Sample {
  const plain = imageSample(upstreamModel, { operation: 'text_to_image', model: `mj_${upstreamModel.toLowerCase()}`, ...fields }, inputs)
  return { ...plain, ...(parent !== undefined && { parent }) }
}
