import { z } from 'zod'
import { present, type Present } from '../../core/present.ts'
import { phaseOf, progressPercent, type Task } from '../../core/task.ts'
import type { RenderContext } from '../dialect.ts'
import { buttonsOf, descriptionsOf, DIGITS, uuidOf, type Button } from './buttons.ts'

/** The fields that both midjourney-proxy and new-api give; empty texts, not nulls, as the latter does. */
export const taskSchema = z.object({
  id: z.string(),
  action: z.string().describe('IMAGINE, UPSCALE, VARIATION, REROLL, BLEND, DESCRIBE, SHORTEN, ZOOM, CUSTOM_ZOOM, PAN, INPAINT, EDITS, RETEXTURE, VIDEO, SWAP_FACE'),
  customId: z.string().describe('Of the button that started it.'),
  botType: z.enum(['MID_JOURNEY', 'NIJI_JOURNEY']),
  prompt: z.string(),
  promptEn: z.string(),
  description: z.string(),
  state: z.string().describe('As it was given.'),
  submitTime: z.int().describe('Unix milliseconds; 0 before.'),
  startTime: z.int(),
  finishTime: z.int(),
  imageUrl: z.string(),
  imageUrls: z.array(z.object({ url: z.string() })),
  videoUrl: z.string(),
  videoUrls: z.array(z.object({ url: z.string() })),
  status: z.enum(['SUBMITTED', 'IN_PROGRESS', 'SUCCESS', 'FAILURE', 'MODAL']),
  progress: z.string().describe('0% to 100%.'),
  failReason: z.string(),
  buttons: z.array(z.object({ customId: z.string(), emoji: z.string(), label: z.string(), type: z.int(), style: z.int() })),
  maskBase64: z.string(),
  seed: z.string(),
  imageWidth: z.int(),
  imageHeight: z.int(),
  properties: z.object({ finalPrompt: z.string(), finalZhPrompt: z.string(), messageHash: z.string() }),
})

type Rendered = z.output<typeof taskSchema>

/** What the dialect keeps of a request to show it again. */
const echoSchema = z.object({
  /** As it was sent, with its parameters. */
  prompt: z.string().optional(),
  state: z.string().optional(),
  botType: z.string().optional(),
  customId: z.string().optional(),
  /** The button's name: `U1`. */
  button: z.string().optional(),
})
export type Echo = Present<z.output<typeof echoSchema>>

/** Nothing of a task that was born in another dialect, whose echo has other members. */
export function echoOf({ request }: Task): Echo {
  return present(echoSchema.safeParse(request.echo).data ?? {})
}

export function shownPrompt(task: Task): string {
  return echoOf(task).prompt ?? task.request.prompt
}

export function renderTask(task: Task, context: RenderContext): Rendered {
  const { request } = task
  const echo = echoOf(task)
  const words = request.kind === 'text' ? renderWords(task) : ''
  // A description's prompt is what was found; it was asked for without one.
  const prompt = request.operation === 'describe' && words !== '' ? words : shownPrompt(task)
  const links = task.state === 'succeeded' && request.kind !== 'text' ? task.outputs.map(({ storageKey }) => ({ url: context.fileLink(storageKey, task) })) : []
  const pictures = request.kind === 'text' ? describedPicture(task, context) : request.kind === 'image' ? links : []
  const videos = request.kind === 'video' ? links : []
  const [first] = task.outputs
  return {
    id: task.id,
    action: actionOf(task),
    customId: echo.customId ?? '',
    botType: echo.botType === 'NIJI_JOURNEY' ? 'NIJI_JOURNEY' : 'MID_JOURNEY',
    prompt,
    promptEn: prompt,
    description: describeTask(task),
    state: echo.state ?? '',
    submitTime: task.createdAtMs,
    startTime: task.submittedAtMs ?? 0,
    finishTime: task.endedAtMs ?? 0,
    imageUrl: pictures[0]?.url ?? '',
    imageUrls: pictures,
    videoUrl: videos[0]?.url ?? '',
    videoUrls: videos,
    ...renderState(task, context),
    buttons: buttonsOf(task).map(renderButton),
    maskBase64: '',
    seed: request.seed === undefined ? '' : String(request.seed),
    imageWidth: first?.widthPixels ?? 0,
    imageHeight: first?.heightPixels ?? 0,
    properties: { finalPrompt: words === '' ? prompt : words, finalZhPrompt: '', messageHash: uuidOf(task) },
  }
}

