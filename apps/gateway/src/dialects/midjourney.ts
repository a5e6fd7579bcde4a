import { z } from 'zod'
import { ERROR_CODES, GatewayError, errorMessage, type ErrorCode } from '../core/errors.ts'
import { present } from '../core/present.ts'
import { isFinal, type Task } from '../core/task.ts'
import type { Answer, Call, Dialect, DialectRoute, Draft, ErrorContext, GatewayForDialects, ParseContext, RenderedError, UploadedPart } from './dialect.ts'
import { buttonsOf, newWindowId, readWindowId, type Button, type FollowUp } from './midjourney/buttons.ts'
import {
  actionBody, blendBody, changeBody, describeBody, editsBody, followUpDraft, imagineBody, modalBody, parseBlend, parseDescribe, parseEdits, parseImagine,
  parseRetexture, parseSaid, parseShorten, parseSwap, parseVideo, retextureBody, shortenBody, simpleChangeBody, swapBody, uploadBody, videoBody, type FollowUpWishes,
} from './midjourney/drafts.ts'
import { renderTask, renderWindow, taskSchema, windowPrompt } from './midjourney/task.ts'
import { parseFields } from './shared/fields.ts'
import { contentQuery } from './shared/queries.ts'

/*
 * The wire of midjourney-proxy, its open "plus" branch and new-api's relay: `POST /mj/submit/*` answers
 * `{ code, description, result }` with the id of a task, `GET /mj/task/{id}/fetch` shows it with its buttons, and each
 * button's `customId` starts the next task. Any first segment may stand before (`/mj-fast/mj/…`).
 */

/** "Submit response": what happened, in numbers that clients go by. */
const SUBMITTED = { code: 1, description: '提交成功' }
const EXISTS = { code: 21, description: '任务已存在' }
const WINDOW_OPENED = { code: 21, description: 'Waiting for window confirm' }

const submitSchema = z.object({
  code: z.int().describe('1 accepted, 21 it is there already or waits for /submit/modal; 3 no such task, 4 a wrong field, 9 a fault of ours, 23 too many, 24 refused for its content.'),
  description: z.string(),
  result: z.union([z.string(), z.array(z.string()), z.null()]).describe('The id of the task.'),
  properties: z.record(z.string(), z.unknown()),
})

function submitted(task: Pick<Task, 'id'>): Answer {
  return { body: { ...SUBMITTED, result: task.id, properties: {} } }
}

function submit(path: string, parts: Pick<DialectRoute, 'parse' | 'body' | 'summary' | 'examples'>): DialectRoute {
  return { method: 'POST', path: `/submit/${path}`, action: 'create', answer: async (_call, gateway) => submitted(await gateway.create()), answerSchema: submitSchema, ...parts }
}

/** A button by its customId: `/submit/action`. */
async function pressButton({ body }: Call, gateway: GatewayForDialects): Promise<Answer> {
  const given = parseSaid(actionBody, body.fields)
  const parent = await needFinished(gateway, given.taskId)
  const button = buttonsOf(parent).find(({ customId }) => customId === given.customId)
  if (!button) throw new GatewayError('invalid_request', `customId must be that of a button of ${parent.id}`, { param: 'customId' })
  const { follow } = button
  if (!follow) return submitted(parent)
  if (follow.window === 'always' || (follow.window === 'remix' && given.enableRemix === true)) return openWindow(parent, button)
  return start(gateway, { parent, button, follow }, { ...given, prompt: undefined, ignored: [] })
}

/** "21 … window waiting: properties {finalPrompt, remix: true}". */
function openWindow(parent: Task, button: Button): Answer {
  return { body: { ...WINDOW_OPENED, result: newWindowId(parent, button), properties: { finalPrompt: windowPrompt(parent, button), remix: true } } }
}

