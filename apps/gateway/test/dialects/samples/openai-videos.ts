import type { DialectSample } from '../sample.ts'

interface Video { id: string; status: string; error: { code: string } | null }

/** The vendor's video object has no link: its clients ask for `/content`. Who reads a task here follows that. */
export const openAiVideos: DialectSample = {
  dialect: 'openai-videos',
  create: (prompt) => ({
    method: 'POST',
    path: '/v1/videos',
    form: () => {
      const form = new FormData()
      for (const [name, value] of Object.entries({ model: 'seedance-1.0-pro-fast', prompt, seconds: '2', resolution: '480p' })) form.append(name, value)
      return form
    },
  }),
  wrong: { request: { method: 'POST', path: '/v1/videos', json: { model: 'sora-2', prompt: 'A cat', seconds: 'four' } }, names: 'seconds' },
  idOf: (answer) => (answer as Video).id,
  read: (id) => ({ method: 'GET', path: `/v1/videos/${id}` }),
  cancel: (id) => ({ method: 'POST', path: `/v1/videos/${id}/cancel` }),
  outcomeOf(answer) {
    const { status, error } = answer as Video
    if (status === 'completed') return 'done'
    if (status === 'failed') return error?.code === 'cancelled' ? 'cancelled' : 'failed'
    return 'pending'
  },
  linksOf: (answer) => ((answer as Video).status === 'completed' ? [`/v1/videos/${(answer as Video).id}/content`] : []),
  messageOf: (answer) => (answer as { error: { message: string } }).error.message,
}
