import { z } from 'zod'
import type { GenerationRequest, Operation } from '../../core/generation-request.ts'
import { isModeration } from '../google-error.ts'
import type { FailureReason, Job, JobInput, Progress, ResultSource, Unfit, UpstreamResponse, UpstreamUsage, Work } from '../provider.ts'
import { plainReference, translateReferences } from '../references.ts'
import { callerMessage, errorByStatus } from '../upstream-answer.ts'

/*
 * Gemini Omni's videos, on the Interactions API. Facts are of November 2026: https://ai.google.dev/api/interactions-api and
 * the types of `@google/genai` 3.1.0.
 */

export function omniUnfit({ request, upstreamModel }: Work): Unfit | undefined {
  const { durationSeconds, inputs } = request
  const omni = omniModel(upstreamModel, request.model)
  if (TASKS.get(request.operation) === undefined) return { param: 'operation', message: `Gemini Omni does not do ${request.operation}` }
  if (request.count !== 1) return { param: 'count', message: 'Gemini Omni makes one video at a time' }
  if (typeof durationSeconds === 'number' && (durationSeconds < 3 || durationSeconds > omni.maxSeconds)) return { param: 'durationSeconds', message: `This model makes 3 to ${omni.maxSeconds} seconds` }
  if (request.resolution !== undefined && !omni.resolutions.includes(request.resolution)) return { param: 'resolution', message: `This model makes ${omni.resolutions.join(', ')}` }
  if (request.aspectRatio !== undefined && request.aspectRatio !== '16:9' && request.aspectRatio !== '9:16') return { param: 'aspectRatio', message: 'Gemini Omni makes 16:9 and 9:16' }
  if (request.size !== undefined && request.resolution === undefined) return { param: 'size', message: 'Gemini Omni takes a resolution and an aspect ratio, not a size in pixels' }
  if (request.audio === false) return { param: 'audio', message: 'Gemini Omni always makes sound' }
  if (request.negativePrompt !== undefined) return { param: 'negativePrompt', message: 'Gemini Omni has no negative prompt' }

  const count = (is: (input: GenerationRequest['inputs'][number]) => boolean) => inputs.filter(is).length
  if (inputs.some(({ media, role }) => media === 'audio' || role === 'mask')) return { param: 'inputs', message: 'Gemini Omni takes pictures and videos here' }
  if (count(({ role }) => role === 'last_frame') > (omni.lastFrame ? count(({ role }) => role === 'first_frame') : 0)) {
    return { param: 'inputs', message: omni.lastFrame ? 'Gemini Omni takes a last frame only with a first one' : 'This model takes no last frame' }
  }
  if (count(({ media }) => media === 'image') > MAX_PICTURES || count(({ media }) => media === 'video') > MAX_VIDEOS) return { param: 'inputs', message: `Gemini Omni takes at most ${MAX_PICTURES} pictures and ${MAX_VIDEOS} videos` }
  return undefined
}

/** The body of a create that is answered at once, before the video is made. */
export async function omniBody({ request, upstreamModel, inputs, parent }: Job): Promise<Record<string, unknown>> {
  const before = request.operation === 'extend' ? interactionOf(parent?.handle) : undefined
  const content: unknown[] = [{ type: 'text', text: translateReferences(request.prompt, inputs, plainReference) }]
  for (const input of inputs) {
    // The model has the video that it goes on with.
    if (before === undefined || input.role !== 'source') content.push(await contentOf(input))
  }
  return {
    model: upstreamModel,
    input: content,
    background: true,
    ...(before !== undefined && { previous_interaction_id: before }),
    response_format: {
      type: 'video',
      delivery: 'uri',
      ...(request.aspectRatio !== undefined && { aspect_ratio: request.aspectRatio }),
      ...(request.resolution !== undefined && { resolution: request.resolution }),
      // A protobuf Duration.
      ...(typeof request.durationSeconds === 'number' && { duration: `${request.durationSeconds}s` }),
    },
    generation_config: {
      ...(request.seed !== undefined && { seed: request.seed }),
      video_config: { task: TASKS.get(request.operation) },
    },
  }
}

const STATUS = new Map<string, 'running' | 'completed' | 'failed' | 'cancelled'>([
  ['queued', 'running'],
  ['in_progress', 'running'],
  ['requires_continuation', 'running'],
  ['completed', 'completed'],
  ['failed', 'failed'],
  ['incomplete', 'failed'],
  ['budget_exceeded', 'failed'],
  ['requires_action', 'failed'],
  ['cancelled', 'cancelled'],
])

/** Ids are base64 with a version in front of it. */
export const INTERACTION_ID = /^[A-Za-z0-9_=-]{1,512}$/

/** Throws `UpstreamError` for an answer that is no interaction, or another one than `id`. */
export function readInteraction(response: UpstreamResponse, id?: string): Interaction {
  const parsed = interaction.safeParse(response.json)
  if (!parsed.success || (id !== undefined && parsed.data.id !== id)) throw errorByStatus(response)
  return parsed.data
}

