import { z } from 'zod'
import { UpstreamError } from '../core/errors.ts'
import { atOnceProgress, expectOk, isTooLateToCancel, progressOf, taskAnswer, unreadable } from './dashscope/answer.ts'
import { familyOf, PATHS } from './dashscope/families.ts'
import { createBody } from './dashscope/request.ts'
import { unfit } from './dashscope/unfit.ts'
import type { Provider } from './provider.ts'
import { refusedFor, wrong } from './unfit.ts'

/** A UUID, and a part of a path. What was answered at once has only the request's id, which nothing can be asked by. */
const dashscopeHandle = z.object({ id: z.string().regex(/^[A-Za-z0-9_-]{1,128}$/), atOnce: z.literal(true).optional() })
export type DashscopeHandle = z.output<typeof dashscopeHandle>

/**
 * Alibaba Cloud Model Studio (DashScope): videos of Wan and HappyHorse, pictures of Wan and Qwen. One envelope,
 * `{ model, input, parameters }`; paths and fields differ by family (dashscope/families.ts).
 *
 * The region is the host, and key and models belong to it; Wan 3.0 is served on hosts of a workspace only
 * (`https://{WorkspaceId}.ap-southeast-1.maas.aliyuncs.com`). There is no callback and no field of ours, so a lost
 * submission stays lost.
 * Facts are of August to October 2026, from the vendor's documentation (https://help.aliyun.com/zh/model-studio) and SDKs;
 * those of Qwen's pictures from clients that call them.
 */
export const dashscope: Provider<DashscopeHandle> = {
  id: 'dashscope',
  name: 'Alibaba Cloud Model Studio',
  kinds: ['video', 'image'],
  baseUrl: 'https://dashscope.aliyuncs.com',
  credential: z.object({
    api_key: z.string().trim().min(1),
    /** On the classic hosts, a workspace other than the key's own. */
    workspace_id: z.string().trim().regex(/^[\w-]{1,128}$/).optional(),
  }),
  handle: dashscopeHandle,

  authorize: ({ api_key: key, workspace_id: workspace }) => ({
    authorization: `Bearer ${String(key)}`,
    ...(typeof workspace === 'string' && { 'x-dashscope-workspace': workspace }),
  }),

  unfit,

  async submit(job, http) {
    const refusal = unfit(job)
    const family = familyOf(job.upstreamModel)
    if (refusal || !family) throw refusedFor(refusal ?? wrong('model', 'The model is not known'))
    const atOnce = family.path === 'conversation'
    const response = await http.call({
      method: 'POST',
      path: `/api/v1/services/aigc/${PATHS[family.path]}`,
      json: await createBody(job, family),
      // "current user api does not support synchronous calls": without it, all but the conversation are refused.
      ...(atOnce ? { timeoutMs: AT_ONCE_TIMEOUT_MS } : { headers: { 'x-dashscope-async': 'enable' } }),
    })
    const body = expectOk(response)
    if (atOnce) {
      const { id, progress } = atOnceProgress(body, response)
      return { handle: { id: dashscopeHandle.shape.id.safeParse(id).data ?? 'at_once', atOnce: true }, progress }
    }
    const created = createdTask.safeParse(body)
    if (!created.success) throw unreadable(response)
    return { handle: { id: created.data.output.task_id } }
  },

  async check({ id, atOnce }, http) {
    if (atOnce) throw new UpstreamError('garbled', 'These pictures are answered at once, and cannot be asked for later')
    const response = await http.call({ method: 'GET', path: `/api/v1/tasks/${id}` })
    const task = taskAnswer.safeParse(expectOk(response))
    if (!task.success || (task.data.output.task_id !== undefined && task.data.output.task_id !== id)) throw unreadable(response)
    return progressOf(task.data)
  },

  /** "only while PENDING". */
  async cancel({ id, atOnce }, http) {
    if (atOnce) return 'too_late'
    const response = await http.call({ method: 'POST', path: `/api/v1/tasks/${id}/cancel` })
    if (isTooLateToCancel(response)) return 'too_late'
    expectOk(response)
    return 'cancelled'
  },

  async ping(_upstreamModel, http) {
    expectOk(await http.call({ method: 'GET', path: '/api/v1/tasks', query: { page_no: '1', page_size: '1' } }))
  },
}

const createdTask = z.object({ output: z.object({ task_id: dashscopeHandle.shape.id }) })

/** One picture takes some ten seconds, and waits for its turn. */
const AT_ONCE_TIMEOUT_MS = 180_000
