-- Puts a job into a pg-boss queue from inside our own functions, so that a task and its first job are one commit.
-- A transaction that calls boss.send() has a fifth of the throughput; a NOTIFY here would cost another factor of three
-- (it takes a server-wide lock at commit), so none is sent: the caller wakes its own workers, others poll.
--
-- pg-boss documents inserting into its job table as a way in. What it would look up itself is looked up here: the
-- queue's limits as they are now. Only the heartbeat is shorter than the 10 s that pg-boss lets a queue have at least: with
-- its look each second, a second's delay and our poll, the work of a dead process is taken over in 8 to 12 s. The body is bound when first run, so the pgboss schema may be made after it.
-- Locks: the queue's row for key share (its foreign key), which nothing but dropping the queue contends for.
create function enqueue_job(queue text, data jsonb, start_after timestamptz default now()) returns uuid
language plpgsql as $$
declare
  job_id uuid := gen_random_uuid();
begin
  insert into pgboss.job (
    id, name, data, policy, start_after, keep_until, expire_seconds, deletion_seconds,
    retry_limit, retry_delay, retry_backoff, retry_delay_max, dead_letter, heartbeat_seconds
  )
  select
    job_id, q.name, enqueue_job.data, q.policy, enqueue_job.start_after,
    enqueue_job.start_after + q.retention_seconds * interval '1 second', q.expire_seconds, q.deletion_seconds,
    q.retry_limit, q.retry_delay, q.retry_backoff, q.retry_delay_max, q.dead_letter, least(q.heartbeat_seconds, 7)
  from pgboss.queue q
  where q.name = enqueue_job.queue;
  if not found then
    raise exception 'There is no job queue named %', queue;
  end if;
  return job_id;
end
$$;
