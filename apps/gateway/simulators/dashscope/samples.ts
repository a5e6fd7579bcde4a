import { imageSample, videoSample } from '../sample.ts'
import type { Refusal, Sample, SampleInput } from '../simulator.ts'

const PICTURE: SampleInput = { media: 'image', role: 'reference', mediaType: 'image/png', bytes: Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==', 'base64') }
const FIRST_FRAME: SampleInput = { ...PICTURE, role: 'first_frame' }
const LAST_FRAME: SampleInput = { media: 'image', role: 'last_frame', mediaType: 'image/jpeg', url: 'https://example.com/last.jpg' }
const VIDEO: SampleInput = { media: 'video', role: 'reference', mediaType: 'video/mp4', url: 'https://example.com/walk.mp4' }
const SOURCE_VIDEO: SampleInput = { ...VIDEO, role: 'source' }
const SOUND: SampleInput = { media: 'audio', role: 'source', mediaType: 'audio/mpeg', url: 'https://example.com/song.mp3' }
const SOURCE: SampleInput = { ...PICTURE, role: 'source' }
const MASK: SampleInput = { ...PICTURE, role: 'mask' }
const SMALL = { resolution: '480p', durationSeconds: 5 } as const
const HD = { resolution: '720p', durationSeconds: 2 } as const

/** One job of each family, on the smallest frame that it has. */
export function dashscopeSamples(): Sample[] {
  return [
    videoSample('wan2.5-t2v-preview', { ...SMALL, aspectRatio: '9:16', size: '480x832', negativePrompt: 'blur', seed: 0, enhancePrompt: false }, [SOUND]),
    videoSample('wan2.5-i2v-preview', { ...SMALL, aspectRatio: 'adaptive', audio: false }, [FIRST_FRAME]),
    videoSample('wan3.0-video', { ...SMALL, durationSeconds: 30, aspectRatio: '21:9', audio: false, seed: -1, vendor: { enable_thinking: true } }),
    videoSample('wan3.0-video-prime', { ...SMALL, aspectRatio: 'adaptive', audio: true }, [FIRST_FRAME, LAST_FRAME]),
    videoSample('wan3.0-video', { ...SMALL, aspectRatio: '1:1', prompt: '@Image1 dances like @Video1 to @Audio1' }, [PICTURE, VIDEO, { ...SOUND, role: 'reference' }]),
    videoSample('wan2.7-t2v', { ...HD, aspectRatio: '3:4', size: '832x1104', audio: true }, [SOUND]),
    videoSample('wan2.7-i2v', { ...HD, prompt: '', aspectRatio: 'adaptive' }, [FIRST_FRAME, LAST_FRAME]),
    videoSample('wan2.7-i2v', { ...HD, operation: 'extend', aspectRatio: 'adaptive' }, [SOURCE_VIDEO]),
    videoSample('wan2.7-r2v', { ...HD, aspectRatio: '16:9', prompt: '@Image1看着@Image2' }, [FIRST_FRAME, PICTURE, VIDEO]),
    videoSample('wan2.7-videoedit', { resolution: '720p', durationSeconds: 'auto', aspectRatio: 'adaptive', vendor: { audio_setting: 'origin' } }, [SOURCE_VIDEO, PICTURE]),
    videoSample('wan2.6-t2v-us', { ...HD, aspectRatio: '16:9', size: '1280x720', vendor: { shot_type: 'multi', watermark: true } }),
    videoSample('wan2.6-i2v-flash', { ...HD, aspectRatio: 'adaptive', audio: false }, [FIRST_FRAME, SOUND]),
    videoSample('wan2.6-r2v', { ...HD, aspectRatio: '16:9', prompt: '@Video1 meets @Image1' }, [PICTURE, VIDEO]),
    videoSample('wan2.2-t2v-plus', { ...SMALL, aspectRatio: '1:1', size: '624x624' }),
    videoSample('wan2.2-kf2v-flash', { ...SMALL, aspectRatio: 'adaptive' }, [FIRST_FRAME, LAST_FRAME]),
    videoSample('wan2.2-s2v', { resolution: '480p', durationSeconds: 'auto', aspectRatio: 'adaptive', prompt: '' }, [FIRST_FRAME, SOUND]),
    videoSample('wan2.2-animate-mix', { durationSeconds: 'auto', aspectRatio: 'adaptive', prompt: '', quality: 'wan-pro', vendor: { check_image: true, watermark: false } }, [PICTURE, SOURCE_VIDEO]),
    videoSample('wanx2.1-i2v-turbo', { ...SMALL, durationSeconds: 3, aspectRatio: 'adaptive' }, [FIRST_FRAME]),
    videoSample('wanx2.1-vace-plus', { resolution: '720p', durationSeconds: 5, aspectRatio: '16:9', vendor: { obj_or_bg: ['obj', 'bg'] } }, [PICTURE, PICTURE]),
    videoSample('wanx2.1-vace-plus', { resolution: '720p', durationSeconds: 5, aspectRatio: '16:9' }, [SOURCE_VIDEO]),
    videoSample('happyhorse-1.1-t2v', { ...HD, durationSeconds: 3, aspectRatio: '9:21' }),
    videoSample('happyhorse-1.0-r2v', { ...HD, durationSeconds: 3, aspectRatio: '1:1', prompt: '@Image9 leads' }, Array.from({ length: 9 }, () => PICTURE)),
    videoSample('happyhorse-1.0-video-edit', { resolution: '720p', durationSeconds: 'auto', aspectRatio: 'adaptive' }, [SOURCE_VIDEO]),
    imageSample('wan2.2-t2i-flash', { count: 4, size: '512x1440' }),
    imageSample('wan2.5-i2i-preview', { count: 2, size: '1280x1280' }, [SOURCE, { ...PICTURE, url: 'https://example.com/hat.png' }]),
    imageSample('wanx2.1-imageedit', { count: 1, aspectRatio: 'adaptive', vendor: { strength: 0.5 } }, [SOURCE, MASK]),
    imageSample('wan2.7-image', { count: 12, resolution: '1K', aspectRatio: '16:9', size: '1360x768', prompt: '@Image1 in a row', vendor: { enable_sequential: true } }, [SOURCE]),
    imageSample('wan2.6-t2i', { count: 1, size: '1280x1280', negativePrompt: 'blur' }),
    { ...imageSample('qwen-image', { size: '1664x928', enhancePrompt: true }), immediate: true },
    { ...imageSample('qwen-image-edit', { aspectRatio: 'adaptive', prompt: '把@Image1放进@Image2' }, [SOURCE, PICTURE]), immediate: true },
  ]
}

export function dashscopeRefusals(): Refusal[] {
  return [
    { about: '6 s of 2.5', sample: videoSample('wan2.5-t2v-preview', { durationSeconds: 6 }), param: 'durationSeconds' },
    { about: '31 s of 3.0', sample: videoSample('wan3.0-video', { durationSeconds: 31 }), param: 'durationSeconds' },
    { about: '1080p of 2.1 turbo', sample: videoSample('wanx2.1-i2v-turbo', { resolution: '1080p' }, [FIRST_FRAME]), param: 'resolution' },
    { about: 'a size beside the table', sample: videoSample('wan2.6-t2v', { size: '1280x768' }), param: 'size' },
    { about: '21:9 of 2.7', sample: videoSample('wan2.7-t2v', { aspectRatio: '21:9' }), param: 'aspectRatio' },
    { about: 'six references', sample: videoSample('wan2.6-r2v', {}, [...Array.from({ length: 3 }, () => PICTURE), ...Array.from({ length: 3 }, () => VIDEO)]), param: 'inputs' },
    { about: 'four videos', sample: videoSample('wan2.7-r2v', {}, Array.from({ length: 4 }, () => VIDEO)), param: 'inputs' },
    { about: 'a first and a last frame with a sound', sample: videoSample('wan2.7-i2v', {}, [FIRST_FRAME, LAST_FRAME, SOUND]), param: 'inputs' },
    { about: 'a video that nobody can reach', sample: videoSample('wan2.7-videoedit', {}, [{ media: 'video', role: 'source', mediaType: 'video/mp4' }]), param: 'inputs' },
    { about: 'a portrait without a sound', sample: videoSample('wan2.2-s2v', { prompt: '' }, [FIRST_FRAME]), param: 'inputs' },
    { about: 'a picture of another format', sample: videoSample('wan2.5-i2v-preview', {}, [{ ...FIRST_FRAME, mediaType: 'image/gif' }]) },
    { about: 'a side beyond what 2.2 draws', sample: imageSample('wan2.2-t2i-flash', { size: '1456x512' }) },
    { about: 'five pictures that are no sequence', sample: imageSample('wan2.7-image', { count: 5 }), param: 'count' },
    { about: '4K of pictures', sample: imageSample('wan2.7-image-pro', { resolution: '4K', size: '4096x4096' }, [SOURCE]), param: 'resolution' },
    { about: 'two pictures of Qwen', sample: imageSample('qwen-image', { count: 2 }), param: 'count' },
    { about: 'a model whose wire nobody knows', sample: videoSample('wan9.9-t2v', {}), param: 'model' },
  ]
}
