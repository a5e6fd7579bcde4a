import { randomInt } from 'node:crypto'
import { z } from 'zod'
import { GatewayError } from '../../core/errors.ts'
import type { InputAsset, InputRole, MediaKind, Operation } from '../../core/generation-request.ts'
import { present } from '../../core/present.ts'
import type { Task } from '../../core/task.ts'
import type { Draft, DraftInput, ParseContext, RequestBody } from '../dialect.ts'
import { textInput } from '../shared/draft.ts'
import { resultInput } from '../shared/earlier-result.ts'
import { field, parseFields, unknownFields } from '../shared/fields.ts'
import { descriptionsOf, extendedSeconds, type Button, type FollowUp } from './buttons.ts'
import { parsePrompt, type MidjourneyPrompt } from './prompt.ts'
import { echoOf, shownPrompt, type Echo } from './task.ts'

/* What each body of the wire comes to. Fields that mean nothing to us are left out and listed. */

const MAX_PROMPT_CHARACTERS = 12_000
const MAX_STATE_CHARACTERS = 2000
const MAX_PICTURES = 10
const MAX_CUSTOM_ID_CHARACTERS = 200

/** "bare base64 → base64格式错误": it must say what it is. Links and uploads are ours to take. */
const picture = () =>
  field.source().refine((text) => /^(data:|https?:\/\/|upl_)/i.test(text.trim()), 'must be a data URI (data:image/png;base64,…) or a link').describe('A data URI, data:image/png;base64,…, or a link.')
const pictures = () => z.array(picture()).max(MAX_PICTURES)
const prompt = () => z.string().max(MAX_PROMPT_CHARACTERS).describe('Words, with parameters at the end: --ar 16:9 --seed 1 --no text.')
const requiredPrompt = () => prompt().refine((text) => text.trim() !== '', 'must not be empty')
const taskId = () => field.text(64).describe('Of the task that it follows.')
const botType = z.enum(['MID_JOURNEY', 'NIJI_JOURNEY']).optional()

const common = {
  state: z.string().max(MAX_STATE_CHARACTERS).optional().describe('Anything; it is given back with the task.'),
  notifyHook: field.callbackUrl().optional(),
}
const account = {
  botType,
  accountFilter: z.looseObject({ modes: z.array(z.enum(['FAST', 'RELAX', 'TURBO'])).optional() }).optional().describe('Of it only a single mode counts.'),
}

export const imagineBody = z.object({
  prompt: requiredPrompt(),
  base64Array: pictures().optional().describe('Pictures to go by.'),
  base64: picture().optional().describe('One picture, as older clients send it.'),
  model: field.model().optional().describe('Another model of the catalogue in the place of Midjourney.'),
  ...account,
  ...common,
})
export const blendBody = z.object({ base64Array: pictures().min(2).max(5), dimensions: z.enum(['PORTRAIT', 'SQUARE', 'LANDSCAPE']).optional(), ...account, ...common })
export const describeBody = z.object({ base64: picture().optional(), link: picture().optional(), language: z.string().max(20).optional(), ...account, ...common })
export const shortenBody = z.object({ prompt: requiredPrompt(), ...account, ...common })
export const editsBody = z.object({ prompt: requiredPrompt(), image: picture(), maskBase64: picture().optional().describe('White, or transparent, is what changes.'), ...account, ...common })
export const retextureBody = z.object({ prompt: requiredPrompt(), image: picture(), ...account, ...common })
export const videoBody = z.object({
  prompt: prompt().optional(),
  image: picture().optional(),
  endImage: picture().optional(),
  motion: z.enum(['low', 'high']).optional(),
  loop: z.boolean().optional(),
  videoType: z.enum(['vid_1.1_i2v_480', 'vid_1.1_i2v_720']).optional(),
  batchSize: z.union([z.literal(1), z.literal(2), z.literal(4)]).optional().describe('4 unless it is given.'),
  taskId: taskId().optional(),
  index: z.int().min(0).max(3).optional().describe('Which clip of the task is extended.'),
  action: z.enum(['extend']).optional(),
  ...account,
  ...common,
})
export const swapBody = z.object({
  sourceBase64: picture().optional().describe('The face.'),
  sourceUrl: picture().optional(),
  targetBase64: picture().optional().describe('The picture that gets it.'),
  targetUrl: picture().optional(),
  ...account,
  ...common,
})
export const actionBody = z.object({ taskId: taskId(), customId: field.text(MAX_CUSTOM_ID_CHARACTERS).describe("Of one of the task's buttons."), enableRemix: z.boolean().optional(), ...common })
export const modalBody = z.object({ taskId: taskId(), prompt: prompt().optional(), maskBase64: picture().optional(), ...common })
export const changeBody = z.object({ taskId: taskId(), action: z.enum(['UPSCALE', 'VARIATION', 'REROLL']), index: z.int().min(0).max(4).optional().describe('1 to 4; relays send 0 where there is none.'), ...common })
export const simpleChangeBody = z.object({ content: field.text(100).describe('The task and the button: img_… U2'), ...common })
export const uploadBody = z.object({ base64Array: pictures().min(1) })