/** A window that waits for words or a mask: no task yet, shown as one that waits for its client. */
export function renderWindow(id: string, { parent, button }: { parent: Task; button: Button }): Rendered {
  const prompt = windowPrompt(parent, button)
  return {
    id,
    action: button.follow === undefined ? 'MODAL' : actionOfFollowUp(button.follow.model, button.follow.operation, button.follow.vendor),
    customId: button.customId,
    botType: echoOf(parent).botType === 'NIJI_JOURNEY' ? 'NIJI_JOURNEY' : 'MID_JOURNEY',
    prompt,
    promptEn: prompt,
    description: `/up ${parent.id} ${button.follow?.name ?? ''}`.trim(),
    state: '',
    submitTime: parent.endedAtMs ?? parent.createdAtMs,
    startTime: 0,
    finishTime: 0,
    imageUrl: '',
    imageUrls: [],
    videoUrl: '',
    videoUrls: [],
    status: 'MODAL',
    progress: '0%',
    failReason: '',
    buttons: [],
    maskBase64: '',
    seed: '',
    imageWidth: 0,
    imageHeight: 0,
    properties: { finalPrompt: prompt, finalZhPrompt: '', messageHash: uuidOf(parent) },
  }
}

/** What stands in a window when it opens. */
export function windowPrompt(parent: Task, { follow }: Button): string {
  const isZoom = follow?.model === 'mj_modal' && follow.operation === 'reframe'
  return isZoom ? `${shownPrompt(parent)} --zoom ${String(follow.vendor['zoom'])}` : shownPrompt(parent)
}

/** "P's cancel route ends in FAILURE with failReason 取消任务": clients stop at no other word. */
const CANCELLED = '取消任务'

/** The wire's word for how a task stands; `NOT_START` and `CANCEL` are never said. */
function renderState(task: Task, { nowMs }: RenderContext): Pick<Rendered, 'status' | 'progress' | 'failReason'> {
  switch (phaseOf(task.state)) {
    case 'queued':
      return { status: 'SUBMITTED', progress: '0%', failReason: '' }
    case 'running':
      return { status: 'IN_PROGRESS', progress: `${progressPercent(task, nowMs)}%`, failReason: '' }
    case 'succeeded':
      return { status: 'SUCCESS', progress: '100%', failReason: '' }
    case 'failed':
      return { status: 'FAILURE', progress: '100%', failReason: task.error ? `[${task.error.code}] ${task.error.message}` : '[internal]' }
    case 'cancelled':
      return { status: 'FAILURE', progress: '100%', failReason: CANCELLED }
  }
}

/** "type 2, style 2" are Discord's words for a button, and for its usual colour. */
function renderButton({ customId, label, emoji }: Button): Rendered['buttons'][number] {
  return { customId, emoji, label, type: 2, style: 2 }
}

/** "DESCRIBE / SHORTEN text = lines "1️⃣ …"". */
function renderWords(task: Task): string {
  return descriptionsOf(task).map((line, index) => `${DIGITS[index] ?? `${index + 1}.`} ${line}`).join('\n\n')
}

/** "describe also echoes the uploaded image as imageUrl". */
function describedPicture(task: Task, context: RenderContext): { url: string }[] {
  const picture = task.request.inputs.find(({ media }) => media === 'image')?.source
  if (picture === undefined) return []
  return [{ url: 'url' in picture ? picture.url : context.fileLink(picture.storageKey, task) }]
}

const ACTIONS: Record<string, string> = {
  mj_imagine: 'IMAGINE',
  mj_variation: 'VARIATION',
  mj_reroll: 'REROLL',
  mj_blend: 'BLEND',
  mj_upscale: 'UPSCALE',
  mj_zoom: 'ZOOM',
  mj_pan: 'PAN',
  mj_edits: 'EDITS',
  mj_retexture: 'RETEXTURE',
  mj_describe: 'DESCRIBE',
  mj_shorten: 'SHORTEN',
  mj_video: 'VIDEO',
  swap_face: 'SWAP_FACE',
}

/** Tasks of other models are shown as the action that they come nearest to. */
function actionOf({ request }: Task): string {
  const { model, operation, vendor } = request
  if (ACTIONS[model] !== undefined || model === 'mj_modal') return actionOfFollowUp(model, operation, vendor)
  return request.kind === 'video' ? 'VIDEO' : request.kind === 'text' ? 'DESCRIBE' : 'IMAGINE'
}

function actionOfFollowUp(model: string, operation: string, vendor: Record<string, unknown> = {}): string {
  if (model === 'mj_modal') return operation === 'reframe' ? 'CUSTOM_ZOOM' : 'INPAINT'
  if (model !== 'mj_variation' || vendor['strength'] === undefined) return ACTIONS[model] ?? 'MODAL'
  return vendor['strength'] === 'subtle' ? 'LOW_VARIATION' : 'HIGH_VARIATION'
}

/** As O writes it: `/imagine a cat`, `/up img_… U1`. */
function describeTask(task: Task): string {
  const { button } = echoOf(task)
  if (button !== undefined && task.remixedFrom !== undefined) return `/up ${task.remixedFrom} ${button}`
  return `/${actionOf(task).toLowerCase()} ${shownPrompt(task)}`.trim()
}
