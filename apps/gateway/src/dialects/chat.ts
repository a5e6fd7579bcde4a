import { z } from 'zod'
import { GatewayError } from '../core/errors.ts'
import type { InputMedia, Operation } from '../core/generation-request.ts'
import type { Model } from '../core/model.ts'
import { present } from '../core/present.ts'
import { isFinal, phaseOf, progressPercent, type Output, type Task, type TaskPhase } from '../core/task.ts'
import type { Answer, Call, Dialect, DialectRoute, Draft, DraftInput, GatewayForDialects, ParseContext, RenderContext, RequestBody } from './dialect.ts'
import { defaultImageRole, defaultMaterialRole, operationOf } from './shared/draft.ts'
import { nextStep, resultInput } from './shared/earlier-result.ts'
import { failureOf } from './shared/ended-task.ts'
import { field, formField, MAX_PROMPT_CHARACTERS, parseFields, unknownFields } from './shared/fields.ts'
import { openAiError, openAiErrorEvent, openAiErrorSchema } from './shared/openai-shape.ts'
import { resultLinks } from './shared/result-links.ts'
import { unixSeconds } from './shared/unix-seconds.ts'

/*
 * OpenAI's chat completions with a video or image model: the last message of the user is the prompt, its pictures are
 * inputs, and the answer is a Markdown link. Chat programs that know nothing of videos make them so. We relay no chat.
 */

const MAX_MESSAGES = 200
const MAX_PARTS = 64
/** Ids that are looked up in a conversation, the latest first. */
const MAX_LOOKUPS = 5
/** OpenAI's clients give a request up after 10 minutes. */
const MAX_WAIT_SECONDS = 540
const PROGRESS_EVERY_MS = 3_000

const address = z.union([field.source(), z.object({ url: field.source() })], { error: 'must be a URL or { url }' })

const part = z.object({
  type: z.string().max(40).describe('text, image_url, video_url, audio_url or input_audio.'),
  text: z.string().optional(),
  image_url: address.optional(),
  video_url: address.optional(),
  audio_url: address.optional(),
  input_audio: z.object({ data: field.source() }).optional(),
})

const message = z.object({
  role: z.string().min(1).max(20).describe('user, assistant, system …'),
  content: z.union([z.string(), z.array(part).max(MAX_PARTS)], { error: 'must be text or a list of parts' }).nullish(),
})
type Message = z.output<typeof message>

const chatBody = z.object({
  model: field.model().describe('A video or image model.'),
  messages: z.array(message).min(1).max(MAX_MESSAGES).describe('The last message of the user is the prompt.'),
  stream: z.boolean().optional().describe('Progress, and then the link, as server-sent events.'),
  stream_options: z.object({ include_usage: z.boolean().optional() }).optional(),
  n: formField.count().optional().describe('How many results; each is charged.'),
  duration: formField.seconds().optional().describe('Seconds.'),
  seconds: formField.seconds().optional().describe('The same as duration.'),
  size: field.text(20).optional(),
  aspect_ratio: field.text(20).optional(),
  resolution: field.text(20).optional(),
  quality: field.text(20).optional(),
  seed: formField.seed().optional(),
  negative_prompt: field.text(MAX_PROMPT_CHARACTERS).optional(),
  generate_audio: formField.boolean().optional(),
  user: field.text().optional(),
  callback_url: field.callbackUrl().optional(),
  metadata: field.metadata().optional(),
})

const FIELD_NAMES: Draft['fieldNames'] = {
  model: 'model',
  negativePrompt: 'negative_prompt',
  resolution: 'resolution',
  aspectRatio: 'aspect_ratio',
  size: 'size',
  quality: 'quality',
  seed: 'seed',
  count: 'n',
  audio: 'generate_audio',
  inputs: 'messages',
  endUserId: 'user',
  callbackUrl: 'callback_url',
  metadata: 'metadata',
}