/** Relays of this wire send every field there is, and those without a value as empty text. An empty prompt is refused in its own words. */
export function parseSaid<S extends z.ZodObject>(schema: S, fields: Record<string, unknown>): z.output<S> {
  return parseFields(schema, Object.fromEntries(Object.entries(fields).filter(([name, value]) => value !== '' || name === 'prompt')))
}

type Common = { state?: string | undefined; notifyHook?: string | undefined; botType?: 'MID_JOURNEY' | 'NIJI_JOURNEY' | undefined; accountFilter?: { modes?: string[] | undefined } | undefined }

export function parseImagine({ fields }: RequestBody, context: ParseContext): Draft {
  const given = parseSaid(imagineBody, fields)
  const model = given.model === undefined ? undefined : context.model(given.model)
  const parsed = parsePrompt(given.prompt, 'prompt')
  const named = [...(given.base64Array ?? []).map((text, index) => ({ text, param: `base64Array[${index}]` })), ...(given.base64 === undefined ? [] : [{ text: given.base64, param: 'base64' }])]
  const role: InputRole = model?.inputs.image?.roles.find((one) => one !== 'mask') ?? 'reference'
  const inputs = [...parsed.imageUrls.map((text) => ({ text, param: 'prompt' })), ...named].map(({ text, param }) => textInput('image', role, text, param))
  return draft({
    model: model?.id ?? 'mj_imagine',
    kind: model?.kind ?? 'image',
    operation: inputs.length > 0 ? 'image_edit' : 'text_to_image',
    prompt: parsed,
    shown: given.prompt,
    inputs,
    given,
    ignored: unknownFields(imagineBody, fields),
  }, context)
}

const DIMENSIONS = { PORTRAIT: '2:3', SQUARE: '1:1', LANDSCAPE: '3:2' }

export function parseBlend({ fields }: RequestBody, context: ParseContext): Draft {
  const given = parseSaid(blendBody, fields)
  const inputs = given.base64Array.map((text, index) => textInput('image', 'source', text, `base64Array[${index}]`))
  const aspectRatio = DIMENSIONS[given.dimensions ?? 'SQUARE']
  return draft({ model: 'mj_blend', operation: 'blend', prompt: { ...NO_PROMPT, aspectRatio }, inputs, given, ignored: unknownFields(blendBody, fields) }, context)
}

export function parseDescribe({ fields }: RequestBody, context: ParseContext): Draft {
  const given = parseSaid(describeBody, fields)
  const source = oneOf(given, 'base64', 'link')
  return draft({
    model: 'mj_describe',
    kind: 'text',
    operation: 'describe',
    prompt: NO_PROMPT,
    inputs: [textInput('image', 'source', source.text, source.param)],
    given,
    ignored: [...unknownFields(describeBody, fields), ...(given.language === undefined ? [] : ['language'])],
  }, context)
}

