import type { Operation } from '../../core/generation-request.ts'
import { randomText } from '../../core/ids.ts'
import { sha256Hex } from '../../core/secrets.ts'
import type { Task } from '../../core/task.ts'

/** What stands under a finished task, and what each of it starts. */
export interface Button {
  customId: string
  label: string
  emoji: string
  /** Absent for the bookmark, which starts nothing: what was made is kept anyway. */
  follow?: FollowUp
}

/** What a button starts: a model and what it is told. */
export interface FollowUp {
  /** For `description`: `U1`. */
  name: string
  model: string
  operation: Operation
  /** What goes in: the result, or one of several (from 0); the parent's own inputs again; nothing. */
  from: { result: number } | 'inputs' | 'nothing'
  vendor: Record<string, unknown>
  /** The same once more is the same task: U1 to U4. */
  once?: true
  /** Needs words or a mask first (`/submit/modal`); with `remix` only where the client wishes it. */
  window?: 'always' | 'remix'
  /** `describe` gave several prompts; this is the one to draw, from 0. */
  line?: number
}

/** The layout is that of Midjourney's own messages under a grid, a single picture, a video and a description. */
export function buttonsOf(task: Task): Button[] {
  if (task.state !== 'succeeded' || task.outputs.length === 0) return []
  const { model, vendor } = task.request
  const uuid = uuidOf(task)
  if (GRIDS.has(model)) return gridButtons(uuid)
  if (model === 'mj_upscale') return singleButtons(uuid, vendor?.['upscale'] === undefined)
  if (model === 'mj_video') return videoButtons(uuid, task)
  return model === 'mj_describe' ? describeButtons(task) : []
}

/** The models whose result is a grid of four. */
const GRIDS: ReadonlySet<string> = new Set([
  'mj_imagine', 'mj_variation', 'mj_reroll', 'mj_blend', 'mj_zoom', 'mj_pan', 'mj_modal', 'mj_edits', 'mj_retexture',
])

/** What Midjourney calls a job: made of our id, so that it need not be kept. */
export function uuidOf(task: Task): string {
  const hash = sha256Hex(`midjourney job ${task.id}`)
  return [hash.slice(0, 8), hash.slice(8, 12), `4${hash.slice(13, 16)}`, `8${hash.slice(17, 20)}`, hash.slice(20, 32)].join('-')
}

/**
 * The id of a window that waits for words or a mask (status `MODAL`). Nothing is stored for it: it is made of the button's
 * place and its parent's id, and a little chance, so that the same button opens a new window each time. At most 40
 * characters of a public id, with a prefix that no task has.
 */
export function newWindowId(parent: Task, button: Button): string {
  const place = buttonsOf(parent).findIndex(({ customId }) => customId === button.customId)
  return `mjw${String.fromCharCode(FIRST_PLACE + place)}_${parent.id.slice(PARENT_PREFIX.length)}_${randomText(WINDOW_RANDOM_CHARACTERS)}`
}

const FIRST_PLACE = 'a'.charCodeAt(0)
/** Windows are opened on pictures only. */
const PARENT_PREFIX = 'img_'
const WINDOW_RANDOM_CHARACTERS = 8
const WINDOW_ID = /^mjw([a-z])_([a-z0-9]+)_[a-z0-9]{8}$/

/** Whose window this id is, and of which of its buttons; undefined when it is no window's. */
export function readWindowId(id: string): { parentId: string; place: number } | undefined {
  const [, place, suffix] = WINDOW_ID.exec(id) ?? []
  return place === undefined ? undefined : { parentId: `${PARENT_PREFIX}${suffix}`, place: place.charCodeAt(0) - FIRST_PLACE }
}

const QUARTERS = [1, 2, 3, 4]

function gridButtons(uuid: string): Button[] {
  const result = { result: 0 }
  return [
    ...QUARTERS.map((index) => button(`U${index}`, `MJ::JOB::upsample::${index}::${uuid}`, { model: 'mj_upscale', operation: 'upscale', from: result, vendor: { index }, once: true })),
    button('🔄', `MJ::JOB::reroll::0::${uuid}::SOLO`, { name: 'Reroll', model: 'mj_reroll', operation: 'text_to_image', from: 'inputs', vendor: {}, window: 'remix' }),
    ...QUARTERS.map((index) => button(`V${index}`, `MJ::JOB::variation::${index}::${uuid}`, { model: 'mj_variation', operation: 'variation', from: result, vendor: { index }, window: 'remix' })),
  ]
}

