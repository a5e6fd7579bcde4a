import type pg from 'pg'
import { CREATE_BODY } from '../creates.ts'
import { FIRST_KEY } from './stage.ts'

const AT_ONCE = 32

/** Tasks of the first account, made over HTTP: their ids. */
export async function createTasks(url: string, count: number): Promise<string[]> {
  const ids: string[] = []
  const makeSome = async (): Promise<void> => {
    while (ids.length < count) {
      const slot = ids.push('') - 1
      const answer = await fetch(`${url}/v1/videos`, { method: 'POST', headers: { 'authorization': `Bearer ${FIRST_KEY}`, 'content-type': 'application/json' }, body: CREATE_BODY })
      const { id } = await answer.json() as { id?: string }
      if (id === undefined) throw new Error(`a create was answered ${answer.status}`)
      ids[slot] = id
    }
  }
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, count) }, makeSome))
  return ids
}

/** The output that `content.ts` also serves. */
export interface StoredOutput {
  storageKey: string
  mediaType: string
  bytes: number
  sha256: string
}

/** Takes queued tasks on by the database's own moves, as if a worker had. */
export async function moveTo(pool: pg.Pool, ids: readonly string[], state: 'running' | 'succeeded', output?: (id: string) => StoredOutput): Promise<void> {
  for (const id of ids) {
    const outputs = [output?.(id) ?? { storageKey: `outputs/${id}/0.mp4`, mediaType: 'video/mp4', bytes: 1_234_567, sha256: 'a'.repeat(64), widthPixels: 1280, heightPixels: 720, durationSeconds: 5, hasAudio: false }]
    const expiresAt = new Date(Date.now() + 86_400_000).toISOString()
    const steps: [from: string, to: string, patch: unknown][] = [
      ['queued', 'submitting', {}],
      ['submitting', 'running', { check: { attempt_id: `att_bench_${id}`, delay_ms: 3_600_000, usual_ms: 150_000 } }],
      ['running', 'archiving', {}],
      ['archiving', 'succeeded', { outputs, charged_micros: '1', expires_at: expiresAt }],
    ]
    for (const [from, to, patch] of steps) {
      await pool.query('select move_task($1, $2, $3, $4)', [id, [from], to, JSON.stringify(patch)])
      if (to === state) break
    }
  }
}
