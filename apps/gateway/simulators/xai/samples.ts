import type { GenerationRequest } from '../../src/core/generation-request.ts'
import { imageSample, videoSample } from '../sample.ts'
import type { Refusal, Sample, SampleInput } from '../simulator.ts'

const BASE = 'grok-imagine-video'
const NEWEST = 'grok-imagine-video-1.5'
const IMAGE = 'grok-imagine-image'
const IMAGE_2 = 'grok-imagine-image-2.0'

const PICTURE: SampleInput = { media: 'image', role: 'reference', mediaType: 'image/png', bytes: Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a) }
const FIRST_FRAME: SampleInput = { ...PICTURE, role: 'first_frame' }
const LAST_FRAME: SampleInput = { media: 'image', role: 'last_frame', mediaType: 'image/jpeg', url: 'https://example.com/last.jpg' }
const AUDIO: SampleInput = { media: 'audio', role: 'reference', mediaType: 'audio/mpeg', url: 'https://example.com/theme.mp3' }
const VIDEO: SampleInput = { media: 'video', role: 'source', mediaType: 'video/mp4', url: 'https://example.com/walk.mp4' }
const FILE: SampleInput = { media: 'video', role: 'source', mediaType: 'video/mp4', bytes: Uint8Array.of(0, 0, 0, 0x18, 0x66, 0x74, 0x79, 0x70) }

const LOW = { resolution: '480p', aspectRatio: '16:9', audio: true } as const
const FOLLOWING = { resolution: '480p', aspectRatio: 'adaptive', audio: true } as const

/** One job of each kind that the wire has, the plainest video and the plainest picture first. */
export function xaiSamples(): Sample[] {
  return [
    videoSample(BASE, { ...LOW, durationSeconds: 1 }),
    videoSample(BASE, { ...FOLLOWING, durationSeconds: 2, prompt: '' }, [FIRST_FRAME]),
    videoSample(NEWEST, { ...FOLLOWING, resolution: '1080p', durationSeconds: 1, audio: false }, [FIRST_FRAME, LAST_FRAME]),
    videoSample(NEWEST, { ...LOW, durationSeconds: 2, prompt: '@Image2 and @Image1 dance to @Audio1', endUserId: 'alice' }, [PICTURE, PICTURE, AUDIO]),
    videoSample(BASE, { ...LOW, durationSeconds: 10, vendor: { storage_options: { filename: 'boat.mp4', public_url: true } } }, Array.from({ length: 7 }, () => PICTURE)),
    videoSample(BASE, { ...FOLLOWING, durationSeconds: 'auto', prompt: 'At night' }, [VIDEO]),
    videoSample(BASE, { ...FOLLOWING, durationSeconds: 'auto', prompt: 'At night' }, [FILE]),
    videoSample(BASE, { ...FOLLOWING, durationSeconds: 2, prompt: 'It reaches the shore', operation: 'extend' }, [FILE]),
    image(IMAGE, { resolution: '1k', aspectRatio: '1:1' }),
    image(IMAGE_2, { resolution: '2k', aspectRatio: '19.5:9', quality: 'low', count: 2, outputFormat: 'jpeg' }),
    image('grok-imagine-image-quality', { resolution: '1k', aspectRatio: 'adaptive', count: 10 }),
    image(IMAGE, { resolution: '1k', aspectRatio: 'adaptive', prompt: '@Image1 at night' }, [{ ...PICTURE, role: 'source' }]),
    image(IMAGE, { resolution: '1k', aspectRatio: '3:4', prompt: '@Image1 with @Image3' }, [PICTURE, PICTURE, PICTURE]),
  ]
}

