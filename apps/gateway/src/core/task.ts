import type { ErrorCode } from './errors.ts'
import type { GenerationRequest } from './generation-request.ts'
import type { ExtraRole } from './progress.ts'
import type { Micros } from './micros.ts'
import type { Quote } from './rate-card.ts'

/**
 * The life of a task. Every state, and every move there is; a move that does not stand here does not exist.
 * The database enforces the same table (`move_task` in db/migrations), and a test compares the two.
 *
 * - `queued`: admitted and held for; nothing was sent.
 * - `submitting`: an attempt is written down, its call may be on its way.
 * - `unresolved`: the call's outcome is lost; never sent again, looked for until the deadline.
 * - `running`: the upstream has it.
 * - `archiving`: the upstream is done; the result is being fetched, checked and stored.
 */
export const TASK_MOVES = {
  queued: ['submitting', 'failed', 'cancelled'],
  submitting: ['queued', 'running', 'archiving', 'unresolved', 'failed'],
  unresolved: ['running', 'failed'],
  running: ['archiving', 'failed', 'cancelled'],
  archiving: ['succeeded', 'failed'],
  succeeded: [],
  failed: [],
  cancelled: [],
} as const satisfies Record<string, readonly string[]>

export type TaskState = keyof typeof TASK_MOVES
export const TASK_STATES = Object.keys(TASK_MOVES) as TaskState[]

/** How the caller sees a state, before a dialect puts it in its own words. */
export type TaskPhase = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled'

export function isFinal(state: TaskState): boolean {
  return TASK_MOVES[state].length === 0
}

export function phaseOf(state: TaskState): TaskPhase {
  switch (state) {
    case 'queued':
      return 'queued'
    case 'submitting':
    case 'unresolved':
    case 'running':
    case 'archiving':
      return 'running'
    case 'succeeded':
    case 'failed':
    case 'cancelled':
      return state
  }
}

export interface TaskError {
  code: ErrorCode
  /** Safe to show to the caller. */
  message: string
  param?: string
}

/** A stored result: where it lies and what the file itself says of its content; or words, which lie here. */
export interface Output {
  /** The words themselves, of a description or a shortened prompt; it is stored as a text file too. */
  text?: string
  storageKey: string
  mediaType: string
  bytes: number
  sha256: string
  widthPixels?: number
  heightPixels?: number
  durationSeconds?: number
  hasAudio?: boolean
}

/** Something that came beside the results: the last frame of a video, a poster, a sound track. */
export interface ExtraOutput extends Output {
  role: ExtraRole
}

/** The read model of a task: what a dialect needs to render it. Times are milliseconds since the epoch. */
export interface Task {
  id: string
  accountId: string
  keyId: string
  /** The dialect of its birth; routes that several dialects share render it in that one. */
  dialect: string
  state: TaskState
  request: GenerationRequest
  quote: Quote
  heldMicros: Micros
  chargedMicros?: Micros
  /** Fields that were understood to be of no use to the model, and left out. */
  ignored: string[]
  /** From where progress is estimated: how long this model usually takes. */
  usualSeconds: number
  outputs: Output[]
  extras: ExtraOutput[]
  error?: TaskError
  remixedFrom?: string
  createdAtMs: number
  updatedAtMs: number
  submittedAtMs?: number
  endedAtMs?: number
  /** When the stored outputs are deleted. */
  expiresAtMs?: number
}

/** What came beside the results in this role, if anything did. */
export function extraOf(task: Pick<Task, 'extras'>, role: ExtraRole): ExtraOutput | undefined {
  return task.extras.find((extra) => extra.role === role)
}

/** A stored file of a task by the end of its name: `0` is the first result, `last_frame` came beside it. */
export function fileOfTask(task: Pick<Task, 'outputs' | 'extras'>, name: string): Output | undefined {
  return /^\d{1,2}$/.test(name) ? task.outputs[Number(name)] : task.extras.find(({ role }) => role === name)
}

/** The last percent before the end is never claimed. */
const MOST_ESTIMATED_PERCENT = 95

/** Progress in whole percent, estimated from the usual duration: nothing is written while a task runs. */
export function progressPercent(task: Task, nowMs: number): number {
  if (task.state === 'succeeded') return 100
  if (task.state === 'archiving') return MOST_ESTIMATED_PERCENT
  if (task.submittedAtMs === undefined || isFinal(task.state)) return 0
  const share = (nowMs - task.submittedAtMs) / (task.usualSeconds * 1000)
  return Math.max(0, Math.min(MOST_ESTIMATED_PERCENT, Math.floor(share * 100)))
}
