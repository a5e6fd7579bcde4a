import { imageSample, videoSample } from '../sample.ts'
import type { Refusal, Sample, SampleInput } from '../simulator.ts'

const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
const PICTURE: SampleInput = { media: 'image', role: 'reference', mediaType: 'image/png', bytes: Uint8Array.from([...PNG, 0]) }
const FIRST: SampleInput = { ...PICTURE, role: 'first_frame' }
const LAST: SampleInput = { media: 'image', role: 'last_frame', mediaType: 'image/jpeg', url: 'https://example.com/last.jpg' }
/** Too large for a data URI. */
const LARGE: SampleInput = { ...FIRST, bytes: Uint8Array.from({ length: 900_000 }, (_, index) => PNG[index] ?? 0) }
const SOURCE: SampleInput = { media: 'video', role: 'source', mediaType: 'video/mp4', url: 'https://example.com/walk.mp4' }
const HEARD: SampleInput = { media: 'audio', role: 'source', mediaType: 'audio/mpeg', url: 'https://example.com/theme.mp3' }
const EDITED: SampleInput = { ...PICTURE, role: 'source' }
/** Eight white pixels square: masks are looked into. */
const MASK: SampleInput = { ...PICTURE, role: 'mask', bytes: Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAACXBIWXMAAAPoAAAD6AG1e1JrAAAAD0lEQVQI12P4jwMwDC0JALoev0E4ThxMAAAAAElFTkSuQmCC', 'base64') }

const SORA = 'fal-ai/sora-2/text-to-video'
const KLING_1 = 'fal-ai/kling-video/v1.6/standard/text-to-video'
const KLING_25 = 'fal-ai/kling-video/v2.5-turbo/pro/text-to-video'
const KLING_26 = 'fal-ai/kling-video/v2.6/pro/text-to-video'
const HAILUO = 'fal-ai/minimax/hailuo-02/standard/text-to-video'
const SEEDREAM = 'fal-ai/bytedance/seedream/v4/text-to-image'

export function falSamples(): Sample[] {
  return [
    videoSample('fal-ai/veo3.1/fast', { durationSeconds: 4, resolution: '720p', aspectRatio: '16:9', audio: false, seed: 0, negativePrompt: 'rain' }),
    videoSample(SORA, { durationSeconds: 4, size: '1280x720', audio: true }),
    { ...videoSample(SORA, { operation: 'remix', prompt: 'at night', durationSeconds: 4, size: '1280x720', audio: true }, [SOURCE]), parent: 1 },
    videoSample(`${SORA}/pro`, { durationSeconds: 4, size: '1080x1920', audio: true }, [FIRST]),
    videoSample('fal-ai/veo3.1', { prompt: '@Image1 meets @Image2', durationSeconds: 8, resolution: '720p', aspectRatio: '9:16', audio: true }, [PICTURE, PICTURE]),
    videoSample('fal-ai/veo3.1', { durationSeconds: 4, resolution: '720p', aspectRatio: '16:9', audio: true }, [FIRST, LAST]),
    videoSample('fal-ai/veo3', { durationSeconds: 6, resolution: '720p', aspectRatio: '16:9', audio: true }, [LARGE]),
    videoSample('fal-ai/veo2', { durationSeconds: 5, resolution: '720p', aspectRatio: '9:16', enhancePrompt: false }),
    videoSample('fal-ai/veo2', { durationSeconds: 8, resolution: '720p', aspectRatio: 'adaptive' }, [FIRST]),
    videoSample(KLING_1, { durationSeconds: 5, resolution: '720p', aspectRatio: '1:1', vendor: { cfg_scale: 0.4 } }),
    videoSample(KLING_1, { durationSeconds: 5, resolution: '1080p', aspectRatio: 'adaptive' }, [FIRST, LAST]),
    videoSample(KLING_1, { durationSeconds: 5, resolution: '720p', aspectRatio: '9:16' }, [PICTURE, PICTURE, PICTURE, PICTURE]),
    videoSample('fal-ai/kling-video/v2/master/text-to-video', { durationSeconds: 5, resolution: '720p', aspectRatio: '16:9' }),
    videoSample('fal-ai/kling-video/v2.1/standard/image-to-video', { durationSeconds: 5, resolution: '720p', aspectRatio: 'adaptive' }, [FIRST]),
    videoSample('fal-ai/kling-video/v2.1/standard/image-to-video', { durationSeconds: 5, resolution: '1080p', aspectRatio: 'adaptive' }, [FIRST, LAST]),
    videoSample('fal-ai/kling-video/v2.1/master/text-to-video', { durationSeconds: 5, resolution: '1080p', aspectRatio: 'adaptive' }, [FIRST]),
    videoSample(KLING_25, { durationSeconds: 5, resolution: '1080p', aspectRatio: 'adaptive' }, [FIRST, LAST]),
    videoSample(KLING_25, { durationSeconds: 5, resolution: '720p', aspectRatio: 'adaptive' }, [FIRST]),
    videoSample(KLING_26, { durationSeconds: 5, resolution: '1080p', aspectRatio: 'adaptive', audio: true }, [FIRST]),
    videoSample(HAILUO, { durationSeconds: 6, resolution: '768p', aspectRatio: '16:9', enhancePrompt: true }),
    videoSample(HAILUO, { durationSeconds: 6, resolution: '512p', aspectRatio: 'adaptive' }, [FIRST]),
    videoSample(HAILUO, { durationSeconds: 6, resolution: '1080p', aspectRatio: 'adaptive' }, [FIRST, LAST]),
    videoSample('fal-ai/minimax/hailuo-2.3/standard/text-to-video', { durationSeconds: 6, resolution: '1080p', aspectRatio: '16:9' }),
    videoSample('fal-ai/minimax/hailuo-2.3-fast/standard/image-to-video', { durationSeconds: 6, resolution: '768p', aspectRatio: 'adaptive' }, [FIRST]),
    videoSample('fal-ai/wan-25-preview/text-to-video', { durationSeconds: 5, resolution: '480p', aspectRatio: '1:1', audio: true, enhancePrompt: false }, [HEARD]),
    videoSample('fal-ai/wan-25-preview/image-to-video', { durationSeconds: 5, resolution: '480p', aspectRatio: 'adaptive', audio: true, seed: 3 }, [FIRST]),
    videoSample('fal-ai/vidu/q1/text-to-video', { durationSeconds: 5, resolution: '1080p', aspectRatio: '1:1', style: 'anime', vendor: { movement_amplitude: 'large' } }),
    videoSample('fal-ai/vidu/q1/text-to-video', { durationSeconds: 5, resolution: '1080p', aspectRatio: '16:9', vendor: { bgm: true } }, [PICTURE]),
    videoSample('fal-ai/bytedance/seedance/v1/pro/text-to-video', { durationSeconds: 2, resolution: '480p', aspectRatio: 'adaptive', vendor: { camera_fixed: true } }, [FIRST, LAST]),
    imageSample('fal-ai/flux-pro/v1.1', { size: '1024x768', seed: 7, outputFormat: 'png' }),
    imageSample('fal-ai/flux-pro/v1.1-ultra', { aspectRatio: '9:21', vendor: { raw: true } }),
    imageSample('fal-ai/flux/schnell', { size: '512x512', count: 4 }),
    imageSample('fal-ai/flux-pro/kontext', { aspectRatio: '16:9' }),
    imageSample('fal-ai/flux-pro/kontext', { aspectRatio: '1:1' }, [EDITED]),
    imageSample('fal-ai/flux-pro/kontext/max', { aspectRatio: '1:1' }, [EDITED, PICTURE]),
    imageSample('fal-ai/flux-pro/v1/fill', {}, [EDITED, MASK]),
    imageSample('fal-ai/flux-2-pro', { size: '1024x1024', vendor: { safety_tolerance: 3 } }, [EDITED, PICTURE]),
    imageSample('fal-ai/qwen-image', { size: '1664x928', negativePrompt: 'rain' }),
    imageSample('fal-ai/qwen-image-edit', { aspectRatio: 'adaptive' }, [EDITED]),
    imageSample('fal-ai/nano-banana-pro', { resolution: '1K', aspectRatio: '16:9', size: '1360x768' }, [EDITED, PICTURE]),
    imageSample('fal-ai/nano-banana-2', { resolution: '512', aspectRatio: '8:1' }),
    imageSample('fal-ai/nano-banana', { resolution: '1K', aspectRatio: '4:5', outputFormat: 'png' }),
    imageSample('fal-ai/imagen4/preview', { resolution: '1K', aspectRatio: '3:4', count: 2 }),
    imageSample('fal-ai/imagen4/preview/fast', { resolution: '1K', aspectRatio: '1:1' }),
    imageSample(SEEDREAM, { resolution: '1K', aspectRatio: '16:9', size: '1364x768', count: 6 }),
    imageSample(SEEDREAM, { size: '1024x1024' }, Array.from({ length: 10 }, () => PICTURE)),
    imageSample('fal-ai/gpt-image-1.5', { size: '1536x1024', quality: 'low', vendor: { background: 'opaque' } }),
  ]
}

export function falRefusals(): Refusal[] {
  return [
    { about: 'a length that Veo has not', param: 'durationSeconds', sample: videoSample('fal-ai/veo3.1', { durationSeconds: 5, resolution: '720p', aspectRatio: '16:9' }) },
    { about: '4k from words', param: 'resolution', sample: videoSample('fal-ai/veo3.1', { durationSeconds: 8, resolution: '4k', aspectRatio: '16:9' }) },
    { about: 'a square of Veo', param: 'aspectRatio', sample: videoSample('fal-ai/veo3', { durationSeconds: 8, resolution: '720p', aspectRatio: '1:1' }) },
    { about: 'a fourth reference', param: 'inputs', sample: videoSample('fal-ai/veo3.1', { durationSeconds: 8, resolution: '720p', aspectRatio: '16:9' }, [PICTURE, PICTURE, PICTURE, PICTURE]) },
    { about: 'references for the fast one', param: 'inputs', sample: videoSample('fal-ai/veo3.1/fast', { durationSeconds: 8, resolution: '720p', aspectRatio: '16:9' }, [PICTURE]) },
    { about: 'a last frame of Veo 2', param: 'inputs', sample: videoSample('fal-ai/veo2', { durationSeconds: 5, resolution: '720p', aspectRatio: '16:9' }, [FIRST, LAST]) },
    { about: '720p of an app that makes 1080p', param: 'resolution', sample: videoSample(KLING_25, { durationSeconds: 5, resolution: '720p', aspectRatio: '16:9' }) },
    { about: 'ten seconds of 1080p', sample: videoSample(HAILUO, { durationSeconds: 10, resolution: '1080p', aspectRatio: '16:9' }) },
    { about: 'sound where there is none', param: 'audio', sample: videoSample(KLING_1, { durationSeconds: 5, resolution: '720p', aspectRatio: '16:9', audio: true }) },
    { about: 'silence of one that always sounds', param: 'audio', sample: videoSample('fal-ai/wan-25-preview/text-to-video', { durationSeconds: 5, resolution: '480p', aspectRatio: '16:9', audio: false }) },
    { about: 'no words where some are needed', param: 'prompt', sample: videoSample(HAILUO, { prompt: '', durationSeconds: 6, resolution: '768p', aspectRatio: 'adaptive' }, [FIRST]) },
    { about: 'a remix of a video that was not made here', param: 'inputs', sample: videoSample(SORA, { operation: 'remix', durationSeconds: 4, size: '1280x720' }, [SOURCE]) },
    { about: 'an operation that is not sold', param: 'inputs', sample: videoSample(SORA, { operation: 'extend', durationSeconds: 4, size: '1280x720' }, [SOURCE]) },
    { about: 'seven pictures at once', param: 'count', sample: imageSample(SEEDREAM, { size: '1024x1024', count: 7 }) },
    { about: 'a format that is not made', param: 'outputFormat', sample: imageSample('fal-ai/flux-pro/v1.1', { size: '1024x768', outputFormat: 'webp' }) },
    { about: 'a second picture to edit', param: 'inputs', sample: imageSample('fal-ai/qwen-image-edit', {}, [EDITED, EDITED]) },
    { about: 'a mark', param: 'vendor.watermark', sample: imageSample('fal-ai/qwen-image', { size: '1328x1328', vendor: { watermark: true } }) },
  ]
}
