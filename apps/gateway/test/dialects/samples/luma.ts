import type { DialectSample } from '../sample.ts'

interface Generation { id: string; state: string; failure_code?: string; assets: { video?: string; image?: string } | null }
type Detail = string | { msg: string }[]

export const luma: DialectSample = {
  dialect: 'luma',
  create: (prompt) => ({ method: 'POST', path: '/dream-machine/v1/generations/video', json: { model: 'seedance-1.0-pro-fast', prompt, duration: '2s', resolution: '480p' } }),
  wrong: { request: { method: 'POST', path: '/dream-machine/v1/generations', json: { model: 'ray-2', prompt: 'A cat', duration: 'soon' } }, names: 'duration' },
  idOf: (answer) => (answer as Generation).id,
  read: (id) => ({ method: 'GET', path: `/dream-machine/v1/generations/${id}` }),
  cancel: (id) => ({ method: 'DELETE', path: `/dream-machine/v1/generations/${id}` }),
  outcomeOf(answer) {
    const { state, failure_code: code } = answer as Generation
    if (state === 'completed') return 'done'
    if (state === 'failed') return code === 'cancelled' ? 'cancelled' : 'failed'
    return 'pending'
  },
  linksOf(answer) {
    const { assets } = answer as Generation
    return [assets?.video ?? assets?.image ?? []].flat()
  },
  messageOf(answer) {
    const { detail } = answer as { detail: Detail }
    return typeof detail === 'string' ? detail : (detail[0]?.msg ?? '')
  },
}
