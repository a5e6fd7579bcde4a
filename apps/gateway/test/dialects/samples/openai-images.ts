import type { DialectSample } from '../sample.ts'

/** What the create answers with once the pictures are there, or what a read shows. */
interface Images {
  id: string
  status?: string
  data?: { url?: string }[]
  error?: { code: string } | null
}

export const openAiImages: DialectSample = {
  dialect: 'openai-images',
  synchronous: true,
  create: (prompt) => ({ method: 'POST', path: '/v1/images/generations', json: { model: 'gpt-image-1', prompt, quality: 'low', response_format: 'url' } }),
  wrong: { request: { method: 'POST', path: '/v1/images/generations', json: { model: 'gpt-image-1', prompt: 'A cat', n: 'many' } }, names: 'n' },
  idOf: (answer) => (answer as Images).id,
  read: (id) => ({ method: 'GET', path: `/v1/images/${id}` }),
  cancel: (id) => ({ method: 'POST', path: `/v1/images/${id}/cancel` }),
  outcomeOf(answer) {
    const { status, data, error } = answer as Images
    if (status === undefined) return data === undefined ? 'failed' : 'done'
    if (status === 'completed') return 'done'
    if (status === 'failed') return error?.code === 'cancelled' ? 'cancelled' : 'failed'
    return 'pending'
  },
  linksOf: (answer) => ((answer as Images).data ?? []).flatMap(({ url }) => url ?? []),
  messageOf: (answer) => (answer as { error: { message: string } }).error.message,
}