/** What a window waited for: `/submit/modal`. Sent twice it is the same task. */
async function confirmWindow({ body }: Call, gateway: GatewayForDialects): Promise<Answer> {
  const given = parseSaid(modalBody, body.fields)
  const opened = await findWindow(gateway, given.taskId)
  if (!opened) throw new GatewayError('invalid_request', 'taskId must be one that waits for /submit/modal', { param: 'taskId' })
  const { parent, button, follow } = opened
  const changesRegion = follow.model === 'mj_modal' && follow.operation === 'image_edit'
  if (changesRegion && given.maskBase64 === undefined) throw new GatewayError('invalid_request', 'maskBase64 is required: white is what changes', { param: 'maskBase64' })
  const wishes: FollowUpWishes = { ...given, prompt: given.prompt?.trim() ? given.prompt : undefined, mask: changesRegion ? given.maskBase64 : undefined, ignored: changesRegion || given.maskBase64 === undefined ? [] : ['maskBase64'] }
  return startOnce(gateway, given.taskId, (_body, context) => followUpDraft({ parent, button, follow }, wishes, context))
}

/** The older way to name a button: `/submit/change`. */
async function change({ body }: Call, gateway: GatewayForDialects): Promise<Answer> {
  const given = parseSaid(changeBody, body.fields)
  const letter = given.action.slice(0, 1)
  if (letter !== 'R' && (given.index ?? 0) === 0) throw new GatewayError('invalid_request', 'index is required, from 1 to 4', { param: 'index' })
  return pressNamed(gateway, { id: given.taskId, name: letter === 'R' ? REROLL : `${letter}${given.index}`, param: 'action' }, { ...given, ignored: [] })
}

const REROLL = 'Reroll'

/** "content "<taskId> U2" / V3 / R": `/submit/simple-change`. */
async function changeSimply({ body }: Call, gateway: GatewayForDialects): Promise<Answer> {
  const given = parseSaid(simpleChangeBody, body.fields)
  const [, id, word] = /^(\S{1,64})\s+([UV][1-4]|R)$/i.exec(given.content.trim()) ?? []
  if (id === undefined || word === undefined) throw new GatewayError('invalid_request', 'content must be a task and a button: img_… U1 to U4, V1 to V4 or R', { param: 'content' })
  return pressNamed(gateway, { id, name: word.toUpperCase() === 'R' ? REROLL : word.toUpperCase(), param: 'content' }, { ...given, ignored: [] })
}

/** `/submit/video`: from a picture, or a clip that goes on. */
async function submitVideo({ body }: Call, gateway: GatewayForDialects): Promise<Answer> {
  const given = parseSaid(videoBody, body.fields)
  if (given.taskId === undefined) return submitted(await gateway.create())
  if (given.action !== 'extend') throw new GatewayError('invalid_request', 'action must be extend for a video that follows another', { param: 'action' })
  const motion = given.motion === 'high' ? 'High' : 'Low'
  const unused = (['image', 'endImage', 'loop'] as const).filter((name) => given[name] !== undefined)
  return pressNamed(gateway, { id: given.taskId, name: `Extend ${(given.index ?? 0) + 1} (${motion} motion)`, param: 'taskId' }, {
    prompt: given.prompt?.trim() ? given.prompt : undefined,
    count: given.batchSize,
    resolution: given.videoType === undefined ? undefined : given.videoType.endsWith('720') ? '720p' : '480p',
    state: given.state,
    notifyHook: given.notifyHook,
    ignored: unused,
  })
}

async function pressNamed(gateway: GatewayForDialects, { id, name, param }: { id: string; name: string; param: string }, wishes: FollowUpWishes): Promise<Answer> {
  const parent = await needFinished(gateway, id)
  const button = buttonsOf(parent).find(({ follow }) => follow?.name === name)
  if (!button?.follow) throw new GatewayError('invalid_request', `${param}: ${parent.id} has no button ${name}`, { param })
  return start(gateway, { parent, button, follow: button.follow }, wishes)
}

interface Pressed {
  parent: Task
  button: Button
  follow: FollowUp
}

