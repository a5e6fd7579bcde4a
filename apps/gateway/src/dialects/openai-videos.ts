import { z } from 'zod'
import { GatewayError } from '../core/errors.ts'
import type { Operation } from '../core/generation-request.ts'
import { choicesOf, type Model } from '../core/model.ts'
import { present } from '../core/present.ts'
import type { Task } from '../core/task.ts'
import type { Answer, Call, Dialect, DialectRoute, Draft, DraftInput, GatewayForDialects, ParseContext, RequestBody, UploadedFile } from './dialect.ts'
import { defaultMaterialRole, operationOf } from './shared/draft.ts'
import { resultInput } from './shared/earlier-result.ts'
import { field, formField, isPlainObject, parseFields, unknownFields } from './shared/fields.ts'
import { openAiDraft, openAiFields, PICTURE_PARTS, speaksOpenAi } from './shared/openai-fields.ts'
import { openAiError, openAiErrorSchema, openAiHeaders, openAiList, openAiVideo, openAiVideoSchema } from './shared/openai-shape.ts'
import { contentQuery, listQuery } from './shared/queries.ts'
import { unixSeconds } from './shared/unix-seconds.ts'

/*
 * OpenAI's videos wire, as the vendor's SDKs speak it: the JavaScript one always sends a form, the Python one JSON when
 * there is no file. Lenient, as the vendor's followers are: what is not known is left out and listed in `ignored`.
 */

/** "model: default `sora-2`" (OpenAI, create video). */
const DEFAULT_MODEL = 'sora-2'

const createBody = z.object({
  model: field.model().optional(),
  seconds: formField.seconds().optional().describe('Length in seconds, as text: "4".'),
  duration: formField.seconds().optional().describe('The same as seconds.'),
  ...openAiFields,
})

function parseCreate(body: RequestBody, context: ParseContext): Draft {
  const given = parseFields(createBody, body.fields)
  if (given.seconds !== undefined && given.duration !== undefined && given.seconds !== given.duration) {
    throw new GatewayError('invalid_request', 'seconds and duration differ', { param: 'duration' })
  }
  const length = { param: given.seconds === undefined && given.duration !== undefined ? 'duration' : 'seconds', seconds: given.seconds ?? given.duration }
  return openAiDraft(context.model(given.model ?? DEFAULT_MODEL), given, length, { body, schema: createBody })
}

/** A video to work on: a finished one of ours or an uploaded file by id, or an address. A form may hold the file itself. */
const sourceVideo = z.union([field.source(), z.object({ id: field.text().optional(), url: field.source().optional() })], { error: 'must be a file, { id } or a URL' })

const workFields = {
  video: sourceVideo.optional().describe('The video to start from: a file, { id } of a finished video or an upload, or a URL.'),
  prompt: field.prompt(),
  model: field.model().optional().describe(`The model of the video that is named by its id, else ${DEFAULT_MODEL}.`),
  user: field.text().optional(),
  callback_url: field.callbackUrl().optional(),
  metadata: field.metadata().optional(),
}
const editBody = z.object(workFields)
const extensionBody = z.object({ ...workFields, seconds: formField.seconds().describe('Length of what is added, as text: "4".') })

const WORK_PARTS = ['video'] as const

const WORK_FIELD_NAMES: Draft['fieldNames'] = { model: 'model', prompt: 'prompt', durationSeconds: 'seconds', inputs: 'video', endUserId: 'user', callbackUrl: 'callback_url', metadata: 'metadata' }

/** An edit is what a remix is, of any video. */
function parseEdit(body: RequestBody, context: ParseContext): Draft {
  const given = parseFields(editBody, body.fields)
  return workDraft(given, { body, schema: editBody }, context, (model, inputs) => ({ operation: remixOperation(model, inputs) }))
}

function parseExtension(body: RequestBody, context: ParseContext): Draft {
  const given = parseFields(extensionBody, body.fields)
  return workDraft(given, { body, schema: extensionBody }, context, () => ({ operation: 'extend', durationSeconds: given.seconds }))
}

function workDraft(
  given: z.output<typeof editBody>,
  raw: { body: RequestBody; schema: z.ZodObject },
  context: ParseContext,
  choose: (model: Model, inputs: DraftInput[]) => Pick<Draft['request'], 'operation' | 'durationSeconds'>,
): Draft {
  const parent = parentIdOf(raw.body) === undefined ? undefined : context.parent
  const model = context.model(given.model ?? parent?.request.model ?? DEFAULT_MODEL)
  const inputs = [videoInput(given.video, raw.body, parent, model)]
  const chosen = choose(model, inputs)
  return {
    request: {
      ...(parent?.request.model === model.id ? measuresOf(parent, model, chosen.operation) : {}),
      ...present({ endUserId: given.user, callbackUrl: given.callback_url, metadata: given.metadata }),
      kind: 'video',
      model: model.id,
      prompt: given.prompt,
      count: 1,
      ...chosen,
    },
    inputs,
    ignored: unknownFields(raw.schema, raw.body.fields),
    unusedFields: 'ignore',
    fieldNames: WORK_FIELD_NAMES,
    ...(parent && { remixedFrom: parent.id }),
  }
}

