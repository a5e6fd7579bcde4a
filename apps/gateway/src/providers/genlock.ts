import { z } from 'zod'
import { videoOperation, type GenerationRequest, type Operation } from '../core/generation-request.ts'
import { present } from '../core/present.ts'
import { urlOrDataUri } from './job-input.ts'
import type { Job, JobInput, Progress, Provider, ResultSource, Unfit, UpstreamHttp, UpstreamUsage } from './provider.ts'
import { bearerKey, expectOk, inputsOf, linkResult, openLink, pingModels, readRelayTask, RELAY_ID, relayCredential, relayHandle, relayId, relayProgress, unfitForWire, type RelayTask, type RelayWire } from './relay-answer.ts'
import { errorByStatus } from './upstream-answer.ts'

/** Where a task is read, beside its id. */
const genlockHandle = relayHandle.extend({ of: z.enum(['videos', 'images']) })
export type GenlockHandle = z.output<typeof genlockHandle>

/**
 * Another Genlock, or NextAPI, whose wire its native one is built after: `{ model, input: { prompt, … } }`, answered with
 * a task to be read. It takes our names of models, and every field in our own words, so a request arrives as it was made.
 *
 * Each submission carries our reference as its `Idempotency-Key`: the same key with the same body gives the same task.
 * There is no `find` all the same, for a task cannot be asked for by the key alone, and whoever looks for a lost
 * submission has no body to repeat. Its callback names the task, where the upstream can reach us.
 *
 * Facts: the third-party page of nextapi.top (2026-08) and the OpenAPI document of Genlock itself.
 */
export const genlock: Provider<GenlockHandle> = {
  id: 'genlock',
  name: 'Genlock',
  kinds: ['video', 'image'],
  credential: relayCredential,
  takesOurNames: true,
  handle: genlockHandle,
  callsBack: true,

  authorize: bearerKey,

  unfit: ({ request }) => unfitForWire({ request }, WIRE) ?? unfitGoingOn(request),

  async submit(job, http) {
    const of = job.request.kind === 'image' ? 'images' : 'videos'
    const response = await http.call({ method: 'POST', path: `/${of}`, json: await taskBody(job), headers: { 'idempotency-key': job.reference } })
    const id = relayId(expectOk(response))
    if (id === undefined) throw errorByStatus(response)
    return { handle: { id, of } }
  },

  async check(handle, http) {
    return progressOf(await look(handle, http))
  },

  async cancel({ id, of }, http) {
    const response = await http.call({ method: 'POST', path: `/${of}/${id}/cancel` })
    // "not_cancellable: 409".
    if (response.status === 409) return 'too_late'
    return readRelayTask(response, id).state === 'cancelled' ? 'cancelled' : 'too_late'
  },

  /** `{ id: "evt_…", type: "video.succeeded", data: <the task> }`, signed with a secret that we were not given. */
  callback({ body }) {
    const message = callbackBody.safeParse(body)
    if (!message.success) return {}
    const { id, object } = message.data.data
    return { handle: { id, of: object === 'image' ? 'images' : 'videos' } }
  },

  open: (source, _job, http) => openLink(source, http),

  ping: (upstreamModel, http) => pingModels(upstreamModel, '/models', http),
}

const WIRE: RelayWire = {
  name: 'Genlock',
  operations: [
    'text_to_video', 'image_to_video', 'first_last_frame', 'reference_to_video', 'video_to_video', 'extend', 'remix', 'upscale', 'lip_sync',
    'text_to_image', 'image_edit', 'variation', 'reframe', 'replace_background', 'blend',
  ],
  inputs: {
    image: ['first_frame', 'last_frame', 'reference', 'mask', 'source'],
    video: ['first_frame', 'last_frame', 'reference', 'source'],
    audio: ['reference', 'source'],
  },
  fields: ['negativePrompt', 'seed', 'style', 'quality', 'enhancePrompt', 'upsample', 'loop', 'vendor'],
  // Its own catalogue has the real limit.
  maxCount: 32,
}

