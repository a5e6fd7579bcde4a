import { z } from 'zod'
import { GatewayError } from '../../core/errors.ts'
import type { InputMedia, InputRole } from '../../core/generation-request.ts'
import type { Model } from '../../core/model.ts'
import { present } from '../../core/present.ts'
import { phaseOf, type Task, type TaskPhase } from '../../core/task.ts'
import type { Answer, Call, DialectRoute, Draft, DraftInput, GatewayForDialects, RenderContext } from '../dialect.ts'
import { defaultImageRole, operationOf, textInput } from '../shared/draft.ts'
import { field, isPlainObject, parseFields, parseQuery, unknownFields } from '../shared/fields.ts'
import { mentionOf, withMentions } from '../shared/mentions.ts'
import { modelOf } from '../shared/model-input.ts'
import { unknownIn } from '../shared/nested-fields.ts'
import { resultId } from '../shared/result-ids.ts'
import { createUnique, findByExternalId, type Parse } from './external-id.ts'
import { motionInputs, motionModelOf } from './motion.ts'
import { envelope, secondsText, statusMessage, unitsOf } from './shown.ts'

/*
 * Kling's wire of 2026: the model stands in the path, and the body is `contents`, `settings` and `options`. Facts: the
 * vendor's pages as relayed, and a partner's router, read August to October 2026.
 */

const MAX_CONTENTS = 64

const named = { id: field.text(100).optional().describe('A name for `@id` in the prompt.') }

const item = z.union(
  [
    z.object({ type: z.literal('prompt'), text: z.string().max(32_000) }),
    z.object({ type: z.enum(['first_frame', 'middle_frame', 'last_frame', 'refer_image', 'feature_video', 'base_video', 'image', 'video']), url: field.source(), ...named }),
    z.object({ type: z.enum(['element', 'voice']), element_id: z.union([z.number(), field.text()]).optional(), voice_id: field.text().optional(), ...named }),
  ],
  { error: 'must be { type: "prompt", text }, or a material with its type and url' },
)

const settings = z.object({
  resolution: field.text(20).optional().describe('720p, 1080p or 4k.'),
  aspect_ratio: field.text(20).optional(),
  duration: field.seconds().optional(),
  audio: z.enum(['native', 'original', 'off']).optional(),
  multi_shot: z.boolean().optional(),
  character_orientation: z.enum(['image', 'video']).optional(),
})

const options = z.object({
  callback_url: field.callbackUrl().optional(),
  external_task_id: field.text(128).optional(),
  watermark_info: z.looseObject({ enabled: z.boolean().optional() }).optional(),
})

const body = z.object({
  prompt: z.string().max(32_000).optional(),
  contents: z.array(item).max(MAX_CONTENTS).optional().describe('The prompt and materials, each with its type.'),
  settings: settings.optional(),
  options: options.optional(),
})

const FIELD_NAMES: Draft['fieldNames'] = {
  model: 'model',
  prompt: 'prompt',
  inputs: 'contents',
  durationSeconds: 'settings.duration',
  resolution: 'settings.resolution',
  aspectRatio: 'settings.aspect_ratio',
  audio: 'settings.audio',
  callbackUrl: 'options.callback_url',
}

type Item = z.output<typeof item>
type Given = z.output<typeof body>

/** `kind` is the first step of the path. */
const parseWith = (kind: string): Parse => ({ fields }, context) => {
  const given = parseFields(body, fields)
  const isMotion = kind === 'motion-control'
  const known = modelOf(context, context.params['model'] ?? '', 'model')
  const model = isMotion ? motionModelOf(known, context) : known
  const inputs = isMotion ? movedInputs(given, model) : inputsOf(given, model)
  const { settings: asked = {}, options: more = {} } = given
  const vendor = present({
    keep_original_sound: asked.audio === 'original' ? 'yes' : undefined,
    multi_shot: asked.multi_shot,
    character_orientation: asked.character_orientation,
    watermark_info: more.watermark_info?.enabled === true ? more.watermark_info : undefined,
  })
  return {
    request: present({
      kind: 'video' as const,
      operation: operationOf(model, inputs),
      model: model.id,
      prompt: promptOf(given, inputs),
      durationSeconds: asked.duration,
      resolution: asked.resolution,
      aspectRatio: asked.aspect_ratio,
      count: 1,
      audio: asked.audio === undefined || asked.audio === 'original' ? undefined : asked.audio === 'native',
      callbackUrl: more.callback_url,
      vendor: Object.keys(vendor).length === 0 ? undefined : vendor,
      echo: { path: VERSIONED, ...present({ external_task_id: more.external_task_id }) },
    }),
    inputs,
    ignored: [
      ...unknownFields(body, fields),
      ...unknownIn(settings, fields['settings'], 'settings'),
      ...unknownIn(options, fields['options'], 'options'),
      ...(given.contents ?? []).flatMap(({ type }, index) => (type === 'element' || type === 'voice' ? [`contents[${index}]`] : [])),
    ],
    unusedFields: 'ignore',
    fieldNames: given.prompt === undefined ? { ...FIELD_NAMES, prompt: 'contents' } : FIELD_NAMES,
  }
}