async function start(gateway: GatewayForDialects, pressed: Pressed, wishes: FollowUpWishes): Promise<Answer> {
  const parse = (_body: unknown, context: ParseContext): Draft => followUpDraft(pressed, wishes, context)
  if (pressed.follow.once) return startOnce(gateway, `${pressed.parent.id} ${pressed.follow.name}`, parse)
  return submitted(await gateway.create(parse))
}

/** A task that failed is made anew this often when it is asked for again. */
const MAX_FRESH_STARTS = 8

/** "21 already exists; properties {status, imageUrl}". What failed, was cancelled or deleted does not count. */
async function startOnce(gateway: GatewayForDialects, name: string, parse: Parameters<GatewayForDialects['createOnce']>[1]): Promise<Answer> {
  for (let attempt = 1; attempt <= MAX_FRESH_STARTS; attempt += 1) {
    const { task, existed } = await gateway.createOnce(`${name} ${attempt}`, parse)
    if (!task || (existed && isGone(task))) continue
    if (!existed) return submitted(task)
    const { status, imageUrl } = renderTask(task, gateway.rendering)
    return { body: { ...EXISTS, result: task.id, properties: { status, imageUrl } } }
  }
  throw new GatewayError('rate_limited', `this was started ${MAX_FRESH_STARTS} times and failed each time`)
}

function isGone({ state }: Task): boolean {
  return isFinal(state) && state !== 'succeeded'
}

/** What `startOnce` made under this name at last. */
async function readStarted(gateway: GatewayForDialects, name: string): Promise<Task | undefined> {
  let last: Task | undefined
  for (let attempt = 1; attempt <= MAX_FRESH_STARTS; attempt += 1) {
    const task = await gateway.readOnce(`${name} ${attempt}`)
    if (!task) return last
    last = task
    if (!isGone(task)) return task
  }
  return last
}

/** The parent of a follow-up. */
async function needFinished(gateway: GatewayForDialects, id: string): Promise<Task> {
  const task = readWindowId(id) ? await readStarted(gateway, id) : await gateway.read(id)
  if (!task) throw new GatewayError('not_found', `there is no task ${id}`, { param: 'taskId' })
  if (task.state !== 'succeeded') throw new GatewayError('invalid_request', `taskId: ${task.id} has not succeeded`, { param: 'taskId' })
  if (task.expiresAtMs !== undefined && task.expiresAtMs <= gateway.rendering.nowMs) throw new GatewayError('invalid_request', `taskId: the result of ${task.id} has expired`, { param: 'taskId' })
  return task
}

/** The window of this id, if its parent is there and has such a button. */
async function findWindow(gateway: GatewayForDialects, id: string): Promise<Pressed | undefined> {
  const read = readWindowId(id)
  const parent = read && (await gateway.read(read.parentId))
  const button = parent && buttonsOf(parent)[read.place]
  return parent && button?.follow?.window !== undefined ? { parent, button, follow: button.follow } : undefined
}

/** A task, or a window that waits; a window that was answered is the task that it started, under the window's id. */
async function show(gateway: GatewayForDialects, id: string): Promise<Record<string, unknown> | undefined> {
  if (!readWindowId(id)) {
    const task = await gateway.read(id)
    return task && renderTask(task, gateway.rendering)
  }
  const started = await readStarted(gateway, id)
  if (started) return { ...renderTask(started, gateway.rendering), id }
  const opened = await findWindow(gateway, id)
  return opened && renderWindow(id, opened)
}

async function fetchTask({ params }: Call, gateway: GatewayForDialects): Promise<Answer> {
  const shown = await show(gateway, params['id'] ?? '')
  if (!shown) throw new GatewayError('not_found', 'there is no task with this id')
  return { body: shown }
}

const MAX_IDS = 200
const idsBody = z.object({ ids: z.array(z.string().max(64)).max(MAX_IDS) })

/** Ids that are not known are left out. */
async function listByIds({ body }: Call, gateway: GatewayForDialects): Promise<Answer> {
  const { ids } = parseFields(idsBody, body.fields)
  const shown = await Promise.all(ids.map((id) => show(gateway, id)))
  return { body: shown.filter((task) => task !== undefined) }
}

