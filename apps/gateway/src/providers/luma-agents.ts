import { z } from 'zod'
import { UpstreamError } from '../core/errors.ts'
import type { GenerationRequest } from '../core/generation-request.ts'
import { hashedEndUser } from './end-user.ts'
import type { FailureReason, Job, JobInput, ParentJob, Progress, Provider, Unfit, UpstreamHttp, UpstreamRequest, UpstreamResponse, Work } from './provider.ts'
import { plainReference, translateReferences } from './references.ts'
import { callerMessage, errorByStatus } from './upstream-answer.ts'

/** The id becomes a part of a path. */
const agentsHandle = z.object({ id: z.uuid() })
export type LumaAgentsHandle = z.output<typeof agentsHandle>

/**
 * Luma's Agents API: Ray 3.2's videos and Uni-1's pictures. Its keys are not those of Dream Machine (`luma`).
 *
 * There are no callbacks, no list and no idempotency key, so a lost submission stays lost; and a job cannot be stopped.
 * Links to results hold for an hour, and each look gives new ones.
 *
 * Facts are of November 2026, from https://docs.agents.lumalabs.ai and the source of the vendor's SDK (`luma-agents`
 * 0.3.0).
 */
export const lumaAgents: Provider<LumaAgentsHandle> = {
  id: 'luma-agents',
  name: 'Luma Agents',
  kinds: ['video', 'image'],
  baseUrl: 'https://agents.lumalabs.ai/v1',
  credential: z.object({ api_key: z.string().trim().min(1) }),
  handle: agentsHandle,

  authorize: (credential) => ({ authorization: `Bearer ${String(credential['api_key'])}` }),

  unfit,

  async submit(job, http) {
    const response = await ask(http, { method: 'POST', path: '/generations', json: await bodyOf(job) })
    const created = agentsHandle.safeParse(response.json)
    if (!created.success) throw errorByStatus(response)
    return { handle: created.data }
  },

  async check(handle, http) {
    return progressOf(await readGeneration(handle, http))
  },

  async open(source, _job, http) {
    const { output } = await readGeneration(agentsHandle.parse(source.reference), http)
    const url = output?.find(isMedia)?.url
    if (url === undefined) throw new UpstreamError('garbled', 'The upstream does not say any more where its result is')
    return { url }
  },

  /** There is no call for this: a job that nobody has made is unknown when the key is good, and its key refused when not. */
  async ping(_upstreamModel, http) {
    const response = await http.call({ method: 'GET', path: '/generations/00000000-0000-4000-8000-000000000000' })
    if (response.status !== 404 || detailOf(response.json) === undefined) throw agentsError(response)
  },
}

const STATES = new Map<string, 'running' | 'completed' | 'failed'>([
  ['queued', 'running'],
  ['processing', 'running'],
  ['completed', 'completed'],
  ['failed', 'failed'],
])

/** `failure_code`; those that are not here say nothing of the caller's request. */
const FAILURES = new Map<string, FailureReason['code']>([
  ['content_moderated', 'content_policy'],
  ['invalid_request', 'invalid_request'],
  ['image_too_large', 'invalid_request'],
  ['unsupported_format', 'invalid_request'],
  ['corrupt_input', 'invalid_request'],
])

/** What befell the operator's account there is not the caller's to read. */
const ACCOUNT_FAILURES = new Set(['budget_exhausted', 'rate_limited'])

const TYPES = new Map<GenerationRequest['operation'], string>([
  ['text_to_video', 'video'],
  ['image_to_video', 'video'],
  ['first_last_frame', 'video'],
  ['extend', 'video'],
  ['video_to_video', 'video_edit'],
  ['reframe', 'video_reframe'],
])

const SECONDS = [5, 10]
/** 360p is in the documentation, and not in the schema. */
const RESOLUTIONS = ['360p', '540p', '720p', '1080p']
const VIDEO_RATIOS = ['16:9', '9:16', '3:4', '1:1', '4:3', '21:9']
const PICTURE_RATIOS = ['3:1', '2:1', '21:9', '16:9', '4:3', '3:2', '1:1', '3:4', '2:3', '9:16', '1:2', '1:3']
const MAX_PROMPT_CHARACTERS = 6000
const MAX_REFERENCES = 9
const MAX_REFERENCES_OF_EDIT = 8

