import { imageSample, videoSample } from '../sample.ts'
import type { Refusal, Sample, SampleInput } from '../simulator.ts'

/** A grey pixel, so that what is read as a mask is a picture. */
const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==', 'base64')
const FIRST_FRAME: SampleInput = { media: 'image', role: 'first_frame', mediaType: 'image/png', bytes: PNG }
const LAST_FRAME: SampleInput = { ...FIRST_FRAME, role: 'last_frame' }
const SOURCE: SampleInput = { ...FIRST_FRAME, role: 'source' }
const MASK: SampleInput = { ...FIRST_FRAME, role: 'mask' }

const TINY = { size: '128x96', durationSeconds: 1 }

export function comfyUiSamples(): Sample[] {
  return [
    videoSample('comfyui-text-to-video', { ...TINY, seed: 0, negativePrompt: 'rain' }),
    videoSample('comfyui-text-to-video', { resolution: '480p', aspectRatio: '9:16', durationSeconds: 2 }),
    videoSample('comfyui-image-to-video', { durationSeconds: 1 }, [FIRST_FRAME, LAST_FRAME]),
    imageSample('comfyui-text-to-image', { size: '256x256', count: 2, vendor: { steps: 4, cfg: 1.5 } }),
    imageSample('comfyui-image-edit', { prompt: 'Make @Image1 blue' }, [SOURCE, MASK]),
  ]
}

export function comfyUiRefusals(): Refusal[] {
  return [
    { about: 'a model without a workflow', sample: { ...videoSample('comfyui-text-to-video', TINY), upstreamModel: 'flux-dev' }, param: 'model' },
    { about: 'a width above the limit of the node', sample: imageSample('comfyui-text-to-image', { size: '16400x1024' }), param: 'size' },
    { about: 'a width below it', sample: imageSample('comfyui-text-to-image', { size: '8x1024' }), param: 'size' },
    { about: 'steps that are a word', sample: imageSample('comfyui-text-to-image', { vendor: { steps: 'many' } }), param: 'vendor.steps' },
    { about: 'a size of a workflow that has none', sample: imageSample('comfyui-image-edit', { size: '512x512' }, [SOURCE, MASK]), param: 'size' },
    { about: 'two of a workflow that makes one', sample: videoSample('comfyui-text-to-video', { ...TINY, count: 2 }), param: 'count' },
    { about: 'a first frame for words alone', sample: videoSample('comfyui-text-to-video', TINY, [FIRST_FRAME]), param: 'inputs' },
    { about: 'a first frame without the last', sample: videoSample('comfyui-image-to-video', { durationSeconds: 1 }, [FIRST_FRAME]), param: 'inputs' },
    { about: 'sound', sample: videoSample('comfyui-text-to-video', { ...TINY, audio: true }), param: 'audio' },
    { about: 'a field without a hole', sample: imageSample('comfyui-text-to-image', { vendor: { lora: 'x' } }), param: 'vendor.lora' },
  ]
}