/** A step beyond each limit. */
export function xaiRefusals(): Refusal[] {
  return [
    { about: 'sixteen seconds', param: 'durationSeconds', sample: videoSample(BASE, { ...LOW, durationSeconds: 16 }) },
    { about: 'eleven seconds with references', param: 'durationSeconds', sample: videoSample(BASE, { ...LOW, durationSeconds: 11 }, [PICTURE]) },
    { about: 'one second more', param: 'durationSeconds', sample: videoSample(BASE, { ...FOLLOWING, durationSeconds: 1, operation: 'extend' }, [VIDEO]) },
    { about: 'a length for the model to choose', param: 'durationSeconds', sample: videoSample(BASE, { ...LOW, durationSeconds: 'auto' }) },
    { about: '1080p of the older model', param: 'resolution', sample: videoSample(BASE, { ...LOW, resolution: '1080p', durationSeconds: 1 }) },
    { about: '1080p with references', param: 'resolution', sample: videoSample(NEWEST, { ...LOW, resolution: '1080p', durationSeconds: 1 }, [PICTURE]) },
    { about: 'a ratio that nobody makes', param: 'aspectRatio', sample: videoSample(BASE, { ...LOW, aspectRatio: '21:9', durationSeconds: 1 }) },
    { about: 'a ratio beside a first frame', param: 'aspectRatio', sample: videoSample(BASE, { ...LOW, durationSeconds: 1 }, [FIRST_FRAME]) },
    { about: 'a last frame of the older model', param: 'inputs', sample: videoSample(BASE, { ...FOLLOWING, durationSeconds: 1 }, [FIRST_FRAME, LAST_FRAME]) },
    { about: 'a last frame alone', param: 'inputs', sample: videoSample(NEWEST, { ...FOLLOWING, durationSeconds: 1 }, [LAST_FRAME]) },
    { about: 'frames with references', param: 'inputs', sample: videoSample(NEWEST, { ...FOLLOWING, durationSeconds: 1 }, [FIRST_FRAME, PICTURE]) },
    { about: 'eight pictures', param: 'inputs', sample: videoSample(BASE, { ...LOW, durationSeconds: 1 }, Array.from({ length: 8 }, () => PICTURE)) },
    { about: 'sounds for the older model', param: 'inputs', sample: videoSample(BASE, { ...LOW, durationSeconds: 1 }, [PICTURE, AUDIO]) },
    { about: 'four sounds', param: 'inputs', sample: videoSample(NEWEST, { ...LOW, durationSeconds: 1 }, [PICTURE, AUDIO, AUDIO, AUDIO, AUDIO]) },
    { about: 'a seed', param: 'seed', sample: videoSample(BASE, { ...LOW, durationSeconds: 1, seed: 0 }) },
    { about: 'two videos', param: 'count', sample: videoSample(BASE, { ...LOW, durationSeconds: 1, count: 2 }) },
    { about: 'an extension by the newest model', sample: videoSample(NEWEST, { ...FOLLOWING, durationSeconds: 2, operation: 'extend' }, [VIDEO]) },
    { about: 'no words', sample: videoSample(BASE, { ...LOW, durationSeconds: 1, prompt: '' }) },
    { about: 'a model that is not there', sample: videoSample('grok-imagine-video-9', { ...LOW, durationSeconds: 1 }) },
    { about: 'eleven pictures at a time', param: 'count', sample: image(IMAGE, { resolution: '1k', aspectRatio: '1:1', count: 11 }) },
    { about: 'an edit of four pictures', param: 'inputs', sample: image(IMAGE, { resolution: '1k' }, [PICTURE, PICTURE, PICTURE, PICTURE]) },
    { about: 'a mask', param: 'inputs', sample: image(IMAGE, { resolution: '1k' }, [PICTURE, { ...PICTURE, role: 'mask' }]) },
    { about: 'another shape for one picture', param: 'aspectRatio', sample: image(IMAGE, { resolution: '1k', aspectRatio: '1:1' }, [PICTURE]) },
    { about: 'a quality of the older models', param: 'quality', sample: image(IMAGE, { resolution: '1k', aspectRatio: '1:1', quality: 'low' }) },
    { about: '4k', param: 'resolution', sample: image(IMAGE_2, { resolution: '4k', aspectRatio: '1:1' }) },
    { about: 'PNG', param: 'outputFormat', sample: image(IMAGE, { resolution: '1k', aspectRatio: '1:1', outputFormat: 'png' }) },
  ]
}

function image(upstreamModel: string, fields: Partial<GenerationRequest>, inputs: SampleInput[] = []): Sample {
  return { ...imageSample(upstreamModel, fields, inputs), immediate: true }
}
