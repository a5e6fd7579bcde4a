import type { Task } from '../../core/task.ts'
import { failureOf } from '../shared/ended-task.ts'

/** What stands around every answer. */
export function envelope<T>(requestId: string, data: T) {
  return { code: 0 as const, message: 'SUCCEED', request_id: requestId, data }
}

/** Free text with the vendor; ours begins with our code. Neither wire has a word for a cancelled task. */
export function statusMessage(task: Task): string {
  if (task.state !== 'failed' && task.state !== 'cancelled') return ''
  const { code, message } = failureOf(task)
  return `${code}: ${message}`
}

/** "1 unit = USD 0.14". */
const MICROS_PER_UNIT = 140_000

export function unitsOf(micros: bigint): string {
  return String(Number((Number(micros) / MICROS_PER_UNIT).toFixed(4)))
}

export function secondsText(seconds: number | undefined): string {
  return String(Number((seconds ?? 0).toFixed(3)))
}
