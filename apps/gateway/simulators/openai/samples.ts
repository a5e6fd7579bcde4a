import { deflateSync, crc32 } from 'node:zlib'
import type { GenerationRequest } from '../../src/core/generation-request.ts'
import { imageSample, videoSample } from '../sample.ts'
import type { Refusal, Sample, SampleInput } from '../simulator.ts'

const UPRIGHT: SampleInput = { media: 'image', role: 'first_frame', mediaType: 'image/png', bytes: plainPng(720, 1280) }
const PICTURE: SampleInput = { media: 'image', role: 'source', mediaType: 'image/png', bytes: plainPng(64, 64) }
/** Without holes: white is what changes. */
const MASK: SampleInput = { ...PICTURE, role: 'mask' }
const VIDEO: SampleInput = { media: 'video', role: 'source', mediaType: 'video/mp4', bytes: Uint8Array.of(0, 0, 0, 0x18, 0x66, 0x74, 0x79, 0x70) }

const HD = { size: '1280x720', durationSeconds: 4 } as const

/** One job of each kind that the wire has, the plainest video and the plainest picture first. */
export function openAiSamples(): Sample[] {
  return [
    video('sora-2', { ...HD }),
    video('sora-2', { size: '720x1280', durationSeconds: 8, prompt: '@Image1 comes alive' }, [UPRIGHT]),
    { ...video('sora-2', { ...HD, prompt: 'The same at night', operation: 'remix' }, [VIDEO]), parent: 0 },
    { ...video('sora-2', { ...HD, prompt: 'It reaches the shore', operation: 'extend' }, [VIDEO]), parent: 0 },
    video('sora-2-pro', { size: '720x1280', durationSeconds: 4, operation: 'remix' }, [VIDEO]),
    video('sora-2-pro', { size: '720x1280', durationSeconds: 4, operation: 'extend' }, [VIDEO]),
    image('gpt-image-2', { size: '1024x1024', quality: 'medium', outputFormat: 'png' }),
    image('gpt-image-2', { size: '3840x2160', quality: 'low', outputFormat: 'webp', vendor: { output_compression: 80, moderation: 'low' } }),
    image('gpt-image-2.6-flare', { size: 'auto', quality: 'max', count: 2 }),
    image('gpt-image-1', { size: '1536x1024', prompt: '@Image1 and @Image2, at night', quality: 'medium', vendor: { input_fidelity: 'high', background: 'transparent' } }, [PICTURE, { ...PICTURE, role: 'reference' }, MASK]),
    image('gpt-image-1-mini', { size: '1024x1024', count: 10, quality: 'low', outputFormat: 'jpeg', endUserId: 'alice' }, [PICTURE]),
    image('dall-e-3', { size: '1792x1024', quality: 'hd', style: 'natural', outputFormat: 'png' }),
    image('dall-e-2', { size: '256x256', count: 2, prompt: '', operation: 'variation' }, [PICTURE]),
  ]
}

/** A step beyond each limit. */
export function openAiRefusals(): Refusal[] {
  return [
    { about: 'a duration of 21 s', param: 'durationSeconds', sample: video('sora-2', { ...HD, durationSeconds: 21 }) },
    { about: 'parts of seconds', param: 'durationSeconds', sample: video('sora-2', { ...HD, durationSeconds: 4.5 }) },
    { about: 'a length for the model to choose', param: 'durationSeconds', sample: video('sora-2', { ...HD, durationSeconds: 'auto' }) },
    { about: 'a size of the other model', param: 'size', sample: video('sora-2', { ...HD, size: '1024x1792' }) },
    { about: 'a size that nobody makes', param: 'size', sample: video('sora-2-pro', { ...HD, size: '1000x1000' }) },
    { about: 'a resolution', param: 'size', sample: video('sora-2', { resolution: '720p', aspectRatio: 'adaptive' }) },
    { about: 'silence', param: 'audio', sample: video('sora-2', { ...HD, audio: false }) },
    { about: 'a seed', param: 'seed', sample: video('sora-2', { ...HD, seed: 0 }) },
    { about: 'two videos', param: 'count', sample: video('sora-2', { ...HD, count: 2 }) },
    { about: 'a last frame', param: 'inputs', sample: video('sora-2', { ...HD, operation: 'image_to_video' }, [{ ...UPRIGHT, role: 'last_frame' }]) },
    { about: 'a first frame of another size', param: 'inputs', sample: video('sora-2', { ...HD }, [UPRIGHT]) },
    { about: 'a remix that is longer than what is paid for', param: 'durationSeconds', sample: { ...video('sora-2', { size: '720x1280', durationSeconds: 4, operation: 'remix' }, [VIDEO]), parent: 1 } },
    { about: 'a remix of another size', param: 'size', sample: { ...video('sora-2', { size: '720x1280', durationSeconds: 4, operation: 'remix' }, [VIDEO]), parent: 0 } },
    { about: 'eleven pictures', param: 'count', sample: image('gpt-image-2', { size: '1024x1024', count: 11 }) },
    { about: 'two pictures of DALL·E 3', param: 'count', sample: image('dall-e-3', { size: '1024x1024', count: 2 }) },
    { about: 'sides that are no blocks', param: 'size', sample: image('gpt-image-2', { size: '1000x1000' }) },
    { about: 'a picture that is too long', param: 'size', sample: image('gpt-image-2.5-flare', { size: '3840x1264' }) },
    { about: 'a size of a newer model', param: 'size', sample: image('gpt-image-1.5', { size: '2048x2048' }) },
    { about: 'a quality of a newer model', param: 'quality', sample: image('gpt-image-2', { size: 'auto', quality: 'max' }) },
    { about: 'seventeen pictures', param: 'inputs', sample: image('gpt-image-2', { size: 'auto' }, Array.from({ length: 17 }, () => PICTURE)) },
    { about: 'a mask of another size', param: 'inputs', sample: image('gpt-image-1', { size: 'auto' }, [PICTURE, { ...MASK, bytes: plainPng(32, 32) }]) },
    { about: 'a variation by another model', param: 'operation', sample: image('gpt-image-2', { size: 'auto', operation: 'variation' }, [PICTURE]) },
    { about: 'a transparent JPEG', param: 'vendor.background', sample: image('gpt-image-1', { size: 'auto', outputFormat: 'jpeg', vendor: { background: 'transparent' } }) },
    { about: 'a model that is not there', sample: video('sora-3', { ...HD }) },
  ]
}

function video(upstreamModel: string, fields: Partial<GenerationRequest>, inputs: SampleInput[] = []): Sample {
  return videoSample(upstreamModel, { audio: true, ...fields }, inputs)
}

function image(upstreamModel: string, fields: Partial<GenerationRequest>, inputs: SampleInput[] = []): Sample {
  return { ...imageSample(upstreamModel, fields, inputs), immediate: true }
}

/** A white picture of no transparency, made without waiting (PNG, https://www.w3.org/TR/png-3/). */
function plainPng(widthPixels: number, heightPixels: number): Uint8Array {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(widthPixels, 0)
  header.writeUInt32BE(heightPixels, 4)
  // Eight bits of grey.
  header.set([8, 0, 0, 0, 0], 8)
  const rows = Buffer.alloc((widthPixels + 1) * heightPixels, 0xff)
  for (let row = 0; row < heightPixels; row += 1) rows[row * (widthPixels + 1)] = 0
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', header), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))])
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const whole = Buffer.alloc(body.length + 8)
  whole.writeUInt32BE(data.length, 0)
  body.copy(whole, 4)
  whole.writeUInt32BE(crc32(body), body.length + 4)
  return whole
}
