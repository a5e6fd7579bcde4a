import { z } from 'zod'
import type { InputRole } from '../../core/generation-request.ts'
import { parseSize, ratioOf } from '../../core/model.ts'
import type { Unfit, Work } from '../provider.ts'
import { wrong } from '../unfit.ts'
import { asksOtherwise, composePrompt, isParameter, promptText, unfitPrompt, windowText, type Composed } from './prompt.ts'

/** The call that asks for a job, and the window that it may open first. */
export interface Plan {
  /** Below `/mj`. */
  path: string
  fields: Record<string, unknown>
  /** Which inputs go where, as data URIs. */
  pictures: { name: string; roles: readonly InputRole[]; list?: true }[]
  /** A button that asks for words, and takes a mask, before it does anything (`/submit/modal`). */
  window?: { prompt: string }
}

export type Flavour = 'plus' | 'original'
const speeds = z.enum(['fast', 'relax', 'turbo'])
export type Speed = z.output<typeof speeds>

export const midjourneySettings = z.object({
  /** `plus` knows buttons and everything newer; `original` is midjourney-proxy 2.6 with its `change`. */
  flavour: z.enum(['plus', 'original']).default('plus'),
  /** Unless the request says one. */
  speed: speeds.optional(),
})

/** What a finished task leaves for those that go on from it. */
export const keptTask = z.object({
  /** As the upstream shows it, with parameters. */
  prompt: z.string().optional(),
  /** The `customId`s of its buttons. */
  buttons: z.array(z.string()),
  clips: z.int().optional(),
})

/** How a request is asked for, or why it cannot be. Pure. */
export function planOf(work: Work): Plan | Unfit {
  const { request, upstreamModel, settings } = work
  const { flavour } = midjourneySettings.parse(settings)
  const action = upstreamModel.toUpperCase()
  const plan = ACTIONS.get(isSelfContainedReroll(action, work) ? selfContained(work) : action)
  if (plan === undefined) return wrong('model', `This upstream knows no action ${action}`)
  if (flavour === 'original' && !plan.original) return wrong('operation', 'This upstream can only imagine, blend, describe, upscale, vary and reroll')
  const { vendor = {} } = request
  if (vendor['speed'] !== undefined && !speeds.safeParse(vendor['speed']).success) return wrong('vendor.speed', `The speed must be ${speeds.options.join(', ')}`)
  if (flavour === 'original' && vendor['speed'] !== undefined && plan.says !== 'prompt') return wrong('vendor.speed', 'This upstream takes a speed with the first prompt only')
  const most = action === 'VIDEO' ? CLIPS : [1]
  if (!most.includes(request.count)) return wrong('count', `The number of results must be ${most.join(' or ')}`)
  return unfitPrompt(request) ?? unfitSayings(work, plan) ?? unfitPictures(work, plan) ?? plan.make(work, { flavour, composed: composePrompt(request) })
}

export function speedOf({ request, settings }: Pick<Work, 'request' | 'settings'>): Speed | undefined {
  return speeds.safeParse(request.vendor?.['speed']).data ?? midjourneySettings.parse(settings).speed
}

interface Context {
  flavour: Flavour
  composed: Composed
}

interface Action {
  /** It is there in midjourney-proxy 2.6 as well. */
  original?: true
  /** Whether there is a place for words: a prompt of its own, one that may replace the parent's, or none. */
  says: 'prompt' | 'remix' | 'nothing'
  /** Least and most inputs by their part; absent where the parent's result is what is worked on. */
  takes?: Partial<Record<InputRole, readonly [least: number, most: number]>>
  make(work: Work, context: Context): Plan | Unfit
}

const CLIPS = [1, 2, 4]

