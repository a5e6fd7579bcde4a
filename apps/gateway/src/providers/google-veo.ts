import { z } from 'zod'
import { UpstreamError } from '../core/errors.ts'
import type { GenerationRequest, InputRole } from '../core/generation-request.ts'
import { present } from '../core/present.ts'
import { isModeration } from './google-error.ts'
import type { FailureReason, Job, JobInput, Progress, ResultSource, Unfit, UpstreamResponse, Work } from './provider.ts'
import { plainReference, translateReferences } from './references.ts'
import { callerMessage, errorByStatus } from './upstream-answer.ts'

/*
 * Veo, as the Gemini API and Vertex AI both take it: `instances` and `parameters` of `predictLongRunning`, and operations.
 * Facts are of November 2026: https://ai.google.dev/gemini-api/docs/video,
 * https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/veo-video-generation and Google's SDKs.
 */

/** The same wire with other limits. */
export type VeoSurface = 'gemini' | 'vertex'

/** Why this cannot be done by Veo there. */
export function veoUnfit({ request, upstreamModel }: Work, surface: VeoSurface): Unfit | undefined {
  const veo = veoModel(upstreamModel, request.model)
  const limits = limitsOf(veo, surface)
  const count = (role: InputRole) => request.inputs.filter((input) => input.role === role).length
  const references = count('reference')
  const sources = count('source')

  if (!OPERATIONS.has(request.operation)) return { param: 'operation', message: `Veo does not do ${request.operation} here` }
  if (request.inputs.some(({ media, role }) => media !== (role === 'source' ? 'video' : 'image') || role === 'mask')) {
    return { param: 'inputs', message: 'Veo takes pictures as frames and references, and one video to go on with; no sound and no mask' }
  }
  if (request.count > limits.count) return { param: 'count', message: `At most ${limits.count} at a time can be asked for here` }
  if (typeof request.durationSeconds === 'number' && secondsOf(request, veo) === undefined) return { param: 'durationSeconds', message: `Veo makes ${veo.seconds.join(', ')} seconds` }
  if (request.resolution !== undefined && !veo.resolutions.includes(request.resolution)) return { param: 'resolution', message: `This Veo makes ${veo.resolutions.join(', ')}` }
  if (request.aspectRatio !== undefined && !RATIOS.includes(request.aspectRatio)) return { param: 'aspectRatio', message: `Veo makes ${RATIOS.join(' and ')}` }
  if (request.size !== undefined && request.resolution === undefined) return { param: 'size', message: 'Veo takes a resolution and an aspect ratio, not a size in pixels' }
  if (request.audio === true && veo.generation === 2) return { param: 'audio', message: 'Veo 2 makes no sound' }
  if (request.audio === false && veo.generation > 2 && surface === 'gemini') return { param: 'audio', message: 'Veo always makes sound here' }
  // The vendor: "Veo 3 prompt enhancement cannot be disabled."
  if (request.enhancePrompt === false && veo.generation > 2) return { param: 'enhancePrompt', message: 'Veo 3 always rewrites prompts' }
  if (request.upsample) return { param: 'upsample', message: 'Veo does not enlarge what it made; ask for a higher resolution' }

  if (references > limits.references) return { param: 'inputs', message: limits.references === 0 ? 'This Veo takes no reference pictures here' : `Veo takes at most ${limits.references} reference pictures` }
  if (count('last_frame') > 0 && !limits.lastFrame) return { param: 'inputs', message: 'This Veo takes no last frame here' }
  if (count('last_frame') > count('first_frame')) return { param: 'inputs', message: 'Veo takes a last frame only with a first one' }
  if (count('first_frame') > 1 || sources > 1) return { param: 'inputs', message: 'Veo takes one first frame, or one video to go on with' }
  if (Number(references > 0) + Number(count('first_frame') > 0) + Number(sources > 0) > 1) return { param: 'inputs', message: 'Veo takes frames, reference pictures or a video, and only one of these' }
  if (sources > 0 !== (request.operation === 'extend')) return { param: 'inputs', message: 'Veo goes on with a video and does not change one' }
  if (sources > 0 && !limits.extends) return { param: 'operation', message: 'This Veo does not go on with videos here' }
  if (sources > 0 && request.resolution !== undefined && request.resolution !== '720p') return { param: 'resolution', message: 'Veo goes on with videos at 720p' }
  return undefined
}

