import type { GenerationRequest } from '../core/generation-request.ts'
import { parseSize, shortSidePixels } from '../core/model.ts'
import { present } from '../core/present.ts'
import { urlOrDataUri } from './job-input.ts'
import type { Job, JobInput, Provider, Unfit } from './provider.ts'
import { bearerKey, expectOk, openLink, pingModels, readRelayTask, relayCredential, relayHandle, relayId, relayProgress, soundSettings, unfitDuration, unfitForWire, unfitSound, type RelayHandle, type RelayWire } from './relay-answer.ts'
import { errorByStatus } from './upstream-answer.ts'

/**
 * Relays with the "unified video format" for Veo and Sora: `/v1/video/create` and `/v1/video/query`. What pictures are
 * for is in the model's name (`-frames`, `-components`), and so is the resolution of Veo (`-4k`, `-hd`). There is no
 * idempotency key, no search and no way to stop a task.
 *
 * Facts: help.allapi.store, 2026-01.
 */
export const unified: Provider<RelayHandle> = {
  id: 'unified',
  name: 'Unified video relay',
  kinds: ['video'],
  credential: relayCredential,
  settings: soundSettings,
  takesOurNames: true,
  handle: relayHandle,

  authorize: bearerKey,

  unfit: (work) =>
    unfitForWire(work, WIRE) ?? unfitDuration(work.request, WIRE.name, { auto: false }) ?? unfitSound(work, WIRE.name) ?? unfitFrame(work.request, work.upstreamModel),

  async submit(job, http) {
    const response = await http.call({ method: 'POST', path: '/video/create', json: await taskBody(job) })
    const id = relayId(expectOk(response))
    if (id === undefined) throw errorByStatus(response)
    return { handle: { id } }
  },

  async check({ id }, http) {
    return relayProgress(readRelayTask(await http.call({ method: 'GET', path: '/video/query', query: { id } }), id))
  },

  open: (source, _job, http) => openLink(source, http),

  ping: (upstreamModel, http) => pingModels(upstreamModel, '/models', http),
}

const WIRE: RelayWire = {
  name: 'This relay',
  operations: ['text_to_video', 'image_to_video', 'first_last_frame', 'reference_to_video'],
  inputs: { image: ['first_frame', 'last_frame', 'reference'] },
  fields: ['enhancePrompt', 'upsample'],
  maxCount: 1,
}

async function taskBody({ request, upstreamModel, inputs }: Job): Promise<Record<string, unknown>> {
  return present({
    model: upstreamModel,
    prompt: request.prompt,
    duration: request.durationSeconds,
    images: await pictures(inputs),
    enable_upsample: request.upsample,
    enhance_prompt: request.enhancePrompt,
    ...(isSora(upstreamModel) ? soraFrame(request) : { aspect_ratio: request.aspectRatio }),
  })
}

function isSora(upstreamModel: string): boolean {
  return /sora/i.test(upstreamModel)
}

/** "images: 图片 URL 数组", frames in their order. */
async function pictures(inputs: readonly JobInput[]): Promise<string[] | undefined> {
  const list: string[] = []
  // One after the other: what is read as bytes may be large.
  for (const input of [...inputs].toSorted((a, b) => Number(a.role === 'last_frame') - Number(b.role === 'last_frame'))) list.push(await urlOrDataUri(input))
  return list.length === 0 ? undefined : list
}

/** The vendor's sizes by their shorter side: 1280x720, 1792x1024, 1920x1080. */
const SIZE_WORDS: readonly (readonly [number, string])[] = [[720, 'small'], [1024, 'medium'], [1080, 'large']]

const ORIENTATIONS: Record<string, string> = { '16:9': 'landscape', '9:16': 'portrait' }

/** Sora is told `orientation: landscape | portrait` and `size: small | medium | large`. */
function soraFrame({ size, resolution, aspectRatio }: GenerationRequest): { orientation?: string; size?: string } {
  const pixels = size === undefined ? undefined : parseSize(size)
  const orientation = pixels ? (pixels[0] >= pixels[1] ? 'landscape' : 'portrait') : aspectRatio === undefined ? undefined : ORIENTATIONS[aspectRatio]
  const short = pixels ? Math.min(...pixels) : resolution === undefined ? undefined : shortSidePixels(resolution)
  const word = SIZE_WORDS.find(([side]) => side === short)?.[1]
  return { ...(orientation !== undefined && { orientation }), ...(word !== undefined && { size: word }) }
}

function unfitFrame(request: GenerationRequest, upstreamModel: string): Unfit | undefined {
  const { size, resolution, aspectRatio } = request
  if (isSora(upstreamModel)) {
    const said = soraFrame(request)
    if ((size ?? resolution) !== undefined && said.size === undefined) return { param: size === undefined ? 'resolution' : 'size', message: 'Sora has three sizes here, with sides of 720, 1024 and 1080 pixels' }
    return aspectRatio !== undefined && said.orientation === undefined ? { param: 'aspectRatio', message: 'Sora takes 16:9 and 9:16 here' } : undefined
  }
  if (size !== undefined && aspectRatio === undefined) return { param: 'size', message: 'This relay takes an aspect ratio, not a size in pixels' }
  if (resolution !== undefined && resolution.toLowerCase() !== resolutionOf(upstreamModel)) return { param: 'resolution', message: `This relay makes ${resolutionOf(upstreamModel)} with this model, and has no word for another resolution` }
  return undefined
}

/** "veo3.1-4k", "veo_3_1-fast-hd"; the others make what Veo makes when nothing is said. */
function resolutionOf(upstreamModel: string): string {
  if (/4k/i.test(upstreamModel)) return '4k'
  return /(?:^|[-_])hd(?:$|[-_])/i.test(upstreamModel) ? '1080p' : '720p'
}
