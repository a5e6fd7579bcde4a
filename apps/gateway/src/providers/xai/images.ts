import { z } from 'zod'
import { present } from '../../core/present.ts'
import { hashedEndUser } from '../end-user.ts'
import { urlOrDataUri } from '../job-input.ts'
import type { Job, Progress, ResultSource, UpstreamHttp } from '../provider.ts'
import { plainReference, translateReferences } from '../references.ts'
import { errorByStatus } from '../upstream-answer.ts'
import { expectOk, MODERATED } from './errors.ts'
import { costOf, usageFields } from './fields.ts'

/** Ten pictures in one answer; the vendor's own clients wait ten minutes. */
const IMAGES_TIMEOUT_MS = 10 * 60_000

export async function submitImages(job: Job, http: UpstreamHttp): Promise<Progress> {
  const response = await http.call({ method: 'POST', path: job.inputs.length === 0 ? '/images/generations' : '/images/edits', json: await imagesBody(job), timeoutMs: IMAGES_TIMEOUT_MS })
  const answer = imagesAnswer.safeParse(expectOk(response))
  if (!answer.success) throw errorByStatus(response)
  return progressOf(answer.data)
}

async function imagesBody({ request, upstreamModel, inputs }: Job): Promise<Record<string, unknown>> {
  const images: { url: string; type: 'image_url' }[] = []
  // One after the other: what is read as bytes may be large.
  for (const input of inputs) images.push({ url: await urlOrDataUri(input), type: 'image_url' })
  return present({
    model: upstreamModel,
    // "prompt tags `<IMAGE_0>`…", of several pictures.
    prompt: translateReferences(request.prompt, inputs, (reference) => (inputs.length === 1 ? plainReference(reference) : `<IMAGE_${inputs.indexOf(reference.input)}>`)),
    ...(images.length === 1 ? { image: images[0] } : images.length > 1 && { images }),
    n: request.count === 1 ? undefined : request.count,
    aspect_ratio: ratioOf(request.aspectRatio, images.length),
    resolution: request.resolution,
    quality: request.quality,
    // How long the links live is not documented.
    response_format: 'b64_json',
    user: hashedEndUser(request.endUserId),
    storage_options: request.vendor?.['storage_options'],
  })
}

/** "`image` (one): output keeps source ratio", and there is nothing to say. */
function ratioOf(aspectRatio: string | undefined, pictures: number): string | undefined {
  return aspectRatio === 'adaptive' ? (pictures === 1 ? undefined : 'auto') : aspectRatio
}

const optionalText = z.string().min(1).optional().catch(undefined)
const imagesAnswer = z.object({
  data: z.array(z.object({ b64_json: optionalText, url: optionalText, respect_moderation: z.boolean().optional().catch(undefined) })),
  usage: usageFields,
})

function progressOf({ data, usage }: z.output<typeof imagesAnswer>): Progress {
  const results = data.flatMap(({ b64_json: base64, url, respect_moderation: allowed }): ResultSource[] => {
    if (allowed === false) return []
    if (base64 !== undefined) return [{ kind: 'bytes', base64, role: 'output' }]
    return url === undefined ? [] : [{ kind: 'url', url, role: 'output' }]
  })
  const cost = costOf(usage)
  const counted = cost.costMicros !== undefined && { usage: cost }
  if (results.length === 0 && data.some(({ respect_moderation: allowed }) => allowed === false)) {
    return { state: 'failed', reason: MODERATED, ...counted }
  }
  return { state: 'done', results, ...counted }
}
