import { z } from 'zod'
import { UpstreamError } from '../core/errors.ts'
import type { FailureReason, Job, Progress, ResultSource, Unfit, UpstreamResponse, Work } from './provider.ts'
import { plainReference, translateReferences } from './references.ts'
import { callerMessage, errorByStatus } from './upstream-answer.ts'

/*
 * Gemini's own pictures, as the Gemini API and Vertex AI both make them: one `generateContent`, whose answer is the
 * picture. Facts are of November 2026: https://ai.google.dev/gemini-api/docs/image-generation and Google's SDKs.
 */

/** A 4K picture of the slowest model takes about a minute. */
export const PICTURE_TIMEOUT_MS = 300_000

/** Why this cannot be done in one call; "no batch `n`". */
export function pictureUnfit({ request }: Work): Unfit | undefined {
  if (request.operation !== 'text_to_image' && request.operation !== 'image_edit') return { param: 'operation', message: `This model makes and changes pictures, and does not do ${request.operation}` }
  if (request.count !== 1) return { param: 'count', message: 'This model makes one picture at a time' }
  if (request.inputs.some(({ media, role }) => media !== 'image' || role === 'mask')) return { param: 'inputs', message: 'This model takes pictures only, and no mask' }
  if (request.size !== undefined && request.aspectRatio === undefined) return { param: 'size', message: 'This model takes a resolution and an aspect ratio, not a size in pixels' }
  return undefined
}

/** The body of `:generateContent`. */
export async function pictureBody({ request, upstreamModel, inputs }: Job): Promise<Record<string, unknown>> {
  const parts: unknown[] = [{ text: translateReferences(request.prompt, inputs, plainReference) }]
  // One after the other: what is read may be large.
  for (const input of inputs) {
    const { bytes, mediaType } = await input.read()
    parts.push({ inlineData: { mimeType: mediaType.toLowerCase(), data: Buffer.from(bytes).toString('base64') } })
  }
  const imageConfig = {
    ...(request.aspectRatio !== undefined && { aspectRatio: request.aspectRatio }),
    // 2.5 draws one size and has no such field.
    ...(request.resolution !== undefined && !upstreamModel.includes('2.5') && { imageSize: request.resolution }),
  }
  return {
    contents: [{ role: 'user', parts }],
    generationConfig: {
      responseModalities: ['IMAGE'],
      ...(Object.keys(imageConfig).length > 0 && { imageConfig }),
      ...(request.seed !== undefined && { seed: request.seed }),
    },
  }
}

/** What the answer comes to. Throws `UpstreamError` for a prompt that was blocked, which made nothing, and for what cannot be read. */
export function pictureProgress(response: UpstreamResponse): Progress {
  const { data } = answer.safeParse(response.json)
  const blocked = data?.promptFeedback?.blockReason
  if (blocked !== undefined) throw new UpstreamError('refused', 'The prompt was refused for its content', { code: 'content_policy', httpStatus: response.status, upstreamCode: blocked })
  const candidate = data?.candidates?.[0]
  if (data === undefined || candidate === undefined) throw errorByStatus({ ...response, status: 200 })

  const tokens = data.usageMetadata?.candidatesTokenCount ?? data.usageMetadata?.totalTokenCount
  const usage = tokens === undefined ? {} : { usage: { tokens } }
  const results = picturesOf(candidate)
  const failure = results.length === 0 ? failureOf(candidate) : undefined
  return failure === undefined ? { state: 'done', results, ...usage } : { state: 'failed', reason: failure, ...usage }
}

/** The vendor's words for an answer without a picture. Those that are not here, and `STOP`, only say that there is none. */
const FINISH = new Map<string, FailureReason['code']>([
  ['SAFETY', 'content_policy'],
  ['IMAGE_SAFETY', 'content_policy'],
  ['PROHIBITED_CONTENT', 'content_policy'],
  ['IMAGE_PROHIBITED_CONTENT', 'content_policy'],
  ['RECITATION', 'content_policy'],
  ['IMAGE_RECITATION', 'content_policy'],
  ['BLOCKLIST', 'content_policy'],
  ['SPII', 'content_policy'],
  ['NO_IMAGE', 'upstream_failed'],
  ['IMAGE_OTHER', 'upstream_failed'],
  ['MAX_TOKENS', 'upstream_failed'],
  ['OTHER', 'upstream_failed'],
])

const lenientCount = z.number().nonnegative().optional().catch(undefined)

const answer = z.object({
  candidates: z.array(z.object({
    content: z.object({ parts: z.array(z.object({
      thought: z.boolean().optional().catch(undefined),
      inlineData: z.object({ data: z.string() }).optional().catch(undefined),
    })).nullish().catch(undefined) }).nullish().catch(undefined),
    finishReason: z.string().nullish().catch(undefined),
    finishMessage: z.string().nullish().catch(undefined),
  })).optional(),
  promptFeedback: z.object({ blockReason: z.string().optional().catch(undefined) }).nullish().catch(undefined),
  usageMetadata: z.object({ candidatesTokenCount: lenientCount, totalTokenCount: lenientCount }).nullish().catch(undefined),
})
type Candidate = NonNullable<z.output<typeof answer>['candidates']>[number]

/** Models that think draw sketches on the way, marked as thoughts; of the rest, one was asked for. */
function picturesOf({ content }: Candidate): ResultSource[] {
  const [picture] = content?.parts?.flatMap(({ thought, inlineData }) => (inlineData === undefined || thought === true ? [] : [inlineData])) ?? []
  return picture === undefined ? [] : [{ kind: 'bytes', base64: picture.data, role: 'output' }]
}

function failureOf({ finishReason, finishMessage }: Candidate): FailureReason | undefined {
  const code = FINISH.get(finishReason ?? '')
  if (code === undefined) return undefined
  const fallback = code === 'content_policy' ? 'The picture was refused for its content' : 'The upstream could not make this picture'
  return { code, message: callerMessage(finishMessage, fallback), upstreamCode: finishReason! }
}
