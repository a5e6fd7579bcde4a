import type { GenerationRequest } from '../../src/core/generation-request.ts'
import { imageSample, videoSample } from '../sample.ts'
import type { Refusal, Sample, SampleInput } from '../simulator.ts'

const PICTURE: SampleInput = { media: 'image', role: 'reference', mediaType: 'image/png', bytes: Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a) }
const FIRST_FRAME: SampleInput = { ...PICTURE, role: 'first_frame' }
const LAST_FRAME: SampleInput = { media: 'image', role: 'last_frame', mediaType: 'image/jpeg', url: 'https://example.com/last.jpg' }
const VIDEO: SampleInput = { media: 'video', role: 'source', mediaType: 'video/mp4', url: 'https://example.com/walk.mp4' }

const RAY = 'ray-3.2'

/** One job of each kind; the first is what the others go on from. */
export function agentsSamples(): Sample[] {
  const extend = { operation: 'extend', resolution: '540p', durationSeconds: 5 } as const
  return [
    video({ durationSeconds: 5, resolution: '540p', aspectRatio: '9:16', loop: true, endUserId: 'alice' }),
    video({ durationSeconds: 10, resolution: '540p', aspectRatio: '21:9', loop: false }, [FIRST_FRAME, LAST_FRAME]),
    video({ durationSeconds: 5, resolution: '540p' }, [LAST_FRAME]),
    { ...video({ ...extend, aspectRatio: '16:9' }, [VIDEO]), parent: 0 },
    { ...video(extend, [{ ...VIDEO, role: 'last_frame' }]), parent: 0 },
    video({ prompt: 'Make it rain', durationSeconds: 'auto', resolution: '540p', aspectRatio: '16:9', vendor: { mode: 'reimagine_3' } }, [VIDEO, FIRST_FRAME]),
    video({ operation: 'reframe', durationSeconds: 'auto', resolution: '540p', aspectRatio: '1:1' }, [{ ...VIDEO, url: 'http://example.com/v', bytes: Uint8Array.of(0, 0, 0, 0x18, 0x66, 0x74, 0x79, 0x70) }]),
    picture({ aspectRatio: '3:1', outputFormat: 'jpeg', style: 'manga', vendor: { web_search: false } }),
    picture({ prompt: '@Image2 on @Image1', aspectRatio: '1:3', outputFormat: 'png' }, Array.from({ length: 9 }, () => PICTURE)),
    picture({ aspectRatio: '16:9' }, [{ ...PICTURE, role: 'source' }, PICTURE]),
  ]
}

export function agentsRefusals(): Refusal[] {
  return [
    { about: '9 s', sample: video({ durationSeconds: 9 }), param: 'durationSeconds' },
    { about: 'a loop of 10 s', sample: video({ durationSeconds: 10, loop: true }), param: 'loop' },
    { about: '4k', sample: video({ resolution: '4k' }), param: 'resolution' },
    { about: 'a ratio of pictures', sample: video({ aspectRatio: '3:1' }), param: 'aspectRatio' },
    { about: 'no words', sample: video({ prompt: '' }, [FIRST_FRAME]), param: 'prompt' },
    { about: 'two at once', sample: video({ count: 2 }), param: 'count' },
    { about: 'a seed', sample: video({ seed: 0 }), param: 'seed' },
    { about: 'sound', sample: video({ audio: true }), param: 'audio' },
    { about: "going on with a stranger's video", sample: video({ operation: 'extend' }, [VIDEO]), param: 'inputs' },
    { about: 'a strength that there is not', sample: video({ vendor: { mode: 'wild_1' } }, [VIDEO]) },
    { about: 'ten references', sample: picture({}, Array.from({ length: 10 }, () => PICTURE)), param: 'inputs' },
    { about: 'nine references of an edit', sample: picture({}, [{ ...PICTURE, role: 'source' }, ...Array.from({ length: 9 }, () => PICTURE)]), param: 'inputs' },
    { about: 'a style that there is not', sample: picture({ style: 'noir' }) },
  ]
}

function video(fields: Partial<GenerationRequest>, inputs: SampleInput[] = []): Sample {
  return videoSample(RAY, fields, inputs)
}

function picture(fields: Partial<GenerationRequest>, inputs: SampleInput[] = []): Sample {
  return imageSample('uni-1', fields, inputs)
}
