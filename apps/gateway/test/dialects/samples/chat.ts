import type { DialectSample } from '../sample.ts'

interface Completion { task_id: string; status: string; urls: string[] }

export const chat: DialectSample = {
  dialect: 'chat',
  create: (prompt) => ({ method: 'POST', path: '/v1/chat/completions', json: { model: 'seedance-1.0-pro-fast', messages: [{ role: 'user', content: prompt }], duration: 2, resolution: '480p' } }),
  wrong: { request: { method: 'POST', path: '/v1/chat/completions', json: { model: 'seedance-1.0-pro-fast', messages: 'A cat' } }, names: 'messages' },
  idOf: (answer) => (answer as Completion).task_id,
  read: (id) => ({ method: 'GET', path: `/v1/chat/completions/chatcmpl-${id}` }),
  outcomeOf(answer) {
    const { status } = answer as Completion
    if (status === 'completed') return 'done'
    return status === 'failed' || status === 'cancelled' ? status : 'pending'
  },
  linksOf: (answer) => (answer as Completion).urls,
  messageOf: (answer) => (answer as { error: { message: string } }).error.message,
  synchronous: true,
}