/** With the result that the conversation is about as the context's `parent`. */
function parseChat(body: RequestBody, context: ParseContext): Draft {
  const given = parseFields(chatBody, body.fields)
  const model = context.model(given.model)
  if (given.seconds !== undefined && given.duration !== undefined && given.seconds !== given.duration) {
    throw new GatewayError('invalid_request', 'seconds and duration differ', { param: 'duration' })
  }
  const turns = userTurns(given.messages)
  const last = turns.at(-1)!
  const { prompt, inputs, operation, inherited, remixedFrom } = followUp(last, model, context.parent) ?? newStart(turns, model)
  const hasFrame = given.size !== undefined || given.aspect_ratio !== undefined || given.resolution !== undefined
  const { durationSeconds, ...frame } = inherited ?? {}
  return {
    request: present({
      ...(hasFrame ? {} : frame),
      kind: model.kind,
      operation,
      model: model.id,
      prompt,
      negativePrompt: given.negative_prompt,
      durationSeconds: given.seconds ?? given.duration ?? durationSeconds,
      ...present({ size: given.size, aspectRatio: given.aspect_ratio, resolution: given.resolution }),
      quality: given.quality,
      seed: given.seed,
      count: given.n ?? 1,
      audio: given.generate_audio,
      endUserId: given.user,
      callbackUrl: given.callback_url,
      metadata: given.metadata,
    }),
    inputs,
    // Chat programs send instructions and sampling settings along; they mean nothing to a video model.
    ignored: [...unknownFields(chatBody, body.fields), ...given.messages.flatMap(({ role }, index) => (role === 'system' || role === 'developer' ? [`messages[${index}]`] : []))],
    unusedFields: 'ignore',
    fieldNames: { ...FIELD_NAMES, prompt: `messages[${given.messages.findLastIndex(({ role }) => role === 'user')}].content`, durationSeconds: given.seconds === undefined ? 'duration' : 'seconds' },
    ...(remixedFrom === undefined ? {} : { remixedFrom }),
  }
}

interface Start {
  prompt: string
  inputs: DraftInput[]
  operation: Operation
  /** Measures of the result that it goes on from. */
  inherited?: Partial<Pick<Draft['request'], 'durationSeconds' | 'size' | 'aspectRatio' | 'resolution'>>
  remixedFrom?: string
}

/** What the user says: of all messages, and of those before it if nothing was made yet that the model could go on from. */
function newStart(turns: readonly Turn[], model: Model): Start {
  const prompt = turns.map(({ text }) => text).filter((text) => text !== '').join('\n')
  if (prompt.length > MAX_PROMPT_CHARACTERS) {
    throw new GatewayError('invalid_request', `the messages of the user must have at most ${MAX_PROMPT_CHARACTERS} characters together; start a new conversation`, { param: 'messages' })
  }
  const inputs = inputsOf(turns.findLast(({ materials }) => materials.length > 0)?.materials ?? [], model)
  return { prompt, inputs, operation: operationOf(model, inputs) }
}

/** The next step from a finished result, where the model can take one: undefined where it cannot. */
function followUp({ text, materials }: Turn, model: Model, parent: Task | undefined): Start | undefined {
  const made = parent?.outputs[0]
  if (parent?.state !== 'succeeded' || made === undefined || materials.length > 0 || text === '' || text.length > MAX_PROMPT_CHARACTERS) return undefined
  const inherited = parent.request.model === model.id ? measuresOf(parent) : {}
  if (made.mediaType.startsWith('video/')) {
    const operation = nextStep(model, WANTS_MORE.test(text) ? 'more' : 'another')
    if (operation === undefined) return undefined
    return { prompt: text, inputs: [resultInput('video', 'source', made, 'messages')], operation, inherited, remixedFrom: parent.id }
  }
  if (!made.mediaType.startsWith('image/') || !model.operations.includes(model.kind === 'image' ? 'image_edit' : 'image_to_video')) return undefined
  const inputs = [resultInput('image', defaultImageRole(model, 0, 1), made, 'messages')]
  return { prompt: text, inputs, operation: operationOf(model, inputs), inherited, remixedFrom: parent.id }
}

/** Words of somebody who wants more of the same video rather than another version of it. */
const WANTS_MORE = /\b(extend|continue|longer|keep going|what happens next)\b|延长|续|继续|接着/i

function measuresOf({ request }: Task): NonNullable<Start['inherited']> {
  const { durationSeconds, size, aspectRatio, resolution } = request
  // A size says the ratio and resolution too.
  return present(size === undefined ? { durationSeconds, aspectRatio, resolution } : { durationSeconds, size })
}

/** One message of the user. */
interface Turn {
  text: string
  materials: Material[]
}

type Material = Pick<DraftInput, 'media' | 'source' | 'param'>

/** The user's messages in their order, the last one last. Throws when there is none. */
function userTurns(messages: readonly Message[]): Turn[] {
  const turns = messages.flatMap(({ role, content }, index) => (role === 'user' ? [turnOf(content, `messages[${index}].content`)] : []))
  if (turns.length === 0) throw new GatewayError('invalid_request', 'messages must have one with the role user', { param: 'messages' })
  return turns
}

function turnOf(content: Message['content'], param: string): Turn {
  if (typeof content === 'string') return { text: content.trim(), materials: [] }
  const texts: string[] = []
  const materials: Material[] = []
  for (const [index, each] of (content ?? []).entries()) {
    const path = `${param}[${index}]`
    if (each.type === 'text') texts.push(each.text ?? '')
    else materials.push(materialOf(each, path))
  }
  return { text: texts.join('\n').trim(), materials }
}

