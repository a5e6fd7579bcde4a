import { z } from 'zod'
import type { GenerationRequest } from '../../core/generation-request.ts'

/*
 * What an operator says of a workflow: ComfyUI's graph as "Export (API)" writes it, and the holes in it that a request
 * fills. The exported values stay wherever a request says nothing.
 */

export interface GraphNode {
  class_type: string
  inputs: Record<string, unknown>
  _meta?: { title?: string | undefined } | undefined
}
export type Graph = Record<string, GraphNode>

/** Larger than any workflow that people share. */
const MAX_NODES = 2_000

/** Parameters of a request that a hole can stand for; material of a medium beyond frames and masks is numbered from 1. */
const PARAMETERS = [
  'prompt', 'negative_prompt', 'seed', 'width', 'height', 'count', 'duration_seconds', 'frames_per_second', 'resolution', 'aspect_ratio', 'style', 'quality', 'audio',
  'first_frame', 'last_frame', 'mask',
] as const
const NUMBERED = /^(?:image|video|audio)_[1-9]$|^vendor\.[\w-]{1,64}$/
const MATERIAL = /^(?:first_frame|last_frame|mask|(?:image|video|audio)_[1-9])$/

const graphNode = z.object({
  class_type: z.string().min(1),
  inputs: z.record(z.string(), z.unknown()),
  _meta: z.object({ title: z.string().optional() }).optional(),
})

const literal = z.union([z.string(), z.number(), z.boolean()])

/** In the order of the fields. Wan makes 4k+1 frames: `{ scale: 16, multiple_of: 4, offset: 1 }` of the seconds. */
const transform = z.strictObject({
  /** The value that stands for each that may be asked for. */
  values: z.record(z.string(), literal).optional(),
  scale: z.number().optional(),
  /** Rounded to the nearest. */
  multiple_of: z.number().positive().optional(),
  offset: z.number().optional(),
  /** `{value}` in a text. */
  template: z.string().includes('{value}', { error: 'must hold {value}' }).optional(),
})
export type Transform = z.output<typeof transform>

const hole = z.strictObject({ node: z.string().min(1), input: z.string().min(1), transform: transform.optional() })
type Hole = z.output<typeof hole>

const graph = z.unknown().transform((value, context): Graph => {
  const { graph: read, fault } = readGraph(value)
  if (fault === undefined) return read
  context.addIssue({ code: 'custom', message: fault })
  return z.NEVER
})

const workflow = z
  .strictObject({
    graph,
    holes: z.record(z.string(), z.array(hole).min(1)),
    /** Nodes whose files are the results, in this order; without it, all that have files. */
    outputs: z.array(z.string().min(1)).min(1).optional(),
  })
  .superRefine((given, context) => {
    for (const [name, holes] of Object.entries(given.holes)) {
      if (!isParameter(name)) context.addIssue({ code: 'custom', path: ['holes', name], message: `${JSON.stringify(name)} is no parameter; there are ${PARAMETERS.join(', ')}, image_1 to image_9, video_1, audio_1, and vendor.<field>` })
      holes.forEach((each, index) => {
        const fault = faultOfHole(given.graph, each)
        if (fault !== undefined) context.addIssue({ code: 'custom', path: ['holes', name, index], message: fault })
      })
    }
    given.outputs?.forEach((id, index) => {
      if (nodeOf(given.graph, id) === undefined) context.addIssue({ code: 'custom', path: ['outputs', index], message: noNode(given.graph, id) })
    })
  })
export type Workflow = z.output<typeof workflow>

export const comfyUiSettings = z.strictObject({
  /** By the upstream name of the model. */
  workflows: z.record(z.string().min(1), workflow).refine((all) => Object.keys(all).length > 0, { error: 'must hold a workflow: { <model name>: { graph, holes } }' }),
  /** What an hour of this machine costs; without it a job's cost is not known. */
  usd_per_hour: z.number().min(0).max(10_000).optional(),
})
export type ComfyUiSettings = z.output<typeof comfyUiSettings>

