import type { GenerationRequest, InputAsset } from '../../src/core/generation-request.ts'
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
    video(BASE, { ...LOW, durationSeconds: 1 }),
    video(BASE, { ...FOLLOWING, durationSeconds: 2, prompt: '' }, [FIRST_FRAME], 'image_to_video'),
    video(NEWEST, { ...FOLLOWING, resolution: '1080p', durationSeconds: 1, audio: false }, [FIRST_FRAME, LAST_FRAME], 'first_last_frame'),
    video(NEWEST, { ...LOW, durationSeconds: 2, prompt: '@Image2 and @Image1 dance to @Audio1', endUserId: 'alice' }, [PICTURE, PICTURE, AUDIO], 'reference_to_video'),
    video(BASE, { ...LOW, durationSeconds: 10, vendor: { storage_options: { filename: 'boat.mp4', public_url: true } } }, Array.from({ length: 7 }, () => PICTURE), 'reference_to_video'),
    video(BASE, { ...FOLLOWING, durationSeconds: 'auto', prompt: 'At night' }, [VIDEO], 'video_to_video'),
    video(BASE, { ...FOLLOWING, durationSeconds: 'auto', prompt: 'At night' }, [FILE], 'video_to_video'),
    video(BASE, { ...FOLLOWING, durationSeconds: 2, prompt: 'It reaches the shore' }, [FILE], 'extend'),
    image(IMAGE, { resolution: '1k', aspectRatio: '1:1' }),
    image(IMAGE_2, { resolution: '2k', aspectRatio: '19.5:9', quality: 'low', count: 2, outputFormat: 'jpeg' }),
    image('grok-imagine-image-quality', { resolution: '1k', aspectRatio: 'adaptive', count: 10 }),
    image(IMAGE, { resolution: '1k', aspectRatio: 'adaptive', prompt: '@Image1 at night' }, [{ ...PICTURE, role: 'source' }], 'image_edit'),
    image(IMAGE, { resolution: '1k', aspectRatio: '3:4', prompt: '@Image1 with @Image3' }, [PICTURE, PICTURE, PICTURE], 'image_edit'),
  ]
}

/** A step beyond each limit. */
export function xaiRefusals(): Refusal[] {
  return [
    { about: 'sixteen seconds', param: 'durationSeconds', sample: video(BASE, { ...LOW, durationSeconds: 16 }) },
    { about: 'eleven seconds with references', param: 'durationSeconds', sample: video(BASE, { ...LOW, durationSeconds: 11 }, [PICTURE], 'reference_to_video') },
    { about: 'one second more', param: 'durationSeconds', sample: video(BASE, { ...FOLLOWING, durationSeconds: 1 }, [VIDEO], 'extend') },
    { about: 'a length for the model to choose', param: 'durationSeconds', sample: video(BASE, { ...LOW, durationSeconds: 'auto' }) },
    { about: '1080p of the older model', param: 'resolution', sample: video(BASE, { ...LOW, resolution: '1080p', durationSeconds: 1 }) },
    { about: '1080p with references', param: 'resolution', sample: video(NEWEST, { ...LOW, resolution: '1080p', durationSeconds: 1 }, [PICTURE], 'reference_to_video') },
    { about: 'a ratio that nobody makes', param: 'aspectRatio', sample: video(BASE, { ...LOW, aspectRatio: '21:9', durationSeconds: 1 }) },
    { about: 'a ratio beside a first frame', param: 'aspectRatio', sample: video(BASE, { ...LOW, durationSeconds: 1 }, [FIRST_FRAME], 'image_to_video') },
    { about: 'a last frame of the older model', param: 'inputs', sample: video(BASE, { ...FOLLOWING, durationSeconds: 1 }, [FIRST_FRAME, LAST_FRAME], 'first_last_frame') },
    { about: 'a last frame alone', param: 'inputs', sample: video(NEWEST, { ...FOLLOWING, durationSeconds: 1 }, [LAST_FRAME], 'first_last_frame') },
    { about: 'frames with references', param: 'inputs', sample: video(NEWEST, { ...FOLLOWING, durationSeconds: 1 }, [FIRST_FRAME, PICTURE], 'reference_to_video') },
    { about: 'eight pictures', param: 'inputs', sample: video(BASE, { ...LOW, durationSeconds: 1 }, Array.from({ length: 8 }, () => PICTURE), 'reference_to_video') },
    { about: 'sounds for the older model', param: 'inputs', sample: video(BASE, { ...LOW, durationSeconds: 1 }, [PICTURE, AUDIO], 'reference_to_video') },
    { about: 'four sounds', param: 'inputs', sample: video(NEWEST, { ...LOW, durationSeconds: 1 }, [PICTURE, AUDIO, AUDIO, AUDIO, AUDIO], 'reference_to_video') },
    { about: 'a seed', param: 'seed', sample: video(BASE, { ...LOW, durationSeconds: 1, seed: 0 }) },
    { about: 'two videos', param: 'count', sample: video(BASE, { ...LOW, durationSeconds: 1, count: 2 }) },
    { about: 'an extension by the newest model', sample: video(NEWEST, { ...FOLLOWING, durationSeconds: 2 }, [VIDEO], 'extend') },
    { about: 'no words', sample: video(BASE, { ...LOW, durationSeconds: 1, prompt: '' }) },
    { about: 'a model that is not there', sample: video('grok-imagine-video-9', { ...LOW, durationSeconds: 1 }) },
    { about: 'eleven pictures at a time', param: 'count', sample: image(IMAGE, { resolution: '1k', aspectRatio: '1:1', count: 11 }) },
    { about: 'an edit of four pictures', param: 'inputs', sample: image(IMAGE, { resolution: '1k' }, [PICTURE, PICTURE, PICTURE, PICTURE], 'image_edit') },
    { about: 'a mask', param: 'inputs', sample: image(IMAGE, { resolution: '1k' }, [PICTURE, { ...PICTURE, role: 'mask' }], 'image_edit') },
    { about: 'another shape for one picture', param: 'aspectRatio', sample: image(IMAGE, { resolution: '1k', aspectRatio: '1:1' }, [PICTURE], 'image_edit') },
    { about: 'a quality of the older models', param: 'quality', sample: image(IMAGE, { resolution: '1k', aspectRatio: '1:1', quality: 'low' }) },
    { about: '4k', param: 'resolution', sample: image(IMAGE_2, { resolution: '4k', aspectRatio: '1:1' }) },
    { about: 'PNG', param: 'outputFormat', sample: image(IMAGE, { resolution: '1k', aspectRatio: '1:1', outputFormat: 'png' }) },
  ]
}

function video(upstreamModel: string, fields: Partial<GenerationRequest>, inputs: SampleInput[] = [], operation: GenerationRequest['operation'] = 'text_to_video'): Sample {
  return sample(upstreamModel, { kind: 'video', operation, ...fields }, inputs)
}

function image(upstreamModel: string, fields: Partial<GenerationRequest>, inputs: SampleInput[] = [], operation: GenerationRequest['operation'] = 'text_to_image'): Sample {
  return { ...sample(upstreamModel, { kind: 'image', operation, ...fields }, inputs), immediate: true }
}

function sample(upstreamModel: string, fields: Partial<GenerationRequest> & Pick<GenerationRequest, 'kind' | 'operation'>, inputs: SampleInput[]): Sample {
  const assets: InputAsset[] = inputs.map(({ media, role, url }) => ({ media, role, source: { url: url ?? 'https://example.com/upload' } }))
  return { upstreamModel, request: { model: upstreamModel, prompt: 'A paper boat on a stream', count: 1, inputs: assets, ...fields }, inputs }
}