const ACTIONS: ReadonlyMap<string, Action> = new Map<string, Action>([
  ['IMAGINE', {
    original: true,
    says: 'prompt',
    takes: { reference: [0, 10], source: [0, 10] },
    make: (work, { flavour, composed }) => asked('/submit/imagine', { prompt: withSpeed(work, flavour, composed), ...botOf(work) }, [{ name: 'base64Array', roles: ['reference', 'source'], list: true }], composed),
  }],
  ['BLEND', {
    original: true,
    says: 'nothing',
    takes: { source: [2, 5] },
    make(work) {
      const dimensions = dimensionsOf(work)
      if (dimensions === undefined) return wrong('aspectRatio', 'The aspect ratio must be 1:1, 2:3 or 3:2')
      return { path: '/submit/blend', fields: { dimensions, ...botOf(work) }, pictures: [{ name: 'base64Array', roles: ['source'], list: true }] }
    },
  }],
  ['DESCRIBE', { original: true, says: 'nothing', takes: { source: [1, 1] }, make: (work) => ({ path: '/submit/describe', fields: botOf(work), pictures: [{ name: 'base64', roles: ['source'] }] }) }],
  ['SHORTEN', { says: 'prompt', takes: {}, make: (work, { composed }) => asked('/submit/shorten', { prompt: promptText(composed), ...botOf(work) }, [], composed) }],
  ['EDITS', {
    says: 'prompt',
    takes: { source: [1, 1], mask: [0, 1] },
    make: (work, { composed }) => asked('/submit/edits', { prompt: promptText(composed), ...botOf(work) }, [{ name: 'image', roles: ['source'] }, { name: 'maskBase64', roles: ['mask'] }], composed),
  }],
  ['RETEXTURE', { says: 'prompt', takes: { source: [1, 1] }, make: (work, { composed }) => asked('/submit/retexture', { prompt: promptText(composed), ...botOf(work) }, [{ name: 'image', roles: ['source'] }], composed) }],
  ['SWAP_FACE', {
    says: 'nothing',
    takes: { source: [1, 1], reference: [1, 1] },
    make: () => ({ path: '/insight-face/swap', fields: {}, pictures: [{ name: 'sourceBase64', roles: ['reference'] }, { name: 'targetBase64', roles: ['source'] }] }),
  }],
  ['VIDEO', { says: 'prompt', make: videoPlan }],
  ['UPSCALE', { original: true, says: 'remix', make: upscalePlan }],
  ['VARIATION', { original: true, says: 'remix', make: variationPlan }],
  ['REROLL', { original: true, says: 'remix', make: (work, context) => (context.flavour === 'original' ? change(work, context, { action: 'REROLL' }) : press(work, context, { button: /^MJ::JOB::reroll::/, mayRemix: true })) }],
  ['ZOOM', {
    says: 'remix',
    make(work, context) {
      const share = new Map<unknown, string>([[2, '50'], [1.5, '75']]).get(work.request.vendor?.['zoom'])
      return share === undefined ? wrong('vendor.zoom', 'zoom must be 1.5 or 2') : press(work, context, { button: new RegExp(`^MJ::Outpaint::${share}::`), mayRemix: true })
    },
  }],
  ['PAN', {
    says: 'remix',
    make(work, context) {
      const direction = z.enum(['left', 'right', 'up', 'down']).safeParse(work.request.vendor?.['pan']).data
      return direction === undefined ? wrong('vendor.pan', 'pan must be left, right, up or down') : press(work, context, { button: new RegExp(`^MJ::JOB::pan_${direction}::`), mayRemix: true })
    },
  }],
  ['MODAL', { says: 'remix', make: modalPlan }],
])

/** A reroll that brings all that its parent was made of needs no button of it, where its parent is of another account. */
function isSelfContainedReroll(action: string, { parent, request }: Work): boolean {
  return action === 'REROLL' && parent === undefined && ['text_to_image', 'image_edit', 'blend'].includes(request.operation)
}

function selfContained({ request }: Work): string {
  return request.operation === 'blend' ? 'BLEND' : 'IMAGINE'
}

function asked(path: string, fields: Record<string, unknown>, pictures: Plan['pictures'], { words }: Composed): Plan | Unfit {
  return words === '' ? wrong('prompt', 'A prompt with words is required') : { path, fields, pictures }
}

/** Where there are no paths for speeds, the prompt says one. */
function withSpeed(work: Work, flavour: Flavour, composed: Composed): string {
  const speed = flavour === 'original' ? speedOf(work) : undefined
  return speed === undefined ? promptText(composed) : `${promptText(composed)} --${speed}`
}

function botOf({ request }: Work): { botType?: string } {
  return request.vendor?.['bot_type'] === 'NIJI_JOURNEY' ? { botType: 'NIJI_JOURNEY' } : {}
}

