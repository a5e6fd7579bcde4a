import { z } from 'zod'
import { parseSize } from '../../core/model.ts'
import { present } from '../../core/present.ts'
import { urlOrDataUri } from '../job-input.ts'
import type { Job, Progress, Unfit, UpstreamHttp, Work } from '../provider.ts'
import { translateReferences } from '../references.ts'
import { unlessOneOf, wrongOperation } from '../unfit.ts'
import { expectOk, unreadable } from './answer.ts'

/** Pictures of image-01, which the create call itself answers. */

const RATIOS = ['1:1', '16:9', '4:3', '3:2', '2:3', '3:4', '9:16', '21:9']
const MAX_COUNT = 9
/** Nine pictures, one after the other. */
const TIMEOUT_MS = 180_000

export function unfitImages({ request, upstreamModel }: Work): Unfit | undefined {
  // Known by name only: how H3-Image is called was in no documentation of the vendor's that we have seen.
  if (!upstreamModel.startsWith('image-01')) return { param: 'model', message: `${upstreamModel} cannot be had from MiniMax directly yet` }
  const { operation, inputs, aspectRatio, size } = request
  if (operation !== 'text_to_image' && operation !== 'image_edit') return wrongOperation(upstreamModel, operation, ['text_to_image', 'image_edit'])
  if (inputs.length > 1 || inputs.some(({ media, role }) => media !== 'image' || role !== 'reference')) return { param: 'inputs', message: `${upstreamModel} takes one picture at most, as reference: the face of a character` }
  if (request.count > MAX_COUNT) return { param: 'count', message: `${upstreamModel} makes up to ${MAX_COUNT} pictures` }
  if (request.negativePrompt !== undefined) return { param: 'negativePrompt', message: `${upstreamModel} has no negative prompt` }
  if (aspectRatio !== undefined) return unlessOneOf('aspectRatio', aspectRatio, RATIOS, upstreamModel)
  return size === undefined || parseSize(size) ? undefined : { param: 'size', message: `${upstreamModel} takes WIDTHxHEIGHT` }
}

export async function submitImages(job: Job, http: UpstreamHttp): Promise<{ id: unknown; progress: Progress }> {
  const response = await http.call({ method: 'POST', path: '/v1/image_generation', json: await imageBody(job), timeoutMs: TIMEOUT_MS })
  const answer = imageAnswer.safeParse(expectOk(response))
  if (!answer.success) throw unreadable(response)
  return { id: answer.data.id, progress: progressOf(answer.data) }
}

async function imageBody({ request, upstreamModel, inputs }: Job): Promise<Record<string, unknown>> {
  const [face] = inputs
  const [width, height] = (request.aspectRatio === undefined && request.size !== undefined && parseSize(request.size)) || []
  const fields = {
    model: upstreamModel,
    prompt: translateReferences(request.prompt, inputs, () => 'the character'),
    aspect_ratio: request.aspectRatio,
    width,
    height,
    response_format: 'url',
    n: request.count,
    seed: request.seed,
    prompt_optimizer: request.enhancePrompt,
    subject_reference: face === undefined ? undefined : [{ type: 'character', image_file: await urlOrDataUri(face) }],
  }
  return present(fields)
}

/** Counts come as text in the vendor's own example. */
const imageAnswer = z.object({
  id: z.string().optional().catch(undefined),
  data: z.object({ image_urls: z.array(z.string()).nullish().catch(undefined) }).nullish(),
  metadata: z.object({ failed_count: z.coerce.number().catch(0) }).nullish().catch(undefined),
  base_resp: z.object({}),
})

function progressOf({ data, metadata }: z.output<typeof imageAnswer>): Progress {
  const urls = data?.image_urls ?? []
  if (urls.length === 0 && (metadata?.failed_count ?? 0) > 0) return { state: 'failed', reason: { code: 'upstream_failed', message: 'The upstream could not make any of the pictures' } }
  return { state: 'done', results: urls.map((url) => ({ kind: 'url', url, role: 'output' })) }
}
