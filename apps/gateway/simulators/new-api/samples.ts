import type { GenerationRequest } from '../../src/core/generation-request.ts'
import { imageSample, videoSample } from '../sample.ts'
import type { Refusal, Sample, SampleInput } from '../simulator.ts'

/** A grey pixel, so that what is read as a mask is a picture. */
const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==', 'base64')

const FIRST_FRAME: SampleInput = { media: 'image', role: 'first_frame', mediaType: 'image/png', bytes: PNG }
const LAST_FRAME: SampleInput = { media: 'image', role: 'last_frame', mediaType: 'image/jpeg', url: 'https://example.com/last.jpg' }
const PICTURE: SampleInput = { ...FIRST_FRAME, role: 'reference' }
const SOURCE: SampleInput = { ...FIRST_FRAME, role: 'source' }
const VIDEO: SampleInput = { media: 'video', role: 'reference', mediaType: 'video/mp4', url: 'https://example.com/walk.mp4' }
const AUDIO: SampleInput = { media: 'audio', role: 'reference', mediaType: 'audio/mpeg', url: 'https://example.com/theme.mp3' }

const TINY = { size: '128x96', durationSeconds: 1 }

export function newApiSamples(): Sample[] {
  return [
    videoSample('kling-v2-6', { ...TINY, resolution: '720p', aspectRatio: '16:9', audio: true, negativePrompt: 'rain' }),
    videoSample('doubao-seedance-1-0-pro-250528', { resolution: '480p', aspectRatio: '1:1', durationSeconds: 1, seed: 0, audio: false, vendor: { camera_fixed: true } }, [FIRST_FRAME]),
    videoSample('kling-v1', TINY, [FIRST_FRAME, LAST_FRAME]),
    videoSample('veo-3.1', { ...TINY, prompt: '@Image1 follows @Video1 to @Audio1', audio: true }, [PICTURE, VIDEO, AUDIO]),
    image('dall-e-3', { size: '256x256', style: 'vivid', quality: 'hd' }),
    image('gpt-image-1', { size: '256x256', count: 2, outputFormat: 'png' }),
    image('gpt-image-1', { size: '256x256', vendor: { background: 'opaque' } }, [SOURCE, PICTURE, { ...SOURCE, role: 'mask' }]),
  ]
}

export function newApiRefusals(): Refusal[] {
  return [
    { about: 'a video to change', sample: videoSample('wan2.2', {}, [{ ...VIDEO, role: 'source' }]), param: 'operation' },
    { about: 'half a second', sample: videoSample('kling-v1', { durationSeconds: 4.5 }), param: 'durationSeconds' },
    { about: 'two videos', sample: videoSample('kling-v1', { count: 2 }), param: 'count' },
    { about: 'a style of video', sample: videoSample('kling-v1', { style: 'anime' }), param: 'style' },
    { about: '3601 seconds', sample: videoSample('kling-v1', { durationSeconds: 3601 }) },
    { about: 'an odd size', sample: videoSample('kling-v1', { size: '333x333' }) },
    { about: '129 pictures', sample: image('dall-e-3', { count: 129 }), param: 'count' },
    { about: 'a picture by ratio', sample: image('dall-e-3', { aspectRatio: '1:1' }), param: 'aspectRatio' },
    { about: 'a model that is not there', sample: videoSample('no-such-model', TINY) },
  ]
}

function image(upstreamModel: string, fields: Partial<GenerationRequest>, inputs: SampleInput[] = []): Sample {
  return { ...imageSample(upstreamModel, fields, inputs), immediate: true }
}