/** The body of `:predictLongRunning`. `video` is how the surface is given the video that is gone on with. */
export async function veoBody({ request, upstreamModel, inputs }: Job, surface: VeoSurface, video: (source: JobInput) => Promise<unknown>): Promise<{ instances: unknown[]; parameters: Record<string, unknown> }> {
  const veo = veoModel(upstreamModel, request.model)
  const prompt = translateReferences(request.prompt, inputs, plainReference)
  const instance: Record<string, unknown> = { ...(prompt !== '' && { prompt }) }
  const references: unknown[] = []
  // One after the other: what is read may be large.
  for (const input of inputs) {
    if (input.role === 'source') instance['video'] = await video(input)
    else if (input.role === 'reference') references.push({ image: await encoded(input), referenceType: 'asset' })
    else instance[input.role === 'last_frame' ? 'lastFrame' : 'image'] = await encoded(input)
  }
  if (references.length > 0) instance['referenceImages'] = references
  return { instances: [instance], parameters: parametersOf(request, veo, surface) }
}

/** The bytes as this wire takes pictures, and Vertex videos. */
export async function encoded(input: Pick<JobInput, 'read'>): Promise<{ bytesBase64Encoded: string; mimeType: string }> {
  const { bytes, mediaType } = await input.read()
  return { bytesBase64Encoded: Buffer.from(bytes).toString('base64'), mimeType: mediaType.toLowerCase() }
}

/**
 * How an operation is doing. There are no words: it is done or not, and `done` is left out until it is.
 * Throws `UpstreamError` for an answer that is not about this operation.
 *
 * @param resultsOf the videos in `response`, in the surface's own form
 */
export function veoProgress(response: UpstreamResponse, name: string, resultsOf: (response: unknown) => { results: ResultSource[]; kept?: unknown }): Progress {
  const parsed = operation.safeParse(response.json)
  if (!parsed.success || parsed.data.name !== name) throw errorByStatus(response)
  const { done, error, response: made } = parsed.data
  if (done === undefined || done === null || done === false) return { state: 'running' }
  if (done !== true) return { state: 'unknown', word: callerMessage(String(done), 'unreadable') }
  if (error !== undefined) return { state: 'failed', reason: operationFailure(error) }
  const { results, kept } = resultsOf(made)
  const filtered = results.length === 0 ? filterReason(made) : undefined
  if (filtered !== undefined) return { state: 'failed', reason: { code: 'content_policy', message: callerMessage(filtered, 'The video was filtered for its content') } }
  return { state: 'done', results, ...(kept !== undefined && { kept }) }
}

/** @throws UpstreamError when a create was answered with something else than an operation of this kind */
export function operationName(response: UpstreamResponse, form: RegExp): string {
  const { name } = z.object({ name: z.string() }).safeParse(response.json).data ?? {}
  if (name === undefined || name.length > 512 || !form.test(name)) throw new UpstreamError('garbled', 'The upstream gave an answer that cannot be read', { httpStatus: response.status })
  return name
}

const OPERATIONS: ReadonlySet<GenerationRequest['operation']> = new Set(['text_to_video', 'image_to_video', 'first_last_frame', 'reference_to_video', 'extend'] as const)
const RATIOS = ['16:9', '9:16']

interface VeoModel {
  generation: 2 | 3
  lite: boolean
  /** 3.1 has references and goes on with videos; 3.0 does neither. */
  minor: string
  seconds: number[]
  resolutions: string[]
}

/** By the name that the upstream knows, or by ours where an operator entered one of his own. */
function veoModel(upstreamModel: string, publicModel: string): VeoModel {
  const match = /veo[-_]?(\d)(?:[._](\d))?/i.exec(upstreamModel) ?? /veo[-_]?(\d)(?:[._](\d))?/i.exec(publicModel)
  const lite = /lite/i.test(upstreamModel)
  if (match?.[1] === '2') return { generation: 2, lite, minor: '0', seconds: [5, 6, 8], resolutions: ['720p'] }
  const minor = match?.[1] === '3' ? (match[2] ?? '0') : '1'
  return { generation: 3, lite, minor, seconds: [4, 6, 8], resolutions: lite || minor === '0' ? ['720p', '1080p'] : ['720p', '1080p', '4k'] }
}

