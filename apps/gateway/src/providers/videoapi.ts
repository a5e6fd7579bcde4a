import { z } from 'zod'
import { UpstreamError } from '../core/errors.ts'
import type { GenerationRequest, InputMedia, Operation } from '../core/generation-request.ts'
import { ADAPTIVE } from '../core/model.ts'
import { MICROS_PER_DOLLAR } from '../core/micros.ts'
import { present } from '../core/present.ts'
import type { Job, JobInput, Provider, Unfit, UpstreamHttp, UpstreamUsage } from './provider.ts'
import { bearerKey, expectOk, inputsOf, openLink, readRelayTask, relayCredential, relayError, relayHandle, relayId, relayProgress, unfitDuration, unfitForWire, type RelayTask, type RelayWire } from './relay-answer.ts'
import { errorByStatus } from './upstream-answer.ts'

const videoApiHandle = relayHandle.extend({ microsPerCredit: z.number().min(0).optional() })
export type VideoApiHandle = z.output<typeof videoApiHandle>

const videoApiSettings = z.strictObject({ usd_per_credit: z.number().min(0).max(1_000).optional() })

/**
 * Gateways with the VideoApi console: material in lists that the prompt calls `@Image1`, `@Video1` and `@Audio1`, prices
 * in credits, four status words. Material without a public address is put there first, with `/api/upload`. There is no
 * idempotency key, no search and no way to stop a task.
 *
 * Facts: the documentation inside the console, 2026-08.
 */
export const videoApi: Provider<VideoApiHandle> = {
  id: 'videoapi',
  name: 'VideoApi',
  kinds: ['video'],
  credential: relayCredential,
  settings: videoApiSettings,
  takesOurNames: true,
  handle: videoApiHandle,

  authorize: bearerKey,

  unfit: ({ request }) => unfitForWire({ request }, WIRE) ?? unfitDuration(request, WIRE.name, { auto: true }) ?? unfitFrames(request) ?? unfitSize(request),

  async submit(job, http) {
    const response = await http.call({ method: 'POST', path: TASKS, json: await taskBody(job, http) })
    const id = relayId(expectOk(response))
    if (id === undefined) throw errorByStatus(response)
    const { usd_per_credit: usdPerCredit } = videoApiSettings.parse(job.settings)
    return { handle: { id, ...(usdPerCredit !== undefined && { microsPerCredit: usdPerCredit * Number(MICROS_PER_DOLLAR) }) } }
  },

  async check({ id, microsPerCredit }, http) {
    const task = readRelayTask(await http.call({ method: 'GET', path: `${TASKS}/${id}` }), id)
    const usage = usageOf(task, microsPerCredit)
    return relayProgress(task, usage && { usage })
  },

  open: (source, _job, http) => openLink(source, http),

  /** Its list of models is public, so a task is asked for that nobody has. */
  async ping(_upstreamModel, http) {
    const response = await http.call({ method: 'GET', path: `${TASKS}/vidgen_0_00000000` })
    if (response.status >= 200 && response.status < 300) return
    const error = relayError(response)
    // How it denies a task is not on the page; anything in its own words will do.
    if (error.kind !== 'refused' || error.code === 'upstream_failed') throw error
  },
}

const TASKS = '/v1/video/generations'

const WIRE: RelayWire = {
  name: 'VideoApi',
  operations: ['text_to_video', 'image_to_video', 'reference_to_video', 'video_to_video'],
  inputs: { image: ['first_frame', 'reference'], video: ['reference', 'source'], audio: ['reference'] },
  fields: [],
  maxCount: 1,
}

/** Values of `type`; the page shows the first two. */
const TYPES: Partial<Record<Operation, string>> = {
  text_to_video: 'text-to-video',
  image_to_video: 'image-to-video',
  reference_to_video: 'reference-to-video',
  video_to_video: 'video-to-video',
}

/** Lists say no parts: a picture is the one that moves, or is what the prompt calls by name. */
function unfitFrames({ operation, inputs, prompt }: GenerationRequest): Unfit | undefined {
  if (operation !== 'image_to_video') {
    return inputs.some(({ role }) => role === 'first_frame') ? { param: 'inputs', message: 'VideoApi takes a first frame alone, without references' } : undefined
  }
  if (inputs.length !== 1) return { param: 'inputs', message: 'VideoApi takes one first frame' }
  return /@Image\d/i.test(prompt) ? { param: 'prompt', message: 'VideoApi takes a picture that the prompt calls by name for a reference, not for the first frame' } : undefined
}

/** Resolution and ratio go as words; a size alone cannot. */
function unfitSize({ size, resolution, aspectRatio }: GenerationRequest): Unfit | undefined {
  const unsaid = size !== undefined && resolution === undefined && aspectRatio === undefined
  return unsaid ? { param: 'size', message: 'VideoApi takes a resolution and an aspect ratio, not a size in pixels' } : undefined
}

async function taskBody({ request, upstreamModel, inputs }: Job, http: UpstreamHttp): Promise<Record<string, unknown>> {
  return present({
    model: upstreamModel,
    type: TYPES[request.operation],
    prompt: request.prompt,
    image_urls: await addresses(inputs, 'image', http),
    video_urls: await addresses(inputs, 'video', http),
    audio_urls: await addresses(inputs, 'audio', http),
    resolution: request.resolution,
    duration: request.durationSeconds,
    aspect_ratio: request.aspectRatio === ADAPTIVE ? 'auto' : request.aspectRatio,
    generate_audio: request.audio,
    end_user_id: request.endUserId,
  })
}

async function addresses(inputs: readonly JobInput[], media: InputMedia, http: UpstreamHttp): Promise<string[] | undefined> {
  const list: string[] = []
  // One after the other: what is read as bytes may be large.
  for (const input of inputsOf(inputs, media)) list.push(await addressOf(input, http))
  return list.length === 0 ? undefined : list
}

const UPLOAD_TIMEOUT_MS = 120_000

const uploaded = z.object({ data: z.array(z.object({ url: z.url({ protocol: /^https?$/ }) })).min(1) })

async function addressOf(input: JobInput, http: UpstreamHttp): Promise<string> {
  if (input.url !== undefined && input.url.startsWith('https:')) return input.url
  const { bytes, mediaType } = await input.read()
  const form = new FormData()
  form.append('files', new Blob([new Uint8Array(bytes)], { type: mediaType }), `${input.media}.${mediaType.split('/')[1] ?? 'bin'}`)
  try {
    const response = await http.call({ method: 'POST', path: '/api/upload', form, timeoutMs: UPLOAD_TIMEOUT_MS })
    const answer = uploaded.safeParse(expectOk(response))
    if (!answer.success) throw errorByStatus(response)
    return answer.data.data[0]!.url
  } catch (error) {
    // Whatever became of the upload, nothing was submitted.
    if (error instanceof UpstreamError && (error.kind === 'lost' || error.kind === 'garbled')) throw new UpstreamError('busy', 'The upstream did not take the material', { cause: error })
    throw error
  }
}

const credits = z.object({ credits_charged: z.number().min(0).optional().catch(undefined), credits_reserved: z.number().min(0).optional().catch(undefined) })

/** "credits_reserved: 180": what was taken; Genlock says beside it what of that was charged. A failure is given back. */
function usageOf(task: RelayTask, microsPerCredit: number | undefined): UpstreamUsage | undefined {
  const { credits_charged: charged, credits_reserved: reserved } = credits.parse(task.fields)
  const taken = charged ?? reserved
  return taken === undefined || microsPerCredit === undefined ? undefined : { costMicros: Math.round(taken * microsPerCredit) }
}
