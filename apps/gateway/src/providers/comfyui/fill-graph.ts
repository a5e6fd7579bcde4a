import { createHash } from 'node:crypto'
import { UpstreamError } from '../../core/errors.ts'
import type { GenerationRequest } from '../../core/generation-request.ts'
import { ADAPTIVE, parseSize, ratioOf, shortSidePixels } from '../../core/model.ts'
import type { Job, Unfit } from '../provider.ts'
import { plainReference, translateReferences } from '../references.ts'
import { isMaterial, materialNames, nodeIdOf, type Graph, type Transform, type Workflow } from './workflow.ts'

type Value = string | number | boolean

/**
 * The graph of a job: the workflow's, with what the request says in its holes. `files` are the names that the server
 * gave to uploaded material, by hole.
 *
 * @throws UpstreamError refused, for a value that the workflow has no value for.
 */
export function filledGraph(job: Pick<Job, 'request' | 'inputs' | 'reference'>, { graph, holes }: Workflow, files: ReadonlyMap<string, string>): Graph {
  const filled = structuredClone(graph)
  const values = valuesOf(job)
  for (const [name, places] of Object.entries(holes)) {
    const value = files.get(name) ?? values.get(name)
    if (value === undefined) continue
    for (const { node, input, transform } of places) {
      const id = nodeIdOf(graph, node)
      if (id !== undefined) filled[id]!.inputs[input] = transform === undefined ? value : transformed(name, value, transform)
    }
  }
  // A graph that was run before is answered from the cache, with a file that may be gone; the name makes it another.
  for (const { inputs } of Object.values(filled)) if (typeof inputs['filename_prefix'] === 'string') inputs['filename_prefix'] = `genlock/${job.reference}`
  return filled
}

/** What of the request has no hole in the workflow, or the other way round: what is not said would be made up. */
export function unfitForWorkflow(request: GenerationRequest, { holes }: Workflow): Unfit | undefined {
  const has = (...names: string[]) => names.every((name) => Object.hasOwn(holes, name))
  const lacks = (param: string, what: string): Unfit => ({ param, message: `This workflow has no hole for ${what}` })
  for (const [field, param] of Object.entries(HOLE_OF_FIELD) as [keyof typeof HOLE_OF_FIELD, string][]) {
    if (isSaid(request[field]) && !has(param)) return lacks(field, param)
  }
  if (request.count > 1 && !has('count')) return lacks('count', 'count')
  if (typeof request.durationSeconds === 'number' && !has('duration_seconds')) return lacks('durationSeconds', 'duration_seconds')
  if (pixelsOf(request) !== undefined ? !has('width', 'height') && !has('resolution', 'aspect_ratio') : isRatio(request.aspectRatio) && !has('aspect_ratio')) {
    return lacks(request.size === undefined ? 'aspectRatio' : 'size', 'width and height')
  }
  const extra = Object.keys(request.vendor ?? {}).find((name) => name !== 'mask_changes' && !has(`vendor.${name}`))
  if (extra !== undefined) return lacks(`vendor.${extra}`, `vendor.${extra}`)
  const unknown = (['enhancePrompt', 'upsample', 'loop'] as const).find((field) => request[field] === true)
  if (unknown) return { param: unknown, message: `A workflow cannot be told to ${unknown}` }
  return unfitInputs(request, holes)
}

/** Fields that a workflow is told by one hole. */
const HOLE_OF_FIELD = { prompt: 'prompt', negativePrompt: 'negative_prompt', seed: 'seed', framesPerSecond: 'frames_per_second', style: 'style', quality: 'quality', audio: 'audio' } as const

function isSaid(value: unknown): boolean {
  return value !== undefined && value !== '' && value !== false
}

function unfitInputs({ inputs }: GenerationRequest, holes: Workflow['holes']): Unfit | undefined {
  const given = materialNames(inputs)
  const wanted = Object.keys(holes).filter(isMaterial)
  const homeless = given.find((name) => !wanted.includes(name))
  if (homeless !== undefined) return { param: 'inputs', message: `This workflow takes ${wanted.join(', ') || 'no inputs'}, no ${homeless}` }
  // The example file of whoever exported it would be used instead.
  const missing = wanted.find((name) => !given.includes(name))
  return missing === undefined ? undefined : { param: 'inputs', message: `This workflow needs ${missing}` }
}

/** The canonical field that a hole is filled from, for refusals that name it. */
export function fieldOfHole(name: string): string {
  if (isMaterial(name)) return 'inputs'
  if (name === 'width' || name === 'height') return 'size'
  return name.startsWith('vendor.') ? name : name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

function valuesOf({ request, inputs, reference }: Pick<Job, 'request' | 'inputs' | 'reference'>): Map<string, Value> {
  const pixels = pixelsOf(request)
  const values: Record<string, unknown> = {
    prompt: translateReferences(request.prompt, inputs, plainReference),
    negative_prompt: request.negativePrompt,
    seed: request.seed ?? seedFrom(reference),
    width: pixels?.[0],
    height: pixels?.[1],
    count: request.count,
    duration_seconds: request.durationSeconds === 'auto' ? undefined : request.durationSeconds,
    frames_per_second: request.framesPerSecond,
    resolution: request.resolution,
    aspect_ratio: request.aspectRatio,
    style: request.style,
    quality: request.quality,
    audio: request.audio,
    ...Object.fromEntries(Object.entries(request.vendor ?? {}).map(([name, value]) => [`vendor.${name}`, value])),
  }
  return new Map(Object.entries(values).filter((entry): entry is [string, Value] => ['string', 'number', 'boolean'].includes(typeof entry[1])))
}

function pixelsOf({ size, resolution, aspectRatio }: GenerationRequest): readonly [number, number] | undefined {
  if (size !== undefined) return parseSize(size)
  const short = resolution === undefined ? undefined : shortSidePixels(resolution)
  const ratio = aspectRatio === undefined ? undefined : ratioOf(aspectRatio)
  if (short === undefined || ratio === undefined) return undefined
  const long = SIDE_STEP_PIXELS * Math.round((short * Math.max(ratio, 1 / ratio)) / SIDE_STEP_PIXELS)
  return ratio >= 1 ? [long, short] : [short, long]
}

/** "multiples of 8/16": what samplers divide pictures into. */
const SIDE_STEP_PIXELS = 16

function isRatio(aspectRatio: string | undefined): boolean {
  return aspectRatio !== undefined && aspectRatio !== ADAPTIVE
}

/** The exported seed would make the same picture every time, from the cache. 48 bits are safe in every language. */
function seedFrom(reference: string): number {
  return createHash('sha256').update(reference).digest().readUIntBE(0, 6)
}

function transformed(name: string, value: Value, { values, scale, multiple_of: step, offset, template }: Transform): Value {
  let result: Value = value
  if (values) {
    const chosen = Object.hasOwn(values, String(value)) ? values[String(value)] : undefined
    if (chosen === undefined) throw new UpstreamError('refused', `This workflow takes ${Object.keys(values).join(', ')} for ${name}`, { code: 'invalid_request', param: fieldOfHole(name) })
    result = chosen
  }
  if (typeof result === 'number') {
    result *= scale ?? 1
    if (step !== undefined) result = Math.round(result / step) * step
    result += offset ?? 0
  }
  return template === undefined ? result : template.replaceAll('{value}', () => String(result))
}
