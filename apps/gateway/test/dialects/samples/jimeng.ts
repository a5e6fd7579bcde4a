import type { DialectSample } from '../sample.ts'

interface JimengAnswer { code: number; message: string; data: { task_id: string; status: string; video_url: string; image_urls: string[] | null } }

const MODEL = 'seedance-1.0-pro-fast'
const path = (action: string): string => `/jimeng/?Action=${action}&Version=2022-08-31`

export const jimeng: DialectSample = {
  dialect: 'jimeng',
  create: (prompt) => ({ method: 'POST', path: path('CVSync2AsyncSubmitTask'), json: { req_key: MODEL, prompt, frames: 49, resolution: '480p', aspect_ratio: '16:9' } }),
  wrong: { request: { method: 'POST', path: path('CVSync2AsyncSubmitTask'), json: { req_key: MODEL, prompt: 'A cat', frames: 50 } }, names: 'frames' },
  idOf: (answer) => (answer as JimengAnswer).data.task_id,
  read: (id) => ({ method: 'POST', path: path('CVSync2AsyncGetResult'), json: { req_key: MODEL, task_id: id, req_json: '{"return_url":true}' } }),
  outcomeOf(answer) {
    const { code, message, data } = answer as JimengAnswer
    if (code !== 10_000) return message.startsWith('cancelled') ? 'cancelled' : 'failed'
    return data.status === 'done' ? 'done' : data.status === 'not_found' ? 'failed' : 'pending'
  },
  linksOf(answer) {
    const { video_url: video, image_urls: images } = (answer as JimengAnswer).data
    return images ?? [video]
  },
  messageOf: (answer) => (answer as JimengAnswer).message,
  // An answer of its own: `status` is `not_found`.
  errorStatuses: { not_found: 200 },
}
