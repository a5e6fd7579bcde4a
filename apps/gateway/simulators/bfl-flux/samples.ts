import type { GenerationRequest } from '../../src/core/generation-request.ts'
import { imageSample, videoSample } from '../sample.ts'
import type { Refusal, Sample, SampleInput } from '../simulator.ts'

/** A PNG of one grey pixel. */
const PIXEL = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==', 'base64')
const SOURCE: SampleInput = { media: 'image', role: 'source', mediaType: 'image/png', bytes: PIXEL }
const LINKED: SampleInput = { ...SOURCE, url: 'https://example.com/chair.png' }
const REFERENCE: SampleInput = { ...SOURCE, role: 'reference' }
const MASK: SampleInput = { ...SOURCE, role: 'mask' }
const FIRST: SampleInput = { ...SOURCE, role: 'first_frame' }
const LAST: SampleInput = { ...LINKED, role: 'last_frame' }
const VIDEO: SampleInput = { media: 'video', role: 'source', mediaType: 'video/mp4', url: 'https://example.com/walk.mp4' }

const HD = { resolution: '720p', aspectRatio: '1:1', durationSeconds: 5, audio: false }

/** One job of each kind, and those at a limit. */
export function bflSamples(): Sample[] {
  return [
    imageSample('flux-2-pro', { size: '64x64', seed: 0, outputFormat: 'png' }),
    imageSample('flux-2-max', { size: '2048x2048' }),
    imageSample('flux-2-flex', { size: '512x256', enhancePrompt: false, vendor: { steps: 50, guidance: 1.5, safety_tolerance: 5 } }),
    imageSample('flux-2-max', { prompt: '@Image1 on @Image8', size: '256x256', outputFormat: 'webp' }, [LINKED, ...references(7)]),
    imageSample('flux-2-klein-4b', { size: '256x256' }, [SOURCE, REFERENCE, REFERENCE, REFERENCE]),
    imageSample('flux-kontext-pro', { aspectRatio: '21:9', enhancePrompt: true }, [LINKED]),
    imageSample('flux-kontext-max', { aspectRatio: '9:21' }),
    imageSample('flux-pro-1.1', { size: '1440x256' }),
    imageSample('flux-pro-1.1', { size: '256x256' }, [REFERENCE]),
    imageSample('flux-pro-1.1-ultra', { aspectRatio: '16:9', vendor: { raw: true, image_prompt_strength: 0.3 } }, [REFERENCE]),
    imageSample('flux-pro', { size: '256x256', vendor: { steps: 40, guidance: 2.5, interval: 2 } }),
    imageSample('flux-dev', { size: '256x256', vendor: { steps: 28, guidance: 3 } }),
    imageSample('flux-pro-1.0-fill', { prompt: '' }, [SOURCE, MASK]),
    imageSample('flux-pro-1.0-fill', { vendor: { steps: 15, guidance: 100 } }, [SOURCE]),
    imageSample('flux-pro-1.0-expand', { operation: 'reframe', vendor: { top: 128, right: 64 } }, [SOURCE]),
    video(HD),
    video({ ...HD, operation: 'image_to_video', prompt: '', durationSeconds: 'auto' }, [FIRST]),
    video({ ...HD, operation: 'first_last_frame' }, [FIRST, LAST]),
    video({ ...HD, operation: 'extend' }, [VIDEO]),
  ]
}

export function bflRefusals(): Refusal[] {
  return [
    { about: 'a side that is no multiple of 16', sample: imageSample('flux-2-pro', { size: '1000x1024' }), param: 'size' },
    { about: 'more than 4 megapixels', sample: imageSample('flux-2-pro', { size: '2064x2048' }), param: 'size' },
    { about: 'a side of 1472 pixels', sample: imageSample('flux-pro-1.1', { size: '1472x1024' }), param: 'size' },
    { about: 'a size where a ratio is asked', sample: imageSample('flux-kontext-pro', { size: '1024x1024' }), param: 'size' },
    { about: 'a ratio wider than 21:9', sample: imageSample('flux-kontext-pro', { aspectRatio: '3:1' }), param: 'aspectRatio' },
    { about: 'nine pictures', sample: imageSample('flux-2-pro', { size: '256x256' }, references(9)), param: 'inputs' },
    { about: 'five pictures of klein', sample: imageSample('flux-2-klein-9b', { size: '256x256' }, references(5)), param: 'inputs' },
    { about: 'a mask of FLUX.2', sample: imageSample('flux-2-pro', { size: '256x256' }, [SOURCE, MASK]), param: 'inputs' },
    { about: 'a reference that is not there', sample: imageSample('flux-2-pro', { prompt: 'like @Image2', size: '256x256' }, [SOURCE]), param: 'prompt' },
    { about: 'two results', sample: imageSample('flux-2-pro', { count: 2, size: '256x256' }), param: 'count' },
    { about: 'a negative prompt', sample: imageSample('flux-2-pro', { negativePrompt: 'rain', size: '256x256' }), param: 'negativePrompt' },
    { about: 'a tolerance of 6', sample: imageSample('flux-2-pro', { size: '256x256', vendor: { safety_tolerance: 6 } }), param: 'vendor.safety_tolerance' },
    { about: 'a step of 60 where the vendor alone knows the limit', sample: imageSample('flux-dev', { size: '256x256', vendor: { steps: 60 } }) },
    { about: 'no margin', sample: imageSample('flux-pro-1.0-expand', { operation: 'reframe', vendor: { top: 0 } }, [SOURCE]), param: 'vendor.top' },
    { about: '21 seconds', sample: video({ ...HD, durationSeconds: 21 }), param: 'durationSeconds' },
    { about: 'parts of seconds', sample: video({ ...HD, durationSeconds: 5.5 }), param: 'durationSeconds' },
    { about: 'a video of 480p', sample: video({ ...HD, resolution: '480p' }), param: 'resolution' },
    { about: 'a seed of a video', sample: video({ ...HD, seed: 1 }), param: 'seed' },
    { about: 'a last frame alone', sample: video({ ...HD, operation: 'first_last_frame' }, [LAST]), param: 'inputs' },
  ]
}

function references(count: number): SampleInput[] {
  return Array.from({ length: count }, () => REFERENCE)
}

function video(fields: Partial<GenerationRequest>, inputs: SampleInput[] = []): Sample {
  return videoSample('flux-3-video', fields, inputs)
}