const MEDIA_OF_PART = { image_url: 'image', video_url: 'video', audio_url: 'audio', input_audio: 'audio' } as const satisfies Record<string, InputMedia>

function isMaterial(type: string): type is keyof typeof MEDIA_OF_PART {
  return Object.hasOwn(MEDIA_OF_PART, type)
}

function materialOf(given: z.output<typeof part>, path: string): Material {
  const { type } = given
  if (!isMaterial(type)) throw new GatewayError('invalid_request', `${path}.type must be text or one of ${Object.keys(MEDIA_OF_PART).join(', ')}`, { param: `${path}.type` })
  const value = type === 'input_audio' ? given.input_audio?.data : given[type]
  const text = typeof value === 'object' ? value.url : value
  if (text === undefined) throw new GatewayError('invalid_request', `${path}.${type} is required`, { param: `${path}.${type}` })
  return { media: MEDIA_OF_PART[type], source: { text }, param: `${path}.${type}` }
}

function inputsOf(materials: readonly Material[], model: Model): DraftInput[] {
  const images = materials.filter(({ media }) => media === 'image')
  return materials.map((material) => ({
    ...material,
    role: material.media === 'image' ? defaultImageRole(model, images.indexOf(material), images.length) : defaultMaterialRole(model, material.media),
  }))
}

async function answerChat(call: Call, gateway: GatewayForDialects): Promise<Answer> {
  const { messages, stream, stream_options: options } = parseFields(chatBody, call.body.fields)
  const parent = await resultTalkedAbout(messages, gateway)
  const task = await gateway.create((body, context) => parseChat(body, parent === undefined ? context : { ...context, parent }))
  if (stream) return { stream: streamOf(task, options?.include_usage === true, gateway) }
  const ended = await gateway.wait(task, waitSeconds(call))
  if (ended.state === 'failed' || ended.state === 'cancelled') throw failureOf(ended)
  return { body: renderTask(ended, gateway.rendering) }
}

/** An id of ours, alone or in a link. */
const TASK_ID = /(?:vid|img)_[a-z0-9]{20,36}/g

/** The latest finished result that an answer before the last question shows. */
async function resultTalkedAbout(messages: readonly Message[], gateway: GatewayForDialects): Promise<Task | undefined> {
  const before = messages.slice(0, messages.findLastIndex(({ role }) => role === 'user'))
  const ids = before.filter(({ role }) => role === 'assistant').flatMap(({ content }) => wordsOf(content).match(TASK_ID) ?? [])
  for (const id of [...new Set(ids.toReversed())].slice(0, MAX_LOOKUPS)) {
    const task = await gateway.read(id)
    if (task?.state === 'succeeded') return task
  }
  return undefined
}

function wordsOf(content: Message['content']): string {
  return typeof content === 'string' ? content : (content ?? []).map(({ text }) => text ?? '').join('\n')
}

/** `Prefer: wait=30` (RFC 7240) asks for a shorter wait. */
function waitSeconds({ headers }: Call): number {
  const wanted = /(?:^|[,;\s])wait=(\d{1,6})\b/.exec(String(headers['prefer'] ?? ''))?.[1]
  return Math.min(MAX_WAIT_SECONDS, wanted === undefined ? MAX_WAIT_SECONDS : Number(wanted))
}

/** Chunks as the vendor sends them: the role, lines of progress, the link, the end. A failure is an `error` event, which its clients throw. */
async function* streamOf(task: Task, includeUsage: boolean, gateway: GatewayForDialects): AsyncGenerator<string, void, undefined> {
  const chunk = (delta: object, finish: FinishReason = null): string => event({ ...chunkHead(task), choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }] })
  yield chunk({ role: 'assistant', content: '' })
  let latest = task
  let said = ''
  for await (const current of gateway.follow(task, PROGRESS_EVERY_MS)) {
    latest = current
    if (isFinal(current.state)) break
    const line = progressLine(current, gateway.rendering.nowMs)
    // A comment keeps proxies from closing a quiet connection.
    yield line === said ? ': still here\n\n' : chunk({ content: line })
    said = line
  }
  if (latest.state === 'failed' || latest.state === 'cancelled') yield event(openAiErrorEvent(failureOf(latest), latest))
  else {
    yield chunk({ content: `${said === '' ? '' : '\n'}${contentOf(latest, gateway.rendering)}` })
    yield chunk({}, finishReason(latest))
    if (includeUsage) yield event({ ...chunkHead(task), choices: [], usage: NO_USAGE })
  }
  yield 'data: [DONE]\n\n'
}

function event(data: object): string {
  return `data: ${JSON.stringify(data)}\n\n`
}

function chunkHead(task: Task) {
  return { id: completionId(task), object: 'chat.completion.chunk', created: unixSeconds(task.createdAtMs), model: task.request.model }
}

