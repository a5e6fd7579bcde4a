import { imageSample, videoSample } from '../sample.ts'
import type { Refusal, Sample, SampleInput } from '../simulator.ts'

const PICTURE: SampleInput = { media: 'image', role: 'reference', mediaType: 'image/png', url: 'https://example.com/a.png' }
const FIRST_FRAME: SampleInput = { ...PICTURE, role: 'first_frame' }
const LAST_FRAME: SampleInput = { ...PICTURE, role: 'last_frame', url: 'https://example.com/last.jpg' }
const VIDEO: SampleInput = { media: 'video', role: 'source', mediaType: 'video/mp4', url: 'https://example.com/walk.mp4' }

const RAY = 'ray-2'

/** One job of each kind; the first is what the others go on from. */
export function lumaSamples(): Sample[] {
  const extend = { operation: 'extend', resolution: '540p', durationSeconds: 5 } as const
  return [
    videoSample(RAY, { durationSeconds: 5, resolution: '540p', aspectRatio: '16:9', loop: true, vendor: { concepts: ['handheld'] } }),
    videoSample('ray-flash-2', { prompt: '', durationSeconds: 9, resolution: '540p', aspectRatio: '9:21', loop: false }, [FIRST_FRAME, LAST_FRAME]),
    videoSample(RAY, { durationSeconds: 5, resolution: '540p' }, [LAST_FRAME]),
    // A length of the plain name: the next longer one is made.
    videoSample(RAY, { model: 'luma', durationSeconds: 6, resolution: '540p', aspectRatio: '1:1' }),
    { ...videoSample(RAY, { ...extend, loop: true }, [VIDEO]), parent: 0 },
    { ...videoSample(RAY, extend, [VIDEO, LAST_FRAME]), parent: 0 },
    { ...videoSample(RAY, extend, [{ ...VIDEO, role: 'last_frame' }]), parent: 0 },
    videoSample(RAY, { durationSeconds: 'auto', resolution: '720p', vendor: { mode: 'adhere_2' } }, [VIDEO, FIRST_FRAME]),
    videoSample(RAY, { operation: 'reframe', prompt: '', durationSeconds: 'auto', resolution: '720p', aspectRatio: '1:1', vendor: { x_start: 0, resized_width: 640 } }, [VIDEO]),
    { ...videoSample(RAY, { operation: 'upscale', prompt: '', durationSeconds: 'auto', resolution: '720p', aspectRatio: '16:9' }, [VIDEO]), parent: 0 },
    { ...videoSample('add_audio', { operation: 'video_to_video', prompt: 'Birds', negativePrompt: 'wind', audio: true, durationSeconds: 'auto' }, [VIDEO]), parent: 0 },
    imageSample('photon-1', { aspectRatio: '1:1', outputFormat: 'png' }),
    imageSample('photon-flash-1', {
      outputFormat: 'jpeg', aspectRatio: '21:9',
      vendor: { references: [{ kind: 'image', weight: 0.8 }, { kind: 'style', weight: 0 }, { kind: 'character', identity: 'identity0' }, { kind: 'character', identity: 'identity0' }, { kind: 'modify', weight: 1 }] },
    }, [PICTURE, PICTURE, PICTURE, PICTURE, { ...PICTURE, role: 'source' }]),
    imageSample('photon-1', { operation: 'reframe', prompt: '', aspectRatio: '4:3' }, [{ ...PICTURE, role: 'source' }]),
  ]
}

export function lumaRefusals(): Refusal[] {
  const { url: _url, ...unreachable } = FIRST_FRAME
  return [
    { about: '10 s', sample: videoSample(RAY, { durationSeconds: 10 }), param: 'durationSeconds' },
    { about: 'a ratio that is not made', sample: videoSample(RAY, { aspectRatio: '2:3' }), param: 'aspectRatio' },
    { about: 'a resolution that is not made', sample: videoSample(RAY, { resolution: '480p' }), param: 'resolution' },
    { about: 'two at once', sample: videoSample(RAY, { count: 2 }), param: 'count' },
    { about: 'a loop with a last frame', sample: videoSample(RAY, { loop: true }, [FIRST_FRAME, LAST_FRAME]), param: 'loop' },
    { about: 'a prompt of two characters', sample: videoSample(RAY, { prompt: 'ab' }), param: 'prompt' },
    { about: 'neither words nor a picture', sample: videoSample(RAY, { prompt: '' }), param: 'prompt' },
    { about: 'references', sample: videoSample(RAY, {}, [PICTURE]), param: 'operation' },
    { about: "going on with a stranger's video", sample: videoSample(RAY, { operation: 'extend' }, [VIDEO]), param: 'inputs' },
    { about: "enlarging a stranger's video", sample: videoSample(RAY, { operation: 'upscale', resolution: '1080p' }, [VIDEO]), param: 'inputs' },
    { about: 'a change at 1080p', sample: videoSample(RAY, { resolution: '1080p' }, [VIDEO]), param: 'resolution' },
    { about: 'a mode that there is not', sample: videoSample(RAY, { vendor: { mode: 'wild_1' } }, [VIDEO]) },
    { about: 'a picture without a public address', sample: videoSample(RAY, {}, [{ ...unreachable, bytes: Uint8Array.of(1, 2, 3) }]), param: 'inputs' },
    { about: 'nine pictures', sample: imageSample('photon-1', {}, Array.from({ length: 9 }, () => PICTURE)), param: 'inputs' },
    { about: 'a kind of picture that there is not', sample: imageSample('photon-1', { vendor: { references: [{ kind: 'mood' }] } }, [PICTURE]), param: 'vendor.references' },
    { about: 'a model that has gone', sample: videoSample('ray-1-6', {}) },
  ]
}