/** @param fileOf how a link to a video behind the credential is opened again */
export function omniProgress(found: Interaction, fileOf: (uri: string) => ResultSource): Progress {
  const state = STATUS.get(found.status)
  switch (state) {
    case undefined:
      return { state: 'unknown', word: callerMessage(found.status, 'unreadable') }
    case 'running':
      return { state: 'running' }
    case 'completed':
      return completed(found, fileOf)
    case 'failed':
      return { state: 'failed', reason: failureOf(found) }
    case 'cancelled':
      return { state: 'failed', reason: { code: 'cancelled', message: 'The job was cancelled at the upstream' } }
  }
}

/** "References ≤ 10 images, ≤ 3 videos". */
const MAX_PICTURES = 10
const MAX_VIDEOS = 3

const TASKS = new Map<Operation, string>([
  ['text_to_video', 'text_to_video'],
  ['image_to_video', 'image_to_video'],
  ['first_last_frame', 'image_to_video'],
  ['reference_to_video', 'reference_to_video'],
  ['video_to_video', 'edit'],
  ['extend', 'extend'],
])

function omniModel(upstreamModel: string, publicModel: string): { maxSeconds: number; resolutions: string[]; lastFrame: boolean } {
  const match = /omni-(\d)\.(\d)/.exec(upstreamModel) ?? /omni-(\d)\.(\d)/.exec(publicModel)
  if (match === null && /preview/.test(upstreamModel)) return { maxSeconds: 10, resolutions: ['720p'], lastFrame: false }
  return { maxSeconds: match?.[0] === 'omni-1.1' ? 10 : 15, resolutions: ['360p', '720p', '1080p', '4k'], lastFrame: true }
}

function interactionOf(handle: unknown): string | undefined {
  return z.object({ interaction: z.string().regex(INTERACTION_ID) }).safeParse(handle).data?.interaction
}

async function contentOf(input: JobInput): Promise<unknown> {
  const { bytes, mediaType } = await input.read()
  return { type: input.media, data: Buffer.from(bytes).toString('base64'), mime_type: mediaType.toLowerCase() }
}

const lenientCount = z.number().nonnegative().optional().catch(undefined)

const interaction = z.object({
  id: z.string().regex(INTERACTION_ID),
  status: z.string().min(1),
  steps: z.array(z.object({
    type: z.string().optional().catch(undefined),
    content: z.array(z.object({ type: z.string().optional().catch(undefined), text: z.string().optional().catch(undefined), data: z.string().optional().catch(undefined), uri: z.string().optional().catch(undefined) })).nullish().catch(undefined),
  })).nullish().catch(undefined),
  usage: z.object({
    total_output_tokens: lenientCount,
    output_tokens_by_modality: z.array(z.object({ modality: z.string(), tokens: z.number().nonnegative() })).nullish().catch(undefined),
  }).nullish().catch(undefined),
  errors: z.array(z.object({ code: z.union([z.string(), z.number()]).nullish().catch(undefined), message: z.string().nullish().catch(undefined) })).nullish().catch(undefined),
})
export type Interaction = z.output<typeof interaction>

/** A refusal for content may come as `completed`, with words instead of a video. */
function completed(found: Interaction, fileOf: (uri: string) => ResultSource): Progress {
  const content = found.steps?.filter(({ type }) => type === 'model_output').flatMap((step) => step.content ?? []) ?? []
  const video = content.find(({ type, data, uri }) => type === 'video' && (data !== undefined || uri !== undefined))
  // A link was asked for; some answers hold the bytes all the same.
  if (video !== undefined) return { state: 'done', results: [video.data !== undefined ? { kind: 'bytes', base64: video.data, role: 'output' } : fileOf(video.uri!)], ...usageOf(found) }
  const words = content.find(({ type, text }) => type === 'text' && text !== undefined)?.text
  if (words !== undefined) return { state: 'failed', reason: { code: 'content_policy', message: callerMessage(words, 'The video was refused for its content') }, ...usageOf(found) }
  return { state: 'done', results: [], ...usageOf(found) }
}

function usageOf({ usage }: Interaction): { usage?: UpstreamUsage } {
  const tokens = usage?.output_tokens_by_modality?.find(({ modality }) => modality.toLowerCase() === 'video')?.tokens ?? usage?.total_output_tokens
  return tokens === undefined ? {} : { usage: { tokens } }
}

function failureOf({ status, errors }: Interaction): FailureReason {
  const { code, message } = errors?.[0] ?? {}
  const upstreamCode = String(code ?? status)
  if (isModeration(message ?? '')) return { code: 'content_policy', message: callerMessage(message, 'The video was refused for its content'), upstreamCode }
  // What befell the operator's account there is not the caller's to read.
  const said = status === 'budget_exceeded' ? undefined : message
  return { code: /invalid/i.test(upstreamCode) ? 'invalid_request' : 'upstream_failed', message: callerMessage(said, 'The upstream could not make this video'), upstreamCode }
}
