import type { DialectSample } from '../sample.ts'

interface Result { data?: { url: string }[]; error?: string }

export const ideogram: DialectSample = {
  dialect: 'ideogram',
  create: (prompt) => ({ method: 'POST', path: '/generate', json: { image_request: { prompt, model: 'V_1_TURBO', aspect_ratio: 'ASPECT_1_1' } } }),
  wrong: { request: { method: 'POST', path: '/generate', json: { image_request: { prompt: 'A cat', num_images: 'many' } } }, names: 'image_request.num_images' },
  outcomeOf: (answer) => ((answer as Result).data === undefined ? 'failed' : 'done'),
  linksOf: (answer) => ((answer as Result).data ?? []).map(({ url }) => url),
  messageOf: (answer) => (answer as { error: string }).error,
  synchronous: true,
  errorStatuses: { content_policy: 422 },
}
