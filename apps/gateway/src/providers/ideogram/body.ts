import { UpstreamError } from '../../core/errors.ts'
import type { GenerationRequest } from '../../core/generation-request.ts'
import { maskChanging } from '../mask.ts'
import { pictureFile } from '../picture-file.ts'
import type { Job, JobInput, Unfit, UpstreamRequest, Work } from '../provider.ts'
import { plainReference, translateReferences } from '../references.ts'
import { refusedFor } from '../unfit.ts'
import { endpointOf, type Endpoint } from './endpoints.ts'
import { referenceKinds } from './reference-kinds.ts'
import { sizeField } from './sizes.ts'

/** What this wire cannot say or the vendor does not take, as far as it shows without the materials. */
export function unfitWork(work: Work): Unfit | undefined {
  const endpoint = endpointOf(work)
  if ('message' in endpoint) return endpoint
  const { request } = work
  const untaken = askedOf(work, endpoint).find(({ name }) => !endpoint.takes.includes(name))
  if (untaken) return { param: untaken.param, message: `${request.operation} takes no ${untaken.name} with this model` }
  return unfitNumbers(request) ?? unfitSize(request, endpoint) ?? unfitInputs(request, endpoint) ?? unfitStyle(request)
}

/** The call that asks for the job. Throws `UpstreamError` refused for what only shows now. */
export async function requestFor(job: Job): Promise<Pick<UpstreamRequest, 'json' | 'form'> & { path: string }> {
  const endpoint = endpointOf(job)
  if ('message' in endpoint) throw refusedFor(endpoint)
  const { path, body } = endpoint
  const prompt = translateReferences(job.request.prompt, job.inputs, plainReference)
  const fields = Object.fromEntries(wireFields({ ...job, request: { ...job.request, prompt } }, endpoint))
  if (body === 'json') return { path, json: { image_request: fields } }

  const form = new FormData()
  const parts = body === 'form' ? fields : { image_request: fields }
  for (const [name, value] of Object.entries(parts)) for (const text of partsOf(value)) form.append(name, text)
  for (const { name, file } of await files(job, endpoint)) form.append(name, file)
  return { path, form }
}

/** Something that was asked for, by the vendor's name and by ours. */
interface Asked {
  name: string
  param: string
  value: unknown
}

const isAsked = ({ value }: Asked): boolean => value !== undefined

/** All that may not be left out in silence. */
function askedOf({ request }: Work, endpoint: Endpoint): Asked[] {
  const { vendor = {} } = request
  const magic = endpoint.takes.includes('magic_prompt') ? 'magic_prompt' : 'magic_prompt_option'
  return [
    { name: 'prompt', param: 'prompt', value: request.prompt === '' ? undefined : request.prompt },
    { name: 'negative_prompt', param: 'negativePrompt', value: request.negativePrompt },
    { name: 'seed', param: 'seed', value: request.seed },
    { name: 'num_images', param: 'count', value: request.count === 1 ? undefined : request.count },
    { name: magic, param: 'enhancePrompt', value: request.enhancePrompt === undefined ? undefined : request.enhancePrompt ? 'ON' : 'OFF' },
    // AUTO leaves it to the model, which is what a path without styles does.
    { name: 'style_type', param: 'style', value: request.style === 'AUTO' && !endpoint.takes.includes('style_type') ? undefined : request.style },
    ...VENDOR_FIELDS.map((name) => ({ name, param: `vendor.${name}`, value: vendor[name] })),
  ].filter(isAsked)
}

const VENDOR_FIELDS = [
  'magic_prompt_version', 'color_palette', 'style_codes', 'style_preset', 'custom_model_uri', 'image_weight', 'resemblance', 'detail', 'describe_model_version',
  'enable_copyright_detection',
]

/** Those, and what goes without asking: how many, which model, how fast, how large. The default size of a model is no wish where its path has none. */
function wireFields(job: Job, endpoint: Endpoint): [name: string, value: unknown][] {
  const { request, upstreamModel } = job
  const size = request.size === undefined || endpoint.size === undefined ? undefined : sizeField(request.size, endpoint.size)
  const goesWithoutAsking: Asked[] = [
    { name: 'model', param: 'model', value: upstreamModel },
    { name: 'num_images', param: 'count', value: request.count },
    { name: 'rendering_speed', param: 'quality', value: request.quality?.toUpperCase() },
    // Of the generations that can describe, each has its own way of it.
    { name: 'describe_model_version', param: 'model', value: request.vendor?.['describe_model_version'] ?? (upstreamModel.startsWith('V_2') ? 'V_2' : 'V_3') },
  ]
  const fields = [...askedOf(job, endpoint), ...goesWithoutAsking.filter(isAsked)].filter(({ name }) => endpoint.takes.includes(name))
  return [...fields.map(({ name, value }): [string, unknown] => [name, value]), ...(size ? [[size.name, size.value] as [string, unknown]] : [])]
}

