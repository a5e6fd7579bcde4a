import { videoOperation, type GenerationRequest, type InputAsset } from '../../src/core/generation-request.ts'
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
    video(OMNI, { durationSeconds: 3, resolution: '360p', aspectRatio: '16:9', audio: true, seed: 0 }),
    video(OMNI, { durationSeconds: 10, resolution: '360p' }, [FIRST_FRAME, LAST_FRAME]),
    video('gemini-omni-1.2-flash', { prompt: '@Image1 meets @Image2', durationSeconds: 15, resolution: '360p', aspectRatio: '9:16' }, [PICTURE, PICTURE]),
    video(OMNI, { prompt: 'Make it rain in @Video1', durationSeconds: 3, resolution: '360p' }, [VIDEO]),
    { ...video(OMNI, { operation: 'extend', durationSeconds: 3, resolution: '360p' }, [VIDEO]), parent: 0 },
    video(VEO, { durationSeconds: 4, resolution: '720p', aspectRatio: '16:9', seed: 0, negativePrompt: 'blur', audio: true, vendor: { personGeneration: 'allow_all' } }),
    video(FAST, { durationSeconds: 6, resolution: '720p', audio: true }, [FIRST_FRAME]),
    video(LITE, { durationSeconds: 8, resolution: '1080p', aspectRatio: '9:16', audio: true }, [FIRST_FRAME, LAST_FRAME]),
    video(VEO, { prompt: '@Image1 in @Image3', durationSeconds: 8, resolution: '720p', audio: true }, [PICTURE, PICTURE, PICTURE]),
    { ...video(VEO, { operation: 'extend', durationSeconds: 8, resolution: '720p', audio: true }, [VIDEO]), parent: 5 },
    video(VEO, { operation: 'extend', durationSeconds: 8, resolution: '720p', audio: true }, [VIDEO]),
    // A length of the relays' names: the next longer one is made.
    video(FAST, { model: 'veo_3_1-fast', durationSeconds: 5, resolution: '720p', audio: true }),
    video('veo-2.0-generate-001', { durationSeconds: 5, resolution: '720p', count: 2, enhancePrompt: false }),
    picture('gemini-3.1-flash-image', { resolution: '512', aspectRatio: '1:8', seed: 0 }),
    picture('gemini-3-pro-image', { prompt: '@Image1 in the style of @Image2', resolution: '1K', aspectRatio: '21:9' }, [PICTURE, { ...PICTURE, role: 'source' }]),
  ]
}

export function googleRefusals(): Refusal[] {
  return [
    { about: '9 s of Veo', sample: video(FAST, { durationSeconds: 9, resolution: '720p' }), param: 'durationSeconds' },
    { about: 'Veo 3.1 without sound', sample: video(VEO, { audio: false }), param: 'audio' },
    { about: 'two videos of Veo 3.1', sample: video(VEO, { count: 2 }), param: 'count' },
    { about: '4k of Veo Lite', sample: video(LITE, { resolution: '4k' }), param: 'resolution' },
    { about: 'a square Veo', sample: video(VEO, { aspectRatio: '1:1' }), param: 'aspectRatio' },
    { about: 'a last frame alone', sample: video(VEO, {}, [LAST_FRAME]), param: 'inputs' },
    { about: 'references of Veo Lite', sample: video(LITE, {}, [PICTURE]), param: 'inputs' },
    { about: 'four references', sample: video(VEO, {}, [PICTURE, PICTURE, PICTURE, PICTURE]), param: 'inputs' },
    { about: 'a last frame of Veo 2', sample: video('veo-2.0-generate-001', {}, [FIRST_FRAME, LAST_FRAME]), param: 'inputs' },
    { about: 'a prompt as it is', sample: video(VEO, { enhancePrompt: false }), param: 'enhancePrompt' },
    { about: 'an enlarged Veo', sample: video(VEO, { upsample: true }), param: 'upsample' },
    { about: 'going on at 1080p', sample: video(VEO, { operation: 'extend', resolution: '1080p' }, [VIDEO]), param: 'resolution' },
    { about: 'a reference that was not given', sample: video(VEO, { prompt: '@Image2' }, [PICTURE]), param: 'prompt' },
    { about: '11 s of Omni 1.1', sample: video(OMNI, { durationSeconds: 11 }), param: 'durationSeconds' },
    { about: '2 s of Omni', sample: video(OMNI, { durationSeconds: 2 }), param: 'durationSeconds' },
    { about: 'a silent Omni', sample: video(OMNI, { audio: false }), param: 'audio' },
    { about: 'eleven pictures', sample: video(OMNI, {}, Array.from({ length: 11 }, () => PICTURE)), param: 'inputs' },
    { about: 'two pictures at once', sample: picture('gemini-3.1-flash-image', { count: 2 }), param: 'count' },
    { about: 'a size that the model does not draw', sample: picture('gemini-3.1-flash-lite-image', { resolution: '4K' }) },
    { about: 'Imagen', sample: picture('imagen-4.0-generate-001', {}), param: 'model' },
    { about: 'a model that was shut down', sample: video('veo-3.0-generate-001', {}) },
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