/** The id of a task that the body wants worked on: `video[id]`, but not an upload's. */
function parentIdOf({ fields }: RequestBody): string | undefined {
  const { video } = fields
  const id = isPlainObject(video) ? video['id'] : undefined
  return typeof id === 'string' && !id.startsWith('upl_') ? id : undefined
}

function videoInput(given: z.output<typeof sourceVideo> | undefined, body: RequestBody, parent: Task | undefined, model: Model): DraftInput {
  const role = defaultMaterialRole(model, 'video')
  const strange = body.files.find(({ field: name }) => name !== 'video')
  if (strange) throw new GatewayError('invalid_request', `${strange.field} is not a file that this request takes; it takes video`, { param: strange.field })
  const [part, second] = body.files
  if (second || (part && given !== undefined)) throw new GatewayError('invalid_request', 'there can be only one video', { param: 'video' })
  if (part) {
    if (!part.mediaType.startsWith('video/')) throw new GatewayError('unsupported_media', `video must be a video, not ${part.mediaType}`, { param: 'video' })
    return { media: 'video', role, source: { part }, param: 'video' }
  }
  if (given === undefined) throw new GatewayError('invalid_request', 'video is required', { param: 'video' })
  if (typeof given === 'string') return { media: 'video', role, source: { text: given }, param: 'video' }
  if ((given.id === undefined) === (given.url === undefined)) throw new GatewayError('invalid_request', 'video must have exactly one of id and url', { param: 'video' })
  if (parentIdOf(body) === undefined) return { media: 'video', role, source: { text: given.id ?? given.url! }, param: given.id === undefined ? 'video.url' : 'video.id' }
  if (parent === undefined) throw new GatewayError('not_found', 'there is no video with this id', { param: 'video.id' })
  return parentVideo(parent, model, 'video.id')
}

/** Creates from the task that the body names, if it names one. */
async function answerWork({ body }: Call, gateway: GatewayForDialects, parse: typeof parseEdit): Promise<Answer> {
  const parentId = parentIdOf(body)
  const parent = parentId === undefined ? undefined : await gateway.read(parentId)
  const task = await gateway.create((fields, context) => parse(fields, { ...context, ...(parent && { parent }) }))
  return { headers: openAiHeaders(task), body: openAiVideo(task, { ...gateway.rendering, creating: true }) }
}

const characterBody = z.object({ name: z.string().min(1).max(80) })

/** A character is a clip that is kept under a name; later creates refer to it as a reference video. */
async function createCharacter({ body }: Call, gateway: GatewayForDialects): Promise<Answer> {
  const { name } = parseFields(characterBody, body.fields)
  const [part, second] = body.files
  if (part === undefined || second || part.field !== 'video') throw new GatewayError('invalid_request', 'send one file, video', { param: 'video' })
  if (!part.mediaType.startsWith('video/')) throw new GatewayError('unsupported_media', `video must be a video, not ${part.mediaType}`, { param: 'video' })
  const [kept] = await gateway.upload([{ ...part, fileName: name }])
  return { body: character(kept!) }
}

async function readCharacter({ params }: Call, gateway: GatewayForDialects): Promise<Answer> {
  const kept = await gateway.uploaded(params['id'] ?? '')
  if (!kept?.mediaType.startsWith('video/')) throw new GatewayError('not_found', 'there is no character with this id')
  return { body: character(kept) }
}

const characterSchema = z.object({ id: z.string(), name: z.string(), created_at: z.int().describe('Unix seconds.') })

function character({ id, fileName, createdAtMs }: Pick<UploadedFile, 'id' | 'fileName' | 'createdAtMs'>): z.output<typeof characterSchema> {
  return { id, name: fileName, created_at: unixSeconds(createdAtMs) }
}

const remixBody = z.object({ prompt: field.prompt() })

/** A remix is a new task on the model of the finished one, with another prompt and the same measures. */
function parseRemix(body: RequestBody, context: ParseContext): Draft {
  const { prompt } = parseFields(remixBody, body.fields)
  const parent = context.parent
  if (parent === undefined) throw new Error('a remix is parsed with the task that it starts from')
  const model = context.model(parent.request.model)
  const inputs = [parentVideo(parent, model, 'video_id')]
  const operation = remixOperation(model, inputs)
  return {
    request: { ...measuresOf(parent, model, operation), kind: 'video', model: model.id, operation, prompt, count: 1 },
    inputs,
    ignored: unknownFields(remixBody, body.fields),
    unusedFields: 'ignore',
    fieldNames: { prompt: 'prompt', inputs: 'video_id' },
    remixedFrom: parent.id,
  }
}

function remixOperation(model: Model, inputs: readonly DraftInput[]): Operation {
  return model.operations.includes('remix') ? 'remix' : operationOf(model, inputs)
}

/**
 * What the first task was asked for and the next one keeps. Its material, callback, labels and rewritten prompt were its
 * own, and a frame that this operation has no words for follows the video.
 */
