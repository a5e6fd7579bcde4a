import { imageSample, videoSample } from '../sample.ts'
import type { Refusal, Sample, SampleInput } from '../simulator.ts'

const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
const PICTURE: SampleInput = { media: 'image', role: 'reference', mediaType: 'image/png', bytes: Uint8Array.from([...PNG, 0]) }
const FIRST: SampleInput = { ...PICTURE, role: 'first_frame' }
const LAST: SampleInput = { media: 'image', role: 'last_frame', mediaType: 'image/jpeg', url: 'https://example.com/last.jpg' }
/** Too large for a data URI. */
const LARGE: SampleInput = { ...FIRST, bytes: Uint8Array.from({ length: 120_000 }, (_, index) => PNG[index] ?? 0) }
const SOURCE: SampleInput = { media: 'video', role: 'source', mediaType: 'video/mp4', url: 'https://example.com/walk.mp4' }
const HEARD: SampleInput = { media: 'audio', role: 'source', mediaType: 'audio/mpeg', url: 'https://example.com/theme.mp3' }
const EDITED: SampleInput = { ...PICTURE, role: 'source' }
/** Eight white pixels square: masks are looked into. */
const MASK: SampleInput = { ...PICTURE, role: 'mask', bytes: Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAACXBIWXMAAAPoAAAD6AG1e1JrAAAAD0lEQVQI12P4jwMwDC0JALoev0E4ThxMAAAAAElFTkSuQmCC', 'base64') }

const VEO = 'google/veo-3.1'
const GROK = 'xai/grok-imagine-video'
const SEEDREAM = 'bytedance/seedream-4'
/** A version that was pinned has the inputs of its model. */
export const PINNED = `google/veo-3.1-fast:${'5c7d5dc6dd8bf75c1acaa8565735e7986bc5b66206b55cca93cb72c9bf15ccaa'}`

export function replicateSamples(): Sample[] {
  return [
    videoSample('google/veo-3.1-fast', { durationSeconds: 4, resolution: '720p', aspectRatio: '16:9', audio: false, seed: 0, negativePrompt: 'rain' }),
    videoSample(PINNED, { durationSeconds: 4, resolution: '720p', aspectRatio: '9:16', audio: true }),
    videoSample(VEO, { durationSeconds: 4, resolution: '720p', aspectRatio: '16:9', audio: true }, [FIRST, LAST]),
    videoSample(VEO, { prompt: '@Image1 meets @Image2', durationSeconds: 8, resolution: '720p', aspectRatio: '16:9', audio: true }, [PICTURE, PICTURE]),
    videoSample('google/veo-3', { durationSeconds: 6, resolution: '720p', aspectRatio: '16:9', audio: true }, [LARGE]),
    videoSample('google/veo-2', { durationSeconds: 5, resolution: '720p', aspectRatio: '9:16' }),
    videoSample('openai/sora-2', { durationSeconds: 4, size: '720x1280', audio: true }, [FIRST]),
    videoSample('openai/sora-2-pro', { durationSeconds: 4, size: '1792x1024', audio: true }),
    videoSample('kwaivgi/kling-v1.6-standard', { durationSeconds: 5, resolution: '720p', aspectRatio: '1:1', vendor: { cfg_scale: 0.4 } }, [PICTURE, PICTURE]),
    videoSample('kwaivgi/kling-v2.0', { durationSeconds: 5, resolution: '720p', aspectRatio: 'adaptive' }, [FIRST]),
    videoSample('kwaivgi/kling-v2.1', { durationSeconds: 5, resolution: '720p', aspectRatio: 'adaptive', negativePrompt: 'rain' }, [FIRST]),
    videoSample('kwaivgi/kling-v2.1', { durationSeconds: 5, resolution: '1080p', aspectRatio: 'adaptive' }, [FIRST, LAST]),
    videoSample('kwaivgi/kling-v2.1-master', { durationSeconds: 5, resolution: '1080p', aspectRatio: '16:9' }),
    videoSample('kwaivgi/kling-v2.5-turbo-pro', { durationSeconds: 5, resolution: '1080p', aspectRatio: 'adaptive' }, [FIRST, LAST]),
    videoSample('kwaivgi/kling-v2.6', { durationSeconds: 5, resolution: '1080p', aspectRatio: '16:9', audio: true }),
    videoSample('minimax/hailuo-2.3', { durationSeconds: 6, resolution: '768p', aspectRatio: '16:9', enhancePrompt: true }),
    videoSample('minimax/hailuo-2.3-fast', { durationSeconds: 6, resolution: '768p', aspectRatio: 'adaptive' }, [FIRST]),
    videoSample('minimax/hailuo-02', { durationSeconds: 6, resolution: '512p', aspectRatio: 'adaptive' }, [FIRST, LAST]),
    videoSample('minimax/video-01', { durationSeconds: 6, resolution: '720p', aspectRatio: '16:9' }),
    videoSample('minimax/video-01-live', { durationSeconds: 6, resolution: '720p', aspectRatio: 'adaptive' }, [FIRST]),
    videoSample('wan-video/wan-2.5-t2v', { durationSeconds: 5, resolution: '480p', aspectRatio: '9:16', audio: true, enhancePrompt: false }, [HEARD]),
    videoSample('wan-video/wan-2.5-i2v', { durationSeconds: 5, resolution: '480p', aspectRatio: 'adaptive', audio: true, seed: 3 }, [FIRST]),
    videoSample('bytedance/seedance-1-pro', { durationSeconds: 2, resolution: '480p', aspectRatio: 'adaptive', vendor: { camera_fixed: true } }, [FIRST, LAST]),
    videoSample(GROK, { durationSeconds: 1, resolution: '480p', aspectRatio: '2:3', audio: true }),
    videoSample(GROK, { durationSeconds: 1, resolution: '480p', aspectRatio: '16:9', audio: true }, [PICTURE, PICTURE]),
    videoSample(GROK, { durationSeconds: 'auto', resolution: '480p', aspectRatio: 'adaptive', audio: true }, [SOURCE]),
    videoSample(GROK, { operation: 'extend', durationSeconds: 2, resolution: '480p', aspectRatio: 'adaptive', audio: true }, [SOURCE]),
    videoSample('runwayml/gen-4.5', { durationSeconds: 5, resolution: '720p', aspectRatio: '21:9', seed: 9 }, [FIRST]),
    videoSample('runwayml/gen4-aleph', { durationSeconds: 'auto', resolution: '720p', aspectRatio: '16:9' }, [SOURCE, PICTURE]),
    imageSample('black-forest-labs/flux-1.1-pro', { size: '1024x768', seed: 7, outputFormat: 'png', enhancePrompt: true, vendor: { safety_tolerance: 3 } }),
    imageSample('black-forest-labs/flux-1.1-pro', { size: '512x512' }, [PICTURE]),
    imageSample('black-forest-labs/flux-1.1-pro-ultra', { aspectRatio: '9:21', vendor: { raw: true } }),
    imageSample('black-forest-labs/flux-kontext-pro', { aspectRatio: '4:5' }, [EDITED]),
    imageSample('black-forest-labs/flux-fill-pro', {}, [EDITED, MASK]),
    imageSample('black-forest-labs/flux-2-pro', { size: '1024x1024' }, [EDITED, PICTURE]),
    imageSample('minimax/image-01', { resolution: '1K', aspectRatio: '21:9', count: 9 }),
    imageSample('minimax/image-01', { resolution: '1K', aspectRatio: '1:1' }, [PICTURE]),
    imageSample('qwen/qwen-image', { size: '1664x928', negativePrompt: 'rain' }),
    imageSample('qwen/qwen-image-edit', { aspectRatio: 'adaptive' }, [EDITED]),
    imageSample('xai/grok-imagine-image', { resolution: '1k', aspectRatio: '20:9' }),
    imageSample('runwayml/gen4-image', { prompt: '@Image2 holds @Image1', resolution: '720p', aspectRatio: '4:3' }, [PICTURE, PICTURE]),
    imageSample('runwayml/gen4-image-turbo', { resolution: '1080p', aspectRatio: '1:1' }, [PICTURE]),
    imageSample('openai/gpt-image-1.5', { size: '1536x1024', quality: 'low', count: 2, vendor: { input_fidelity: 'high', background: 'opaque' } }, [EDITED]),
    imageSample('google/nano-banana-pro', { resolution: '1K', aspectRatio: '16:9', size: '1360x768', outputFormat: 'jpeg' }, [EDITED, PICTURE]),
    imageSample('google/nano-banana-2', { resolution: '1K', aspectRatio: '1:8' }),
    imageSample('google/nano-banana', { resolution: '1K', aspectRatio: '4:5' }),
    imageSample('google/imagen-4', { resolution: '2K', aspectRatio: '3:4' }),
    imageSample('google/imagen-4-fast', { resolution: '1K', aspectRatio: '1:1' }),
    imageSample(SEEDREAM, { resolution: '1K', aspectRatio: '16:9', size: '1364x768' }, Array.from({ length: 10 }, () => PICTURE)),
    imageSample(SEEDREAM, { size: '1200x1600' }),
    imageSample('bytedance/seedream-3', { size: '1024x512', seed: 4, vendor: { guidance_scale: 5 } }),
    imageSample('bytedance/seededit-3.0', { aspectRatio: 'adaptive' }, [EDITED]),
  ]
}

export function replicateRefusals(): Refusal[] {
  return [
    { about: 'a length that Veo has not', param: 'durationSeconds', sample: videoSample(VEO, { durationSeconds: 5, resolution: '720p', aspectRatio: '16:9' }) },
    { about: 'six seconds with references', param: 'durationSeconds', sample: videoSample(VEO, { durationSeconds: 6, resolution: '720p', aspectRatio: '16:9' }, [PICTURE]) },
    { about: '4k', param: 'resolution', sample: videoSample(VEO, { durationSeconds: 8, resolution: '4k', aspectRatio: '16:9' }) },
    { about: 'a fourth reference', param: 'inputs', sample: videoSample(VEO, { durationSeconds: 8, resolution: '720p', aspectRatio: '16:9' }, [PICTURE, PICTURE, PICTURE, PICTURE]) },
    { about: 'a last frame of Kling 2.6', param: 'inputs', sample: videoSample('kwaivgi/kling-v2.6', { durationSeconds: 5, resolution: '1080p', aspectRatio: 'adaptive' }, [FIRST, LAST]) },
    { about: 'a last frame at 720p', param: 'resolution', sample: videoSample('kwaivgi/kling-v2.1', { durationSeconds: 5, resolution: '720p', aspectRatio: 'adaptive' }, [FIRST, LAST]) },
    { about: 'a square of Wan', param: 'aspectRatio', sample: videoSample('wan-video/wan-2.5-t2v', { durationSeconds: 5, resolution: '720p', aspectRatio: '1:1' }) },
    { about: 'a larger Sora', param: 'size', sample: videoSample('openai/sora-2-pro', { durationSeconds: 4, size: '1920x1080' }) },
    { about: 'six seconds of Runway', param: 'durationSeconds', sample: videoSample('runwayml/gen-4.5', { durationSeconds: 6, resolution: '720p', aspectRatio: '16:9' }) },
    { about: 'Grok without sound', param: 'audio', sample: videoSample(GROK, { durationSeconds: 1, resolution: '480p', aspectRatio: '16:9', audio: false }) },
    { about: 'no words where some are needed', param: 'prompt', sample: videoSample('kwaivgi/kling-v2.1', { prompt: '', durationSeconds: 5, resolution: '720p', aspectRatio: 'adaptive' }, [FIRST]) },
    { about: 'two pictures of a model that makes one', param: 'count', sample: imageSample('google/imagen-4', { resolution: '1K', aspectRatio: '1:1', count: 2 }) },
    { about: 'a seed for Imagen', param: 'seed', sample: imageSample('google/imagen-4', { resolution: '1K', aspectRatio: '1:1', seed: 1 }) },
    { about: 'a mark', param: 'vendor.watermark', sample: imageSample(SEEDREAM, { size: '2048x2048', vendor: { watermark: true } }) },
    { about: 'pixels that only the model can judge', sample: imageSample(SEEDREAM, { size: '8192x1024' }) },
    { about: 'a name that is none', param: 'model', sample: imageSample('../account', { size: '1024x1024' }) },
  ]
}
