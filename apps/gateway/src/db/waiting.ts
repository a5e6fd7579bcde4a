import type pg from 'pg'

/** Puts a task that found every channel full where `wakeWaiting` finds it. */
export async function addWaiting(pool: pg.Pool, taskId: string): Promise<void> {
  await pool.query({
    name: 'add_waiting',
    text: `insert into waiting (task_id, account_id, model, group_name, since)
      select id, account_id, model, group_name, created_at from task where id = $1 and state = 'queued' on conflict do nothing`,
    values: [taskId],
  })
}

/** Models that tasks wait for. */
export async function waitedModels(pool: pg.Pool): Promise<string[]> {
  const { rows } = await pool.query<{ model: string }>({ name: 'waited_models', text: 'select distinct model from waiting' })
  return rows.map(({ model }) => model)
}

/** Gives `free` places of a channel to waiting tasks, fairly between accounts; how many were woken. */
export async function wakeWaiting(pool: pg.Pool, channel: { id: string; models: string[]; groups?: string[] }, free: number): Promise<number> {
  const { rows: [row] } = await pool.query<{ woken: number }>({
    name: 'wake_waiting',
    text: 'select wake_waiting($1, $2, $3, $4) as woken',
    values: [channel.id, channel.models, channel.groups ?? null, free],
  })
  return row!.woken
}
