import { z } from 'zod'
import { arkError, vendorError } from './volcengine-ark/errors.ts'
import { imageHandle, IMAGES, submitImages } from './volcengine-ark/images.ts'
import { cancelTask, checkTask, submitTask, taskHandle, TASKS } from './volcengine-ark/tasks.ts'
import { unfitOf } from './volcengine-ark/unfit.ts'
import { UpstreamError } from '../core/errors.ts'
import type { Provider } from './provider.ts'

/** Pictures first: their handle has everything that a task's has. */
const arkHandle = z.union([imageHandle, taskHandle])
export type ArkHandle = z.output<typeof arkHandle>

/**
 * Volcengine Ark in China, and the same wire as BytePlus ModelArk elsewhere
 * (`https://ark.ap-southeast.bytepluses.com/api/v3`): Seedance video, Seedream and SeedEdit pictures. A video is a task;
 * pictures come with the answer.
 *
 * There is no idempotency key and no field that a task can be searched by, so a lost submission stays lost: no `find`.
 * Facts are of August 2026, from the vendor's documentation (https://www.volcengine.com/docs/82379/1520757, pictures
 * https://www.volcengine.com/docs/82379/1541523) and SDKs.
 */
export const volcengineArk: Provider<ArkHandle> = {
  id: 'volcengine-ark',
  name: 'Volcengine Ark',
  kinds: ['video', 'image'],
  baseUrl: 'https://ark.cn-beijing.volces.com/api/v3',
  credential: z.object({ api_key: z.string().trim().min(1) }),
  handle: arkHandle,
  callsBack: true,

  authorize: (credential) => ({ authorization: `Bearer ${String(credential['api_key'])}` }),

  unfit: unfitOf,

  submit: (job, http) => (job.request.kind === 'video' ? submitTask(job, http) : submitImages(job, http)),

  async check(handle, http) {
    if ('image' in handle) throw new UpstreamError('garbled', 'Pictures come with the answer and cannot be asked for again')
    return checkTask(handle, http)
  },

  async cancel(handle, http) {
    return 'image' in handle ? 'too_late' : cancelTask(handle, http)
  },

  /** Callbacks are the task object, unsigned. */
  callback({ body }) {
    const { data } = taskHandle.safeParse(body)
    return data === undefined ? {} : { handle: data }
  },

  /** A request without its content is refused for the missing field when key and model are good, and for those when not. */
  async ping(upstreamModel, http) {
    const path = /seedream|seededit/i.test(upstreamModel) ? IMAGES : TASKS
    const response = await http.call({ method: 'POST', path, json: { model: upstreamModel } })
    const { code } = vendorError(response)
    if (response.status !== 400 || !code?.startsWith('MissingParameter')) throw arkError(response)
  },
}
