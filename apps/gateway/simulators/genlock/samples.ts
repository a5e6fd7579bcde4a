import type { GenerationRequest } from '../../src/core/generation-request.ts'
import { imageSample, videoSample } from '../sample.ts'
import type { Refusal, Sample, SampleInput } from '../simulator.ts'

const BYTES = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a)
const FIRST_FRAME: SampleInput = { media: 'image', role: 'first_frame', mediaType: 'image/png', bytes: BYTES }
const LAST_FRAME: SampleInput = { media: 'image', role: 'last_frame', mediaType: 'image/jpeg', url: 'https://example.com/last.jpg' }
const PICTURE: SampleInput = { media: 'image', role: 'reference', mediaType: 'image/png', bytes: BYTES }
const MASK: SampleInput = { media: 'image', role: 'mask', mediaType: 'image/png', bytes: BYTES }
const VIDEO: SampleInput = { media: 'video', role: 'reference', mediaType: 'video/mp4', url: 'https://example.com/walk.mp4' }
const AUDIO: SampleInput = { media: 'audio', role: 'reference', mediaType: 'audio/mpeg', url: 'https://example.com/theme.mp3' }

const TINY = { size: '128x96', durationSeconds: 1 }

/** One job of each kind that the wire has. */
export function genlockSamples(): Sample[] {
  return [
    video({ ...TINY, seed: 0, audio: true }),
    video({ resolution: '480p', aspectRatio: '1:1', durationSeconds: 1, audio: false, vendor: { return_last_frame: true } }, [FIRST_FRAME]),
    video(TINY, [FIRST_FRAME, LAST_FRAME]),
    video({ ...TINY, prompt: '@Image1 follows @Video1 to @Audio1' }, [PICTURE, VIDEO, AUDIO]),
    video({ ...TINY, operation: 'upscale' }, [{ ...VIDEO, role: 'source' }]),
    video({ ...TINY, count: 2 }),
    image({ size: '256x256', count: 2, quality: 'high', outputFormat: 'png' }),
    image({ size: '256x256' }, [{ ...PICTURE, role: 'source' }, MASK]),
  ]
}

/** A step beyond what the wire can say, or beyond what this upstream takes. */
export function genlockRefusals(): Refusal[] {
  return [
    { about: 'a button', sample: video({ ...TINY, operation: 'action' }), param: 'operation' },
    { about: 'a remix of something that is not given', sample: video({ ...TINY, operation: 'remix' }), param: 'inputs' },
    { about: '16 seconds', sample: video({ durationSeconds: 16 }) },
    { about: 'an odd size', sample: video({ size: '333x333' }) },
    { about: 'a resolution that nobody has', sample: video({ resolution: '9000p' }) },
    { about: '33 pictures', sample: image({ count: 33 }), param: 'count' },
    { about: 'a description', sample: { ...image({}), request: { ...image({}).request, kind: 'text', operation: 'describe' } }, param: 'operation' },
    { about: 'a model that is not there', sample: { ...video(TINY), upstreamModel: 'no-such-model' } },
  ]
}

function video(fields: Partial<GenerationRequest>, inputs: SampleInput[] = []): Sample {
  return videoSample('seedance-2.0-pro', fields, inputs)
}

function image(fields: Partial<GenerationRequest>, inputs: SampleInput[] = []): Sample {
  return imageSample('gpt-image-1', fields, inputs)
}