function unfit(work: Work): Unfit | undefined {
  const { request } = work
  const isVideo = request.kind === 'video'
  const ratios = isVideo ? VIDEO_RATIOS : PICTURE_RATIOS
  if (typeOf(request) === undefined) return { param: 'operation', message: `Luma does not do ${request.operation} here` }
  if (request.count !== 1) return { param: 'count', message: 'Luma makes one result per job' }
  if (request.prompt.trim() === '' || request.prompt.length > MAX_PROMPT_CHARACTERS) return { param: 'prompt', message: `Luma needs a prompt of 1 to ${MAX_PROMPT_CHARACTERS} characters` }
  if (request.aspectRatio !== undefined && !ratios.includes(request.aspectRatio)) return { param: 'aspectRatio', message: `Luma makes ${ratios.join(', ')}` }
  if (request.size !== undefined && request.aspectRatio === undefined) return { param: 'size', message: 'Luma takes a resolution and an aspect ratio, not a size in pixels' }
  if (request.seed !== undefined) return { param: 'seed', message: 'Luma takes no seed' }
  if (request.negativePrompt !== undefined) return { param: 'negativePrompt', message: 'Luma has no negative prompt' }
  if (request.audio === true) return { param: 'audio', message: 'Luma makes no sound here' }
  if (request.inputs.some(({ media, role }) => media === 'audio' || role === 'mask')) return { param: 'inputs', message: 'Luma takes no sound and no mask' }
  return isVideo ? videoUnfit(work) : pictureUnfit(request)
}

function videoUnfit({ request, parent }: Work): Unfit | undefined {
  const { operation, durationSeconds, resolution, inputs, loop } = request
  if (resolution !== undefined && !RESOLUTIONS.includes(resolution)) return { param: 'resolution', message: `Luma makes ${RESOLUTIONS.join(', ')}` }
  const videos = inputs.filter(({ media }) => media === 'video')
  if (inputs.some(({ role }) => role === 'reference')) return { param: 'inputs', message: 'Ray takes frames, and no references' }
  if (inputs.filter(({ role }) => role === 'first_frame').length > 1 || inputs.filter(({ role }) => role === 'last_frame').length > 1 || videos.length > 1) return { param: 'inputs', message: 'Ray takes one first frame, one last frame and one video' }
  if (operation === 'video_to_video' || operation === 'reframe') {
    return videos[0]?.role === 'source' && inputs.every(({ media, role }) => media === 'video' || (role === 'first_frame' && operation === 'video_to_video'))
      ? undefined
      : { param: 'inputs', message: 'Luma changes one video; an edit may come with a first frame' }
  }
  // What is changed keeps its length; everything else has one of these.
  if (typeof durationSeconds === 'number' && !SECONDS.includes(durationSeconds)) return { param: 'durationSeconds', message: `Luma makes ${SECONDS.join(' or ')} seconds` }
  if (loop && durationSeconds === 10) return { param: 'loop', message: 'Luma makes loops of 5 seconds only' }
  if (videos.length > 0 !== (operation === 'extend')) return { param: 'inputs', message: 'Luma goes on with one video, or leads up to one' }
  if (inputs.some(({ role }) => role === 'first_frame') && inputs.some(({ role }) => role === 'source')) return { param: 'inputs', message: 'Luma opens with a frame or goes on with a video, not both' }
  return videos.length > 0 && parent === undefined ? { param: 'inputs', message: 'Luma goes on only with videos that it made itself, with the same account' } : undefined
}

function pictureUnfit(request: GenerationRequest): Unfit | undefined {
  const sources = request.inputs.filter(({ role }) => role === 'source').length
  const max = sources > 0 ? MAX_REFERENCES_OF_EDIT : MAX_REFERENCES
  if (request.inputs.some(({ media }) => media !== 'image') || sources > 1) return { param: 'inputs', message: 'Uni takes pictures, of which it changes one' }
  return request.inputs.length - sources > max ? { param: 'inputs', message: `Uni takes at most ${max} references${sources > 0 ? ' beside the picture that it changes' : ''}` } : undefined
}

/** The vendor's word for what is made; undefined for what it cannot do. */
function typeOf({ kind, operation, inputs }: GenerationRequest): string | undefined {
  if (kind === 'video') return TYPES.get(operation)
  if (operation !== 'text_to_image' && operation !== 'image_edit') return undefined
  return inputs.some(({ role }) => role === 'source') ? 'image_edit' : 'image'
}

async function bodyOf(job: Job): Promise<Record<string, unknown>> {
  const { request, upstreamModel, inputs } = job
  const type = typeOf(request)
  // What is changed or gone on with has its ratio already.
  const inherits = type === 'video_edit' || type === 'image_edit' || request.operation === 'extend'
  return {
    prompt: translateReferences(request.prompt, inputs, plainReference),
    model: upstreamModel,
    type,
    ...(request.aspectRatio !== undefined && !inherits && { aspect_ratio: request.aspectRatio }),
    // "user_id: opaque".
    ...(request.endUserId !== undefined && { user_id: hashedEndUser(request.endUserId) }),
    ...(request.kind === 'video' ? await videoFields(job, type) : await pictureFields(job)),
  }
}

