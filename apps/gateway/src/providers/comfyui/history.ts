import { z } from 'zod'
import { MICROS_PER_DOLLAR } from '../../core/micros.ts'
import type { FailureReason, Progress, ResultSource, UpstreamUsage } from '../provider.ts'
import { callerMessage } from '../upstream-answer.ts'

/** What is remembered of a job beside its id, because checks know no settings. */
export const jobFacts = z.object({
  media: z.enum(['video', 'image']),
  count: z.int().min(1),
  /** Ids of the nodes whose files count. */
  outputs: z.array(z.string()).optional(),
  microsPerHour: z.number().min(0).optional(),
})
export type JobFacts = z.output<typeof jobFacts>

/** ComfyUI's words for how a prompt ended. */
const STATUS = new Map<string, 'succeeded' | 'failed'>([
  ['success', 'succeeded'],
  ['error', 'failed'],
])

const message = z.tuple([z.string(), z.looseObject({ timestamp: z.number().optional().catch(undefined), exception_type: z.string().optional().catch(undefined), exception_message: z.string().optional().catch(undefined) })])

export const historyEntry = z.object({
  prompt: z.unknown(),
  outputs: z.record(z.string(), z.unknown()).catch({}),
  status: z.object({ status_str: z.string(), messages: z.array(z.unknown()).catch([]) }),
})
export type HistoryEntry = z.output<typeof historyEntry>

export function progressOf(entry: HistoryEntry, facts: JobFacts): Progress {
  const messages = entry.status.messages.map((each) => message.safeParse(each).data).filter((each) => each !== undefined)
  const usage = usageOf(messages, facts)
  switch (STATUS.get(entry.status.status_str)) {
    case undefined:
      return { state: 'unknown', word: callerMessage(entry.status.status_str, 'unreadable') }
    case 'succeeded':
      return { state: 'done', results: resultsOf(entry.outputs, facts), ...(usage && { usage }) }
    case 'failed':
      // Nodes that had finished may still be listed in `outputs`: they are no result.
      return { state: 'failed', reason: failureOf(messages), ...(usage && { usage }) }
  }
}

type Message = z.output<typeof message>

const ENDS = ['execution_success', 'execution_error', 'execution_interrupted']

const MS_PER_HOUR = 3_600_000

/** "GPU seconds = execution_success − execution_start timestamps (ms)". */
function usageOf(messages: readonly Message[], { microsPerHour }: JobFacts): UpstreamUsage | undefined {
  const beganMs = messages.find(([event]) => event === 'execution_start')?.[1].timestamp
  const endedMs = messages.findLast(([event]) => ENDS.includes(event))?.[1].timestamp
  if (beganMs === undefined || endedMs === undefined || endedMs < beganMs || microsPerHour === undefined) return undefined
  return { costMicros: Math.round(((endedMs - beganMs) / MS_PER_HOUR) * microsPerHour) }
}

export function microsPerHour(usdPerHour: number): number {
  return usdPerHour * Number(MICROS_PER_DOLLAR)
}

const file = z.object({ filename: z.string().min(1), subfolder: z.string().catch(''), type: z.enum(['output', 'temp']).catch('output'), format: z.string().optional().catch(undefined) })
type File = z.output<typeof file>

/** Where `/view` finds a file. */
export const fileReference = z.object({ filename: z.string(), subfolder: z.string(), type: z.string() })

/**
 * Every list of every output node may hold files: core nodes put videos under `images`, VideoHelperSuite under `gifs`,
 * others under `videos` or `files`. What they are shows by their names; kept files come before previews.
 */
function resultsOf(outputs: Record<string, unknown>, { media, count, outputs: wanted }: JobFacts): ResultSource[] {
  const nodes = wanted ?? Object.keys(outputs)
  const files = nodes.flatMap((id) => filesIn(outputs[id])).filter((each) => mediaOf(each) === media)
  const kept = files.filter(({ type }) => type === 'output')
  return (kept.length > 0 ? kept : files).slice(0, count).map(({ filename, subfolder, type }) => ({ kind: 'provider', reference: { filename, subfolder, type }, role: 'output' }))
}

function filesIn(output: unknown): File[] {
  if (typeof output !== 'object' || output === null) return []
  return Object.values(output).flatMap((list) => (Array.isArray(list) ? list.flatMap((item) => file.safeParse(item).data ?? []) : []))
}

function mediaOf({ filename, format = '' }: File): 'video' | 'image' | undefined {
  if (/\.(?:mp4|m4v|mov|webm)$/i.test(filename) || format.startsWith('video/')) return 'video'
  return /\.(?:png|jpe?g|webp|gif)$/i.test(filename) ? 'image' : undefined
}

function failureOf(messages: readonly Message[]): FailureReason {
  if (messages.some(([event]) => event === 'execution_interrupted')) return { code: 'cancelled', message: 'The job was interrupted at the upstream' }
  const { exception_type: type = '', exception_message: said = '' } = messages.findLast(([event]) => event === 'execution_error')?.[1] ?? {}
  const upstreamCode = type === '' ? {} : { upstreamCode: type }
  if (/OutOfMemory/i.test(type) || /allocation on device/i.test(said)) return { code: 'upstream_failed', message: 'The server ran out of memory for this', ...upstreamCode }
  // Nodes that call others' models pass on what those said.
  if (/content policy|moderation|safety system/i.test(said)) return { code: 'content_policy', message: callerMessage(withoutPaths(said), 'The content was refused'), ...upstreamCode }
  const code = type === 'ValueError' || /size mismatch|must match the size/i.test(said) ? 'invalid_request' : 'upstream_failed'
  return { code, message: callerMessage(withoutPaths(said), 'The workflow failed'), ...upstreamCode }
}

/** Exceptions name files of the operator's machine. */
function withoutPaths(text: string): string {
  return text.replace(/(?:[A-Za-z]:)?(?:[\\/][\w .+@-]+){2,}/g, '(file)')
}
