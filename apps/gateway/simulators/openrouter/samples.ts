import { videoSample } from '../sample.ts'
import type { Refusal, Sample, SampleInput } from '../simulator.ts'

const GROK = 'x-ai/grok-imagine-video'
const SEEDANCE = 'bytedance/seedance-2.0'
const VEO = 'google/veo-3.1-lite'
const FLUX = 'black-forest-labs/flux-3-video'
const GEN = 'runway/gen-4.5'

const BYTES = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a)
const FIRST_FRAME: SampleInput = { media: 'image', role: 'first_frame', mediaType: 'image/png', bytes: BYTES }
const LAST_FRAME: SampleInput = { media: 'image', role: 'last_frame', mediaType: 'image/jpeg', url: 'https://example.com/last.jpg' }
const PICTURE: SampleInput = { media: 'image', role: 'reference', mediaType: 'image/png', bytes: BYTES }
const VIDEO: SampleInput = { media: 'video', role: 'reference', mediaType: 'video/mp4', url: 'https://example.com/walk.mp4' }
const SOUND: SampleInput = { media: 'audio', role: 'reference', mediaType: 'audio/mpeg', url: 'https://example.com/theme.mp3' }
const SOURCE: SampleInput = { ...VIDEO, role: 'source' }

const SMALL = { resolution: '480p', aspectRatio: '16:9' } as const
const HD = { resolution: '720p', aspectRatio: '16:9' } as const
const TWO_K = { resolution: '2k', aspectRatio: '1:1', durationSeconds: 5, audio: true } as const

/** One job of each kind that the wire has, the plainest first. */
export function openRouterSamples(): Sample[] {
  return [
    videoSample(GROK, { ...SMALL, durationSeconds: 1 }),
    videoSample(FLUX, { ...HD, durationSeconds: 5, audio: false, vendor: { safety_tolerance: 2 } }),
    { ...videoSample(FLUX, { ...HD, operation: 'extend', durationSeconds: 5, audio: true }, [SOURCE]), parent: 1 },
    videoSample(GROK, { ...SMALL, aspectRatio: 'adaptive', durationSeconds: 2, audio: true, prompt: '' }, [FIRST_FRAME]),
    videoSample(SEEDANCE, { ...SMALL, durationSeconds: 4, audio: false, seed: 0, vendor: { watermark: false } }, [FIRST_FRAME, LAST_FRAME]),
    videoSample(SEEDANCE, { ...SMALL, durationSeconds: 15, audio: true, prompt: '@Image2 and @Image1 dance like @Video1 to @Audio1' }, [...repeated(PICTURE, 9), ...repeated(VIDEO, 3), ...repeated(SOUND, 3)]),
    videoSample(VEO, { ...HD, aspectRatio: '9:16', durationSeconds: 4, audio: true, negativePrompt: 'rain', enhancePrompt: true, vendor: { personGeneration: 'allow_adult' } }),
    videoSample('bytedance/seedance-2.5', { ...SMALL, aspectRatio: '21:9', durationSeconds: 30 }),
    videoSample('kwaivgi/kling-v3.0-std', { resolution: '720p', aspectRatio: '1:1', durationSeconds: 3, audio: false }),
    videoSample('minimax/hailuo-3', TWO_K),
    videoSample(GEN, { ...HD, durationSeconds: 2, seed: 7, vendor: { contentModeration: { publicFigureThreshold: 'low' } } }, [FIRST_FRAME]),
  ]
}

/** A step beyond each limit. */
export function openRouterRefusals(): Refusal[] {
  return [
    { about: 'sixteen seconds', param: 'durationSeconds', sample: videoSample(GROK, { ...SMALL, durationSeconds: 16 }) },
    { about: 'a length between two that there are', param: 'durationSeconds', sample: videoSample(VEO, { ...HD, durationSeconds: 5 }) },
    { about: 'a length for the model to choose', param: 'durationSeconds', sample: videoSample(SEEDANCE, { ...SMALL, durationSeconds: 'auto' }) },
    { about: '1080p of a model that makes 720p', param: 'resolution', sample: videoSample('bytedance/seedance-2.5', { ...SMALL, resolution: '1080p', durationSeconds: 4 }) },
    { about: 'a ratio that this model does not make', param: 'aspectRatio', sample: videoSample(GEN, { ...HD, aspectRatio: '1:1', durationSeconds: 2 }) },
    { about: 'sound of a silent model', param: 'audio', sample: videoSample(GEN, { ...HD, durationSeconds: 2, audio: true }) },
    { about: 'silence of a model that has no switch', param: 'audio', sample: videoSample(GROK, { ...SMALL, durationSeconds: 1, audio: false }) },
    { about: 'a seed of a model that has none', param: 'seed', sample: videoSample(GROK, { ...SMALL, durationSeconds: 1, seed: 0 }) },
    { about: 'what is not to be seen', param: 'negativePrompt', sample: videoSample(GROK, { ...SMALL, durationSeconds: 1, negativePrompt: 'rain' }) },
    { about: 'a last frame of a model that takes the first', param: 'inputs', sample: videoSample(GROK, { ...SMALL, durationSeconds: 1 }, [FIRST_FRAME, LAST_FRAME]) },
    { about: 'frames with references', param: 'inputs', sample: videoSample(SEEDANCE, { ...SMALL, durationSeconds: 4 }, [FIRST_FRAME, PICTURE]) },
    { about: 'ten pictures', param: 'inputs', sample: videoSample(SEEDANCE, { ...SMALL, durationSeconds: 4 }, repeated(PICTURE, 10)) },
    { about: 'a video that nobody else can fetch', param: 'inputs', sample: videoSample(SEEDANCE, { ...SMALL, durationSeconds: 4 }, [{ media: 'video', role: 'reference', mediaType: 'video/mp4', bytes: BYTES }]) },
    { about: 'going on from somebody’s video', param: 'inputs', sample: videoSample(FLUX, { ...HD, operation: 'extend', durationSeconds: 5 }, [SOURCE]) },
    { about: 'going on by a model that cannot', param: 'operation', sample: videoSample(SEEDANCE, { ...SMALL, operation: 'extend', durationSeconds: 5 }, [SOURCE]) },
    { about: 'two videos', param: 'count', sample: videoSample(GROK, { ...SMALL, durationSeconds: 1, count: 2 }) },
    { about: 'no words', param: 'prompt', sample: videoSample(GROK, { ...SMALL, durationSeconds: 1, prompt: '' }) },
    { about: 'a model that is gone', sample: videoSample('openai/sora-2-pro', { ...HD, durationSeconds: 4 }) },
  ]
}

function repeated(input: SampleInput, times: number): SampleInput[] {
  return Array.from({ length: times }, () => input)
}
