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
    const parameter = PARAMETERS.get(name)
    if (parameter === undefined) flags.push(`--${name} ${value}`.trim())
    else parameter.apply(parsed, parameter.read(value, `--${name}`, param))
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

/** How a parameter's text is read, and where its value goes. */
interface Parameter {
  read(value: string, flag: string, param: string): unknown
  apply(prompt: MidjourneyPrompt, value: unknown): void
}

type Read = Parameter['read']

function refuse(flag: string, param: string, must: string): never {
  throw new GatewayError('invalid_request', `${flag} in ${param} must ${must}`, { param })
}

function numberIn(least: number, most: number, step: 'whole' | 'any' = 'whole'): Read {
  return (value, flag, param) => {
    const number = Number(value)
    const right = /^\d{1,10}(\.\d{1,4})?$/.test(value) && number >= least && number <= most && (step === 'any' || Number.isInteger(number))
    return right ? number : refuse(flag, param, `be a ${step === 'whole' ? 'whole ' : ''}number from ${least} to ${most}`)
  }
}

function textLike(pattern: RegExp, example: string): Read {
  return (value, flag, param) => (value.length <= MAX_VALUE_CHARACTERS && pattern.test(value) ? value : refuse(flag, param, `have a value such as ${example}`))
}

/** A switch has nothing after it. */
function switchTo(word: unknown): Read {
  return (value, flag, param) => (value === '' ? word : refuse(flag, param, 'stand at the end, without a value'))
}

function vendorField(name: string): Parameter['apply'] {
  return (prompt, value) => {
    prompt.vendor[name] = value
  }
}

/** Ranges are those of docs.midjourney.com, Parameter List (read November 2026). */
const LIST: [names: string[], Read, Parameter['apply']][] = [
  [['ar', 'aspect'], textLike(/^\d{1,4}:\d{1,4}$/, '16:9'), (prompt, value) => { prompt.aspectRatio = value as string }],
  [['seed', 'sameseed'], numberIn(0, 2 ** 32 - 1), (prompt, value) => { prompt.seed = value as number }],
  [['no'], textLike(/\S/, 'a word'), (prompt, value) => { prompt.negativePrompt = value as string }],
  [['loop'], switchTo(true), (prompt) => { prompt.loop = true }],
  [['v', 'version'], textLike(/^\d{1,2}(\.\d{1,2})?$/, '7'), vendorField('version')],
  [['niji'], textLike(/^(\d{1,2})?$/, '6'), vendorField('niji')],
  [['fast'], switchTo('fast'), vendorField('speed')],
  [['relax'], switchTo('relax'), vendorField('speed')],
  [['turbo'], switchTo('turbo'), vendorField('speed')],
  [['iw'], numberIn(0, 3, 'any'), vendorField('image_weight')],
  [['q', 'quality'], numberIn(0.25, 4, 'any'), vendorField('quality')],
  [['s', 'stylize'], numberIn(0, 1000), vendorField('stylize')],
  [['c', 'chaos'], numberIn(0, 100), vendorField('chaos')],
  [['w', 'weird'], numberIn(0, 3000), vendorField('weird')],
  [['stop'], numberIn(10, 100), vendorField('stop')],
  [['style'], textLike(/^\w[\w-]*$/, 'raw'), vendorField('style')],
  [['raw'], switchTo('raw'), vendorField('style')],
  [['tile'], switchTo(true), vendorField('tile')],
  [['sref'], textLike(/\S/, 'a link or a code'), vendorField('style_reference')],
  [['sw'], numberIn(0, 1000), vendorField('style_weight')],
  [['sv'], numberIn(1, 9), vendorField('style_version')],
  [['cref'], textLike(/\S/, 'a link'), vendorField('character_reference')],
  [['cw'], numberIn(0, 100), vendorField('character_weight')],
  [['oref'], textLike(/\S/, 'a link'), vendorField('omni_reference')],
  [['ow'], numberIn(1, 1000), vendorField('omni_weight')],
  [['p', 'profile'], textLike(/^[\w\s-]*$/, 'a code, or none'), vendorField('profile')],
  [['exp'], numberIn(0, 100), vendorField('experimental')],
  [['draft'], switchTo(true), vendorField('draft')],
  [['hd'], switchTo(true), vendorField('hd')],
  [['public'], switchTo('public'), vendorField('visibility')],
  [['stealth'], switchTo('stealth'), vendorField('visibility')],
  [['motion'], textLike(/^(low|high)$/i, 'low or high'), (prompt, value) => { prompt.vendor['motion'] = (value as string).toLowerCase() }],
  [['zoom'], numberIn(1, 2, 'any'), vendorField('zoom')],
  // Each is a job with its own price, and a job is what one request makes.
  [['r', 'repeat'], (_value, flag, param) => refuse(flag, param, 'not be used: send the request as often as you want it'), vendorField('flags')],
]

const PARAMETERS: ReadonlyMap<string, Parameter> = new Map(LIST.flatMap(([names, read, apply]) => names.map((name) => [name, { read, apply }] as const)))