/** "array parts repeat the same name; object parts are a JSON string". */
function partsOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.map(String)
  return [typeof value === 'object' ? JSON.stringify(value) : String(value)]
}

const REFERENCE_PARTS = { style: 'style_reference_images', character: 'character_reference_images' } as const

async function files({ request, inputs }: Job, { picture = 'image' }: Endpoint): Promise<{ name: string; file: File }[]> {
  const kinds = referenceKinds(request) ?? []
  const parts: { name: string; file: File }[] = []
  for (const [index, input] of inputs.entries()) {
    const kind = kinds[index]
    if (input.role === 'mask') parts.push({ name: 'mask', file: new File([await maskChanging('black', input, request)], 'mask.png', { type: 'image/png' }) })
    else parts.push({ name: kind === 'style' || kind === 'character' ? REFERENCE_PARTS[kind] : picture, file: await smallFile(input) })
  }
  return parts
}

/** "≤ 10 MB per image". */
const MAX_FILE_BYTES = 10 * 1024 * 1024

async function smallFile(input: JobInput): Promise<File> {
  const file = await pictureFile(input, 'picture')
  if (file.size > MAX_FILE_BYTES) throw new UpstreamError('refused', 'A picture for this model may have 10 MB at most', { code: 'unsupported_media', param: 'inputs' })
  return file
}

const MAX_COUNT = 8
const SHARES = ['image_weight', 'resemblance', 'detail']

function unfitNumbers({ count, outputFormat, vendor = {} }: GenerationRequest): Unfit | undefined {
  if (count > MAX_COUNT) return { param: 'count', message: `This model makes ${MAX_COUNT} pictures per request at most` }
  // "PNG by default", and nothing asks for another.
  if (outputFormat !== undefined && outputFormat !== 'png') return { param: 'outputFormat', message: 'This model gives PNG only' }
  for (const name of SHARES) {
    const value = vendor[name]
    if (value !== undefined && !(typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 100)) return { param: `vendor.${name}`, message: `${name} must be a whole number from 1 to 100` }
  }
  return undefined
}

function unfitSize({ size, operation }: GenerationRequest, endpoint: Endpoint): Unfit | undefined {
  if (endpoint.size === undefined) return undefined
  if (size === undefined) return operation === 'reframe' ? { param: 'size', message: 'The size to continue the picture to is required' } : undefined
  return sizeField(size, endpoint.size) === undefined ? { param: 'size', message: 'This is none of the sizes that this model draws' } : undefined
}

function unfitInputs(request: GenerationRequest, endpoint: Endpoint): Unfit | undefined {
  const { inputs } = request
  const kinds = referenceKinds(request)
  if (kinds === undefined) return { param: 'inputs', message: 'vendor.references must say of each reference whether it is for style or for a character' }
  const count = (kind: string): number => kinds.filter((each) => each === kind).length
  if (inputs.some(({ media }) => media !== 'image')) return { param: 'inputs', message: 'This model takes pictures only' }
  const sources = endpoint.picture === undefined ? 0 : 1
  if (count('source') !== sources) return { param: 'inputs', message: sources === 0 ? 'This takes no picture to work on' : 'This works on one picture' }
  if (count('mask') !== (endpoint.mask ? 1 : 0)) return { param: 'inputs', message: endpoint.mask ? 'This needs one mask' : 'This takes no mask' }
  for (const [kind, name] of Object.entries(REFERENCE_PARTS)) {
    if (count(kind) > 0 && !endpoint.takes.includes(name)) return { param: 'inputs', message: `This takes no ${kind} references` }
  }
  return count('character') > 1 ? { param: 'inputs', message: 'There can be one character reference' } : undefined
}

/** "style_codes excludes style_type and style_reference_images". */
function unfitStyle(request: GenerationRequest): Unfit | undefined {
  if (request.vendor?.['style_codes'] === undefined) return undefined
  if (request.style !== undefined) return { param: 'style', message: 'A style cannot stand beside style_codes' }
  return referenceKinds(request)?.includes('style') ? { param: 'inputs', message: 'Style references cannot stand beside style_codes' } : undefined
}
