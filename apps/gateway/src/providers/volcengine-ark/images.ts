import { z } from 'zod'
import { present } from '../../core/present.ts'
import { urlOrDataUri } from '../job-input.ts'
import type { Job, Progress, ResultSource, Submitted, UpstreamHttp } from '../provider.ts'
import { translateReferences } from '../references.ts'
import { errorByStatus } from '../upstream-answer.ts'
import { expectOk, failureOf } from './errors.ts'
import { countOf, isChinese, lenientNumber } from './fields.ts'
import { IMAGE_FIELDS } from './models.ts'

export const IMAGES = '/images/generations'

/** "Image generations have no task record: their result only exists in the response", so the id is ours. */
export const imageHandle = z.object({ id: z.string(), image: z.literal(true) })

/** A group of fifteen at 4K takes minutes. */
const IMAGES_TIMEOUT_MS = 10 * 60_000

export async function submitImages(job: Job, http: UpstreamHttp): Promise<Submitted<z.output<typeof imageHandle>>> {
  const response = await http.call({ method: 'POST', path: IMAGES, json: await imagesBody(job), timeoutMs: IMAGES_TIMEOUT_MS })
  const answer = imagesAnswer.safeParse(expectOk(response))
  if (!answer.success || (answer.data.data == null && answer.data.error == null)) throw errorByStatus(response)
  return { handle: { id: job.reference, image: true }, progress: progressOf(answer.data) }
}

async function imagesBody({ request, upstreamModel, inputs }: Job): Promise<Record<string, unknown>> {
  const vendor = Object.entries(request.vendor ?? {}).filter(([name]) => IMAGE_FIELDS.includes(name))
  const pictures: string[] = []
  // One after the other: what is read as bytes may be large.
  for (const input of inputs) pictures.push(await urlOrDataUri(input))
  const form = isChinese(request.prompt) ? '图' : 'image '
  return {
    model: upstreamModel,
    prompt: translateReferences(request.prompt, inputs, ({ number }) => `${form}${number}`),
    ...(pictures.length > 0 && { image: pictures.length === 1 ? pictures[0] : pictures }),
    // "url: default, 24 h": a group at 4K would be hundreds of megabytes as base64.
    response_format: 'url',
    // The vendor's default is true.
    watermark: false,
    ...Object.fromEntries(vendor),
    // "There is no `n`: several images only via `sequential_image_generation`, where `max_images` is an upper bound."
    ...(request.count > 1 && { sequential_image_generation: 'auto', sequential_image_generation_options: { max_images: request.count } }),
    ...present({
      size: request.size ?? (request.aspectRatio === 'adaptive' ? 'adaptive' : undefined),
      seed: request.seed,
      // The default everywhere, and only 5.0 takes the field.
      output_format: request.outputFormat === 'jpeg' ? undefined : request.outputFormat,
    }),
  }
}

const optionalText = z.string().min(1).optional().catch(undefined)
const fault = z.object({ code: optionalText, message: optionalText }).nullish().catch(undefined)
const imagesAnswer = z.object({
  data: z.array(z.object({ url: optionalText, b64_json: optionalText, error: fault })).nullish(),
  error: fault,
  usage: z.object({ output_tokens: lenientNumber, total_tokens: lenientNumber }).nullish().catch(undefined),
})

/** "A group may partly fail: failed entries are objects with only `error`"; a top-level error says that all did. */
function progressOf({ data, error, usage }: z.output<typeof imagesAnswer>): Progress {
  const results = (data ?? []).flatMap(({ url, b64_json: base64 }): ResultSource[] => {
    if (url !== undefined) return [{ kind: 'url', url, role: 'output' }]
    return base64 === undefined ? [] : [{ kind: 'bytes', base64, role: 'output' }]
  })
  const failure = data?.find((each) => each.error)?.error ?? error
  if (results.length === 0 && failure) return { state: 'failed', reason: failureOf(failure, 'picture') }
  const tokens = countOf(usage?.output_tokens) ?? countOf(usage?.total_tokens)
  return { state: 'done', results, ...(tokens !== undefined && { usage: { tokens } }) }
}