function dimensionsOf({ request: { aspectRatio, size } }: Work): string | undefined {
  const [width, height] = parseSize(size ?? '') ?? [1, 1]
  const ratio = aspectRatio === undefined ? width / height : (ratioOf(aspectRatio) ?? 0)
  return DIMENSIONS.find(([named]) => Math.abs(named - ratio) < RATIO_TOLERANCE)?.[1]
}

/** A size in whole blocks comes near to its ratio. */
const RATIO_TOLERANCE = 0.02
const DIMENSIONS: readonly (readonly [ratio: number, word: string])[] = [[2 / 3, 'PORTRAIT'], [1, 'SQUARE'], [3 / 2, 'LANDSCAPE']]

const VIDEO_TYPES = new Map<unknown, string>([['480p', 'vid_1.1_i2v_480'], ['720p', 'vid_1.1_i2v_720'], [undefined, 'vid_1.1_i2v_480']])
const FIRST_SECONDS = 5

function videoPlan(work: Work): Plan | Unfit {
  const { request } = work
  const videoType = VIDEO_TYPES.get(request.resolution)
  if (videoType === undefined) return wrong('resolution', 'The resolution must be 480p or 720p')
  const motion = z.enum(['low', 'high']).optional().safeParse(request.vendor?.['motion'])
  if (!motion.success) return wrong('vendor.motion', 'motion must be low or high')
  const { loop, seed: _seed, ...rest } = request
  // Loops have a field of their own, and a seed is for grids.
  const prompt = promptText(composePrompt(rest))
  const fields = { ...(prompt !== '' && { prompt }), ...(motion.data !== undefined && { motion: motion.data }), ...(loop === true && { loop }), videoType, batchSize: request.count, ...botOf(work) }
  if (request.operation === 'extend') return extension(work, fields)
  if (request.durationSeconds !== undefined && request.durationSeconds !== FIRST_SECONDS) return wrong('durationSeconds', `A first clip has ${FIRST_SECONDS} seconds`)
  const has = (role: InputRole): boolean => request.inputs.some((input) => input.role === role)
  if (!has('first_frame') || request.inputs.some(({ media }) => media !== 'image')) return wrong('inputs', 'A video begins with a picture')
  return { path: '/submit/video', fields, pictures: [{ name: 'image', roles: ['first_frame'] }, { name: 'endImage', roles: ['last_frame'] }] }
}

/** "taskId + index (0–3) + action `extend`". */
function extension(work: Work, fields: Record<string, unknown>): Plan | Unfit {
  const parent = parentOf(work)
  if ('message' in parent) return parent
  const index = work.request.vendor?.['index'] ?? (parent.clips === 1 ? 1 : undefined)
  if (!isIndex(index) || index > (parent.clips ?? CLIPS.at(-1)!)) return wrong('vendor.index', 'index must say which clip goes on, from 1')
  return { path: '/submit/video', fields: { ...fields, taskId: parent.id, index: index - 1, action: 'extend' }, pictures: [] }
}

function upscalePlan(work: Work, context: Context): Plan | Unfit {
  const { index, upscale } = work.request.vendor ?? {}
  if (upscale !== undefined) {
    const how = z.enum(['subtle', 'creative', '2x', '4x']).safeParse(upscale).data
    if (how === undefined || context.flavour === 'original') return wrong('vendor.upscale', context.flavour === 'original' ? 'This upstream upscales a picture of a grid only' : 'upscale must be subtle, creative, 2x or 4x')
    return press(work, context, { button: new RegExp(`^MJ::JOB::upsample_\\w*${how}::`) })
  }
  if (!isIndex(index)) return wrong('vendor.index', 'index must say which picture of the grid is meant, from 1 to 4')
  return context.flavour === 'original' ? change(work, context, { action: 'UPSCALE', index }) : press(work, context, { button: new RegExp(`^MJ::JOB::upsample::${index}::`) })
}