export function parseShorten({ fields }: RequestBody, context: ParseContext): Draft {
  const given = parseSaid(shortenBody, fields)
  const parsed = parsePrompt(given.prompt, 'prompt')
  if (parsed.words === '') throw new GatewayError('invalid_request', 'prompt must have words', { param: 'prompt' })
  return draft({ model: 'mj_shorten', kind: 'text', operation: 'action', prompt: parsed, shown: given.prompt, inputs: [], given, ignored: unknownFields(shortenBody, fields) }, context)
}

export function parseEdits({ fields }: RequestBody, context: ParseContext): Draft {
  const given = parseSaid(editsBody, fields)
  const mask = given.maskBase64 === undefined ? [] : [textInput('image', 'mask', given.maskBase64, 'maskBase64')]
  const inputs = [textInput('image', 'source', given.image, 'image'), ...mask]
  return draft({ model: 'mj_edits', operation: 'image_edit', prompt: parsePrompt(given.prompt, 'prompt'), shown: given.prompt, inputs, given, ignored: unknownFields(editsBody, fields) }, context)
}

export function parseRetexture({ fields }: RequestBody, context: ParseContext): Draft {
  const given = parseSaid(retextureBody, fields)
  const inputs = [textInput('image', 'source', given.image, 'image')]
  return draft({ model: 'mj_retexture', operation: 'image_edit', prompt: parsePrompt(given.prompt, 'prompt'), shown: given.prompt, inputs, given, ignored: unknownFields(retextureBody, fields) }, context)
}

export function parseSwap({ fields }: RequestBody, context: ParseContext): Draft {
  const given = parseSaid(swapBody, fields)
  const face = oneOf(given, 'sourceBase64', 'sourceUrl')
  const target = oneOf(given, 'targetBase64', 'targetUrl')
  const inputs = [textInput('image', 'source', target.text, target.param), textInput('image', 'reference', face.text, face.param)]
  return draft({ model: 'swap_face', operation: 'image_edit', prompt: NO_PROMPT, inputs, given, ignored: unknownFields(swapBody, fields) }, context)
}

const VIDEO_RESOLUTIONS = { 'vid_1.1_i2v_480': '480p', 'vid_1.1_i2v_720': '720p' }
const CLIPS = 4

/** A video from a picture. One that goes on from a clip is a follow-up. */
export function parseVideo({ fields }: RequestBody, context: ParseContext): Draft {
  const given = parseSaid(videoBody, fields)
  const parsed = parsePrompt(given.prompt ?? '', 'prompt')
  const picture = given.image === undefined ? parsed.imageUrls.map((url) => ({ text: url, param: 'prompt' }))[0] : { text: given.image, param: 'image' }
  if (picture === undefined) throw new GatewayError('invalid_request', 'image is required', { param: 'image' })
  const last = given.endImage === undefined ? [] : [textInput('image', 'last_frame', given.endImage, 'endImage')]
  return draft({
    model: 'mj_video',
    kind: 'video',
    operation: last.length > 0 ? 'first_last_frame' : 'image_to_video',
    prompt: { ...parsed, vendor: { ...parsed.vendor, ...present({ motion: given.motion }) }, ...present({ loop: given.loop ?? parsed.loop }) },
    shown: given.prompt ?? '',
    inputs: [textInput('image', 'first_frame', picture.text, picture.param), ...last],
    given,
    count: given.batchSize ?? CLIPS,
    ...present({ resolution: VIDEO_RESOLUTIONS[given.videoType ?? 'vid_1.1_i2v_480'] }),
    ignored: unknownFields(videoBody, fields),
  }, context)
}

/** What a client adds to a button. */
export interface FollowUpWishes {
  /** Words of its own in the place of the parent's. */
  prompt?: string | undefined
  mask?: string | undefined
  state?: string | undefined
  notifyHook?: string | undefined
  /** Of a video. */
  count?: number | undefined
  resolution?: string | undefined
  motion?: 'low' | 'high' | undefined
  ignored: string[]
}

