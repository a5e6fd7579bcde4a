import { z } from 'zod'
import { present } from '../../core/present.ts'
import { isFinal, phaseOf, progressPercent, type Output, type Task, type TaskPhase } from '../../core/task.ts'
import type { RenderContext } from '../dialect.ts'
import { openAiVideo, openAiVideoSchema } from '../shared/openai-shape.ts'
import { unixSeconds } from '../shared/unix-seconds.ts'

/*
 * The shapes of OpenAI's images wire: the answer with its pictures, the events of a stream, and what has no shape at
 * the vendor, a task that is read later. Facts: openai-node 7.55 types, read November 2026; `usage` also has the
 * members by which clients of Ark (`generated_images`) and xAI (`cost_in_usd_ticks`) count.
 */

/** Where one picture of an answer is. */
export type Picture = { url: string } | { b64_json: string }

/** The answer to a create that waited; `pictures` are the task's outputs, in their order. */
export function imagesAnswer(task: Task, pictures: readonly Picture[]): z.output<typeof openAiImagesSchema> {
  return {
    created: unixSeconds(task.createdAtMs),
    data: pictures.map((picture, index) => {
      const size = sizeOf(task.outputs[index])
      return { ...picture, revised_prompt: revisedPrompt(task), ...(size !== undefined && { size }) }
    }),
    ...traitsOf(task, task.outputs[0]),
    usage: usageOf(task),
    id: task.id,
    model: task.request.model,
    ...(task.ignored.length > 0 && { ignored: task.ignored }),
  }
}

/** The event that ends one picture of a stream: `image_generation.completed`, or `image_edit.completed`. */
export function completedEvent(task: Task, index: number, picture: Picture, what: 'image_generation' | 'image_edit'): Record<string, unknown> {
  const { vendor } = task.request
  return {
    type: `${what}.completed`,
    created_at: unixSeconds(task.createdAtMs),
    ...picture,
    background: typeof vendor?.['background'] === 'string' ? vendor['background'] : 'auto',
    quality: task.request.quality ?? 'auto',
    ...traitsOf(task, task.outputs[index]),
    usage: usageOf(task, 1),
    image_index: index,
    id: task.id,
  }
}

/** A task that is read, with the words and names of the videos wire, and links under the names that clients look at. */
export function openAiImageTask(task: Task, context: RenderContext): z.output<typeof openAiImageTaskSchema> {
  const data = task.outputs.map((output) => ({ url: context.fileLink(output.storageKey, task), revised_prompt: revisedPrompt(task) }))
  const url = data[0]?.url
  return {
    ...openAiVideo(task, context),
    task_id: task.id,
    created: unixSeconds(task.createdAtMs),
    ...(task.state === 'succeeded' && url !== undefined && { data, url, image_url: url, usage: usageOf(task) }),
  }
}

/** "async images: … `GET /v1/images/tasks/{id}` → `{data:{status:SUCCESS|FAILURE,…}}`": what relays of the new-api kind answer. */
const RELAY_WORDS: Record<TaskPhase, string> = { queued: 'NOT_START', running: 'IN_PROGRESS', succeeded: 'SUCCESS', failed: 'FAILURE', cancelled: 'FAILURE' }

export function relayImageTask(task: Task, context: RenderContext): Record<string, unknown> {
  const { data = [], created, error } = openAiImageTask(task, context)
  return {
    code: 'success',
    message: '',
    data: {
      task_id: task.id,
      status: RELAY_WORDS[phaseOf(task.state)],
      progress: `${isFinal(task.state) ? 100 : progressPercent(task, context.nowMs)}%`,
      fail_reason: error?.message ?? '',
      submit_time: created,
      start_time: task.submittedAtMs === undefined ? 0 : unixSeconds(task.submittedAtMs),
      finish_time: task.endedAtMs === undefined ? 0 : unixSeconds(task.endedAtMs),
      result_url: data[0]?.url ?? '',
      data: data.length === 0 ? null : { created, data },
    },
  }
}

