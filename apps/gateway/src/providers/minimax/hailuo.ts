import { z } from 'zod'
import { UpstreamError } from '../../core/errors.ts'
import type { GenerationRequest, Operation } from '../../core/generation-request.ts'
import { present } from '../../core/present.ts'
import { urlOrDataUri } from '../job-input.ts'
import type { Job, JobInput, Progress, Unfit, UpstreamHttp, UpstreamResponse, Work } from '../provider.ts'
import { translateReferences } from '../references.ts'
import { wrongOperation } from '../unfit.ts'
import { callerMessage } from '../upstream-answer.ts'
import { codeError, expectOk, failureOf, isOfLooking, saidOf, unreadable } from './answer.ts'

/** Version 1: T2V-01 to Hailuo 2.3. */

const STATES = new Map<string, 'running' | 'done' | 'failed'>([
  ['Preparing', 'running'],
  ['Queueing', 'running'],
  ['Processing', 'running'],
  ['Success', 'done'],
  ['Fail', 'failed'],
])

interface ClipModel {
  operations: readonly Operation[]
  /** Of each resolution, how long it may be. */
  seconds: Readonly<Record<string, readonly number[]>>
  /** The same model under the name that it has for a first frame. */
  withFirstFrame?: string
}

const OF_720P = { '720p': [6] }
const SIX_OR_TEN = { '768p': [6, 10], '1080p': [6] }

/** The vendor's table. A model that is not in it is new, and the vendor judges for himself. */
const MODELS: ReadonlyMap<string, ClipModel> = new Map<string, ClipModel>([
  ['T2V-01', { operations: ['text_to_video', 'image_to_video'], seconds: OF_720P, withFirstFrame: 'I2V-01' }],
  ['T2V-01-Director', { operations: ['text_to_video', 'image_to_video'], seconds: OF_720P, withFirstFrame: 'I2V-01-Director' }],
  ['I2V-01', { operations: ['image_to_video'], seconds: OF_720P }],
  ['I2V-01-live', { operations: ['image_to_video'], seconds: OF_720P }],
  ['I2V-01-Director', { operations: ['image_to_video'], seconds: OF_720P }],
  ['S2V-01', { operations: ['reference_to_video'], seconds: OF_720P }],
  ['MiniMax-Hailuo-02', { operations: ['text_to_video', 'image_to_video', 'first_last_frame'], seconds: { '512p': [6, 10], ...SIX_OR_TEN } }],
  ['MiniMax-Hailuo-2.3', { operations: ['text_to_video', 'image_to_video'], seconds: SIX_OR_TEN }],
  ['MiniMax-Hailuo-2.3-Fast', { operations: ['image_to_video'], seconds: SIX_OR_TEN }],
])

const OPERATIONS: readonly Operation[] = ['text_to_video', 'image_to_video', 'first_last_frame', 'reference_to_video']

export function unfitClip({ request, upstreamModel }: Work): Unfit | undefined {
  const { operation, resolution, durationSeconds, aspectRatio, size } = request
  const model = MODELS.get(upstreamModel)
  const operations = model?.operations ?? OPERATIONS
  if (!operations.includes(operation)) return wrongOperation(upstreamModel, operation, operations)
  const inputs = unfitInputs(request)
  if (inputs) return inputs
  if (request.count !== 1) return { param: 'count', message: 'MiniMax makes one video at a time' }
  if (request.seed !== undefined) return { param: 'seed', message: `${upstreamModel} takes no seed` }
  if (request.negativePrompt !== undefined) return { param: 'negativePrompt', message: `${upstreamModel} has no negative prompt` }
  if (request.audio === true) return { param: 'audio', message: `${upstreamModel} makes no sound` }
  if (size !== undefined && resolution === undefined) return { param: 'size', message: `${upstreamModel} takes a resolution, not a size in pixels` }

  const framed = operation === 'image_to_video' || operation === 'first_last_frame'
  if (aspectRatio !== undefined && aspectRatio !== (framed ? 'adaptive' : '16:9')) return { param: 'aspectRatio', message: `${upstreamModel} has no choice of aspect ratio: ${framed ? 'the picture decides' : '16:9'}` }
  if (durationSeconds === 'auto') return { param: 'durationSeconds', message: `${upstreamModel} takes 6 or 10 seconds` }
  if (!model) return undefined
  const resolutions = Object.keys(model.seconds).filter((word) => word !== '512p' || operation === 'image_to_video')
  if (resolution !== undefined && !resolutions.includes(resolution.toLowerCase())) return { param: 'resolution', message: `${upstreamModel} takes ${resolutions.join(', ')} this way` }
  const seconds = model.seconds[resolution?.toLowerCase() ?? ''] ?? [6, 10]
  return durationSeconds === undefined || seconds.includes(durationSeconds) ? undefined : { param: 'durationSeconds', message: `${upstreamModel} takes ${seconds.join(' or ')} seconds at ${resolution ?? 'this resolution'}` }
}

