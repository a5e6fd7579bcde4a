import { z } from 'zod'
import { UpstreamError } from '../core/errors.ts'
import { expectOk, unreadable } from './minimax/answer.ts'
import { readVideoTask, submitVideo, unfitVideo, VIDEO_CREATE } from './minimax/h3.ts'
import { progressOfClip, readClipFile, submitClip, unfitClip } from './minimax/hailuo.ts'
import { submitImages, unfitImages } from './minimax/images.ts'
import type { Provider, Unfit, Work } from './provider.ts'
import { refusedFor } from './unfit.ts'

const idText = z.string().regex(/^[A-Za-z0-9_-]{1,128}$/)
/** Two wires count their tasks apart, so a handle says which. The ids become parts of paths and queries. */
const minimaxHandle = z.object({ wire: z.enum(['v1', 'v2', 'images']), id: idText })
export type MinimaxHandle = z.output<typeof minimaxHandle>

/**
 * MiniMax, three wires on the same hosts and keys: version 1 for Hailuo up to 2.3 (flat bodies, errors inside HTTP 200,
 * results as files to be asked for), version 2 for MiniMax-H3 (a list of contents, errors by HTTP status), and pictures,
 * which are answered at once.
 *
 * Neither generation has an idempotency key or a field of ours, so a lost submission is found by its callback or not at
 * all. Facts are of August 2026, from open-source clients and the vendor's documentation as they relay it.
 */
export const minimax: Provider<MinimaxHandle> = {
  id: 'minimax',
  name: 'MiniMax',
  kinds: ['video', 'image'],
  baseUrl: 'https://api.minimax.io',
  credential: z.object({ api_key: z.string().trim().min(1) }),
  handle: minimaxHandle,
  callsBack: true,

  authorize: (credential) => ({ authorization: `Bearer ${String(credential['api_key'])}` }),

  unfit,

  async submit(job, http) {
    const refusal = unfit(job)
    if (refusal) throw refusedFor(refusal)
    const wire = wireOf(job)
    switch (wire) {
      case 'images': {
        const { id, progress } = await submitImages(job, http)
        return { handle: minimaxHandle.parse({ wire, id: idText.safeParse(id).data ?? 'at_once' }), progress }
      }
      case 'v1':
      case 'v2': {
        const response = wire === 'v1' ? await submitClip(job, http) : await submitVideo(job, http)
        const created = createdTask.safeParse(expectOk(response))
        if (!created.success) throw unreadable(response)
        return { handle: { wire, id: created.data.task_id } }
      }
    }
  },

  check({ wire, id }, http) {
    switch (wire) {
      case 'v1':
        return progressOfClip(id, http)
      case 'v2':
        return readVideoTask(id, http).then(({ progress }) => progress)
      case 'images':
        return Promise.reject(new UpstreamError('garbled', 'Pictures are answered at once, and cannot be asked for later'))
    }
  },

  /**
   * Version 1 has no such call. In version 2 a DELETE stops a queued task, but deletes the record of one that has ended,
   * result and all; so it is sent only to one that was seen queued.
   */
  async cancel({ wire, id }, http) {
    if (wire !== 'v2') return 'too_late'
    const { status } = await readVideoTask(id, http)
    if (status === 'cancelled') return 'cancelled'
    if (status !== 'queued') return 'too_late'
    const response = await http.call({ method: 'DELETE', path: `${VIDEO_CREATE}/${id}` })
    if (response.status === 400 || response.status === 409) return 'too_late'
    expectOk(response)
    return 'cancelled'
  },

  /** Before a job is accepted the address is asked for the word that it is sent; afterwards it is told of changes. */
  callback({ body }) {
    const asked = challenge.safeParse(body)
    if (asked.success) return { answer: { challenge: asked.data.challenge } }
    const v2 = videoCallback.safeParse(body)
    if (v2.success) return { handle: { wire: 'v2', id: v2.data.task.id } }
    const v1 = clipCallback.safeParse(body)
    return v1.success ? { handle: { wire: 'v1', id: v1.data.task_id } } : {}
  },

  async open({ reference }, _job, http) {
    return { url: await readClipFile(reference, http) }
  },

  /** The list of version 2 is open to every key, whatever models it may use. */
  async ping(_upstreamModel, http) {
    expectOk(await http.call({ method: 'GET', path: '/v2/query/video_generation', query: { page_num: '1', page_size: '1' } }))
  },
}

const createdTask = z.object({ task_id: idText })

const MAX_CHALLENGE_CHARACTERS = 1_024
const challenge = z.object({ challenge: z.string().min(1).max(MAX_CHALLENGE_CHARACTERS) })
const videoCallback = z.object({ task: z.object({ id: idText }) })
/** One of the fields that only version 1 has, whose words for states are others here than in a look at the task. */
const clipCallback = z.object({ task_id: idText }).and(z.union([z.object({ file_id: z.union([z.string(), z.number()]) }), z.object({ base_resp: z.object({}) })]))

function wireOf({ request, upstreamModel }: Pick<Work, 'request' | 'upstreamModel'>): MinimaxHandle['wire'] {
  if (request.kind === 'image') return 'images'
  return upstreamModel.startsWith('MiniMax-H3') ? 'v2' : 'v1'
}

function unfit(work: Work): Unfit | undefined {
  switch (wireOf(work)) {
    case 'images':
      return unfitImages(work)
    case 'v1':
      return unfitClip(work)
    case 'v2':
      return unfitVideo(work)
  }
}
