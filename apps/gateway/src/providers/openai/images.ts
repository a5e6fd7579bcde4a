import { z } from 'zod'
import { present } from '../../core/present.ts'
import { hashedEndUser } from '../end-user.ts'
import type { Job, Progress, ResultSource, Submitted, UpstreamHttp, UpstreamRequest } from '../provider.ts'
import { plainReference, translateReferences } from '../references.ts'
import { errorByStatus, resultAt } from '../upstream-answer.ts'
import { expectOk } from './errors.ts'
import { imageFamily, VENDOR_FIELDS } from './image-family.ts'
import { pictureFile } from '../picture-file.ts'
import { maskFile } from './mask-file.ts'
import type { OpenAiHandle } from './videos.ts'

/** "Synchronous; up to ~2 min" for one picture; the vendor's own client waits ten minutes. */
const IMAGES_TIMEOUT_MS = 10 * 60_000

/** The answer is the pictures; where it is lost, they are. */
export async function submitImages(job: Job, http: UpstreamHttp): Promise<Submitted<OpenAiHandle>> {
  const response = await http.call({ method: 'POST', ...(await requestFor(job)), timeoutMs: IMAGES_TIMEOUT_MS })
  const answer = imagesAnswer.safeParse(expectOk(response))
  if (!answer.success) throw errorByStatus(response)
  return { handle: { kind: 'image', id: job.reference }, progress: progressOf(answer.data) }
}

type Create = Pick<UpstreamRequest & { path: string }, 'path' | 'json' | 'form'>

async function requestFor(job: Job): Promise<Create> {
  const fields = fieldsOf(job)
  if (job.inputs.length === 0) return { path: '/images/generations', json: fields }
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, String(value))
  await appendPictures(form, job)
  return { path: job.request.operation === 'variation' ? '/images/variations' : '/images/edits', form }
}

function fieldsOf({ request, upstreamModel, inputs }: Job): Record<string, unknown> {
  const family = imageFamily(request.model, upstreamModel)
  const variation = request.operation === 'variation'
  const all: Record<string, unknown> = {
    model: upstreamModel,
    // A variation is of the picture alone.
    prompt: variation ? undefined : translateReferences(request.prompt, inputs, plainReference),
    n: request.count === 1 ? undefined : request.count,
    size: request.size,
    quality: request.quality,
    style: request.style,
    // "400, code unknown_parameter, param response_format" from GPT image models, which always give the picture itself.
    response_format: family.asksForBase64 ? 'b64_json' : undefined,
    // DALL·E has one format and no word for it.
    output_format: family.asksForBase64 ? undefined : request.outputFormat,
    ...Object.fromEntries(VENDOR_FIELDS.map((name) => [name, request.vendor?.[name]])),
    // "deprecated in favour of safety_identifier", which older models and other servers refuse. Hashed, as the vendor advises.
    user: hashedEndUser(request.endUserId),
  }
  return present(all)
}

/** "one file → part `image`, several → repeated `image[]`; mask part `mask`". */
async function appendPictures(form: FormData, { inputs, request }: Job): Promise<void> {
  const pictures = inputs.filter(({ role }) => role !== 'mask')
  const name = pictures.length === 1 ? 'image' : 'image[]'
  for (const [index, picture] of pictures.entries()) form.append(name, await pictureFile(picture, `image-${index + 1}`))
  const mask = inputs.find(({ role }) => role === 'mask')
  if (mask) form.append('mask', await maskFile(mask, request))
}

const optionalText = z.string().min(1).optional().catch(undefined)
const count = z.number().nonnegative().optional().catch(undefined)

/** A picture as base64; servers that speak the same wire also give links, and data URIs for either. */
const imagesAnswer = z.object({
  data: z.array(z.object({ b64_json: optionalText, url: optionalText })),
  usage: z.object({ total_tokens: count, output_tokens: count }).nullish().catch(undefined),
})

function progressOf({ data, usage }: z.output<typeof imagesAnswer>): Progress {
  const tokens = usage?.total_tokens ?? usage?.output_tokens
  return { state: 'done', results: data.flatMap(resultOf), ...(tokens !== undefined && { usage: { tokens } }) }
}

function resultOf({ b64_json: base64, url }: { b64_json?: string | undefined; url?: string | undefined }): ResultSource[] {
  const given = base64 ?? url
  if (given === undefined) return []
  const result = resultAt(given)
  return [base64 === undefined || result.kind === 'bytes' ? result : { kind: 'bytes', base64, role: 'output' }]
}