/** Marks in `echo.path` which of the two wires a task was made in. */
export const VERSIONED = 'versioned'

const PARTS: Record<Exclude<Item['type'], 'prompt' | 'element' | 'voice' | 'middle_frame' | 'image' | 'video'>, [InputMedia, InputRole]> = {
  first_frame: ['image', 'first_frame'],
  last_frame: ['image', 'last_frame'],
  refer_image: ['image', 'reference'],
  feature_video: ['video', 'reference'],
  base_video: ['video', 'source'],
}

function inputsOf({ contents = [] }: Given, model: Model): DraftInput[] {
  return contents.flatMap((each, index) => {
    if (!('url' in each)) return []
    const param = `contents[${index}].url`
    const { type } = each
    if (type === 'middle_frame') throw new GatewayError('invalid_request', `contents[${index}].type cannot be used: no model here takes frames in between`, { param: `contents[${index}].type` })
    if (type === 'image') return [textInput('image', defaultImageRole(model, 0, 1), each.url, param)]
    const [media, role] = type === 'video' ? PARTS.base_video : PARTS[type]
    return [textInput(media, role, each.url, param)]
  })
}

function movedInputs({ contents = [] }: Given, model: Model): DraftInput[] {
  const [image, video] = (['image', 'video'] as const).map((type) => {
    const index = contents.findIndex((each) => each.type === type)
    const found = contents[index]
    if (!found || !('url' in found)) throw new GatewayError('invalid_request', `contents must have an item of type ${type}`, { param: 'contents' })
    return { text: found.url, param: `contents[${index}].url` }
  })
  return motionInputs(model, image!, video!, 'model')
}

/** "every input may carry id, mentioned in the prompt as @id". */
function promptOf({ prompt, contents = [] }: Given, inputs: readonly DraftInput[]): string {
  const mentions = new Map(contents.flatMap((each, index): [string, string][] => {
    const input = inputs.find(({ param }) => param === `contents[${index}].url`)
    return 'id' in each && each.id !== undefined && input ? [[each.id, mentionOf(input, inputs)]] : []
  }))
  const words = [...(prompt === undefined ? [] : [prompt]), ...contents.flatMap((each) => (each.type === 'prompt' && 'text' in each ? [each.text] : []))]
  return withMentions(words.join('\n'), mentions)
}

const createWith = (parse: Parse) => async (call: Call, gateway: GatewayForDialects): Promise<Answer> => {
  const { options: more } = call.body.fields
  const task = await createUnique(call, isPlainObject(more) ? more['external_task_id'] : undefined, gateway, parse)
  const { id, status, message, create_time, update_time, ignored } = renderVersioned(task, gateway.rendering)
  return { body: envelope(task.id, { id, status, message, create_time, update_time, ...(ignored && { ignored }) }) }
}

const MAX_IDS = 100
/** Each may be looked for among the newest tasks. */
const MAX_EXTERNAL_IDS = 10

const tasksQuery = z.object({
  task_ids: z.string().max(8000).optional().describe('Ids, with commas between.'),
  external_task_ids: z.string().max(8000).optional(),
})

