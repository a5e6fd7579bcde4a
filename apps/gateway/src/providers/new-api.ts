import sharp from 'sharp'
import { z } from 'zod'
import { UpstreamError } from '../core/errors.ts'
import type { GenerationRequest } from '../core/generation-request.ts'
import { present } from '../core/present.ts'
import { urlOrDataUri } from './job-input.ts'
import { maskChanging } from './mask.ts'
import type { Job, JobInput, Progress, Provider, ResultSource, Unfit, UpstreamHttp, UpstreamResponse } from './provider.ts'
import { bearerKey, expectOk, inputsOf, linkResult, openLink, pingModels, readRelayTask, relayCredential, relayHandle, relayId, relayProgress, unfitDuration, unfitForWire, type RelayTask, type RelayWire } from './relay-answer.ts'
import { errorByStatus, resultAt } from './upstream-answer.ts'

/** Pictures are answered at once, and leave nothing that could be asked about. */
const newApiHandle = relayHandle.extend({ answered: z.literal(true).optional() })
export type NewApiHandle = z.output<typeof newApiHandle>

/**
 * QuantumNous/new-api and its many deployments: video tasks at `/v1/video/generations`, whose envelope is read, and
 * pictures at `/v1/images/generations` and `/v1/images/edits`, which are answered when they are done. There is no
 * idempotency key, no search, no callback and no way to stop a task.
 *
 * A request has few fields of its own; `metadata` is merged into what the vendor behind it is sent, under that vendor's
 * names. Facts: its source and its public page, 2026-08.
 */
export const newApi: Provider<NewApiHandle> = {
  id: 'new-api',
  name: 'new-api',
  kinds: ['video', 'image'],
  credential: relayCredential,
  takesOurNames: true,
  handle: newApiHandle,

  authorize: bearerKey,

  unfit: ({ request }) => (request.kind === 'image' ? unfitForWire({ request }, IMAGES) ?? unfitSize(request) : unfitForWire({ request }, VIDEOS) ?? unfitDuration(request, VIDEOS.name, { auto: false })),

  submit: (job, http) => (job.request.kind === 'image' ? makePictures(job, http) : submitVideo(job, http)),

  async check({ id, answered }, http) {
    if (answered) throw new UpstreamError('garbled', 'Pictures are answered at once; there is nothing to ask about')
    return progressOf(readRelayTask(await http.call({ method: 'GET', path: `${TASKS}/${id}` }), id))
  },

  open: (source, _job, http) => openLink(source, http),

  ping: (upstreamModel, http) => pingModels(upstreamModel, '/v1/models', http),
}

const TASKS = '/v1/video/generations'

const VIDEOS: RelayWire = {
  name: 'new-api',
  operations: ['text_to_video', 'image_to_video', 'first_last_frame', 'reference_to_video'],
  inputs: { image: ['first_frame', 'last_frame', 'reference'], video: ['reference'], audio: ['reference'] },
  fields: ['negativePrompt', 'seed', 'vendor'],
  maxCount: 1,
}

const IMAGES: RelayWire = {
  name: 'new-api',
  operations: ['text_to_image', 'image_edit'],
  inputs: { image: ['source', 'reference', 'mask'] },
  fields: ['seed', 'style', 'quality', 'vendor'],
  // "n (1–128)"; what is behind it has the real limit.
  maxCount: 128,
}

/** The wire of pictures is OpenAI's, which knows pixels only. */
function unfitSize({ size, resolution, aspectRatio }: GenerationRequest): Unfit | undefined {
  if (size !== undefined || (resolution === undefined && aspectRatio === undefined)) return undefined
  return { param: resolution === undefined ? 'aspectRatio' : 'resolution', message: 'new-api takes a size in pixels for pictures' }
}

async function submitVideo(job: Job, http: UpstreamHttp): Promise<{ handle: NewApiHandle }> {
  const response = await http.call({ method: 'POST', path: TASKS, json: await videoBody(job) })
  const id = relayId(expectOk(response))
  if (id === undefined) throw errorByStatus(response)
  return { handle: { id } }
}

async function videoBody({ request, upstreamModel, inputs }: Job): Promise<Record<string, unknown>> {
  const [first, last] = (['first_frame', 'last_frame'] as const).map((role) => inputs.find((input) => input.role === role))
  const references = inputs.filter(({ role }) => role === 'reference')
  const metadata = present({
    ...request.vendor,
    negative_prompt: request.negativePrompt,
    seed: request.seed,
    resolution: request.resolution,
    ...vendorWords(request, upstreamModel),
    // Kling's name for it; a vendor without one leaves it out.
    image_tail: last && (await urlOrDataUri(last)),
    reference_images: await sources(inputsOf(references, 'image')),
    reference_videos: await sources(inputsOf(references, 'video')),
    reference_audios: await sources(inputsOf(references, 'audio')),
  })
  return present({
    model: upstreamModel,
    prompt: request.prompt,
    image: first && (await urlOrDataUri(first)),
    size: request.size,
    duration: request.durationSeconds,
    seed: request.seed,
    user: request.endUserId,
    metadata: Object.keys(metadata).length === 0 ? undefined : metadata,
  })
}

