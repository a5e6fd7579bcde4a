import type pg from 'pg'

/** Puts a task that found every channel full where `wakeWaiting` finds it, with those that could do it. */
export async function addWaiting(pool: pg.Pool, taskId: string, channelIds: readonly string[]): Promise<void> {
  await pool.query({
    name: 'add_waiting',
    text: `insert into waiting (task_id, account_id, model, group_name, since, channels)
      select id, account_id, model, group_name, created_at, $2 from task where id = $1 and state = 'queued'
      on conflict (task_id) do update set channels = excluded.channels, added_at = now()`,
    values: [taskId, channelIds],
  })
}

/** Channels that tasks wait for. */
export async function waitedChannels(pool: pg.Pool): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>({ name: 'waited_channels', text: 'select distinct unnest(channels) as id from waiting' })
  return rows.map(({ id }) => id)
}

/** Gives `free` places of a channel to tasks that wait for it, fairly between accounts; how many were woken. */
export async function wakeWaiting(pool: pg.Pool, channelId: string, free: number): Promise<number> {
  const { rows: [row] } = await pool.query<{ woken: number }>({ name: 'wake_waiting', text: 'select wake_waiting($1, $2) as woken', values: [channelId, free] })
  return row!.woken
}

/** Wakes those that have waited for so long on what was known of the channels then: there may be others by now. How many. */
export async function wakeStale(pool: pg.Pool, seconds: number, limit: number): Promise<number> {
  const { rows: [row] } = await pool.query<{ woken: bigint }>({
    name: 'wake_stale',
    text: `with stale as (
        select task_id from waiting where added_at < now() - $1 * interval '1 second' order by added_at limit $2 for update skip locked
      ), taken as (
        delete from waiting w using stale s where w.task_id = s.task_id returning w.task_id
      )
      select count(enqueue_job('submit', jsonb_build_object('taskId', taken.task_id))) as woken from taken`,
    values: [seconds, limit],
  })
  return Number(row!.woken)
}
