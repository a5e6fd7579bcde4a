import type { GenerationRequest } from '../../core/generation-request.ts'
import { ADAPTIVE, parseSize } from '../../core/model.ts'
import type { Unfit } from '../provider.ts'

/** A prompt as Midjourney reads it: words, then parameters. */
export interface Composed {
  words: string
  /** `--ar 16:9`, in the order of the list below. */
  flags: string[]
}

/** The request's words with everything that has a parameter. Extras that are no parameters (`index`, `pan`) have no place in it. */
export function composePrompt(request: GenerationRequest): Composed {
  const { vendor = {} } = request
  const ratio = aspectOf(request)
  const flags = [
    ...(ratio === undefined ? [] : [`--ar ${ratio}`]),
    ...(request.negativePrompt === undefined ? [] : [`--no ${request.negativePrompt}`]),
    ...(request.loop === true ? ['--loop'] : []),
    ...[...PARAMETERS].flatMap(([name, write]) => (vendor[name] === undefined ? [] : write(vendor[name]))),
    ...(request.seed === undefined ? [] : [`--seed ${request.seed}`]),
  ]
  return { words: request.prompt.trim(), flags }
}

export function promptText({ words, flags }: Composed): string {
  return [words, ...flags].filter((part) => part !== '').join(' ')
}

/**
 * For the window of a button. A seed decides the first grid only; what is changed here has its picture.
 */
export function windowText({ words, flags }: Composed): string {
  return promptText({ words, flags: flags.filter((flag) => !flag.startsWith('--seed ')) })
}

/** Whether a request would change the words or the looks of a task whose prompt the upstream told. What a button decides itself does not count. */
export function asksOtherwise({ words, flags }: Composed, parentPrompt: string | undefined): boolean {
  if (words === '') return false
  if (parentPrompt === undefined) return true
  const parent = takeApart(parentPrompt)
  return unnamed(words) !== unnamed(parent.words) || looksOf(flags) !== looksOf(parent.flags)
}

/** The first prompt was sent with `image 1` for `@Image1`. */
function unnamed(words: string): string {
  return words.replace(/@(image) ?(?=\d)/gi, 'image ').toLowerCase()
}

export function unfitPrompt(request: GenerationRequest): Unfit | undefined {
  for (const [name, value] of Object.entries(request.vendor ?? {})) {
    if (PARAMETERS.has(name) && !isWritable(value)) return { param: `vendor.${name}`, message: `${name} must be a text, a number or a switch` }
  }
  // Each repetition is a job of its own, and one was paid for.
  return REPEAT.test(promptText(composePrompt(request))) ? { param: 'prompt', message: '--repeat cannot be used: send the request as often as you want it' } : undefined
}

/** Extras that are said in the prompt. */
export function isParameter(name: string): boolean {
  return PARAMETERS.has(name)
}

const REPEAT = /(?:^|\s)(?:--|—)(?:r|repeat)(?=\s|$)/i

type Write = (value: unknown) => string[]

const valued = (flag: string): Write => (value) => [`--${flag} ${String(value)}`.trim()]
const switched = (flag: string): Write => (value) => (value === true ? [`--${flag}`] : [])

/** Midjourney's parameters by our names for them (docs.midjourney.com, Parameter List, November 2026). Speed and motion have their own places. */
const PARAMETERS: ReadonlyMap<string, Write> = new Map([
  ['version', valued('v')],
  // Without a number, the newest.
  ['niji', valued('niji')],
  ['image_weight', valued('iw')],
  ['quality', valued('q')],
  ['stylize', valued('s')],
  ['chaos', valued('c')],
  ['weird', valued('w')],
  ['stop', valued('stop')],
  ['style', valued('style')],
  ['tile', switched('tile')],
  ['style_reference', valued('sref')],
  ['style_weight', valued('sw')],
  ['style_version', valued('sv')],
  ['character_reference', valued('cref')],
  ['character_weight', valued('cw')],
  ['omni_reference', valued('oref')],
  ['omni_weight', valued('ow')],
  ['profile', valued('p')],
  ['experimental', valued('exp')],
  ['draft', switched('draft')],
  ['hd', switched('hd')],
  ['visibility', (value) => [`--${String(value)}`]],
  ['flags', (value) => (Array.isArray(value) ? value.map(String) : [String(value)])],
])

function isWritable(value: unknown): boolean {
  return Array.isArray(value) ? value.every((one) => typeof one === 'string') : ['string', 'number', 'boolean'].includes(typeof value)
}

/** `16:9` as it was asked, else as the size comes to; nothing for a square, which is what Midjourney draws anyway. */
function aspectOf({ aspectRatio, size }: GenerationRequest): string | undefined {
  if (aspectRatio !== undefined) return aspectRatio === ADAPTIVE || aspectRatio === '1:1' ? undefined : aspectRatio
  const [width, height] = parseSize(size ?? '') ?? []
  if (width === undefined || height === undefined || width === height) return undefined
  const divisor = greatestCommonDivisor(width, height)
  return `${width / divisor}:${height / divisor}`
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}

/** Pictures named at the start are no words. */
function takeApart(prompt: string): Composed {
  const [words = '', ...flags] = prompt.trim().split(/(?:^|\s)(?=--[a-z])/i)
  return { words: words.replace(/^(?:<?https?:\/\/\S+\s*)+/i, '').trim(), flags: flags.map((flag) => flag.trim()) }
}

/** Neither the lot, nor the frame, nor the speed, nor a zoom. */
const NO_LOOKS = /^--(?:seed|ar|aspect|zoom|fast|relax|turbo)\b/i

function looksOf(flags: readonly string[]): string {
  return flags.filter((flag) => !NO_LOOKS.test(flag)).toSorted().join(' ')
}
