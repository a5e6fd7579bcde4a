import { GatewayError } from '../../core/errors.ts'

/**
 * A prompt of Midjourney's taken apart: pictures named at its start, words, and the parameters at its end. Parameters
 * that other models know too have the canonical names; the rest are `vendor`, also those not met before (as `flags`):
 * nothing that was asked for is lost, and a value that cannot be right is refused.
 */
export interface MidjourneyPrompt {
  words: string
  imageUrls: string[]
  aspectRatio?: string
  seed?: number
  negativePrompt?: string
  loop?: boolean
  vendor: Record<string, unknown>
}

/** Throws `invalid_request` naming `param` and the parameter. */
export function parsePrompt(prompt: string, param: string): MidjourneyPrompt {
  const { text, parameters } = splitPrompt(prompt)
  const { words, imageUrls } = splitPictures(text)
  const parsed: MidjourneyPrompt = { words, imageUrls, vendor: {} }
  const flags: string[] = []
  for (const { name, value } of parameters) {
    const take = PARAMETERS.get(name)
    if (take === undefined) flags.push(`--${name} ${value}`.trim())
    else take(parsed, value, `--${name}`, param)
  }
  if (flags.length > MAX_UNKNOWN_FLAGS) throw new GatewayError('invalid_request', `${param} has more than ${MAX_UNKNOWN_FLAGS} parameters that are not known`, { param })
  if (flags.length > 0) parsed.vendor['flags'] = flags
  return parsed
}

const MAX_UNKNOWN_FLAGS = 16
const MAX_PICTURES = 10
const MAX_VALUE_CHARACTERS = 1000

/** Two hyphens, or the dash that telephones make of them, at the start of a word. */
const MARK = /(?<=^|\s)(--|—)([A-Za-z]+)(?=\s|$)/g

interface Part {
  name: string
  value: string
}

function splitPrompt(prompt: string): { text: string; parameters: Part[] } {
  // A dash before a word that is no parameter is a dash.
  const marks = [...prompt.matchAll(MARK)].filter(([, mark, name]) => mark === '--' || PARAMETERS.has(name!.toLowerCase()))
  const parameters = marks.map((mark, index) => ({
    name: mark[2]!.toLowerCase(),
    value: prompt.slice(mark.index + mark[0].length, marks[index + 1]?.index).trim(),
  }))
  return { text: prompt.slice(0, marks[0]?.index).trim(), parameters }
}

/** "Image prompts may also be URLs at the prompt's start". */
function splitPictures(text: string): { words: string; imageUrls: string[] } {
  const imageUrls: string[] = []
  let rest = text
  while (imageUrls.length < MAX_PICTURES) {
    const match = /^<?(https?:\/\/[^\s<>]+)>?(?:\s+|$)/i.exec(rest)
    if (match === null) break
    imageUrls.push(match[1]!)
    rest = rest.slice(match[0].length)
  }
  return { words: rest.trim(), imageUrls }
}

/** Reads a parameter's text and puts its value where it goes. `flag` and `param` are what errors call it. */
type Parameter = (prompt: MidjourneyPrompt, text: string, flag: string, param: string) => void
type Read<T> = (text: string, flag: string, param: string) => T

function parameter<T>(names: string[], read: Read<T>, apply: (prompt: MidjourneyPrompt, value: T) => void): [name: string, parameter: Parameter][] {
  return names.map((name) => [name, (prompt, text, flag, param) => apply(prompt, read(text, flag, param))])
}

function refuse(flag: string, param: string, must: string): never {
  throw new GatewayError('invalid_request', `${flag} in ${param} must ${must}`, { param })
}

function numberIn(least: number, most: number, step: 'whole' | 'any' = 'whole'): Read<number> {
  return (value, flag, param) => {
    const number = Number(value)
    const right = /^\d{1,10}(\.\d{1,4})?$/.test(value) && number >= least && number <= most && (step === 'any' || Number.isInteger(number))
    return right ? number : refuse(flag, param, `be a ${step === 'whole' ? 'whole ' : ''}number from ${least} to ${most}`)
  }
}

