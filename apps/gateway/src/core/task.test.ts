import { describe, expect, test } from 'vitest'
import { createTestDatabase } from '../../test/support/database.ts'
import { isFinal, phaseOf, progressPercent, TASK_MOVES, TASK_STATES, type Task, type TaskState } from './task.ts'

test('the database knows exactly the moves that stand in this file', async () => {
  const database = await createTestDatabase()
  try {
    const { rows } = await database.pool.query<{ move: string }>(`select from_state || ' → ' || to_state as move from task_move order by 1`)
    const ours = Object.entries(TASK_MOVES).flatMap(([from, targets]) => targets.map((to) => `${from} → ${to}`))
    expect(rows.map(({ move }) => move)).toEqual(ours.toSorted())
  } finally {
    await database.drop()
  }
})

describe('moves', () => {
  test('lead from every open state to failure, and from every state that is not final to an end', () => {
    for (const state of TASK_STATES) {
      if (isFinal(state)) continue
      expect(TASK_MOVES[state]).toContain('failed')
      expect(reachable(state)).toContain('succeeded')
    }
  })

  test('lead nowhere from an end', () => {
    expect(TASK_STATES.filter(isFinal)).toEqual(['succeeded', 'failed', 'cancelled'])
    for (const state of TASK_STATES.filter(isFinal)) expect(TASK_MOVES[state]).toEqual([])
  })

  test('never lead back to the queue from where a submission may have been accepted', () => {
    for (const from of ['unresolved', 'running', 'archiving'] as const) expect(reachable(from)).not.toContain('queued')
  })
})

test('callers see five phases', () => {
  expect(TASK_STATES.map((state) => `${state}: ${phaseOf(state)}`)).toEqual([
    'queued: queued', 'submitting: running', 'unresolved: running', 'running: running', 'archiving: running', 'succeeded: succeeded', 'failed: failed', 'cancelled: cancelled',
  ])
})

describe('progress', () => {
  const running = { state: 'running', usualSeconds: 100, submittedAtMs: 1_000_000 } as Task

  test.each([[0, 0], [50, 50], [94.9, 94], [99, 95], [1_000, 95], [-5, 0]])('%d s into a task that usually takes 100 s is %d %%', (seconds, percent) => {
    expect(progressPercent(running, 1_000_000 + seconds * 1000)).toBe(percent)
  })

  test('is 0 before it is submitted, near the end while the result is stored, and 100 only for success', () => {
    const { submittedAtMs: _, ...waiting } = running
    expect(progressPercent({ ...waiting, state: 'queued' }, 2_000_000)).toBe(0)
    expect(progressPercent({ ...running, state: 'archiving' }, 1_000_000)).toBe(95)
    expect(progressPercent({ ...running, state: 'succeeded' }, 1_000_000)).toBe(100)
    expect(progressPercent({ ...running, state: 'failed' }, 1_050_000)).toBe(0)
  })
})

function reachable(from: TaskState, seen = new Set<TaskState>()): Set<TaskState> {
  for (const to of TASK_MOVES[from]) {
    if (seen.has(to)) continue
    seen.add(to)
    reachable(to, seen)
  }
  return seen
}
