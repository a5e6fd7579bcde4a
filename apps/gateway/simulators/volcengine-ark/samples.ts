import { videoOperation, type GenerationRequest, type InputAsset } from '../../src/core/generation-request.ts'
import type { Sample, SampleInput } from '../simulator.ts'

const PICTURE: SampleInput = { media: 'image', role: 'reference', mediaType: 'image/png', bytes: Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a) }
const FIRST_FRAME: SampleInput = { ...PICTURE, role: 'first_frame' }
const LAST_FRAME: SampleInput = { media: 'image', role: 'last_frame', mediaType: 'image/jpeg', url: 'https://example.com/last.jpg' }
const VIDEO: SampleInput = { media: 'video', role: 'reference', mediaType: 'video/mp4', url: 'https://example.com/walk.mp4' }
const AUDIO: SampleInput = { media: 'audio', role: 'reference', mediaType: 'audio/mpeg', url: 'https://example.com/theme.mp3' }

/** One job of each kind that Seedance takes, on a model of each generation. */
export function arkSamples(): Sample[] {
  return [
    sample('doubao-seedance-2-0-260128', { durationSeconds: 4, resolution: '480p', aspectRatio: '9:16', audio: true }),
    sample('doubao-seedance-1-0-pro-250528', { durationSeconds: 2, resolution: '480p', aspectRatio: '1:1', seed: 0 }),
    sample('dreamina-seedance-2-5-260628', { durationSeconds: 'auto', resolution: '480p' }, [FIRST_FRAME]),
    sample('doubao-seedance-1-5-pro-251215', { durationSeconds: 4, resolution: '480p', audio: false, vendor: { return_last_frame: true } }, [FIRST_FRAME, LAST_FRAME]),
    sample('doubao-seedance-2-0-fast-260128', { prompt: '让@Image1跟着@Video1和@Audio1跳舞', durationSeconds: 4, resolution: '480p' }, [PICTURE, VIDEO, AUDIO]),
    sample('doubao-seedance-2-0-260128', { prompt: 'Make it rain', durationSeconds: 4, resolution: '480p' }, [{ ...VIDEO, role: 'source' }]),
  ]
}

function sample(upstreamModel: string, fields: Partial<GenerationRequest>, inputs: SampleInput[] = []): Sample {
  const assets: InputAsset[] = inputs.map(({ media, role, url }) => ({ media, role, source: { url: url ?? 'https://example.com/upload' } }))
  const request: GenerationRequest = { kind: 'video', operation: videoOperation(assets), model: upstreamModel.replace(/^[a-z]+-/, ''), prompt: 'A paper boat on a stream', count: 1, inputs: assets, ...fields }
  return { upstreamModel, request, inputs }
}