const usageSchema = z.object({
  generated_images: z.int(),
  cost_in_usd_ticks: z.int().describe('What was charged; ten thousand million ticks are one US dollar.'),
  total_tokens: z.int().optional(),
  input_tokens: z.int().optional(),
  output_tokens: z.int().optional(),
  input_tokens_details: z.object({ text_tokens: z.int(), image_tokens: z.int() }).optional(),
})

export const openAiImagesSchema = z.object({
  created: z.int().describe('Unix seconds.'),
  data: z.array(z.object({ url: z.string().optional(), b64_json: z.string().optional(), revised_prompt: z.string(), size: z.string().optional() })),
  background: z.string().optional(),
  output_format: z.string().optional(),
  quality: z.string().optional(),
  size: z.string().optional(),
  usage: usageSchema,
  id: z.string().describe('Of the task; also in the header x-task-id.'),
  model: z.string(),
  ignored: z.array(z.string()).optional().describe('Fields that the model has no use for.'),
})

export const openAiImageTaskSchema = z.object({
  ...openAiVideoSchema.shape,
  task_id: z.string(),
  created: z.int().describe('Unix seconds.'),
  data: z.array(z.object({ url: z.string(), revised_prompt: z.string() })).optional().describe('There when status is completed.'),
  url: z.string().optional().describe('The first picture.'),
  image_url: z.string().optional(),
  usage: usageSchema.optional(),
})

/** What the picture is, where it is known: no `auto`. */
function traitsOf({ request }: Task, output: Output | undefined) {
  const { quality, vendor } = request
  const background = vendor?.['background']
  return present({
    background: background === 'transparent' || background === 'opaque' ? background : undefined,
    output_format: output?.mediaType.replace(/^image\//, ''),
    quality: quality === 'auto' ? undefined : quality,
    size: sizeOf(output),
  })
}

/** What was sent in place of the prompt, which is the prompt where nothing rewrote it. */
function revisedPrompt({ request }: Task): string {
  return request.enhancedPrompt ?? request.prompt
}

function sizeOf(output: Output | undefined): string | undefined {
  return output?.widthPixels === undefined || output.heightPixels === undefined ? undefined : `${output.widthPixels}x${output.heightPixels}`
}

/** "10^10 ticks = $1" (xAI): a micro-dollar is ten thousand. */
const TICKS_PER_MICRO = 10_000

/** Of all pictures of the task, or of `count` of them. */
function usageOf(task: Task, count = task.outputs.length): z.output<typeof usageSchema> {
  const share = task.outputs.length === 0 ? 1 : count / task.outputs.length
  return {
    generated_images: count,
    cost_in_usd_ticks: Math.round(Number(task.chargedMicros ?? 0n) * TICKS_PER_MICRO * share),
    ...tokensOf(task, count),
  }
}

/**
 * Output tokens of one picture of GPT Image 1 and 1.5: the vendor's published numbers, which its prices come from.
 * Clients count by them; what was charged does not depend on them.
 */
const OUTPUT_TOKENS: Record<string, Record<string, number>> = {
  low: { '1024x1024': 272, '1024x1536': 408, '1536x1024': 400 },
  medium: { '1024x1024': 1056, '1024x1536': 1584, '1536x1024': 1568 },
  high: { '1024x1024': 4160, '1024x1536': 6240, '1536x1024': 6208 },
}

const GPT_IMAGE_1: ReadonlySet<string> = new Set(['gpt-image-1', 'gpt-image-1.5'])

/** English text has about four characters to a token (OpenAI, "What are tokens"); nobody charges by this number here. */
const CHARACTERS_PER_TOKEN = 4

function tokensOf({ request, outputs }: Task, count: number) {
  const size = sizeOf(outputs[0])
  const each = size === undefined || !GPT_IMAGE_1.has(request.model) ? undefined : OUTPUT_TOKENS[request.quality ?? '']?.[size]
  if (each === undefined) return {}
  const input = Math.ceil(request.prompt.length / CHARACTERS_PER_TOKEN)
  return { total_tokens: input + each * count, input_tokens: input, output_tokens: each * count, input_tokens_details: { text_tokens: input, image_tokens: 0 } }
}
