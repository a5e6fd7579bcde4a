import { z } from 'zod'
import { UpstreamError } from '../core/errors.ts'
import type { Provider } from './provider.ts'
import { errorByStatus } from './upstream-answer.ts'
import { expectOk } from './xai/errors.ts'
import { submitImages } from './xai/images.ts'
import { unfitOf } from './xai/unfit.ts'
import { checkVideo, submitVideo } from './xai/videos.ts'

/** The id becomes a part of a path. Of pictures there is none, so ours stands in for it. */
const xaiHandle = z.object({ kind: z.enum(['video', 'image']), id: z.string().regex(/^[\w-]{1,128}$/) })
export type XaiHandle = z.output<typeof xaiHandle>

/**
 * xAI's Grok Imagine. A video is a request that is looked after; pictures come with the answer.
 *
 * There is no idempotency key, no list of videos, no way to stop one and nobody who calls back: so there is no `find`, no
 * `cancel` and no `callback`. What a request cost is said in ticks of a dollar.
 * Facts are of November 2026, from the vendor's documentation (https://docs.x.ai/docs/guides/video-generations), its
 * public protobuf and AI SDK's provider 5.0.12.
 */
export const xai: Provider<XaiHandle> = {
  id: 'xai',
  name: 'xAI',
  kinds: ['video', 'image'],
  baseUrl: 'https://api.x.ai/v1',
  credential: z.object({ api_key: z.string().trim().min(1) }),
  handle: xaiHandle,

  authorize: (credential) => ({ authorization: `Bearer ${String(credential['api_key'])}` }),

  unfit: unfitOf,

  async submit(job, http) {
    if (job.request.kind === 'image') return { handle: { kind: 'image', id: job.reference }, progress: await submitImages(job, http) }
    const { id, answer } = await submitVideo(job, http)
    const handle = xaiHandle.safeParse({ kind: 'video', id })
    if (!handle.success) throw errorByStatus(answer)
    return { handle: handle.data }
  },

  async check({ kind, id }, http) {
    if (kind === 'image') throw new UpstreamError('garbled', 'Pictures come with the answer and cannot be asked for again')
    return checkVideo(id, http)
  },

  /** The list of models, whose shape does not matter: a page of a proxy is no JSON. */
  async ping(_upstreamModel, http) {
    const response = await http.call({ method: 'GET', path: '/image-generation-models' })
    const list = expectOk(response)
    if (typeof list !== 'object' || list === null) throw errorByStatus(response)
  },
}