function variationPlan(work: Work, context: Context): Plan | Unfit {
  const { index, strength } = work.request.vendor ?? {}
  if (strength !== undefined) {
    const how = new Map<unknown, string>([['subtle', 'low'], ['strong', 'high']]).get(strength)
    if (how === undefined || context.flavour === 'original') return wrong('vendor.strength', context.flavour === 'original' ? 'This upstream varies a picture of a grid only' : 'strength must be subtle or strong')
    return press(work, context, { button: new RegExp(`^MJ::JOB::${how}_variation::`), mayRemix: true })
  }
  if (!isIndex(index)) return wrong('vendor.index', 'index must say which picture of the grid is meant, from 1 to 4')
  return context.flavour === 'original' ? change(work, context, { action: 'VARIATION', index }) : press(work, context, { button: new RegExp(`^MJ::JOB::variation::${index}::`), mayRemix: true })
}

/** A region to change, or a zoom with words. */
function modalPlan(work: Work, context: Context): Plan | Unfit {
  const { request } = work
  const isZoom = request.operation === 'reframe'
  const zoom = request.vendor?.['zoom'] ?? 2
  if (isZoom && !(typeof zoom === 'number' && zoom >= 1 && zoom <= 2)) return wrong('vendor.zoom', 'zoom must be from 1 to 2')
  const pressed = press(work, context, { button: isZoom ? /^MJ::CustomZoom::/ : /^MJ::Inpaint::/ })
  if ('message' in pressed) return pressed
  const said = windowText(context.composed)
  const prompt = isZoom ? `${said} --zoom ${zoom}`.trim() : said
  return { ...pressed, pictures: isZoom ? [] : [{ name: 'maskBase64', roles: ['mask'] }], window: { prompt } }
}

/** `change` of midjourney-proxy 2.6. */
function change(work: Work, { composed }: Context, { action, index }: { action: string; index?: number }): Plan | Unfit {
  const parent = parentOf(work)
  if ('message' in parent) return parent
  if (asksOtherwise(composed, parent.prompt)) return wrong('prompt', 'This upstream takes no other words for what goes on from a task')
  // A relay in front of it wants an index of a reroll too; it has no meaning there.
  return { path: '/submit/change', fields: { taskId: parent.id, action, index: index ?? 1 }, pictures: [] }
}

/** A button of the parent; with a window first where the words are to be others, and that can be. */
function press(work: Work, { composed }: Context, { button, mayRemix = false }: { button: RegExp; mayRemix?: boolean }): Plan | Unfit {
  const parent = parentOf(work)
  if ('message' in parent) return parent
  const customId = parent.buttons.find((id) => button.test(id))
  if (customId === undefined) return wrong('inputs', 'What was made there has no such button')
  const fields = { taskId: parent.id, customId }
  if (!mayRemix || !asksOtherwise(composed, parent.prompt)) return { path: '/submit/action', fields, pictures: [] }
  return { path: '/submit/action', fields: { ...fields, enableRemix: true }, pictures: [], window: { prompt: windowText(composed) } }
}

const parentHandle = z.object({ id: z.string() })

function parentOf({ parent }: Work): (z.output<typeof keptTask> & { id: string }) | Unfit {
  const handle = parentHandle.safeParse(parent?.handle).data
  const kept = keptTask.safeParse(parent?.kept).data
  return handle === undefined || kept === undefined ? wrong('inputs', 'This goes on only from what the same account made here') : { ...kept, id: handle.id }
}

function unfitSayings({ request }: Work, { says }: Action): Unfit | undefined {
  if (says !== 'nothing') return undefined
  if (request.prompt.trim() !== '') return wrong('prompt', 'This takes no words')
  if (request.negativePrompt !== undefined) return wrong('negativePrompt', 'This takes no words')
  const extra = Object.keys(request.vendor ?? {}).find(isParameter)
  return extra === undefined ? undefined : wrong(`vendor.${extra}`, `This takes no ${extra}`)
}

function unfitPictures({ request: { inputs } }: Work, { takes }: Action): Unfit | undefined {
  if (takes === undefined) return undefined
  if (inputs.some(({ media }) => media !== 'image')) return wrong('inputs', 'This takes pictures only')
  const stranger = inputs.find(({ role }) => takes[role] === undefined)
  if (stranger) return wrong('inputs', `This takes no picture as ${stranger.role}`)
  for (const [role, [least, most]] of Object.entries(takes)) {
    const count = inputs.filter((input) => input.role === role).length
    if (count < least || count > most) return wrong('inputs', `This takes ${least === most ? least : `${least} to ${most}`} pictures as ${role}`)
  }
  return undefined
}

function isIndex(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 4
}
