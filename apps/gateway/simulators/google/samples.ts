import type { GenerationRequest } from '../../src/core/generation-request.ts'
import { imageSample, videoSample } from '../sample.ts'
import type { Refusal, Sample, SampleInput } from '../simulator.ts'

const PICTURE: SampleInput = { media: 'image', role: 'reference', mediaType: 'image/png', bytes: Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a) }
const FIRST_FRAME: SampleInput = { ...PICTURE, role: 'first_frame' }
const LAST_FRAME: SampleInput = { media: 'image', role: 'last_frame', mediaType: 'image/jpeg', url: 'https://example.com/last.jpg', bytes: Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 0) }
const VIDEO: SampleInput = { media: 'video', role: 'source', mediaType: 'video/mp4', url: 'https://example.com/walk.mp4', bytes: Uint8Array.of(0, 0, 0, 0x18, 0x66, 0x74, 0x79, 0x70) }

const OMNI = 'gemini-omni-1.1-flash'
const VEO = 'veo-3.1-generate-preview'
const FAST = 'veo-3.1-fast-generate-preview'
const LITE = 'veo-3.1-lite-generate-preview'

/** One job of each kind, and some on a limit. The first can be stopped. */
export function googleSamples(): Sample[] {
  return [
    videoSample(OMNI, { durationSeconds: 3, resolution: '360p', aspectRatio: '16:9', audio: true, seed: 0 }),
    videoSample(OMNI, { durationSeconds: 10, resolution: '360p' }, [FIRST_FRAME, LAST_FRAME]),
    videoSample('gemini-omni-1.2-flash', { prompt: '@Image1 meets @Image2', durationSeconds: 15, resolution: '360p', aspectRatio: '9:16' }, [PICTURE, PICTURE]),
    videoSample(OMNI, { prompt: 'Make it rain in @Video1', durationSeconds: 3, resolution: '360p' }, [VIDEO]),
    { ...videoSample(OMNI, { operation: 'extend', durationSeconds: 3, resolution: '360p' }, [VIDEO]), parent: 0 },
    videoSample(VEO, { durationSeconds: 4, resolution: '720p', aspectRatio: '16:9', seed: 0, negativePrompt: 'blur', audio: true, vendor: { personGeneration: 'allow_all' } }),
    videoSample(FAST, { durationSeconds: 6, resolution: '720p', audio: true }, [FIRST_FRAME]),
    videoSample(LITE, { durationSeconds: 8, resolution: '1080p', aspectRatio: '9:16', audio: true }, [FIRST_FRAME, LAST_FRAME]),
    videoSample(VEO, { prompt: '@Image1 in @Image3', durationSeconds: 8, resolution: '720p', audio: true }, [PICTURE, PICTURE, PICTURE]),
    { ...videoSample(VEO, { operation: 'extend', durationSeconds: 8, resolution: '720p', audio: true }, [VIDEO]), parent: 5 },
    videoSample(VEO, { operation: 'extend', durationSeconds: 8, resolution: '720p', audio: true }, [VIDEO]),
    // A length of the relays' names: the next longer one is made.
    videoSample(FAST, { model: 'veo_3_1-fast', durationSeconds: 5, resolution: '720p', audio: true }),
    videoSample('veo-2.0-generate-001', { durationSeconds: 5, resolution: '720p', count: 2, enhancePrompt: false }),
    picture('gemini-3.1-flash-image', { resolution: '512', aspectRatio: '1:8', seed: 0 }),
    picture('gemini-3-pro-image', { prompt: '@Image1 in the style of @Image2', resolution: '1K', aspectRatio: '21:9' }, [PICTURE, { ...PICTURE, role: 'source' }]),
  ]
}

export function googleRefusals(): Refusal[] {
  return [
    { about: '9 s of Veo', sample: videoSample(FAST, { durationSeconds: 9, resolution: '720p' }), param: 'durationSeconds' },
    { about: 'Veo 3.1 without sound', sample: videoSample(VEO, { audio: false }), param: 'audio' },
    { about: 'two videos of Veo 3.1', sample: videoSample(VEO, { count: 2 }), param: 'count' },
    { about: '4k of Veo Lite', sample: videoSample(LITE, { resolution: '4k' }), param: 'resolution' },
    { about: 'a square Veo', sample: videoSample(VEO, { aspectRatio: '1:1' }), param: 'aspectRatio' },
    { about: 'a last frame alone', sample: videoSample(VEO, {}, [LAST_FRAME]), param: 'inputs' },
    { about: 'references of Veo Lite', sample: videoSample(LITE, {}, [PICTURE]), param: 'inputs' },
    { about: 'four references', sample: videoSample(VEO, {}, [PICTURE, PICTURE, PICTURE, PICTURE]), param: 'inputs' },
    { about: 'a last frame of Veo 2', sample: videoSample('veo-2.0-generate-001', {}, [FIRST_FRAME, LAST_FRAME]), param: 'inputs' },
    { about: 'a prompt as it is', sample: videoSample(VEO, { enhancePrompt: false }), param: 'enhancePrompt' },
    { about: 'an enlarged Veo', sample: videoSample(VEO, { upsample: true }), param: 'upsample' },
    { about: 'going on at 1080p', sample: videoSample(VEO, { operation: 'extend', resolution: '1080p' }, [VIDEO]), param: 'resolution' },
    { about: 'a reference that was not given', sample: videoSample(VEO, { prompt: '@Image2' }, [PICTURE]), param: 'prompt' },
    { about: '11 s of Omni 1.1', sample: videoSample(OMNI, { durationSeconds: 11 }), param: 'durationSeconds' },
    { about: '2 s of Omni', sample: videoSample(OMNI, { durationSeconds: 2 }), param: 'durationSeconds' },
    { about: 'a silent Omni', sample: videoSample(OMNI, { audio: false }), param: 'audio' },
    { about: 'eleven pictures', sample: videoSample(OMNI, {}, Array.from({ length: 11 }, () => PICTURE)), param: 'inputs' },
    { about: 'two pictures at once', sample: picture('gemini-3.1-flash-image', { count: 2 }), param: 'count' },
    { about: 'a size that the model does not draw', sample: picture('gemini-3.1-flash-lite-image', { resolution: '4K' }) },
    { about: 'Imagen', sample: picture('imagen-4.0-generate-001', {}), param: 'model' },
    { about: 'a model that was shut down', sample: videoSample('veo-3.0-generate-001', {}) },
  ]
}

function picture(upstreamModel: string, fields: Partial<GenerationRequest>, inputs: SampleInput[] = []): Sample {
  return { ...imageSample(upstreamModel, fields, inputs), immediate: true }
}