function singleButtons(uuid: string, canGrow: boolean): Button[] {
  const upscale = { model: 'mj_upscale', operation: 'upscale', from: { result: 0 } } as const
  const vary = { model: 'mj_variation', operation: 'variation', from: { result: 0 }, window: 'remix' } as const
  const zoom = { model: 'mj_zoom', operation: 'reframe', from: { result: 0 }, window: 'remix' } as const
  const pan = (direction: string, arrow: string) =>
    button(arrow, `MJ::JOB::pan_${direction}::1::${uuid}::SOLO`, { name: `Pan ${direction}`, model: 'mj_pan', operation: 'reframe', from: { result: 0 }, vendor: { pan: direction }, window: 'remix' })
  const animate = (motion: string) =>
    button(`Animate (${capital(motion)} motion)`, `MJ::JOB::animate_${motion}::1::${uuid}::SOLO`, { model: 'mj_video', operation: 'image_to_video', from: { result: 0 }, vendor: { motion } })
  return [
    ...(canGrow
      ? ['subtle', 'creative'].map((how) => button(`Upscale (${capital(how)})`, `MJ::JOB::upsample_v7_2x_${how}::1::${uuid}::SOLO`, { ...upscale, vendor: { upscale: how } }))
      : []),
    button('Vary (Subtle)', `MJ::JOB::low_variation::1::${uuid}::SOLO`, { ...vary, vendor: { strength: 'subtle' } }),
    button('Vary (Strong)', `MJ::JOB::high_variation::1::${uuid}::SOLO`, { ...vary, vendor: { strength: 'strong' } }),
    button('Vary (Region)', `MJ::Inpaint::1::${uuid}::SOLO`, { model: 'mj_modal', operation: 'image_edit', from: { result: 0 }, vendor: {}, window: 'always' }),
    button('Zoom Out 2x', `MJ::Outpaint::50::1::${uuid}::SOLO`, { ...zoom, vendor: { zoom: 2 } }),
    button('Zoom Out 1.5x', `MJ::Outpaint::75::1::${uuid}::SOLO`, { ...zoom, vendor: { zoom: 1.5 } }),
    button('Custom Zoom', `MJ::CustomZoom::${uuid}`, { model: 'mj_modal', operation: 'reframe', from: { result: 0 }, vendor: { zoom: 2 }, window: 'always' }),
    pan('left', '⬅️'),
    pan('right', '➡️'),
    pan('up', '⬆️'),
    pan('down', '⬇️'),
    { customId: `MJ::BOOKMARK::${uuid}`, label: '', emoji: '❤️' },
    animate('high'),
    animate('low'),
  ]
}

/** Each clip can go on until it is as long as clips get. */
function videoButtons(uuid: string, { outputs, request }: Task): Button[] {
  if (extendedSeconds(request.durationSeconds) > MAX_SECONDS) return []
  return outputs.flatMap((_, clip) => ['high', 'low'].map((motion) =>
    button(`Extend ${clip + 1} (${capital(motion)} motion)`, `MJ::JOB::animate_${motion}_extend::${clip + 1}::${uuid}::SOLO`, { model: 'mj_video', operation: 'extend', from: { result: clip }, vendor: { index: clip + 1, motion } })))
}

const MAX_SECONDS = 21
const EXTENSION_SECONDS = 4
const FIRST_SECONDS = 5

/** How long a clip is when it was extended once more. */
export function extendedSeconds(seconds: number | 'auto' | undefined): number {
  return (typeof seconds === 'number' ? seconds : FIRST_SECONDS) + EXTENSION_SECONDS
}

export const DIGITS = ['1️⃣', '2️⃣', '3️⃣', '4️⃣']

function describeButtons(task: Task): Button[] {
  const picks = descriptionsOf(task).slice(0, DIGITS.length)
  return [
    ...picks.map((_, line) => button(DIGITS[line]!, `MJ::Job::PicReader::${line + 1}`, { name: `Imagine ${line + 1}`, model: 'mj_imagine', operation: 'text_to_image', from: 'nothing', vendor: {}, line })),
    button('🔄', 'MJ::Picread::Retry', { name: 'Describe again', model: 'mj_describe', operation: 'describe', from: 'inputs', vendor: {} }),
  ]
}

/** The prompts of a description or of a shortening, one a line, without the numbers that some write before them. */
export function descriptionsOf({ outputs }: Pick<Task, 'outputs'>): string[] {
  return (outputs[0]?.text ?? '').split('\n').map((line) => line.replace(/^\s*(?:\d️?⃣|\d[.)])\s*/u, '').trim()).filter((line) => line !== '')
}

/** A face that is no letters is an emoji. */
function button(face: string, customId: string, { name = face, ...follow }: Omit<FollowUp, 'name'> & { name?: string }): Button {
  const isEmoji = !/[a-z]/i.test(face)
  return { customId, label: isEmoji ? '' : face, emoji: isEmoji ? face : '', follow: { name, ...follow } }
}

function capital(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1)
}
