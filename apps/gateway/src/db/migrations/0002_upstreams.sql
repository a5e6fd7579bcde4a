-- Upstreams in plenty: channels that people manage, several credentials each, costs, and what comes beside a result.

alter table channel
  -- For people.
  add name text not null default '',
  -- What the provider lets an operator say beside the credential; nothing secret.
  add settings jsonb not null default '{}',
  -- What the upstream charges (core/cost-card.ts); null when nobody said.
  add cost_card jsonb,
  -- Takes nothing new; what it has is followed to the end.
  add draining boolean not null default false,
  -- While some process's breaker is open: until when. For people to see; each process decides by what it met itself.
  add resting_until timestamptz,
  -- Kept for the books and for callbacks that come late; nothing is sent there any more.
  add deleted_at timestamptz,
  -- Public model name → the upstream's, or a list of public names; null means all that its provider can make.
  alter models drop not null;

alter table channel_credential
  -- For people, to tell several apart. Rotating keeps it.
  add label text not null default 'default',
  -- The first one that this one stands in for: who rotates a key is still known at the upstream as the same account.
  add lineage text,
  add max_concurrency integer check (max_concurrency > 0),
  -- Set when the upstream refused it or has no money left on it: it takes nothing new until somebody acts.
  add blocked_reason text;
update channel_credential set lineage = id;
alter table channel_credential alter lineage set not null;
-- Several may be in use at a time: a task keeps to the one that submitted it.
drop index channel_credential_current;
create unique index channel_credential_in_use on channel_credential (channel_id, label) where retired_at is null;

-- What people did through the admin API or the command line.
create table admin_audit (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  -- `token:` and the first characters of its hash, or `cli`.
  actor text not null,
  action text not null,
  channel_id text,
  -- As the admin API shows it: no credential is ever in there.
  before jsonb,
  after jsonb
);
create index admin_audit_by_channel on admin_audit (channel_id, id);
create trigger admin_audit_append_only before update or delete on admin_audit for each row execute function refuse_change();
create trigger admin_audit_no_truncate before truncate on admin_audit for each statement execute function refuse_change();

alter table task
  -- Last frames, posters, sound tracks: what came beside the results.
  add extras jsonb not null default '[]';

alter table attempt
  -- What a later job that goes on from this one needs to know of it.
  add kept jsonb,
  add cost_micros bigint check (cost_micros >= 0),
  add cost_source text check (cost_source in ('reported', 'card'));
create index attempt_open_by_credential on attempt (credential_id) where ended_at is null;

alter table task_check
  -- Its upstream calls back: checks are only the back-stop.
  add sparse boolean not null default false;

create index task_by_end on task (ended_at) where ended_at is not null;

-- `cost`: what the upstreams charge for a task, from the operator's `cost` to what is owed to `upstream`.
alter table posting drop constraint posting_kind_check;
alter table posting add constraint posting_kind_check check (kind in ('grant', 'hold', 'capture', 'release', 'loss', 'cost', 'budget', 'correction'));
create unique index posting_one_loss on posting (task_id) where kind = 'loss';
create unique index posting_one_cost on posting (task_id) where kind = 'cost';

-- As in 0001, with extras, what is kept, costs and sparse checks.
create or replace function move_task(p_id text, p_from text[], p_to text, p jsonb default '{}') returns text language plpgsql as $$
declare
  t task;
  final boolean := p_to in ('succeeded', 'failed', 'cancelled');
  left_state text := p_from[1];
  bad text;
  cost bigint;