const MAX_LISTED = 100

function list(keep: (task: Task) => boolean): NonNullable<DialectRoute['answer']> {
  return async (_call, gateway) => {
    const { tasks } = await gateway.list({ limit: MAX_LISTED })
    return { body: tasks.filter(keep).map((task) => renderTask(task, gateway.rendering)) }
  }
}

async function readSeed({ params }: Call, gateway: GatewayForDialects): Promise<Answer> {
  const { id, request } = await needFinished(gateway, params['id'] ?? '')
  if (request.seed === undefined) throw new GatewayError('invalid_request', `${id} has no seed`, { param: 'id' })
  return { body: { code: 1, description: '成功', result: String(request.seed), properties: {} } }
}

/** A window that nobody answered is nothing to cancel. */
async function cancel({ params: { id = '' } }: Call, gateway: GatewayForDialects): Promise<Answer> {
  const task = readWindowId(id) ? await readStarted(gateway, id) : await gateway.need(id)
  if (task) await gateway.cancel(task)
  return { body: { code: 1, description: '成功', result: id, properties: {} } }
}

/** "`result` is an array of URLs". */
async function upload({ body }: Call, gateway: GatewayForDialects): Promise<Answer> {
  const { base64Array } = parseFields(uploadBody, body.fields)
  const kept = await gateway.upload(base64Array.map(uploadedPart))
  return { body: { ...SUBMITTED, result: kept.map(({ url }) => url), properties: {} } }
}

function uploadedPart(text: string, index: number): UploadedPart {
  const field = `base64Array[${index}]`
  const [, mediaType, base64] = /^data:([\w/+.-]+);base64,([A-Za-z0-9+/\s]*={0,2})$/.exec(text.trim()) ?? []
  if (mediaType === undefined || base64 === undefined) throw new GatewayError('invalid_request', `${field} must be a data URI: data:image/png;base64,…`, { param: field })
  return { field, fileName: `picture-${index + 1}`, mediaType, bytes: Buffer.from(base64, 'base64') }
}

/** What is wrong with a request is told with 200, as midjourney-proxy does; who asks, money, limits and faults are not. */
const TOLD_WITH_200: ReadonlySet<ErrorCode> = new Set(['invalid_request', 'url_not_allowed', 'unsupported_media', 'content_policy'])

function renderError(error: GatewayError, { requestId, language }: ErrorContext): RenderedError {
  return {
    status: TOLD_WITH_200.has(error.code) ? 200 : ERROR_CODES[error.code].status,
    body: {
      code: submitCode(error.code),
      description: errorMessage(error, language),
      result: null,
      properties: present({ error: error.code, param: error.param, requestId }),
    },
  }
}

function submitCode(code: ErrorCode): number {
  switch (code) {
    case 'not_found':
    case 'model_not_found':
      return 3
    case 'upstream_busy':
    case 'rate_limited':
    case 'overloaded':
      return 23
    case 'content_policy':
      return 24
    case 'internal':
    case 'upstream_failed':
    case 'timeout':
    case 'cancelled':
      return 9
    default:
      return 4
  }
}

const PICTURE = 'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const EXAMPLE_ID = 'img_k3vabcdefghjkmnpqrstuvwxyz'

