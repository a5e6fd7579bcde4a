import type { DialectSample } from '../sample.ts'

interface Shown { status: string; imageUrl: string; videoUrl: string; failReason: string }

export const midjourney: DialectSample = {
  dialect: 'midjourney',
  create: (prompt) => ({ method: 'POST', path: '/mj/submit/imagine', json: { prompt } }),
  wrong: { request: { method: 'POST', path: '/mj/submit/imagine', json: { prompt: 'A cat --ar wide' } }, names: '--ar' },
  idOf: (answer) => (answer as { result: string }).result,
  read: (id) => ({ method: 'GET', path: `/mj/task/${id}/fetch` }),
  cancel: (id) => ({ method: 'POST', path: `/mj/task/${id}/cancel` }),
  outcomeOf(answer) {
    const { status, failReason } = answer as Shown
    if (status === 'SUCCESS') return 'done'
    if (status === 'FAILURE') return failReason === '取消任务' ? 'cancelled' : 'failed'
    return 'pending'
  },
  linksOf: (answer) => [(answer as Shown).imageUrl, (answer as Shown).videoUrl].filter((url) => url !== ''),
  messageOf: (answer) => (answer as { description: string }).description,
  errorStatuses: { invalid_request: 200, content_policy: 200 },
}