begin
  select f into bad from unnest(p_from) f where not exists (select from task_move m where m.from_state = f and m.to_state = p_to) limit 1;
  if found then
    raise exception 'no move from % to %', bad, p_to;
  end if;
  if cardinality(p_from) > 1 then
    select state into left_state from task where id = p_id for update;
  end if;
  update task set
      state = p_to,
      updated_at = now(),
      submitted_at = case when p_to in ('running', 'archiving') then coalesce(submitted_at, now()) else submitted_at end,
      ended_at = case when final then now() else ended_at end,
      error = coalesce(p->'error', error),
      outputs = coalesce(p->'outputs', outputs),
      extras = coalesce(p->'extras', extras),
      charged_micros = case when p_to = 'succeeded' then (p->>'charged_micros')::bigint when final then 0 else charged_micros end,
      expires_at = coalesce((p->>'expires_at')::timestamptz, expires_at),
      -- Found again, it has its first deadline back.
      reconcile_until = case when p_to = 'unresolved' then (p->>'reconcile_until')::timestamptz end
    where id = p_id and state = any (p_from)
    returning * into t;
  if not found then
    return null;
  end if;
  insert into task_event (task_id, state, detail) values (p_id, p_to, p->'detail');
  if p ? 'attempt' then
    update attempt set
        outcome = coalesce(p->'attempt'->>'outcome', outcome),
        handle = coalesce(p->'attempt'->'handle', handle),
        results = coalesce(p->'attempt'->'results', results),
        usage = coalesce(p->'attempt'->'usage', usage),
        kept = coalesce(p->'attempt'->'kept', kept),
        cost_micros = coalesce((p->'attempt'->>'cost_micros')::bigint, cost_micros),
        cost_source = coalesce(p->'attempt'->>'cost_source', cost_source),
        error = coalesce(p->'attempt'->'error', error)
      where id = p->'attempt'->>'id';
  end if;
  if p_to = 'running' or (p_to = 'unresolved' and p ? 'check') then
    insert into task_check (task_id, attempt_id, due_at, submitted_at, usual_ms, sparse)
      values (p_id, p->'check'->>'attempt_id', now() + (p->'check'->>'delay_ms')::float8 * interval '1 ms', now(), (p->'check'->>'usual_ms')::integer, coalesce((p->'check'->>'sparse')::boolean, false))
      on conflict (task_id) do update set due_at = excluded.due_at, usual_ms = excluded.usual_ms, sparse = excluded.sparse, failures = 0;
  elsif p_to <> 'unresolved' then
    delete from task_check where task_id = p_id;
  end if;
  if p_to not in ('submitting', 'running', 'unresolved') then
    -- Given up during its call: nobody knows what came of it.
    update attempt set ended_at = now(), outcome = case outcome when 'calling' then 'lost' else outcome end
      where task_id = p_id and ended_at is null;
  end if;
  if p ? 'job' then
    perform enqueue_job(p->'job'->>'queue', p->'job'->'data', now() + coalesce((p->'job'->>'delay_ms')::float8, 0) * interval '1 ms');
  end if;
  if final then
    delete from waiting where task_id = p_id;
    if t.request ? 'callbackUrl' then
      perform enqueue_job('deliver', jsonb_build_object('taskId', p_id));
    end if;
    if coalesce((p->>'loss_micros')::bigint, 0) > 0 then
      perform post('loss', t.account_id, p_id, 'outcome of a submission unknown', jsonb_build_array(jsonb_build_array('loss', 'upstream', p->'loss_micros')));
    end if;
    -- What the upstreams cost, once: when the task has ended, every attempt's cost is known as well as it ever will be.
    select coalesce(sum(cost_micros), 0) into cost from attempt where task_id = p_id;
    if cost > 0 then
      perform post('cost', t.account_id, p_id, null, jsonb_build_array(jsonb_build_array('cost', 'upstream', cost)));
    end if;
    perform end_hold(t, coalesce(t.charged_micros, 0));
  end if;
  return left_state;
end $$;

-- As in 0001, choosing among the credentials that may be used: the one with the fewest open attempts that is below its
-- own limit. `chosen` is it; null where the channel has none.
drop function begin_attempt(text, text, uuid, integer, text, text, text, text, integer, integer);
create function begin_attempt(
  p_task text, p_attempt text, p_job uuid, p_job_retry integer, p_channel text, p_provider text, p_upstream_model text,
  p_max_concurrency integer, p_max_per_minute integer, p_credentials text[], p_credential_limits integer[]
) returns table (result text, chosen text) language plpgsql as $$
declare
  limited boolean := exists (select from unnest(p_credential_limits) each where each is not null);