/** The id of a node by its id, or by its title (`#prompt`), which stays when a graph is edited. */
export function nodeIdOf(graph: Graph, name: string): string | undefined {
  if (Object.hasOwn(graph, name)) return name
  const titled = Object.keys(graph).filter((id) => graph[id]?._meta?.title === name)
  return titled.length === 1 ? titled[0] : undefined
}

/** Whether a hole is for a file. */
export function isMaterial(name: string): boolean {
  return MATERIAL.test(name)
}

/** The hole for each of a request's inputs, in their order. Frames and masks have their own, the others are counted. */
export function materialNames(inputs: readonly Pick<GenerationRequest['inputs'][number], 'media' | 'role'>[]): string[] {
  const counted = { image: 0, video: 0, audio: 0 }
  return inputs.map(({ media, role }) => {
    if (media === 'image' && (role === 'first_frame' || role === 'last_frame' || role === 'mask')) return role
    counted[media] += 1
    return `${media}_${counted[media]}`
  })
}

function isParameter(name: string): boolean {
  return (PARAMETERS as readonly string[]).includes(name) || NUMBERED.test(name)
}

function nodeOf(graph: Graph, name: string): GraphNode | undefined {
  const id = nodeIdOf(graph, name)
  return id === undefined ? undefined : graph[id]
}

/** A graph may be given as the text of its file. */
function readGraph(value: unknown): { graph: Graph; fault?: string } {
  const none = (fault: string) => ({ graph: {}, fault })
  const nodes = typeof value === 'string' ? parseJson(value) : value
  if (typeof nodes !== 'object' || nodes === null || Array.isArray(nodes)) return none('must be the graph of "Export (API)": an object of nodes, or its JSON as text')
  if (Array.isArray((nodes as Record<string, unknown>)['nodes'])) return none("is the editor's own format; export it with \"Export (API)\"")
  const entries = Object.entries(nodes)
  if (entries.length === 0 || entries.length > MAX_NODES) return none(`must have between 1 and ${MAX_NODES} nodes, not ${entries.length}`)
  const graph: Graph = {}
  for (const [id, node] of entries) {
    const parsed = graphNode.safeParse(node)
    if (!parsed.success) return none(`node ${JSON.stringify(id)} is none of "Export (API)": ${parsed.error.issues[0]?.path.join('.') || 'it'} ${parsed.error.issues[0]?.message ?? 'cannot be read'}`)
    graph[id] = parsed.data
  }
  return { graph }
}

function faultOfHole(graph: Graph, { node: name, input }: Hole): string | undefined {
  const node = nodeOf(graph, name)
  if (node === undefined) return noNode(graph, name)
  const where = `node ${JSON.stringify(name)} (${node.class_type})`
  if (!Object.hasOwn(node.inputs, input)) return `${where} has no input ${JSON.stringify(input)}; it has ${Object.keys(node.inputs).join(', ') || 'none'}`
  if (isLink(node.inputs[input])) return `${where} gets ${JSON.stringify(input)} from node ${JSON.stringify(node.inputs[input][0])}; a hole must be a value`
  return undefined
}

/** `["4", 0]`: the first output of node 4. */
function isLink(value: unknown): value is [string, number] {
  return Array.isArray(value) && value.length === 2 && typeof value[0] === 'string' && typeof value[1] === 'number'
}

const MAX_NAMED_NODES = 20

function noNode(graph: Graph, name: string): string {
  const ids = Object.keys(graph)
  const shown = ids.slice(0, MAX_NAMED_NODES).map((id) => `${id} (${graph[id]?._meta?.title ?? graph[id]?.class_type})`)
  return `there is no node ${JSON.stringify(name)}, by id or by a title that only one has; there are ${shown.join(', ')}${ids.length > shown.length ? ', …' : ''}`
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
