import type { GenerationRequest } from '../core/generation-request.ts'
import { pixelsOf } from '../core/model.ts'
import { present } from '../core/present.ts'
import type { Job, Provider, Unfit } from './provider.ts'
import { bearerKey, expectOk, openLink, pathResult, pingModels, readRelayTask, relayCredential, relayHandle, relayId, relayProgress, soundSettings, unfitDuration, unfitForWire, unfitSound, type RelayHandle, type RelayWire } from './relay-answer.ts'
import { errorByStatus } from './upstream-answer.ts'

/**
 * Relays that take a video as flat JSON, `{ model, prompt, duration, size, seed }`, at `/v1/videos`: Sora, Veo 3 and
 * others of their kind, from words alone. There is no idempotency key, no search and no way to stop a task.
 *
 * Facts: the general video page of yuzhixiaolongxia.com, 2026-08.
 */
export const flat: Provider<RelayHandle> = {
  id: 'flat',
  name: 'Flat video relay',
  kinds: ['video'],
  credential: relayCredential,
  settings: soundSettings,
  takesOurNames: true,
  handle: relayHandle,

  authorize: bearerKey,

  unfit: (work) =>
    unfitForWire(work, WIRE) ?? unfitDuration(work.request, WIRE.name, { auto: false }) ?? unfitSound(work, WIRE.name) ?? unfitSize(work.request),

  async submit(job, http) {
    const response = await http.call({ method: 'POST', path: '/videos', json: taskBody(job) })
    const id = relayId(expectOk(response))
    if (id === undefined) throw errorByStatus(response)
    return { handle: { id } }
  },

  async check({ id }, http) {
    const task = readRelayTask(await http.call({ method: 'GET', path: `/videos/${id}` }), id)
    // "unknown: 有视频地址按完成处理;没有继续轮询".
    if (task.word === 'unknown' && task.links.length > 0) return relayProgress({ ...task, state: 'succeeded' })
    // "如果都没有,再走 GET /v1/videos/{id}/content 兜底下载".
    if (task.state === 'succeeded' && task.links.length === 0) return relayProgress(task, { results: [pathResult(`/videos/${id}/content`)] })
    return relayProgress(task)
  },

  open: (source, _job, http) => openLink(source, http),

  ping: (upstreamModel, http) => pingModels(upstreamModel, '/models', http),
}

const WIRE: RelayWire = { name: 'This relay', operations: ['text_to_video'], inputs: {}, fields: ['seed'], maxCount: 1 }

function taskBody({ request, upstreamModel }: Job): Record<string, unknown> {
  return present({ model: upstreamModel, prompt: request.prompt, duration: request.durationSeconds, size: sizeOf(request), seed: request.seed })
}

/** `1280x720`, also where the request says 720p at 16:9. */
function sizeOf({ size, resolution, aspectRatio }: GenerationRequest): string | undefined {
  if (size !== undefined) return size
  if (resolution === undefined || aspectRatio === undefined) return undefined
  return pixelsOf({}, resolution, aspectRatio)?.join('x')
}

function unfitSize(request: GenerationRequest): Unfit | undefined {
  if (sizeOf(request) !== undefined || (request.resolution === undefined && request.aspectRatio === undefined)) return undefined
  return { param: request.resolution === undefined ? 'aspectRatio' : 'resolution', message: 'This relay takes a size in pixels only: ask for a resolution and a ratio together, such as 720p at 16:9' }
}