const WANTED: Partial<Record<Operation, readonly string[]>> = {
  text_to_video: [],
  image_to_video: ['first_frame'],
  first_last_frame: ['first_frame', 'last_frame'],
  reference_to_video: ['reference'],
}

function unfitInputs({ operation, inputs }: GenerationRequest): Unfit | undefined {
  const wanted = WANTED[operation] ?? []
  const isRight = inputs.length === wanted.length && wanted.every((role) => inputs.some((input) => input.role === role && input.media === 'image'))
  return isRight ? undefined : { param: 'inputs', message: wanted.length === 0 ? 'This model takes no materials' : `This model takes one picture each as ${wanted.join(' and ')}, and nothing else` }
}

export async function submitClip(job: Job, http: UpstreamHttp): Promise<UpstreamResponse> {
  return http.call({ method: 'POST', path: '/v1/video_generation', json: await clipBody(job) })
}

async function clipBody({ request, upstreamModel, inputs, callbackUrl }: Job): Promise<Record<string, unknown>> {
  const model = request.operation === 'image_to_video' ? (MODELS.get(upstreamModel)?.withFirstFrame ?? upstreamModel) : upstreamModel
  const prompt = translateReferences(request.prompt, inputs, () => (request.operation === 'reference_to_video' ? 'the character' : 'the image'))
  const subject = await addressOf(inputs, 'reference')
  const fields = {
    model,
    prompt: prompt === '' ? undefined : prompt,
    prompt_optimizer: request.enhancePrompt,
    fast_pretreatment: request.vendor?.['fast_pretreatment'],
    duration: request.durationSeconds,
    // "512P 720P 768P 1080P".
    resolution: request.resolution?.toUpperCase(),
    first_frame_image: await addressOf(inputs, 'first_frame'),
    last_frame_image: await addressOf(inputs, 'last_frame'),
    subject_reference: subject === undefined ? undefined : [{ type: 'character', image: [subject] }],
    callback_url: callbackUrl,
  }
  return present(fields)
}

function addressOf(inputs: readonly JobInput[], role: JobInput['role']): Promise<string> | undefined {
  const input = inputs.find((each) => each.role === role)
  return input && urlOrDataUri(input)
}

const clipTask = z.object({ task_id: z.string().optional().catch(undefined), status: z.string().min(1), file_id: z.union([z.string(), z.number().transform(String)]).optional().catch(undefined) })

/** How a task is doing. A failed one says why in the place where other answers say that all is well. */
export async function progressOfClip(id: string, http: UpstreamHttp): Promise<Progress> {
  const response = await http.call({ method: 'GET', path: '/v1/query/video_generation', query: { task_id: id } })
  const said = saidOf(response)
  const task = clipTask.safeParse(response.json)
  const failed = response.status === 200 && task.success && task.data.status === 'Fail' && !isOfLooking(said.code)
  if (!failed) expectOk(response)
  if (!task.success || (task.data.task_id !== undefined && task.data.task_id !== '' && task.data.task_id !== id)) throw unreadable(response)

  switch (STATES.get(task.data.status)) {
    case undefined:
      return { state: 'unknown', word: callerMessage(task.data.status, 'unreadable') }
    case 'running':
      return { state: 'running' }
    case 'failed':
      // Here by a code that is about us, not about the task.
      if (!failed) throw codeError(said.code, said.message, response)
      return { state: 'failed', reason: failureOf(said.code, said.code === 0 ? undefined : said.message) }
    case 'done': {
      const { file_id: fileId } = task.data
      // What is asked for by this id has a link that is good for an hour.
      return { state: 'done', results: fileId ? [{ kind: 'provider', reference: { fileId } satisfies FileReference, role: 'output' }] : [] }
    }
  }
}

const fileReference = z.object({ fileId: z.string().regex(/^[A-Za-z0-9_-]{1,128}$/) })
type FileReference = z.output<typeof fileReference>
const retrieved = z.object({ file: z.object({ download_url: z.string().min(1) }) })

/** Where the file of a finished task lies by now: each call makes a new link. */
export async function readClipFile(reference: unknown, http: UpstreamHttp): Promise<string> {
  const { data } = fileReference.safeParse(reference)
  if (data === undefined) throw new UpstreamError('garbled', 'The upstream named its result by something that is no id')
  const response = await http.call({ method: 'GET', path: '/v1/files/retrieve', query: { file_id: data.fileId } })
  const file = retrieved.safeParse(expectOk(response))
  if (!file.success) throw unreadable(response)
  return file.data.file.download_url
}
