import { z } from 'zod'
import { openAiError } from './openai/errors.ts'
import { submitImages } from './openai/images.ts'
import { unfitOf } from './openai/unfit.ts'
import { checkVideo, contentOf, openAiHandle, submitVideo, type OpenAiHandle } from './openai/videos.ts'
import type { Provider } from './provider.ts'
import { errorByStatus } from './upstream-answer.ts'

/**
 * OpenAI's Videos and Images APIs, at the vendor, on Azure (`https://<resource>.openai.azure.com/openai/v1`) and at the
 * many servers that speak the same. Pictures come with the answer; a video is a job whose file lies behind the key.
 *
 * There is no idempotency key, nothing that a job can be searched by and no way to stop one; webhooks are set up by
 * project, not by request. So there is no `find`, no `cancel` and no `callback`.
 * Facts are of November 2026, from the vendor's documentation (https://platform.openai.com/docs/api-reference) and the
 * `openai` package 7.55.0. The vendor closed Sora on 2026-09-24; the wire goes on elsewhere.
 */
export const openAi: Provider<OpenAiHandle> = {
  id: 'openai',
  name: 'OpenAI',
  kinds: ['video', 'image'],
  baseUrl: 'https://api.openai.com/v1',
  credential: z.object({ api_key: z.string().trim().min(1), organization: z.string().trim().min(1).optional(), project: z.string().trim().min(1).optional() }),
  settings: z.strictObject({
    /**
     * Whose limits hold: `openai` for the vendor's lengths and sizes, which Azure shares; `server` for another server that
     * judges for itself, and is sent what was asked for.
     */
    limits: z.enum(['openai', 'server']).default('openai'),
  }),
  handle: openAiHandle,

  authorize: ({ api_key: key, organization, project }) => ({
    authorization: `Bearer ${String(key)}`,
    ...(typeof organization === 'string' && { 'openai-organization': organization }),
    ...(typeof project === 'string' && { 'openai-project': project }),
  }),

  unfit: unfitOf,

  submit: (job, http) => (job.request.kind === 'video' ? submitVideo(job, http) : submitImages(job, http)),

  check: checkVideo,

  /** A redirect would lead a client to where its key is not known, so the file comes through here. */
  open: (source, job, http) => http.download(contentOf(source, job)),

  async ping(_upstreamModel, http) {
    const response = await http.call({ method: 'GET', path: '/models' })
    if (response.status !== 200) throw openAiError(response)
    // A page of a proxy has status 200 as well.
    if (!z.object({ data: z.array(z.unknown()) }).safeParse(response.json).success) throw errorByStatus(response)
  },
}
