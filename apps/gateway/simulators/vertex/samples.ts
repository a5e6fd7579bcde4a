import { videoOperation, type GenerationRequest, type InputAsset } from '../../src/core/generation-request.ts'
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
    video(VEO, { durationSeconds: 4, resolution: '720p', aspectRatio: '9:16', seed: 0, negativePrompt: 'blur', audio: false, vendor: { personGeneration: 'allow_adult' } }),
    video(FAST, { durationSeconds: 6, resolution: '720p', audio: true, count: 4 }, [FIRST_FRAME]),
    video(LITE, { durationSeconds: 8, resolution: '1080p', audio: true }, [FIRST_FRAME, LAST_FRAME]),
    video(VEO, { prompt: '@Image1 in @Image3', durationSeconds: 8, resolution: '720p' }, [PICTURE, PICTURE, PICTURE]),
    video(VEO, { operation: 'extend', durationSeconds: 8, resolution: '720p', audio: true }, [VIDEO]),
    { ...video(FAST, { operation: 'extend', durationSeconds: 8, resolution: '720p', audio: true }, [VIDEO]), parent: 0 },
    video(VEO_2, { durationSeconds: 5, resolution: '720p', enhancePrompt: false }, [FIRST_FRAME, LAST_FRAME]),
    // A length of the relays' names: the next longer one is made.
    video(FAST, { model: 'veo_3_1-fast-hd', durationSeconds: 5, resolution: '1080p', audio: true }),
    picture(IMAGEN, { resolution: '1K', aspectRatio: '16:9', count: 4, seed: 0, outputFormat: 'jpeg', enhancePrompt: true }),
    picture('imagen-4.0-ultra-generate-001', { resolution: '2K', aspectRatio: '1:1', vendor: { addWatermark: true, personGeneration: 'dont_allow', language: 'en' } }),
    picture('gemini-3-pro-image', { prompt: '@Image1 at night', resolution: '1K', aspectRatio: '21:9', seed: 0 }, [{ ...PICTURE, role: 'source' }]),
  ]
}

export function vertexRefusals(): Refusal[] {
  return [
    { about: '9 s', sample: video(FAST, { durationSeconds: 9 }), param: 'durationSeconds' },
    { about: 'five videos', sample: video(VEO, { count: 5 }), param: 'count' },
    { about: 'two of Veo Lite', sample: video(LITE, { count: 2 }), param: 'count' },
    { about: '4k without storage', sample: video(VEO, { resolution: '4k' }), param: 'resolution' },
    { about: 'two videos of 1080p without storage', sample: video(VEO, { resolution: '1080p', count: 2 }), param: 'count' },
    { about: '1080p of Veo 2', sample: video(VEO_2, { resolution: '1080p' }), param: 'resolution' },
    { about: 'Veo 2 with sound', sample: video(VEO_2, { audio: true }), param: 'audio' },
    { about: 'four references', sample: video(VEO, {}, [PICTURE, PICTURE, PICTURE, PICTURE]), param: 'inputs' },
    { about: 'a prompt as it is', sample: video(VEO, { enhancePrompt: false }), param: 'enhancePrompt' },
    { about: 'a value that is not known', sample: video(VEO, { vendor: { personGeneration: 'allow_cats' } }) },
    { about: 'Gemini Omni', sample: video('gemini-omni-1.1-flash', {}), param: 'model' },
    { about: 'five pictures', sample: picture(IMAGEN, { count: 5 }), param: 'count' },
    { about: 'a seed with a watermark', sample: picture(IMAGEN, { seed: 1, vendor: { addWatermark: true } }), param: 'seed' },
    { about: 'a picture to change', sample: picture(IMAGEN, {}, [PICTURE]), param: 'inputs' },
    { about: '4K of Imagen', sample: picture(IMAGEN, { resolution: '4K' }) },
    { about: 'two Gemini pictures at once', sample: picture('gemini-3-pro-image', { count: 2 }), param: 'count' },
    { about: 'a model that has gone', sample: video('veo-3.0-generate-001', {}) },
  ]
}

function video(upstreamModel: string, fields: Partial<GenerationRequest>, inputs: SampleInput[] = []): Sample {
  return sample(upstreamModel, { kind: 'video', operation: videoOperation(assetsOf(inputs)), ...fields }, inputs)
}

function picture(upstreamModel: string, fields: Partial<GenerationRequest>, inputs: SampleInput[] = []): Sample {
  return { ...sample(upstreamModel, { kind: 'image', operation: inputs.length > 0 ? 'image_edit' : 'text_to_image', ...fields }, inputs), immediate: true }
}

function sample(upstreamModel: string, fields: Pick<GenerationRequest, 'kind' | 'operation'> & Partial<GenerationRequest>, inputs: SampleInput[]): Sample {
  return { upstreamModel, request: { model: upstreamModel, prompt: 'A paper boat on a stream', count: 1, inputs: assetsOf(inputs), ...fields }, inputs }
}

function assetsOf(inputs: readonly SampleInput[]): InputAsset[] {
  return inputs.map(({ media, role, url }) => ({ media, role, source: { url: url ?? 'https://example.com/upload' } }))
}
