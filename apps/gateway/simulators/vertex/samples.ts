import type { GenerationRequest } from '../../src/core/generation-request.ts'
import { imageSample, videoSample } from '../sample.ts'
import type { Refusal, Sample, SampleInput } from '../simulator.ts'

const PICTURE: SampleInput = { media: 'image', role: 'reference', mediaType: 'image/png', bytes: Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a) }
const FIRST_FRAME: SampleInput = { ...PICTURE, role: 'first_frame' }
const LAST_FRAME: SampleInput = { media: 'image', role: 'last_frame', mediaType: 'image/jpeg', url: 'https://example.com/last.jpg', bytes: Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 0) }
const VIDEO: SampleInput = { media: 'video', role: 'source', mediaType: 'video/mp4', url: 'https://example.com/walk.mp4', bytes: Uint8Array.of(0, 0, 0, 0x18, 0x66, 0x74, 0x79, 0x70) }

const VEO = 'veo-3.1-generate-001'
const FAST = 'veo-3.1-fast-generate-001'
const LITE = 'veo-3.1-lite-generate-001'
const VEO_2 = 'veo-2.0-generate-001'
const IMAGEN = 'imagen-4.0-generate-001'

/** One job of each kind, and some on a limit. */
export function vertexSamples(): Sample[] {
  return [
    videoSample(VEO, { durationSeconds: 4, resolution: '720p', aspectRatio: '9:16', seed: 0, negativePrompt: 'blur', audio: false, vendor: { personGeneration: 'allow_adult' } }),
    videoSample(FAST, { durationSeconds: 6, resolution: '720p', audio: true, count: 4 }, [FIRST_FRAME]),
    videoSample(LITE, { durationSeconds: 8, resolution: '1080p', audio: true }, [FIRST_FRAME, LAST_FRAME]),
    videoSample(VEO, { prompt: '@Image1 in @Image3', durationSeconds: 8, resolution: '720p' }, [PICTURE, PICTURE, PICTURE]),
    videoSample(VEO, { operation: 'extend', durationSeconds: 8, resolution: '720p', audio: true }, [VIDEO]),
    { ...videoSample(FAST, { operation: 'extend', durationSeconds: 8, resolution: '720p', audio: true }, [VIDEO]), parent: 0 },
    videoSample(VEO_2, { durationSeconds: 5, resolution: '720p', enhancePrompt: false }, [FIRST_FRAME, LAST_FRAME]),
    // A length of the relays' names: the next longer one is made.
    videoSample(FAST, { model: 'veo_3_1-fast-hd', durationSeconds: 5, resolution: '1080p', audio: true }),
    picture(IMAGEN, { resolution: '1K', aspectRatio: '16:9', count: 4, seed: 0, outputFormat: 'jpeg', enhancePrompt: true }),
    picture('imagen-4.0-ultra-generate-001', { resolution: '2K', aspectRatio: '1:1', vendor: { addWatermark: true, personGeneration: 'dont_allow', language: 'en' } }),
    picture('gemini-3-pro-image', { prompt: '@Image1 at night', resolution: '1K', aspectRatio: '21:9', seed: 0 }, [{ ...PICTURE, role: 'source' }]),
  ]
}

export function vertexRefusals(): Refusal[] {
  return [
    { about: '9 s', sample: videoSample(FAST, { durationSeconds: 9 }), param: 'durationSeconds' },
    { about: 'five videos', sample: videoSample(VEO, { count: 5 }), param: 'count' },
    { about: 'two of Veo Lite', sample: videoSample(LITE, { count: 2 }), param: 'count' },
    { about: '4k without storage', sample: videoSample(VEO, { resolution: '4k' }), param: 'resolution' },
    { about: 'two videos of 1080p without storage', sample: videoSample(VEO, { resolution: '1080p', count: 2 }), param: 'count' },
    { about: '1080p of Veo 2', sample: videoSample(VEO_2, { resolution: '1080p' }), param: 'resolution' },
    { about: 'Veo 2 with sound', sample: videoSample(VEO_2, { audio: true }), param: 'audio' },
    { about: 'four references', sample: videoSample(VEO, {}, [PICTURE, PICTURE, PICTURE, PICTURE]), param: 'inputs' },
    { about: 'a prompt as it is', sample: videoSample(VEO, { enhancePrompt: false }), param: 'enhancePrompt' },
    { about: 'a value that is not known', sample: videoSample(VEO, { vendor: { personGeneration: 'allow_cats' } }) },
    { about: 'Gemini Omni', sample: videoSample('gemini-omni-1.1-flash', {}), param: 'model' },
    { about: 'five pictures', sample: picture(IMAGEN, { count: 5 }), param: 'count' },
    { about: 'a seed with a watermark', sample: picture(IMAGEN, { seed: 1, vendor: { addWatermark: true } }), param: 'seed' },
    { about: 'a picture to change', sample: picture(IMAGEN, {}, [PICTURE]), param: 'inputs' },
    { about: '4K of Imagen', sample: picture(IMAGEN, { resolution: '4K' }) },
    { about: 'two Gemini pictures at once', sample: picture('gemini-3-pro-image', { count: 2 }), param: 'count' },
    { about: 'a model that has gone', sample: videoSample('veo-3.0-generate-001', {}) },
  ]
}

function picture(upstreamModel: string, fields: Partial<GenerationRequest>, inputs: SampleInput[] = []): Sample {
  return { ...imageSample(upstreamModel, fields, inputs), immediate: true }
}