function progressLine(task: Task, nowMs: number): string {
  return task.state === 'queued' ? `> ${task.id} is queued\n` : `> ${progressPercent(task, nowMs)}%\n`
}

/** No tokens are counted, and none are charged. */
const NO_USAGE = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }

type FinishReason = 'stop' | 'length' | null

/** `length` means to the vendor's clients that the answer is not whole. */
function finishReason(task: Task): FinishReason {
  return isFinal(task.state) ? 'stop' : 'length'
}

const PREFIX = 'chatcmpl-'

function completionId(task: Task): string {
  return PREFIX + task.id
}

const WORDS: Record<TaskPhase, 'queued' | 'in_progress' | 'completed' | 'failed' | 'cancelled'> = {
  queued: 'queued',
  running: 'in_progress',
  succeeded: 'completed',
  failed: 'failed',
  cancelled: 'cancelled',
}

/** The vendor's completion, and behind it how the task stands. */
function renderTask(task: Task, context: RenderContext): z.output<typeof taskSchema> {
  return {
    id: completionId(task),
    object: 'chat.completion',
    created: unixSeconds(task.createdAtMs),
    model: task.request.model,
    choices: [{ index: 0, message: { role: 'assistant', content: contentOf(task, context), refusal: null }, logprobs: null, finish_reason: finishReason(task) }],
    usage: NO_USAGE,
    task_id: task.id,
    status: WORDS[phaseOf(task.state)],
    progress: progressPercent(task, context.nowMs),
    urls: resultLinks(task, context),
    ...(task.ignored.length > 0 ? { ignored: task.ignored } : {}),
    ...present({ metadata: task.request.metadata }),
  }
}

function contentOf(task: Task, context: RenderContext): string {
  switch (phaseOf(task.state)) {
    case 'succeeded':
      return task.outputs.map((output) => output.text ?? markdownOf(output, context.fileLink(output.storageKey, task))).join('\n\n')
    case 'failed':
    case 'cancelled':
      return failureOf(task).message
    case 'queued':
    case 'running':
      return `${task.id} is not finished yet and goes on. Read it at ${context.origin}/v1/chat/completions/${completionId(task)} or ${context.origin}/v1/${task.request.kind === 'image' ? 'images' : 'videos'}/${task.id}.`
  }
}

/** Chat programs show a picture; of a video most can only show a link. */
function markdownOf({ mediaType }: Output, link: string): string {
  return mediaType.startsWith('image/') ? `![image](${link})` : `[video](${link})`
}

const taskSchema = z.object({
  id: z.string().describe('chatcmpl- and the id of the task.'),
  object: z.literal('chat.completion'),
  created: z.int().describe('Unix seconds.'),
  model: z.string(),
  choices: z.array(
    z.object({
      index: z.int(),
      message: z.object({ role: z.literal('assistant'), content: z.string().describe('[video](…), ![image](…), or where to read the task.'), refusal: z.null() }),
      logprobs: z.null(),
      finish_reason: z.enum(['stop', 'length']).nullable(),
    }),
  ),
  usage: z.object({ prompt_tokens: z.int(), completion_tokens: z.int(), total_tokens: z.int() }),
  task_id: z.string(),
  status: z.enum(['queued', 'in_progress', 'completed', 'failed', 'cancelled']),
  progress: z.int().min(0).max(100),
  urls: z.array(z.string()),
  ignored: z.array(z.string()).optional().describe('Fields and messages that had no effect.'),
  metadata: z.record(z.string(), z.unknown()).optional(),
})

const ROUTES: DialectRoute[] = [
  {
    method: 'POST',
    path: '/v1/chat/completions',
    action: 'create',
    parse: parseChat,
    body: chatBody,
    answer: answerChat,
    answerSchema: taskSchema,
    waits: true,
    operationId: 'createChatCompletion',
    summary: 'Create a video or image in a chat',
    description: 'Waits for the result, or streams progress and then the link.',
    examples: {
      chat: { model: 'sora-2', messages: [{ role: 'user', content: 'A calico cat playing a piano on stage' }], stream: true },
      chatWithPicture: { model: 'sora-2', messages: [{ role: 'user', content: [{ type: 'text', text: 'She turns and smiles' }, { type: 'image_url', image_url: { url: 'https://example.com/portrait.jpg' } }] }] },
    },
  },
  {
    method: 'GET',
    path: '/v1/chat/completions/:id',
    action: 'read',
    taskId: ({ params }) => params['id']?.replace(PREFIX, ''),
    operationId: 'getChatCompletion',
    summary: 'Read a task as a chat completion',
  },
]

export const chat: Dialect = {
  id: 'chat',
  routes: ROUTES,
  renderTask,
  statusWords: { at: 'status', words: Object.values(WORDS) },
  renderError: openAiError,
  taskSchema,
  errorSchema: openAiErrorSchema,
}