const ROUTES: DialectRoute[] = [
  submit('imagine', { parse: parseImagine, body: imagineBody, summary: 'Draw four pictures from words', examples: { imagine: { prompt: 'A red fox in the snow --ar 16:9', state: 'order 7' }, withPicture: { prompt: 'In the style of this', base64Array: [PICTURE] } } }),
  submit('blend', { parse: parseBlend, body: blendBody, summary: 'Blend two to five pictures', examples: { blend: { base64Array: [PICTURE, PICTURE], dimensions: 'SQUARE' } } }),
  submit('describe', { parse: parseDescribe, body: describeBody, summary: 'Describe a picture in words', examples: { describe: { base64: PICTURE } } }),
  submit('shorten', { parse: parseShorten, body: shortenBody, summary: 'Shorten a prompt', examples: { shorten: { prompt: 'A very old lighthouse on the cliff in the fog' } } }),
  submit('edits', { parse: parseEdits, body: editsBody, summary: 'Change a picture of yours', examples: { edits: { prompt: 'A blue door', image: PICTURE } } }),
  submit('edit', { parse: parseEdits, body: editsBody, summary: 'Change a picture of yours, as other branches call it' }),
  submit('retexture', { parse: parseRetexture, body: retextureBody, summary: 'Give a picture other surfaces', examples: { retexture: { prompt: 'Made of glass', image: PICTURE } } }),
  { ...submit('video', { parse: parseVideo, body: videoBody, summary: 'Animate a picture, or extend a clip', examples: { video: { prompt: 'The fox runs', image: PICTURE, motion: 'low' } } }), answer: submitVideo },
  { ...followUp('action', pressButton), body: actionBody, summary: "Press a task's button", examples: { upscale: { taskId: EXAMPLE_ID, customId: 'MJ::JOB::upsample::1::0b6f5a3e-1d52-4c7a-8e0e-9f3f1f6d2c11' } } },
  { ...followUp('modal', confirmWindow), body: modalBody, summary: 'Answer the window that a button opened' },
  { ...followUp('change', change), body: changeBody, summary: 'Upscale, vary or repeat a grid', examples: { change: { taskId: EXAMPLE_ID, action: 'UPSCALE', index: 2 } } },
  { ...followUp('simple-change', changeSimply), body: simpleChangeBody, summary: 'The same in one line', examples: { simpleChange: { content: `${EXAMPLE_ID} U2` } } },
  { method: 'POST', path: '/submit/upload-discord-images', action: 'custom', answer: upload, body: uploadBody, summary: 'Keep pictures for later, and get links to them' },
  { ...submit('swap', { parse: parseSwap, body: swapBody, summary: 'Put a face on another picture', examples: { swap: { sourceBase64: PICTURE, targetBase64: PICTURE } } }), path: '/insight-face/swap' },
  { method: 'GET', path: '/task/:id/fetch', action: 'custom', answer: fetchTask, summary: 'Read a task' },
  { method: 'POST', path: '/task/list-by-condition', action: 'custom', answer: listByIds, body: idsBody, summary: 'Read several tasks' },
  { method: 'POST', path: '/task/list-by-ids', action: 'custom', answer: listByIds, body: idsBody, summary: 'Read several tasks, as other branches call it' },
  { method: 'GET', path: '/task/queue', action: 'custom', answer: list(({ state }) => !isFinal(state)), summary: 'List the tasks that are not finished' },
  { method: 'GET', path: '/task/list', action: 'custom', answer: list(() => true), summary: 'List the newest tasks' },
  { method: 'GET', path: '/task/:id/image-seed', action: 'custom', answer: readSeed, summary: 'Read the seed of a task' },
  { method: 'POST', path: '/task/:id/cancel', action: 'custom', answer: cancel, summary: 'Cancel a task' },
  { method: 'GET', path: '/image/:id', action: 'content', query: contentQuery, summary: 'Download the result of a task' },
]

function followUp(path: string, answer: NonNullable<DialectRoute['answer']>): Pick<DialectRoute, 'method' | 'path' | 'action' | 'answer' | 'answerSchema'> {
  return { method: 'POST', path: `/submit/${path}`, action: 'custom', answer, answerSchema: submitSchema }
}

/** "`/mj` and `/{mode}/mj` for any first segment"; of the segments the speeds mean something. */
const PREFIXES = ['/mj', '/:mode/mj']

export const midjourney: Dialect = {
  id: 'midjourney',
  routes: PREFIXES.flatMap((prefix) => ROUTES.map((route) => ({ ...route, path: prefix + route.path }))),
  credentialHeaders: ['mj-api-secret', 'authorization'],
  renderTask,
  statusWords: { at: 'status', words: taskSchema.shape.status.options },
  renderCallback: renderTask,
  renderError,
  taskSchema,
  errorSchema: submitSchema,
}
