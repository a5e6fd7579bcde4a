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

export interface RunningTasks {
  /** A task that a gateway made, of which these are copies. */
  template: string
  count: number
  /** Ids of the channels that they are spread over. */
  channels: readonly string[]
  usualMs: number
}

/** Rows of running tasks, each with an accepted attempt and a check that is due, written by SQL alone: no holds, no events. */
export async function insertRunning(pool: pg.Pool, { template, count, channels, usualMs }: RunningTasks): Promise<void> {
  const list = channels.map((id) => `'${id}'`).join(', ')
  const statements = [
    // The template is nobody's to submit.
    `delete from pgboss.job where name = 'submit'`,
    `insert into task (id, account_id, key_id, group_name, has_budget, dialect, kind, model, state, request, quote, held_micros, ignored, usual_seconds, created_at, updated_at, submitted_at, deadline_at)
      select 'vid_flight_' || n, account_id, key_id, group_name, has_budget, dialect, kind, model, 'running', request, quote, held_micros, ignored, usual_seconds, now(), now(), now(), now() + interval '2 hours'
      from task, generate_series(1, ${count}) n where id = '${template}' on conflict do nothing`,
    `insert into attempt (id, task_id, number, channel_id, credential_id, provider, upstream_model, outcome, job_id, handle)
      select 'att_flight_' || n, 'vid_flight_' || n, 1, k.channel_id, k.id, 'volcengine-ark', 'doubao-seedance-2-0-260128', 'accepted', gen_random_uuid(), jsonb_build_object('id', 'cgt-20261121000000-' || n)
      from generate_series(1, ${count}) n join channel_credential k on k.channel_id = (array[${list}])[1 + n % ${channels.length}] and k.retired_at is null
      on conflict (id) do update set credential_id = excluded.credential_id`,
    `insert into task_check (task_id, attempt_id, due_at, submitted_at, usual_ms)
      select 'vid_flight_' || n, 'att_flight_' || n, now(), now(), ${usualMs} from generate_series(1, ${count}) n`,
    'analyze task, attempt, task_check',
  ]
  for (const statement of statements) await longQuery(pool, statement)
}

/** Past the pool's own limit on a statement's time. */
export async function longQuery(pool: pg.Pool, text: string): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query('set statement_timeout = 0')
    await client.query(text)
    await client.query('reset statement_timeout')
  } finally {
    client.release()
  }
}
