import type { GenerationRequest } from '../../src/core/generation-request.ts'
import { imageSample, videoSample } from '../sample.ts'
import type { Refusal, Sample, SampleInput } from '../simulator.ts'

const PICTURE: SampleInput = { media: 'image', role: 'reference', mediaType: 'image/png', bytes: Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a) }
const FIRST_FRAME: SampleInput = { ...PICTURE, role: 'first_frame' }
const LAST_FRAME: SampleInput = { media: 'image', role: 'last_frame', mediaType: 'image/jpeg', url: 'https://example.com/last.jpg' }
const VIDEO: SampleInput = { media: 'video', role: 'reference', mediaType: 'video/mp4', url: 'https://example.com/walk.mp4' }
const AUDIO: SampleInput = { media: 'audio', role: 'reference', mediaType: 'audio/mpeg', bytes: Uint8Array.of(0x49, 0x44, 0x33) }
const SMALL = { resolution: '480p', durationSeconds: 5 } as const
const CLIP = { resolution: '768p', durationSeconds: 6 } as const

/** One job of each kind on each of the three wires; version 2, which can stop jobs, comes first. */
export function minimaxSamples(): Sample[] {
  return [
    videoSample('MiniMax-H3-Max', { ...SMALL, aspectRatio: '16:9', audio: true }),
    videoSample('MiniMax-H3-Max', { ...SMALL, aspectRatio: 'adaptive', vendor: { prompt_expansion_mode: 'balanced' } }, [FIRST_FRAME, LAST_FRAME]),
    videoSample('MiniMax-H3-Max', { ...SMALL, prompt: '@Image1 moves like @Video1 to @Audio1', aspectRatio: 'adaptive' }, [PICTURE, VIDEO, AUDIO]),
    videoSample('MiniMax-H3-Max', { resolution: '480p', durationSeconds: 15, aspectRatio: '21:9' }),
    videoSample('MiniMax-H3', { resolution: '768p', durationSeconds: 4, aspectRatio: 'adaptive' }, [FIRST_FRAME]),
    videoSample('MiniMax-Hailuo-2.3', { ...CLIP, aspectRatio: '16:9', enhancePrompt: false, vendor: { fast_pretreatment: true } }),
    videoSample('MiniMax-Hailuo-02', { resolution: '512p', durationSeconds: 10, aspectRatio: 'adaptive' }, [FIRST_FRAME]),
    videoSample('MiniMax-Hailuo-02', { ...CLIP, prompt: '', aspectRatio: 'adaptive' }, [FIRST_FRAME, LAST_FRAME]),
    videoSample('T2V-01', { resolution: '720p', durationSeconds: 6, aspectRatio: '16:9' }),
    // The same name, and another model behind it.
    videoSample('T2V-01', { resolution: '720p', durationSeconds: 6, aspectRatio: 'adaptive' }, [FIRST_FRAME]),
    videoSample('S2V-01', { resolution: '720p', durationSeconds: 6, aspectRatio: '16:9', prompt: '@Image1 smiles' }, [PICTURE]),
    image({ count: 3, aspectRatio: '16:9', size: '1360x768', resolution: '1K', seed: 0 }),
    image({ count: 1, aspectRatio: '1:1', size: '1024x1024', enhancePrompt: true }, [PICTURE]),
    image({ count: 9, size: '512x2048' }),
  ]
}

export function minimaxRefusals(): Refusal[] {
  return [
    { about: '4 s of H3-Max', sample: videoSample('MiniMax-H3-Max', { resolution: '480p', durationSeconds: 4 }), param: 'durationSeconds' },
    { about: '16 s of H3', sample: videoSample('MiniMax-H3', { durationSeconds: 16 }), param: 'durationSeconds' },
    { about: '480p of H3', sample: videoSample('MiniMax-H3', { resolution: '480p' }), param: 'resolution' },
    { about: 'text to video in an adaptive ratio', sample: videoSample('MiniMax-H3', { aspectRatio: 'adaptive' }), param: 'aspectRatio' },
    { about: 'a sound alone', sample: videoSample('MiniMax-H3', {}, [AUDIO]), param: 'inputs' },
    { about: 'ten pictures', sample: videoSample('MiniMax-H3', {}, Array.from({ length: 10 }, () => PICTURE)), param: 'inputs' },
    { about: 'a picture of another format', sample: videoSample('MiniMax-H3', {}, [{ ...FIRST_FRAME, mediaType: 'image/bmp' }]) },
    { about: '10 s at 1080p of 2.3', sample: videoSample('MiniMax-Hailuo-2.3', { resolution: '1080p', durationSeconds: 10 }), param: 'durationSeconds' },
    { about: '7 s of 2.3', sample: videoSample('MiniMax-Hailuo-2.3', { durationSeconds: 7 }), param: 'durationSeconds' },
    { about: '512p from text', sample: videoSample('MiniMax-Hailuo-02', { resolution: '512p' }), param: 'resolution' },
    { about: 'text alone for 2.3 Fast', sample: videoSample('MiniMax-Hailuo-2.3-Fast', {}), param: 'operation' },
    { about: 'a seed', sample: videoSample('MiniMax-Hailuo-2.3', { seed: 1 }), param: 'seed' },
    { about: 'ten pictures of image-01', sample: image({ count: 10 }), param: 'count' },
    { about: 'a side beyond what image-01 draws', sample: image({ size: '2056x1024' }) },
  ]
}

function image(fields: Partial<GenerationRequest>, inputs: SampleInput[] = []): Sample {
  return { ...imageSample('image-01', fields, inputs), immediate: true }
}