/** `data` is a list; what is not there is not in it. */
async function answerTasks({ query }: Call, gateway: GatewayForDialects): Promise<Answer> {
  const asked = parseQuery(tasksQuery, query)
  const [ids, externals] = [idsOf(asked.task_ids), idsOf(asked.external_task_ids)]
  if (ids.length + externals.length === 0) throw new GatewayError('invalid_request', 'task_ids is required, or external_task_ids', { param: 'task_ids' })
  if (ids.length > MAX_IDS) throw new GatewayError('invalid_request', `task_ids must have at most ${MAX_IDS} ids`, { param: 'task_ids' })
  if (externals.length > MAX_EXTERNAL_IDS) throw new GatewayError('invalid_request', `external_task_ids must have at most ${MAX_EXTERNAL_IDS} ids`, { param: 'external_task_ids' })
  const found: (Task | undefined)[] = []
  for (const id of ids) found.push(await gateway.read(id))
  for (const id of externals) found.push(await findByExternalId(id, gateway))
  return { body: envelope('tasks', found.flatMap((task) => (task ? [renderVersioned(task, gateway.rendering)] : []))) }
}

function idsOf(text: string | undefined): string[] {
  return (text ?? '').split(',').map((id) => id.trim()).filter((id) => id !== '')
}

const STATUS_WORDS: Record<TaskPhase, z.output<typeof statusWord>> = { queued: 'submitted', running: 'processing', succeeded: 'succeeded', failed: 'failed', cancelled: 'failed' }
const statusWord = z.enum(['submitted', 'processing', 'succeeded', 'failed'])

/** A task as this wire shows it, and tells it to callbacks. */
export function renderVersioned(task: Task, context: RenderContext): z.output<typeof taskSchema> {
  const external = task.request.echo?.['external_task_id']
  return {
    id: task.id,
    status: STATUS_WORDS[phaseOf(task.state)],
    message: statusMessage(task),
    create_time: task.createdAtMs,
    update_time: task.updatedAtMs,
    external_id: typeof external === 'string' ? external : '',
    outputs: task.state === 'succeeded' ? task.outputs.map((output, index) => {
      const isVideo = output.mediaType.startsWith('video/')
      return { type: isVideo ? 'video' : 'image', id: resultId(task, index), url: context.fileLink(output.storageKey, task), ...(isVideo && { duration: secondsText(output.durationSeconds) }) }
    }) : [],
    ...(task.state === 'succeeded' && { billing: [{ charge_type: 'unit', package_type: task.request.kind, amount: unitsOf(task.chargedMicros ?? 0n) }] }),
    ...(task.ignored.length > 0 && { ignored: task.ignored }),
  }
}

const created = { id: z.string(), status: statusWord, message: z.string().describe('Why the task failed.'), create_time: z.int().describe('Milliseconds.'), update_time: z.int(), ignored: z.array(z.string()).optional() }
const taskSchema = z.object({
  ...created,
  external_id: z.string(),
  outputs: z.array(z.object({ type: z.string(), id: z.string(), url: z.string().describe('A signed link.'), duration: z.string().optional() })),
  billing: z.array(z.object({ charge_type: z.string(), package_type: z.string(), amount: z.string() })).optional(),
})

const enveloped = <T extends z.ZodType>(data: T) => z.object({ code: z.literal(0), message: z.string(), request_id: z.string(), data })

const KINDS: readonly [kind: string, summary: string][] = [
  ['text-to-video', 'Make a video from words, by the model in the path'],
  ['image-to-video', 'Make a video from first and last frames, by the model in the path'],
  ['omni-video', 'Make a video from frames, references or a video, by the model in the path'],
  ['motion-control', 'Move a picture like a video, by the model in the path'],
]

/** Behind `/kling` only: `/tasks` is a page of the console, and these paths name no vendor. */
export const VERSIONED_ROUTES: readonly DialectRoute[] = [
  ...KINDS.map(([kind, summary]): DialectRoute => {
    const parse = parseWith(kind)
    return { method: 'POST', path: `/kling/${kind}/:model`, action: 'create', parse, body, answer: createWith(parse), answerSchema: enveloped(z.object(created)), summary }
  }),
  { method: 'GET', path: '/kling/tasks', action: 'custom', answer: answerTasks, answerSchema: enveloped(z.array(taskSchema)), query: tasksQuery, summary: 'Read tasks of the wire with the model in the path' },
]