function textLike(pattern: RegExp, example: string): Read<string> {
  return (value, flag, param) => (value.length <= MAX_VALUE_CHARACTERS && pattern.test(value) ? value : refuse(flag, param, `have a value such as ${example}`))
}

/** A switch has nothing after it. */
function switchTo<T>(word: T): Read<T> {
  return (value, flag, param) => (value === '' ? word : refuse(flag, param, 'stand at the end, without a value'))
}

function vendorField(name: string): (prompt: MidjourneyPrompt, value: unknown) => void {
  return (prompt, value) => {
    prompt.vendor[name] = value
  }
}

/** Ranges are those of docs.midjourney.com, Parameter List (read November 2026). */
const PARAMETERS: ReadonlyMap<string, Parameter> = new Map([
  ...parameter(['ar', 'aspect'], textLike(/^\d{1,4}:\d{1,4}$/, '16:9'), (prompt, value) => { prompt.aspectRatio = value }),
  ...parameter(['seed', 'sameseed'], numberIn(0, 2 ** 32 - 1), (prompt, value) => { prompt.seed = value }),
  ...parameter(['no'], textLike(/\S/, 'a word'), (prompt, value) => { prompt.negativePrompt = value }),
  ...parameter(['loop'], switchTo(true), (prompt) => { prompt.loop = true }),
  ...parameter(['v', 'version'], textLike(/^\d{1,2}(\.\d{1,2})?$/, '7'), vendorField('version')),
  ...parameter(['niji'], textLike(/^(\d{1,2})?$/, '6'), vendorField('niji')),
  ...parameter(['fast'], switchTo('fast'), vendorField('speed')),
  ...parameter(['relax'], switchTo('relax'), vendorField('speed')),
  ...parameter(['turbo'], switchTo('turbo'), vendorField('speed')),
  ...parameter(['iw'], numberIn(0, 3, 'any'), vendorField('image_weight')),
  ...parameter(['q', 'quality'], numberIn(0.25, 4, 'any'), vendorField('quality')),
  ...parameter(['s', 'stylize'], numberIn(0, 1000), vendorField('stylize')),
  ...parameter(['c', 'chaos'], numberIn(0, 100), vendorField('chaos')),
  ...parameter(['w', 'weird'], numberIn(0, 3000), vendorField('weird')),
  ...parameter(['stop'], numberIn(10, 100), vendorField('stop')),
  ...parameter(['style'], textLike(/^\w[\w-]*$/, 'raw'), vendorField('style')),
  ...parameter(['raw'], switchTo('raw'), vendorField('style')),
  ...parameter(['tile'], switchTo(true), vendorField('tile')),
  ...parameter(['sref'], textLike(/\S/, 'a link or a code'), vendorField('style_reference')),
  ...parameter(['sw'], numberIn(0, 1000), vendorField('style_weight')),
  ...parameter(['sv'], numberIn(1, 9), vendorField('style_version')),
  ...parameter(['cref'], textLike(/\S/, 'a link'), vendorField('character_reference')),
  ...parameter(['cw'], numberIn(0, 100), vendorField('character_weight')),
  ...parameter(['oref'], textLike(/\S/, 'a link'), vendorField('omni_reference')),
  ...parameter(['ow'], numberIn(1, 1000), vendorField('omni_weight')),
  ...parameter(['p', 'profile'], textLike(/^[\w\s-]*$/, 'a code, or none'), vendorField('profile')),
  ...parameter(['exp'], numberIn(0, 100), vendorField('experimental')),
  ...parameter(['draft'], switchTo(true), vendorField('draft')),
  ...parameter(['hd'], switchTo(true), vendorField('hd')),
  ...parameter(['public'], switchTo('public'), vendorField('visibility')),
  ...parameter(['stealth'], switchTo('stealth'), vendorField('visibility')),
  ...parameter(['motion'], textLike(/^(low|high)$/i, 'low or high'), (prompt, value) => { prompt.vendor['motion'] = value.toLowerCase() }),
  ...parameter(['zoom'], numberIn(1, 2, 'any'), vendorField('zoom')),
  // Each is a job with its own price, and a job is what one request makes.
  ...parameter(['r', 'repeat'], (_value, flag, param) => refuse(flag, param, 'not be used: send the request as often as you want it'), vendorField('flags')),
])