/** A task cannot name an earlier one here; what goes on from a video must be given the video. */
function unfitGoingOn({ operation, inputs }: GenerationRequest): Unfit | undefined {
  const goesOn = operation === 'extend' || operation === 'remix'
  return goesOn && inputs.length === 0 ? { param: 'inputs', message: `Genlock needs the video itself for ${operation}` } : undefined
}

async function taskBody({ request, upstreamModel, inputs, callbackUrl }: Job): Promise<Record<string, unknown>> {
  const mask = inputs.find(({ role }) => role === 'mask')
  // What has a name there by resolution or ratio is not said by pixels too.
  const named = request.resolution !== undefined || request.aspectRatio !== undefined
  return present({
    model: upstreamModel,
    input: present({
      prompt: request.prompt,
      negative_prompt: request.negativePrompt,
      duration_seconds: request.durationSeconds,
      resolution: request.resolution,
      aspect_ratio: request.aspectRatio,
      size: named ? undefined : request.size,
      fps: request.framesPerSecond,
      seed: request.seed,
      n: request.count === 1 ? undefined : request.count,
      audio: request.audio,
      images: await materials(inputsOf(inputs, 'image').filter((input) => input !== mask)),
      mask: mask && (await material(mask)),
      videos: await materials(inputsOf(inputs, 'video')),
      audios: await materials(inputsOf(inputs, 'audio')),
      style: request.style,
      quality: request.quality,
      enhance_prompt: request.enhancePrompt,
      upsample: request.upsample,
      loop: request.loop,
      output_format: request.outputFormat,
      operation: request.operation === impliedOperation(request) ? undefined : request.operation,
      vendor: request.vendor,
    }),
    callback_url: callbackUrl,
    end_user_id: request.endUserId,
  })
}

/** What follows from the inputs need not be said, and NextAPI has no word for it. */
function impliedOperation({ kind, inputs }: GenerationRequest): Operation {
  if (kind === 'image') return inputs.length === 0 ? 'text_to_image' : 'image_edit'
  return videoOperation(inputs)
}

async function materials(inputs: readonly JobInput[]): Promise<unknown[] | undefined> {
  const list: unknown[] = []
  // One after the other: what is read as bytes may be large.
  for (const input of inputs) list.push(await material(input))
  return list.length === 0 ? undefined : list
}

async function material(input: JobInput): Promise<{ url: string; role: string }> {
  return { url: await urlOrDataUri(input), role: input.role }
}

async function look({ id, of }: GenlockHandle, http: UpstreamHttp): Promise<RelayTask> {
  return readRelayTask(await http.call({ method: 'GET', path: `/${of}/${id}` }), id)
}

const MICROS_PER_CENT = 10_000

const finished = z.object({
  cost_cents: z.number().min(0).optional().catch(undefined),
  output: z
    .object({
      duration_seconds: z.number().min(0).optional().catch(undefined),
      poster_url: z.url().optional().catch(undefined),
      last_frame_url: z.url().optional().catch(undefined),
      audio_url: z.url().optional().catch(undefined),
    })
    .optional()
    .catch(undefined),
})

function progressOf(task: RelayTask): Progress {
  const { cost_cents: cents, output } = finished.parse(task.fields)
  const usage: UpstreamUsage = {
    ...(cents !== undefined && { costMicros: Math.round(cents * MICROS_PER_CENT) }),
    ...(output?.duration_seconds !== undefined && { seconds: output.duration_seconds }),
  }
  const extras: ResultSource[] = ([['poster_url', 'poster'], ['last_frame_url', 'last_frame'], ['audio_url', 'audio']] as const).flatMap(([name, role]) => {
    const url = output?.[name]
    return url === undefined ? [] : [linkResult(url, role)]
  })
  return relayProgress(task, { results: [...task.links.map((url) => linkResult(url)), ...extras], ...(Object.keys(usage).length > 0 && { usage }) })
}

const callbackBody = z.object({ data: z.object({ id: z.string().regex(RELAY_ID), object: z.enum(['video', 'image']) }) })