const KLING_MODES: Record<string, string> = { '720p': 'std', '1080p': 'pro', '4k': '4k' }

/** The ratio and the sound, in the words of the vendor that a model's name points to: Volcengine's, Kling's, or most others'. */
function vendorWords({ aspectRatio, audio, resolution = '' }: GenerationRequest, upstreamModel: string): Record<string, unknown> {
  if (/seedance|doubao/i.test(upstreamModel)) return { ratio: aspectRatio, generate_audio: audio }
  if (/kling/i.test(upstreamModel)) return { aspect_ratio: aspectRatio, sound: audio === undefined ? undefined : audio ? 'on' : 'off', mode: KLING_MODES[resolution] }
  if (/veo/i.test(upstreamModel)) return { aspect_ratio: aspectRatio, aspectRatio, generateAudio: audio }
  return { aspect_ratio: aspectRatio, audio }
}

async function sources(inputs: readonly JobInput[]): Promise<string[] | undefined> {
  const list: string[] = []
  // One after the other: what is read as bytes may be large.
  for (const input of inputs) list.push(await urlOrDataUri(input))
  return list.length === 0 ? undefined : list
}

/** "$1 = 500,000 quota" (QuotaPerUnit of new-api): what the envelope says was taken, which is given back for a failure. */
const MICROS_PER_QUOTA = 2

const charged = z.object({ quota: z.number().positive().optional().catch(undefined) })

function progressOf(task: RelayTask): Progress {
  const { quota } = charged.parse(task.fields)
  return relayProgress(task, quota === undefined ? {} : { usage: { costMicros: Math.round(quota * MICROS_PER_QUOTA) } })
}

/** "one held connection for the whole generation": as long as OpenAI's own clients wait. */
const PICTURES_TIMEOUT_MS = 600_000

async function makePictures(job: Job, http: UpstreamHttp): Promise<{ handle: NewApiHandle; progress: Progress }> {
  const asked = job.inputs.length === 0 ? { path: '/v1/images/generations', json: pictureFields(job) } : { path: '/v1/images/edits', form: await editForm(job) }
  const response = await http.call({ method: 'POST', ...asked, timeoutMs: PICTURES_TIMEOUT_MS })
  return { handle: { id: job.reference, answered: true }, progress: { state: 'done', results: picturesIn(response) } }
}

function pictureFields({ request, upstreamModel }: Job): Record<string, unknown> {
  // How the caller drew a mask is no field of the vendor's: it is drawn anew.
  const { mask_changes: _drawn, ...vendor } = request.vendor ?? {}
  return present({
    ...vendor,
    model: upstreamModel,
    prompt: request.prompt,
    n: request.count,
    size: request.size,
    quality: request.quality,
    style: request.style,
    // Not among its own fields: it goes on where a channel there passes bodies through, and where this is a Genlock.
    seed: request.seed,
    output_format: request.outputFormat,
    user: request.endUserId,
  })
}

async function editForm(job: Job): Promise<FormData> {
  const form = new FormData()
  for (const [name, value] of Object.entries(pictureFields(job))) form.append(name, typeof value === 'object' ? JSON.stringify(value) : String(value))
  const pictures = job.inputs.filter(({ role }) => role !== 'mask')
  for (const [index, input] of pictures.entries()) {
    const { bytes, mediaType } = await input.read()
    // "image, image[] or image[n]".
    form.append(pictures.length === 1 ? 'image' : 'image[]', new Blob([new Uint8Array(bytes)], { type: mediaType }), `${index + 1}.${mediaType.split('/')[1] ?? 'png'}`)
  }
  const mask = job.inputs.find(({ role }) => role === 'mask')
  if (mask) form.append('mask', new Blob([await transparentWhereItChanges(mask, job.request)], { type: 'image/png' }), 'mask.png')
  return form
}

/** OpenAI's masks: "transparent areas indicate where the image should be edited". */
async function transparentWhereItChanges(mask: JobInput, request: GenerationRequest): Promise<Uint8Array<ArrayBuffer>> {
  const opacity = await sharp(await maskChanging('black', mask, request)).toColourspace('b-w').raw().toBuffer({ resolveWithObject: true })
  const { width, height, channels } = opacity.info
  const black = sharp({ create: { width, height, channels: 3, background: '#000' } })
  return new Uint8Array(await black.joinChannel(opacity.data, { raw: { width, height, channels } }).png().toBuffer())
}

const pictureList = z.object({ data: z.array(z.object({ url: z.string().nullish(), b64_json: z.string().nullish() })) })

/** A data URI in `url` is base64 too, as relays of chat models give it. */
function picturesIn(response: UpstreamResponse): ResultSource[] {
  const list = pictureList.safeParse(expectOk(response))
  if (!list.success) throw errorByStatus(response)
  return list.data.data.flatMap(({ url, b64_json: base64 }): ResultSource[] => {
    if (base64) return [{ kind: 'bytes', base64, role: 'output' }]
    const result = resultAt(url ?? '')
    if (result.kind === 'bytes') return [result]
    return url && /^https?:\/\//i.test(url) ? [linkResult(url)] : []
  })
}
