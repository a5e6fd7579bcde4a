import { videoOperation, type GenerationRequest, type InputAsset } from '../../src/core/generation-request.ts'
import type { Refusal, Sample, SampleInput } from '../simulator.ts'

const FIRST: SampleInput = { media: 'image', role: 'first_frame', mediaType: 'image/png', bytes: Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a) }
const LAST: SampleInput = { media: 'image', role: 'last_frame', mediaType: 'image/jpeg', url: 'https://example.com/last.jpg', bytes: Uint8Array.of(0xff, 0xd8, 0xff, 0xe0) }
const HOSTED: SampleInput = { ...FIRST, url: 'https://example.com/first.png' }

/** One job of each way of working, on each generation. */
export function jimengSamples(): Sample[] {
  return [
    sample('jimeng_v30', { durationSeconds: 5, resolution: '720p', aspectRatio: '9:16', seed: 0 }),
    sample('jimeng_v30', { durationSeconds: 10, resolution: '720p', aspectRatio: 'adaptive', prompt: '' }, [FIRST]),
    sample('jimeng_v30', { durationSeconds: 5, resolution: '720p', aspectRatio: 'adaptive', prompt: '@Image1 becomes @Image2' }, [FIRST, LAST]),
    sample('jimeng_vgfm_t2v_l20', { durationSeconds: 5, resolution: '720p', aspectRatio: '21:9' }),
    sample('jimeng_vgfm_t2v_l20', { durationSeconds: 5, resolution: '720p', aspectRatio: 'adaptive' }, [HOSTED]),
    sample('jimeng_i2v_first_tail_v30_1080', { durationSeconds: 5, resolution: '1080p', aspectRatio: 'adaptive' }, [LAST, HOSTED]),
    sample('jimeng_ti2v_v30_pro', { durationSeconds: 5, resolution: '1080p', aspectRatio: '1:1', seed: -1 }),
    sample('jimeng_i2v_recamera_v30', { durationSeconds: 5, resolution: '720p', aspectRatio: 'adaptive', vendor: { template_id: 'hitchcock_dolly_in', camera_strength: 'weak' } }, [FIRST]),
  ]
}

/** A step beyond. */
export function jimengRefusals(): Refusal[] {
  const plain = { durationSeconds: 5, resolution: '720p', aspectRatio: '16:9' } as const
  return [
    { about: 'a model that is not there', sample: sample('jimeng_v99', plain), param: 'model' },
    { about: 'two frames for a model of one', sample: sample('jimeng_ti2v_v30_pro', { durationSeconds: 5 }, [FIRST, LAST]), param: 'operation' },
    { about: '7 s', sample: sample('jimeng_v30', { ...plain, durationSeconds: 7 }), param: 'durationSeconds' },
    { about: '10 s of S2.0 Pro', sample: sample('jimeng_vgfm_t2v_l20', { ...plain, durationSeconds: 10 }), param: 'durationSeconds' },
    { about: '1080p of a key of 720p', sample: sample('jimeng_t2v_v30', { ...plain, resolution: '1080p' }), param: 'resolution' },
    { about: 'a ratio beside a frame', sample: sample('jimeng_v30', plain, [FIRST]), param: 'aspectRatio' },
    { about: 'a ratio that is not listed', sample: sample('jimeng_v30', { ...plain, aspectRatio: '2:1' }), param: 'aspectRatio' },
    { about: 'sound', sample: sample('jimeng_v30', { ...plain, audio: true }), param: 'audio' },
    { about: 'a camera move of another model', sample: sample('jimeng_v30', { ...plain, vendor: { template_id: 'robo_arm' } }), param: 'vendor.template_id' },
    { about: 'no camera move', sample: sample('jimeng_i2v_recamera_v30', { durationSeconds: 5 }, [FIRST]), param: 'vendor.template_id' },
    { about: 'a camera move that there is not', sample: sample('jimeng_i2v_recamera_v30', { durationSeconds: 5, vendor: { template_id: 'somersault' } }, [FIRST]) },
    { about: 'a prompt beyond 800 characters', sample: sample('jimeng_v30', { ...plain, prompt: 'x'.repeat(801) }) },
  ]
}

function sample(upstreamModel: string, fields: Partial<GenerationRequest>, inputs: SampleInput[] = []): Sample {
  const assets: InputAsset[] = inputs.map(({ media, role, url }) => ({ media, role, source: { url: url ?? 'https://example.com/upload' } }))
  const request: GenerationRequest = { kind: 'video', operation: videoOperation(assets), model: upstreamModel, prompt: 'A paper boat on a stream', count: 1, inputs: assets, ...fields }
  return { upstreamModel, request, inputs }
}