begin
  if not exists (select from pgboss.job j where j.name = 'submit' and j.id = p_job and j.state = 'active' and j.retry_count = p_job_retry) then
    return query select 'gone', null::text;
    return;
  end if;
  -- Somebody has closed it meanwhile; the sandbox has no row.
  if exists (select from channel c where c.id = p_channel and (c.deleted_at is not null or not c.enabled or c.draining)) then
    return query select 'full', null::text;
    return;
  end if;
  if p_max_concurrency is not null or p_max_per_minute is not null or limited then
    perform pg_advisory_xact_lock(hashtextextended('channel:' || p_channel, 0));
    if p_max_concurrency is not null and (select count(*) from attempt where channel_id = p_channel and ended_at is null) >= p_max_concurrency then
      return query select 'full', null::text;
      return;
    end if;
    if p_max_per_minute is not null and (select count(*) from attempt where channel_id = p_channel and started_at > now() - interval '1 minute') >= p_max_per_minute then
      return query select 'limited', null::text;
      return;
    end if;
  end if;
  if limited or cardinality(p_credentials) > 1 then
    select c.id into chosen
      from unnest(p_credentials, p_credential_limits) c(id, max_concurrency),
        lateral (select count(*) as open from attempt a where a.credential_id = c.id and a.ended_at is null) busy
      where c.max_concurrency is null or busy.open < c.max_concurrency
      order by busy.open, random() limit 1;
    if not found then
      return query select 'full', null::text;
      return;
    end if;
  else
    chosen := p_credentials[1];
  end if;
  if move_task(p_task, '{queued}', 'submitting', jsonb_build_object('detail', jsonb_build_object('attempt', p_attempt, 'channel', p_channel))) is null then
    return query select 'gone', null::text;
    return;
  end if;
  insert into attempt (id, task_id, number, channel_id, credential_id, provider, upstream_model, outcome, job_id)
    select p_attempt, p_task, coalesce(max(number), 0) + 1, p_channel, chosen, p_provider, p_upstream_model, 'calling', p_job
    from attempt where task_id = p_task;
  return query select 'begun', chosen;
end $$;

-- A task waits for those channels that could do it: another one's free place is none for it, and must not go to it in
-- vain while others wait for that.
alter table waiting
  add channels text[] not null default '{}',
  add added_at timestamptz not null default now();
drop index waiting_by_model;
create index waiting_by_age on waiting (added_at);

-- As in 0001, for tasks that wait for this very channel.
drop function wake_waiting(text, text[], text[], integer);
create function wake_waiting(p_channel text, p_free integer) returns integer language plpgsql as $$
declare
  woken integer;
begin
  with busy as (
    select t.account_id, count(*) as open from attempt a join task t on t.id = a.task_id
    where a.channel_id = p_channel and a.ended_at is null group by t.account_id
  ), ranked as (
    select w.task_id, w.since, coalesce(b.open, 0) + row_number() over (partition by w.account_id order by w.since) as turn
    from waiting w left join busy b on b.account_id = w.account_id
    where p_channel = any (w.channels)
  ), chosen as (
    select r.task_id from ranked r order by r.turn, r.since limit p_free
  ), taken as (
    delete from waiting w using chosen c where w.task_id = c.task_id returning w.task_id
  )
  select count(enqueue_job('submit', jsonb_build_object('taskId', taken.task_id))) into woken from taken;
  return woken;
end $$;

-- As in 0001; where the upstream calls back, a check comes four longest intervals after the other.
create or replace function claim_checks(p_limit integer, p_min_ms integer, p_max_ms integer)
returns table (task_id text, attempt_id text, failures integer, lag_ms float8) language sql as $$
  with due as (
    select c.task_id, c.due_at, extract(epoch from now() - c.submitted_at) * 1000 as elapsed_ms
    from task_check c where c.due_at <= now() order by c.due_at limit p_limit for update skip locked
  )
  update task_check c set due_at = now() + interval '1 ms' * greatest(p_min_ms, least(case when c.sparse then 4 else 1 end * p_max_ms,
      case
        when c.sparse then 4 * p_max_ms
        when c.failures > 0 then p_min_ms * power(2, least(c.failures, 6))
        -- Half-way to 60 % of the usual time, so that short jobs are seen early and long ones are left in peace.
        when due.elapsed_ms < 0.6 * c.usual_ms then (0.6 * c.usual_ms - due.elapsed_ms) / 2 + p_min_ms
        when due.elapsed_ms < 2 * c.usual_ms then c.usual_ms / 20.0
        else due.elapsed_ms / 10
      end))
  from due
  where c.task_id = due.task_id
  returning c.task_id, c.attempt_id, c.failures, (extract(epoch from now() - due.due_at) * 1000)::float8
$$;
