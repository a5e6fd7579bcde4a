import { z } from 'zod'
import type { GenerationRequest } from '../../core/generation-request.ts'
import type { Job, Progress, ResultSource, Unfit, UpstreamResponse, Work } from '../provider.ts'
import { callerMessage, errorByStatus } from '../upstream-answer.ts'

/*
 * Imagen, by `:predict`, whose answer holds the pictures. Facts are of November 2026:
 * https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/imagen-api
 */

const MAX_PICTURES = 4

export function imagenUnfit({ request }: Work): Unfit | undefined {
  const { seed, vendor } = request
  if (request.operation !== 'text_to_image' || request.inputs.length > 0) return { param: 'inputs', message: 'Imagen draws from words only here' }
  if (request.count > MAX_PICTURES) return { param: 'count', message: `Imagen draws at most ${MAX_PICTURES} pictures at a time` }
  if (request.size !== undefined && request.aspectRatio === undefined) return { param: 'size', message: 'Imagen takes a resolution and an aspect ratio, not a size in pixels' }
  if (seed !== undefined && vendor?.['addWatermark'] === true) return { param: 'seed', message: 'Imagen takes a seed only without its watermark' }
  return undefined
}

/** Extras that a catalogue entry may let through, which the wire calls the same. */
const VENDOR_FIELDS = ['personGeneration', 'addWatermark', 'safetySetting', 'language']

export function imagenBody({ request }: Pick<Job, 'request'>): Record<string, unknown> {
  const { seed, aspectRatio, resolution, outputFormat, enhancePrompt, vendor = {} } = request
  return {
    instances: [{ prompt: request.prompt }],
    parameters: {
      sampleCount: request.count,
      includeRaiReason: true,
      ...Object.fromEntries(VENDOR_FIELDS.flatMap((name) => (vendor[name] === undefined ? [] : [[name, vendor[name]]]))),
      ...(aspectRatio !== undefined && { aspectRatio }),
      ...(resolution !== undefined && { sampleImageSize: resolution }),
      ...(outputFormat !== undefined && { outputOptions: { mimeType: mimeTypeOf(outputFormat) } }),
      ...(enhancePrompt !== undefined && { enhancePrompt }),
      // "seed: only when addWatermark is set to false".
      ...(seed !== undefined && { seed, addWatermark: false }),
    },
  }
}

/** Of several, those that were filtered are missing. Throws `UpstreamError` for what cannot be read. */
export function imagenProgress(response: UpstreamResponse): Progress {
  const { data } = answer.safeParse(response.json)
  if (data === undefined) throw errorByStatus({ ...response, status: 200 })
  const predictions = data.predictions ?? []
  const results: ResultSource[] = predictions.flatMap(({ bytesBase64Encoded: base64 }) => (base64 === undefined ? [] : [{ kind: 'bytes', base64, role: 'output' }]))
  const filtered = predictions.find(({ raiFilteredReason }) => raiFilteredReason !== undefined)
  if (results.length > 0 || filtered === undefined) return { state: 'done', results }
  return { state: 'failed', reason: { code: 'content_policy', message: callerMessage(filtered.raiFilteredReason, 'The pictures were filtered for their content') } }
}

const answer = z.object({
  predictions: z.array(z.object({ bytesBase64Encoded: z.string().optional().catch(undefined), raiFilteredReason: z.string().optional().catch(undefined) })).optional(),
})

function mimeTypeOf(format: NonNullable<GenerationRequest['outputFormat']>): string {
  return `image/${format}`
}