/** What a button of `parent` starts. Its inputs are results of ours, so nothing is sent twice. */
export function followUpDraft({ parent, button, follow }: { parent: Task; button: Button; follow: FollowUp }, wishes: FollowUpWishes, context: ParseContext): Draft {
  const { request } = parent
  const line = follow.line === undefined ? undefined : descriptionsOf(parent)[follow.line]
  const shown = wishes.prompt ?? line ?? shownPrompt(parent)
  const asked = wishes.prompt ?? line
  const parsed: MidjourneyPrompt = asked === undefined
    ? { words: request.prompt, imageUrls: [], vendor: { ...parametersOf(parent), ...present({ speed: speedOf({}, context) }) }, ...present({ negativePrompt: request.negativePrompt }) }
    : parsePrompt(asked, 'prompt')
  const isReroll = follow.model === 'mj_reroll'
  const isVideo = follow.model === 'mj_video'
  const isExtension = follow.operation === 'extend'
  const mask = wishes.mask === undefined ? [] : [textInput('image', 'mask', wishes.mask, 'maskBase64')]
  // A crop has no chance in it: it is what its grid was.
  const keepsSeed = follow.once === true
  return draft({
    model: follow.model,
    kind: follow.model === 'mj_describe' ? 'text' : isVideo ? 'video' : 'image',
    operation: isReroll ? request.operation : follow.operation,
    prompt: { ...parsed, vendor: { ...(isReroll ? request.vendor : {}), ...follow.vendor, ...parsed.vendor, ...present({ motion: wishes.motion }) } },
    shown,
    inputs: [...followUpInputs(parent, follow), ...mask],
    given: { state: wishes.state, notifyHook: wishes.notifyHook, botType: echoOf(parent).botType === 'NIJI_JOURNEY' ? 'NIJI_JOURNEY' : undefined },
    ignored: wishes.ignored,
    remixedFrom: parent.id,
    echo: { customId: button.customId, button: follow.name },
    ...present({
      seed: keepsSeed ? request.seed : undefined,
      size: isReroll && asked === undefined ? resultSize(parent) : undefined,
      count: isVideo ? wishes.count ?? CLIPS : undefined,
      resolution: isVideo ? wishes.resolution ?? (isExtension ? request.resolution : undefined) : undefined,
      durationSeconds: isExtension ? extendedSeconds(request.durationSeconds) : undefined,
    }),
  }, context)
}

function followUpInputs(parent: Task, { from, model, operation }: FollowUp): DraftInput[] {
  if (from === 'nothing') return []
  if (from === 'inputs') return parent.request.inputs.map(asDraftInput)
  const output = parent.outputs[from.result]
  if (output === undefined) throw new GatewayError('invalid_request', `${parent.id} has no such result`, { param: 'taskId' })
  if (operation === 'extend') {
    // With the picture that the clip began with, for upstreams that go on from pictures only.
    const opening = parent.request.inputs.filter(({ role }) => role === 'first_frame').map(asDraftInput)
    return [resultInput('video', 'source', output, 'taskId'), ...opening]
  }
  return [resultInput('image', model === 'mj_video' ? 'first_frame' : 'source', output, 'taskId')]
}

function asDraftInput({ media, role, source }: InputAsset): DraftInput {
  return { media, role, source: 'url' in source ? { text: source.url } : { stored: source }, param: 'taskId' }
}

/** The parameters of the parent's prompt, without what its own button said. */
function parametersOf({ request }: Task): Record<string, unknown> {
  return Object.fromEntries(Object.entries(request.vendor ?? {}).filter(([name]) => !OF_BUTTONS.has(name)))
}

const OF_BUTTONS: ReadonlySet<string> = new Set(['index', 'zoom', 'pan', 'strength', 'upscale', 'motion'])

function resultSize({ outputs: [output] }: Task): string | undefined {
  return output?.widthPixels === undefined || output.heightPixels === undefined ? undefined : `${output.widthPixels}x${output.heightPixels}`
}

const NO_PROMPT: MidjourneyPrompt = { words: '', imageUrls: [], vendor: {} }

interface Parts {
  model: string
  /** `image` unless it says otherwise. */
  kind?: MediaKind
  operation: Operation
  prompt: MidjourneyPrompt
  /** As it was sent; absent where there is none. */
  shown?: string
  inputs: DraftInput[]
  given: Common
  ignored: string[]
  count?: number
  seed?: number
  size?: string
  resolution?: string
  durationSeconds?: number
  remixedFrom?: string
  echo?: Echo
}

