import { z } from 'zod'
import { GatewayError } from '../core/errors.ts'
import type { Model } from '../core/model.ts'
import type { Task } from '../core/task.ts'
import type { Dialect, DialectRoute, Draft, DraftInput, ParseContext, RequestBody } from './dialect.ts'
import { defaultMaterialRole, operationOf } from './draft.ts'
import { field, formField, parseFields, unknownFields } from './fields.ts'
import { openAiDraft, openAiFields, PICTURE_PARTS, speaksOpenAi } from './openai-fields.ts'
import { openAiError, openAiErrorSchema, openAiHeaders, openAiList, openAiVideo, openAiVideoSchema } from './openai-shape.ts'
import { contentQuery, listQuery } from './queries.ts'

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

const remixBody = z.object({ prompt: field.prompt() })

/** A remix is a new task on the model of the finished one, with another prompt and the same measures. */
function parseRemix(body: RequestBody, context: ParseContext): Draft {
  const { prompt } = parseFields(remixBody, body.fields)
  const parent = context.parent
  if (parent === undefined) throw new Error('a remix is parsed with the task that it starts from')
  const model = context.model(parent.request.model)
  const inputs = [parentVideo(parent, model)]
  // Material, callback and labels belonged to the first task.
  const { inputs: _inputs, callbackUrl: _callbackUrl, metadata: _metadata, ...measures } = parent.request
  return {
    request: { ...measures, operation: model.operations.includes('remix') ? 'remix' : operationOf(model, inputs), prompt, count: 1 },
    inputs,
    ignored: unknownFields(remixBody, body.fields),
    unusedFields: 'ignore',
    fieldNames: { prompt: 'prompt', inputs: 'video_id' },
    remixedFrom: parent.id,
  }
}

function parentVideo(parent: Task, model: Model): DraftInput {
  const video = parent.outputs.find((output) => output.mediaType.startsWith('video/'))
  if (parent.state !== 'succeeded' || video === undefined) {
    throw new GatewayError('invalid_request', 'only a completed video can be remixed', { param: 'video_id' })
  }
  const { storageKey, mediaType, bytes, durationSeconds } = video
  return { media: 'video', role: defaultMaterialRole(model, 'video'), source: { stored: { storageKey, mediaType, bytes, ...(durationSeconds !== undefined && { durationSeconds }) } }, param: 'video_id' }
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