interface Limits {
  count: number
  references: number
  lastFrame: boolean
  extends: boolean
}

/** "Veo 2: first+last, references and extension on Vertex"; 3.0 with a last frame is not confirmed, so the vendor is asked. */
function limitsOf({ generation, lite, minor }: VeoModel, surface: VeoSurface): Limits {
  const vertex = surface === 'vertex'
  if (generation === 2) return { count: vertex ? 4 : 2, references: vertex ? 3 : 0, lastFrame: vertex, extends: vertex }
  const able = minor !== '0' && !lite
  return { count: vertex && !lite ? 4 : 1, references: able ? 3 : 0, lastFrame: true, extends: able }
}

/**
 * The vendor's length for what was asked: the next longer one, for names of relays let callers ask (and pay) for lengths
 * between (see catalog/veo.ts). "1080p, 4k, reference images and extension require 8." Undefined when none is so long.
 */
function secondsOf(request: GenerationRequest, { seconds, generation }: VeoModel): number | undefined {
  const { durationSeconds: asked, resolution, operation: wanted } = request
  if (asked === undefined || asked === 'auto') return undefined
  const onlyEight = generation > 2 && (resolution === '1080p' || resolution === '4k' || wanted === 'reference_to_video' || wanted === 'extend')
  return (onlyEight ? [8] : seconds).find((length) => length >= asked)
}

function parametersOf(request: GenerationRequest, veo: VeoModel, surface: VeoSurface): Record<string, unknown> {
  const personGeneration = request.vendor?.['personGeneration']
  const parameters = {
    sampleCount: request.count === 1 && surface === 'gemini' ? undefined : request.count,
    durationSeconds: secondsOf(request, veo),
    aspectRatio: request.aspectRatio,
    // Veo 2 has one only, and no such field.
    resolution: veo.generation === 2 ? undefined : request.resolution,
    personGeneration,
    negativePrompt: request.negativePrompt,
    // Always on in Veo 3, which does not take the word.
    enhancePrompt: veo.generation === 2 ? request.enhancePrompt : undefined,
    seed: request.seed,
    // On Vertex it is a switch of Veo 3, and one that has to be set there.
    generateAudio: surface === 'vertex' && veo.generation > 2 ? (request.audio ?? true) : undefined,
  }
  return present(parameters)
}

const operationError = z.object({ code: z.number().optional().catch(undefined), message: z.string().optional().catch(undefined) })

const operation = z.object({
  name: z.string(),
  done: z.unknown().optional(),
  error: operationError.optional(),
  response: z.unknown().optional(),
})

const filterFields = z.object({ raiMediaFilteredCount: z.number().nullish().catch(undefined), raiMediaFilteredReasons: z.array(z.string()).nullish().catch(undefined) })
const filtering = z.union([z.object({ generateVideoResponse: filterFields }).transform(({ generateVideoResponse }) => generateVideoResponse), filterFields])

/** Why there is no video in a good answer, if it was for the content. */
function filterReason(made: unknown): string | undefined {
  const { raiMediaFilteredCount: count, raiMediaFilteredReasons: reasons } = filtering.safeParse(made).data ?? {}
  return (count ?? 0) > 0 || (reasons?.length ?? 0) > 0 ? (reasons?.[0] ?? '') : undefined
}

/** Codes are gRPC's: 1 cancelled, 3 invalid argument, 4 deadline exceeded. "Support codes" are named for content only. */
function operationFailure({ code, message }: z.output<typeof operationError>): FailureReason {
  const said = callerMessage(message, 'The upstream could not make this video')
  const upstreamCode = code === undefined ? {} : { upstreamCode: String(code) }
  if (isModeration(message ?? '')) return { code: 'content_policy', message: said, ...upstreamCode }
  switch (code) {
    case 1:
      return { code: 'cancelled', message: said, ...upstreamCode }
    case 3:
      return { code: 'invalid_request', message: said, ...upstreamCode }
    case 4:
      return { code: 'timeout', message: said, ...upstreamCode }
    default:
      return { code: 'upstream_failed', message: said, ...upstreamCode }
  }
}
