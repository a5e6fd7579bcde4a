import { videoOperation, type GenerationRequest, type InputAsset } from '../src/core/generation-request.ts'
import type { Sample, SampleInput } from './simulator.ts'

/** A video to ask a simulator for, plain but for these fields; what kind of work it is follows from the inputs. */
export function videoSample(upstreamModel: string, fields: Partial<GenerationRequest>, inputs: SampleInput[] = []): Sample {
  const assets = assetsOf(inputs)
  return { upstreamModel, inputs, request: { kind: 'video', operation: videoOperation(assets), ...plain(upstreamModel, assets), ...fields } }
}

/** A picture to ask a simulator for, plain but for these fields: an edit where there are inputs. */
export function imageSample(upstreamModel: string, fields: Partial<GenerationRequest>, inputs: SampleInput[] = []): Sample {
  return { upstreamModel, inputs, request: { kind: 'image', operation: inputs.length > 0 ? 'image_edit' : 'text_to_image', ...plain(upstreamModel, assetsOf(inputs)), ...fields } }
}

function plain(model: string, inputs: InputAsset[]): Pick<GenerationRequest, 'model' | 'prompt' | 'count' | 'inputs'> {
  return { model, prompt: 'A paper boat on a stream', count: 1, inputs }
}

function assetsOf(inputs: readonly SampleInput[]): InputAsset[] {
  return inputs.map(({ media, role, url }) => ({ media, role, source: { url: url ?? 'https://example.com/upload' } }))
}