const FIELD_NAMES: Draft['fieldNames'] = {
  model: 'model', prompt: 'prompt', negativePrompt: '--no', aspectRatio: '--ar', seed: '--seed', loop: 'loop', count: 'batchSize',
  resolution: 'videoType', size: 'taskId', callbackUrl: 'notifyHook', inputs: 'base64Array', operation: 'action',
}

function draft(parts: Parts, context: ParseContext): Draft {
  const { prompt: parsed, given, operation, shown } = parts
  const { zoom, ...others } = parsed.vendor
  const zoomHasUse = operation === 'reframe' || zoom === undefined
  // A region is changed in a picture as it is.
  const ratioHasUse = parts.size === undefined && !(parts.model === 'mj_modal' && operation === 'image_edit')
  const echo: Echo = present({
    prompt: shown === undefined || shown === parsed.words ? undefined : shown,
    state: given.state,
    botType: given.botType === 'NIJI_JOURNEY' ? given.botType : undefined,
    ...parts.echo,
  })
  const vendor = present({ bot_type: echo.botType, speed: speedOf(given, context), ...others, zoom: zoomHasUse ? zoom : undefined })
  return {
    request: present({
      kind: parts.kind ?? 'image',
      operation,
      model: parts.model,
      prompt: parsed.words,
      negativePrompt: parsed.negativePrompt,
      aspectRatio: ratioHasUse ? parsed.aspectRatio : undefined,
      size: parts.size,
      resolution: parts.resolution,
      durationSeconds: parts.durationSeconds,
      // Midjourney draws lots itself and tells; without one, the same words would give the same pictures.
      seed: parts.seed ?? parsed.seed ?? (drawsLots(parts.model) ? randomInt(2 ** 32) : undefined),
      count: parts.count ?? 1,
      loop: parsed.loop,
      callbackUrl: given.notifyHook,
      vendor: Object.keys(vendor).length > 0 ? vendor : undefined,
      echo: Object.keys(echo).length > 0 ? { ...echo } : undefined,
    }),
    inputs: parts.inputs,
    ignored: [...parts.ignored, ...(zoomHasUse ? [] : ['--zoom']), ...(ratioHasUse || parsed.aspectRatio === undefined ? [] : ['--ar']), ...accountFields(given)],
    unusedFields: 'ignore',
    fieldNames: FIELD_NAMES,
    ...(parts.remixedFrom === undefined ? {} : { remixedFrom: parts.remixedFrom }),
  }
}

/** Other models may have no seed, or fewer. */
function drawsLots(model: string): boolean {
  return model.startsWith('mj_') || model === 'swap_face'
}

/** Of the accounts of a proxy's owner, which are not ours, only the speed means something here. */
function accountFields({ accountFilter }: Common): string[] {
  if (accountFilter === undefined) return []
  return Object.keys(accountFilter).filter((name) => name !== 'modes' || accountFilter.modes?.length !== 1).slice(0, MAX_ACCOUNT_FIELDS).map((name) => `accountFilter.${name}`)
}

const MAX_ACCOUNT_FIELDS = 8

/** Of a single mode in the body, else of the path: `/mj-fast/mj/…`. What stands in the prompt comes after, and so first. */
function speedOf({ accountFilter }: Common, { params }: ParseContext): string | undefined {
  const [mode, ...more] = accountFilter?.modes ?? []
  if (mode !== undefined && more.length === 0) return mode.toLowerCase()
  return /^mj-(fast|relax|turbo)(?:$|-)/i.exec(params['mode'] ?? '')?.[1]?.toLowerCase()
}

/** The one that is given of two names for the same. */
function oneOf<Names extends string>(given: Partial<Record<Names, string | undefined>>, first: Names, second: Names): { text: string; param: string } {
  const param = given[first] === undefined ? second : first
  const text = given[param]
  if (text === undefined) throw new GatewayError('invalid_request', `${first} is required`, { param: first })
  return { text, param }
}