async function videoFields({ request, inputs, parent }: Job, type: string | undefined): Promise<Record<string, unknown>> {
  const { resolution, durationSeconds, loop } = request
  const opening = inputs.find(({ role, media }) => role === 'first_frame' || (role === 'source' && media === 'video' && type === 'video'))
  const closing = inputs.find(({ role }) => role === 'last_frame')
  const source = type === 'video' ? undefined : inputs.find(({ role }) => role === 'source')
  const strength = request.vendor?.['mode']
  return {
    ...(source && { source: await referenceTo(source) }),
    video: {
      ...(resolution !== undefined && { resolution }),
      ...(type === 'video' && typeof durationSeconds === 'number' && { duration: `${durationSeconds}s` }),
      ...(type === 'video' && loop !== undefined && { loop }),
      ...(opening && { start_frame: await frameOf(opening, parent) }),
      ...(closing && { end_frame: await frameOf(closing, parent) }),
      ...(type === 'video_edit' && strength !== undefined && { edit: { strength } }),
    },
  }
}

async function pictureFields({ request, inputs }: Job): Promise<Record<string, unknown>> {
  const source = inputs.find(({ role }) => role === 'source')
  const references: unknown[] = []
  // One after the other: what is read may be large.
  for (const input of inputs) if (input !== source) references.push(await referenceTo(input))
  return {
    ...(source && { source: await referenceTo(source) }),
    ...(references.length > 0 && { image_ref: references }),
    ...(request.outputFormat !== undefined && { output_format: request.outputFormat }),
    ...(request.style !== undefined && { style: request.style }),
    ...(request.vendor?.['web_search'] !== undefined && { web_search: request.vendor['web_search'] }),
  }
}

/** A picture, or the generation whose video is gone on with or led up to. */
async function frameOf(input: JobInput, parent: ParentJob | undefined): Promise<unknown> {
  return input.media === 'video' ? { generation_id: agentsHandle.parse(parent?.handle).id } : referenceTo(input)
}

/** By its address, with the type that a video needs there; or as bytes, where it has none or its type is not known. */
async function referenceTo(input: JobInput): Promise<unknown> {
  const { url, media, mediaType } = input
  if (url?.startsWith('https:') && (media === 'image' || mediaType !== undefined)) return { url, ...(media === 'video' && { media_type: mediaType }) }
  const { bytes, mediaType: read } = await input.read()
  return { data: Buffer.from(bytes).toString('base64'), media_type: read.toLowerCase() }
}

async function ask(http: UpstreamHttp, request: UpstreamRequest): Promise<UpstreamResponse> {
  const response = await http.call(request)
  if (response.status < 200 || response.status >= 300) throw agentsError(response)
  return response
}

const generation = z.object({
  id: z.string(),
  state: z.string().min(1),
  failure_code: z.string().nullish().catch(undefined),
  failure_reason: z.string().nullish().catch(undefined),
  output: z.array(z.object({ type: z.string().optional().catch(undefined), url: z.string() })).nullish().catch(undefined),
})
type Generation = z.output<typeof generation>

async function readGeneration({ id }: LumaAgentsHandle, http: UpstreamHttp): Promise<Generation> {
  const response = await ask(http, { method: 'GET', path: `/generations/${id}` })
  const found = generation.safeParse(response.json)
  if (!found.success || found.data.id !== id) throw errorByStatus(response)
  return found.data
}

function progressOf({ id, state, output, failure_code: code, failure_reason: reason }: Generation): Progress {
  switch (STATES.get(state)) {
    case undefined:
      return { state: 'unknown', word: callerMessage(state, 'unreadable') }
    case 'running':
      return { state: 'running' }
    case 'completed':
      return { state: 'done', results: output?.some(isMedia) ? [{ kind: 'provider', reference: { id }, role: 'output' }] : [] }
    case 'failed': {
      const said = ACCOUNT_FAILURES.has(code ?? '') ? undefined : reason
      return { state: 'failed', reason: { code: FAILURES.get(code ?? '') ?? 'upstream_failed', message: callerMessage(said, 'The upstream could not make this'), ...(code && { upstreamCode: code }) } }
    }
  }
}

/** Further entries may be raw frames, which nobody asked for. */
function isMedia({ type }: { type?: string | undefined }): boolean {
  return type === 'video' || type === 'image'
}

function agentsError(response: UpstreamResponse): UpstreamError {
  const message = detailOf(response.json)
  const byStatus = errorByStatus(response, { message })
  return byStatus.kind === 'refused' && /moderat/i.test(message ?? '') ? new UpstreamError('refused', byStatus.message, { code: 'content_policy', httpStatus: response.status }) : byStatus
}

const envelope = z.object({ detail: z.union([z.string(), z.array(z.object({ msg: z.string() })).min(1).transform((faults) => faults.map(({ msg }) => msg).join('; '))]) })

/** A sentence; a list of faults is not ruled out. */
function detailOf(json: unknown): string | undefined {
  return envelope.safeParse(json).data?.detail
}