function measuresOf({ request }: Task, model: Model, operation: Operation): Partial<Draft['request']> {
  const { inputs: _inputs, callbackUrl: _callbackUrl, metadata: _metadata, enhancedPrompt: _enhancedPrompt, echo: _echo, resolution, aspectRatio, size, durationSeconds, ...kept } = request
  const choices = choicesOf(model, operation, resolution)
  const fits = (word: string | undefined, words: string[] | undefined) => word === undefined || words === undefined || words.includes(word)
  const frame = fits(resolution, choices.resolutions) && fits(aspectRatio, choices.aspectRatios) ? { resolution, aspectRatio, size } : {}
  // A result that is as long as what is given has no length of its own.
  return present({ ...kept, ...frame, durationSeconds: choices.duration?.ofSource ? undefined : durationSeconds })
}

function parentVideo(parent: Task, model: Model, param: string): DraftInput {
  const video = parent.outputs.find((output) => output.mediaType.startsWith('video/'))
  if (parent.state !== 'succeeded' || video === undefined) {
    throw new GatewayError('invalid_request', 'only a completed video can be worked on', { param })
  }
  return resultInput('video', defaultMaterialRole(model, 'video'), video, param)
}

const ROUTES: DialectRoute[] = [
  {
    method: 'POST',
    path: '/v1/videos',
    action: 'create',
    parse: parseCreate,
    body: createBody,
    fileParts: PICTURE_PARTS,
    fallback: true,
    summary: 'Create a video',
    examples: {
      openAi: { model: 'sora-2', prompt: 'A calico cat playing a piano on stage', seconds: '4', size: '1280x720' },
      openAiFirstFrame: { model: 'sora-2', prompt: 'She turns and smiles', seconds: '8', input_reference: { image_url: 'https://example.com/portrait.jpg' } },
    },
  },
  { method: 'GET', path: '/v1/videos', action: 'list', query: listQuery, operationId: 'listVideos', summary: 'List tasks, newest first' },
  { method: 'GET', path: '/v1/videos/:id', action: 'read', fallback: true, summary: 'Read a video task' },
  { method: 'GET', path: '/v1/videos/:id/events', action: 'events', fallback: true, summary: 'Follow a video task as server-sent events' },
  { method: 'GET', path: '/v1/videos/:id/content', action: 'content', query: contentQuery, fallback: true, summary: 'Download the finished video' },
  {
    method: 'GET',
    path: '/v1/videos/:id/download',
    action: 'content',
    query: contentQuery,
    operationId: 'downloadVideoFile',
    summary: 'Download the finished video',
    description: 'The same as /content.',
  },
  { method: 'POST', path: '/v1/videos/:id/cancel', action: 'cancel', fallback: true, summary: 'Cancel a video task' },
  { method: 'DELETE', path: '/v1/videos/:id', action: 'delete', operationId: 'deleteVideo', summary: 'Delete a finished task and its stored results' },
  {
    method: 'POST',
    path: '/v1/videos/:id/remix',
    action: 'remix',
    parse: parseRemix,
    body: remixBody,
    operationId: 'remixVideo',
    summary: 'Make a new video from a finished one',
    examples: { remix: { prompt: 'The same scene, at night' } },
  },
  {
    method: 'POST',
    path: '/v1/videos/edits',
    action: 'create',
    parse: parseEdit,
    body: editBody,
    answer: (call, gateway) => answerWork(call, gateway, parseEdit),
    fileParts: WORK_PARTS,
    fallback: true,
    operationId: 'editVideo',
    summary: 'Make a new video from one that is given',
    examples: { edit: { prompt: 'The same scene, at night', video: { id: 'vid_abc' } } },
  },
  {
    method: 'POST',
    path: '/v1/videos/extensions',
    action: 'create',
    parse: parseExtension,
    body: extensionBody,
    answer: (call, gateway) => answerWork(call, gateway, parseExtension),
    fileParts: WORK_PARTS,
    fallback: true,
    operationId: 'extendVideo',
    summary: 'Go on from the end of a video',
    examples: { extension: { prompt: 'She opens the door', video: { id: 'vid_abc' }, seconds: '4' } },
  },
  {
    method: 'POST',
    path: '/v1/videos/characters',
    action: 'custom',
    answer: createCharacter,
    answerSchema: characterSchema,
    operationId: 'createCharacter',
    summary: 'Keep a clip as a character',
    description: 'A form with name and the file video. Creates refer to it by id in characters, where the model takes videos as references.',
  },
  { method: 'GET', path: '/v1/videos/characters/:id', action: 'custom', answer: readCharacter, answerSchema: characterSchema, operationId: 'getCharacter', summary: 'Read a character' },
]

export const openAiVideos: Dialect = {
  id: 'openai-videos',
  routes: ROUTES,
  claims: speaksOpenAi,
  renderTask: openAiVideo,
  statusWords: { at: 'status', words: ['queued', 'in_progress', 'completed', 'failed'] },
  taskHeaders: openAiHeaders,
  renderError: openAiError,
  renderList: (page, context) => openAiList(page, (task) => openAiVideo(task, context)),
  renderDeleted: (taskId) => ({ id: taskId, object: 'video.deleted', deleted: true }),
  taskSchema: openAiVideoSchema,
  errorSchema: openAiErrorSchema,
}
