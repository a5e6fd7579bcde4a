-- Genlock's rows. Money is bigint micro-dollars; times are timestamptz; ids are ours, prefixed and opaque.

-- Who pays. A person's own account or an organisation's.
create table account (
  id text primary key,
  name text not null,
  status text not null default 'active' check (status in ('active', 'suspended')),
  created_at timestamptz not null default now()
);

-- Which channels and models a key may reach, and at what multiplier (millionths).
create table key_group (
  name text primary key,
  price_multiplier_ppm integer not null default 1000000 check (price_multiplier_ppm >= 0),
  created_at timestamptz not null default now()
);
insert into key_group (name) values ('default');

create table api_key (
  id text primary key,
  account_id text not null references account (id),
  name text not null,
  -- HMAC-SHA256 of the key under the server's secret; the key itself is shown once and stored nowhere.
  secret_hash bytea not null unique,
  -- The first characters, for people to tell keys apart.
  prefix text not null,
  group_name text not null default 'default' references key_group (name),
  -- Public model names this key may call; null means all of its group's.
  models text[],
  -- Whether a ledger account `budget:<id>` bounds what this key may spend.
  has_budget boolean not null default false,
  expires_at timestamptz,
  revoked_at timestamptz,
  created_at timestamptz not null default now()
);
create index api_key_by_account on api_key (account_id, created_at);

-- Rate cards that tasks were priced with, kept so that any charge can be computed again.
create table rate_card (
  model text not null,
  version text not null,
  card jsonb not null,
  first_used_at timestamptz not null default now(),
  primary key (model, version)
);

----------------------------------------------------------------------------------------------------------------------
-- The ledger: double entry, append-only. One entry moves an amount from one account to another, so that every posting
-- balances by its form. Accounts are named by kind and owner: `customer:<account>` what may be spent, `held:<account>`
-- what open tasks hold, `budget|budget_held|budget_spent:<key>`, and the operator's `revenue`, `funding`, `loss`,
-- `upstream` (owed for jobs of unknown outcome).

-- Balances that are guarded: a hold fails here, in the database, when it does not cover. The others are sums of entries.
create table ledger_account (
  id text primary key,
  balance_micros bigint not null default 0,
  -- Minus the credit limit.
  floor_micros bigint not null default 0,
  constraint ledger_account_covered check (balance_micros >= floor_micros)
) with (fillfactor = 50);

create table posting (
  id bigint generated always as identity primary key,
  kind text not null check (kind in ('grant', 'hold', 'capture', 'release', 'loss', 'budget', 'correction')),
  account_id text not null,
  task_id text,
  -- For a correction: the posting that it mends.
  corrects_id bigint,
  note text,
  created_at timestamptz not null default now()
);
create index posting_by_account on posting (account_id, id);
-- A task has one hold, and a hold ends once: captured or released. The capture key is the task's id.
create unique index posting_one_hold on posting (task_id) where kind = 'hold';
create unique index posting_one_end on posting (task_id) where kind in ('capture', 'release');

create table entry (
  posting_id bigint not null,
  line smallint not null,
  from_account text not null,
  to_account text not null,
  amount_micros bigint not null check (amount_micros > 0),
  primary key (posting_id, line)
);

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'the ledger only appends: % of % refused', tg_op, tg_table_name;
end $$;
create trigger posting_append_only before update or delete on posting for each row execute function refuse_change();
create trigger entry_append_only before update or delete on entry for each row execute function refuse_change();
create trigger posting_no_truncate before truncate on posting for each statement execute function refuse_change();
create trigger entry_no_truncate before truncate on entry for each statement execute function refuse_change();

-- Books the entries of one posting and moves the guarded balances. `lines` is [[from, to, micros], …]; zero amounts
-- are left out. Balances change in the order of account ids, so that two postings cannot deadlock, and last in the
-- transaction's work where speed matters: their locks are held until the commit is flushed.
create function post(p_kind text, p_account text, p_task text, p_note text, p_lines jsonb) returns bigint language plpgsql as $$
declare
  posted bigint;
  moved record;
begin
  insert into posting (kind, account_id, task_id, note) values (p_kind, p_account, p_task, p_note) returning id into posted;
  insert into entry (posting_id, line, from_account, to_account, amount_micros)
    select posted, l.n, l.v->>0, l.v->>1, (l.v->>2)::bigint
    from jsonb_array_elements(p_lines) with ordinality as l(v, n)
    where (l.v->>2)::bigint <> 0;
  for moved in
    select m.id, sum(m.amount) as amount
    from (
      select from_account as id, -amount_micros as amount from entry where posting_id = posted
      union all
      select to_account, amount_micros from entry where posting_id = posted
    ) m group by m.id having sum(m.amount) <> 0 order by m.id
  loop
    update ledger_account a set balance_micros = a.balance_micros + moved.amount
      where a.id = moved.id and (moved.amount > 0 or a.balance_micros + moved.amount >= a.floor_micros);
    if not found and exists (select from ledger_account a where a.id = moved.id) then
      raise exception 'balance of %', moved.id using errcode = 'GL402';
    end if;
  end loop;
  return posted;
end $$;

----------------------------------------------------------------------------------------------------------------------
-- Channels: an operator's accounts at providers.

create table channel (
  id text primary key,
  provider text not null,
  base_url text,
  -- Public model name → the upstream's.
  models jsonb not null,
  -- Groups that reach it; null means all.
  groups text[],
  priority integer not null default 0,
  weight integer not null default 1 check (weight >= 0),
  max_concurrency integer check (max_concurrency > 0),
  max_requests_per_minute integer check (max_requests_per_minute > 0),
  enabled boolean not null default true,
  -- Who manages it: the configuration file, or people.
  managed_by text not null check (managed_by in ('config', 'admin')),
  -- Set when its credential was refused or has no money: nothing is sent until somebody acts.
  blocked_reason text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

-- Where to call and as whom: what a task was submitted with is what it is checked with, whatever the channel says by
-- then. Sealed with AES-256-GCM.
create table channel_credential (
  id text primary key,
  channel_id text not null references channel (id),
  provider text not null,
  base_url text,
  sealed bytea not null,
  -- Of all of it, under the server's secret: tells whether a configured one is new.
  fingerprint bytea not null,
  created_at timestamptz not null default now(),
  retired_at timestamptz
);
create unique index channel_credential_current on channel_credential (channel_id) where retired_at is null;

----------------------------------------------------------------------------------------------------------------------
-- Tasks.

create table task (
  id text primary key,
  account_id text not null,
  key_id text not null,
  group_name text not null,
  has_budget boolean not null,
  dialect text not null,
  kind text not null,
  model text not null,
  state text not null,
  request jsonb not null,
  quote jsonb not null,
  held_micros bigint not null check (held_micros >= 0),
  charged_micros bigint check (charged_micros >= 0 and charged_micros <= held_micros),
  ignored text[] not null,
  usual_seconds real not null,
  outputs jsonb not null default '[]',
  error jsonb,
  remixed_from text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  submitted_at timestamptz,
  ended_at timestamptz,
  -- When an open task is given up.
  deadline_at timestamptz not null,
  -- While unresolved: until when the lost submission is looked for. It counts instead of the deadline.
  reconcile_until timestamptz,
  -- When the stored outputs go.
  expires_at timestamptz,
  -- Hidden from its owner; the row stays for the books.
  deleted_at timestamptz
);
create index task_by_account on task (account_id, created_at desc, id desc) where deleted_at is null;
create index task_by_deadline on task (coalesce(reconcile_until, deadline_at)) where state not in ('succeeded', 'failed', 'cancelled');
create index task_by_expiry on task (expires_at) where expires_at is not null;

-- Every move there is (core/task.ts holds the same table; a test compares them).
create table task_move (from_state text not null, to_state text not null, primary key (from_state, to_state));
insert into task_move values
  ('queued', 'submitting'), ('queued', 'failed'), ('queued', 'cancelled'),
  ('submitting', 'queued'), ('submitting', 'running'), ('submitting', 'archiving'), ('submitting', 'unresolved'), ('submitting', 'failed'),
  ('unresolved', 'running'), ('unresolved', 'failed'),
  ('running', 'archiving'), ('running', 'failed'), ('running', 'cancelled'),
  ('archiving', 'succeeded'), ('archiving', 'failed');

-- The outbox and the timeline of a task: one row for each state it took, written in the move's transaction.
create table task_event (
  id bigint generated always as identity primary key,
  task_id text not null,
  state text not null,
  at timestamptz not null default now(),
  detail jsonb
);
create index task_event_by_task on task_event (task_id, id);

-- One try at one channel. `calling` is written before the call: found without an outcome after a crash, it is lost.
create table attempt (
  id text primary key,
  task_id text not null,
  number smallint not null,
  channel_id text not null,
  credential_id text,
  provider text not null,
  upstream_model text not null,
  outcome text not null check (outcome in ('calling', 'accepted', 'refused', 'lost')),
  -- The submit job that began it. Only this job's own retry knows that the call was cut off.
  job_id uuid not null,
  handle jsonb,
  -- What the upstream handed over, until it is archived.
  results jsonb,
  usage jsonb,
  error jsonb,
  started_at timestamptz not null default now(),
  -- When the upstream was through with it, whatever came out.
  ended_at timestamptz,
  unique (task_id, number)
);
-- What occupies a channel, and what was sent lately.
create index attempt_open on attempt (channel_id) where ended_at is null;
create index attempt_recent on attempt (channel_id, started_at);

-- Scheduling data, narrow on purpose: claiming 100 rows here is 2.5–3 × faster than from the task table.
create table task_check (
  task_id text primary key,
  attempt_id text not null,
  due_at timestamptz not null,
  submitted_at timestamptz not null,
  usual_ms integer not null,
  failures integer not null default 0
) with (fillfactor = 50);
create index task_check_due on task_check (due_at);

-- Tasks that found every channel full. Fair between accounts: see wake_waiting.
create table waiting (
  task_id text primary key,
  account_id text not null,
  model text not null,
  group_name text not null,
  -- When the task was created: one that is woken and finds the channel full again keeps its turn.
  since timestamptz not null
);
create index waiting_by_model on waiting (model, since);

-- Answers to creates that carried an Idempotency-Key, replayed for 7 days.
create table idempotency (
  account_id text not null,
  key text not null,
  fingerprint text not null,
  task_id text not null,
  status smallint not null,
  answer text not null,
  created_at timestamptz not null default now(),
  primary key (account_id, key)
);
create index idempotency_by_age on idempotency (created_at);

-- Files that callers uploaded, and inputs that came inside requests.
create table upload (
  id text primary key,
  account_id text not null,
  storage_key text not null,
  file_name text not null,
  media_type text not null,
  bytes bigint not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);
create index upload_by_expiry on upload (expires_at);

----------------------------------------------------------------------------------------------------------------------
-- Create: one call, one commit. Idempotency record, hold, task, event and first job, or nothing at all.
-- Raises GL402 when the balance or the key's budget does not cover, GL401 when the key was revoked meanwhile.
-- Returns no row when created; the stored answer when the idempotency key was used before. A second request with the
-- same idempotency key waits for the first one's commit on the primary key, so there is never a second task.
create function create_task(
  p_id text, p_account text, p_key text, p_group text, p_has_budget boolean, p_dialect text, p_kind text, p_model text,
  p_request jsonb, p_quote jsonb, p_held bigint, p_ignored text[], p_usual_seconds real, p_remixed_from text,
  p_created timestamptz, p_deadline timestamptz,
  p_idempotency_key text, p_fingerprint text, p_status smallint, p_answer text
) returns table (task_id text, fingerprint text, status smallint, answer text) language plpgsql as $$
declare
  posted bigint;
begin
  if p_idempotency_key is not null then
    insert into idempotency (account_id, key, fingerprint, task_id, status, answer)
      values (p_account, p_idempotency_key, p_fingerprint, p_id, p_status, p_answer)
      on conflict do nothing;
    if not found then
      return query select i.task_id, i.fingerprint, i.status, i.answer from idempotency i
        where i.account_id = p_account and i.key = p_idempotency_key;
      return;
    end if;
  end if;
  perform 1 from api_key k where k.id = p_key and k.revoked_at is null and (k.expires_at is null or k.expires_at > now());
  if not found then
    raise exception 'key_revoked' using errcode = 'GL401';
  end if;
  -- Looked at without a lock first, so that who cannot pay costs a look and not a transaction's work. The updates decide.
  if p_held > 0 then
    if p_has_budget and not exists (select from ledger_account where id = 'budget:' || p_key and balance_micros - p_held >= floor_micros) then
      raise exception 'budget' using errcode = 'GL402';
    end if;
    if not exists (select from ledger_account where id = 'customer:' || p_account and balance_micros - p_held >= floor_micros) then
      raise exception 'balance' using errcode = 'GL402';
    end if;
  end if;
  insert into task (id, account_id, key_id, group_name, has_budget, dialect, kind, model, state, request, quote, held_micros,
      ignored, usual_seconds, remixed_from, created_at, updated_at, deadline_at)
    values (p_id, p_account, p_key, p_group, p_has_budget, p_dialect, p_kind, p_model, 'queued', p_request, p_quote, p_held,
      p_ignored, p_usual_seconds, p_remixed_from, p_created, p_created, p_deadline);
  insert into task_event (task_id, state) values (p_id, 'queued');
  perform enqueue_job('submit', jsonb_build_object('taskId', p_id));
  insert into posting (kind, account_id, task_id) values ('hold', p_account, p_id) returning id into posted;
  if p_held > 0 then
    insert into entry (posting_id, line, from_account, to_account, amount_micros)
      values (posted, 1, 'customer:' || p_account, 'held:' || p_account, p_held);
    if p_has_budget then
      insert into entry (posting_id, line, from_account, to_account, amount_micros)
        values (posted, 2, 'budget:' || p_key, 'budget_held:' || p_key, p_held);
      update ledger_account set balance_micros = balance_micros - p_held
        where id = 'budget:' || p_key and balance_micros - p_held >= floor_micros;
      if not found then
        raise exception 'budget' using errcode = 'GL402';
      end if;
    end if;
    -- The hot row, last: its lock is held until the commit is flushed.
    update ledger_account set balance_micros = balance_micros - p_held
      where id = 'customer:' || p_account and balance_micros - p_held >= floor_micros;
    if not found then
      raise exception 'balance' using errcode = 'GL402';
    end if;
  end if;
end $$;

-- Ends the hold of a task: captures `p_captured` of it and gives the rest back. The unique index on ends makes a second
-- end impossible.
create function end_hold(t task, p_captured bigint) returns void language plpgsql as $$
declare
  rest bigint := t.held_micros - p_captured;
  lines jsonb := jsonb_build_array(
    jsonb_build_array('held:' || t.account_id, 'revenue', p_captured),
    jsonb_build_array('held:' || t.account_id, 'customer:' || t.account_id, rest));
begin
  if t.has_budget then
    lines := lines || jsonb_build_array(
      jsonb_build_array('budget_held:' || t.key_id, 'budget_spent:' || t.key_id, p_captured),
      jsonb_build_array('budget_held:' || t.key_id, 'budget:' || t.key_id, rest));
  end if;
  perform post(case when t.state = 'succeeded' then 'capture' else 'release' end, t.account_id, t.id, null, lines);
end $$;

-- The one place that changes a task's state after its creation. State, attempt, schedule, next job, event and ledger
-- in one transaction, guarded by the old state. Returns the state it left; null when the task is not in one of `p_from`
-- any more.
-- `p` may carry: error, outputs, charged_micros, expires_at, reconcile_until; attempt {id, outcome, handle, results,
-- usage, error}; job {queue, data, delay_ms}; loss_micros; check {attempt_id, delay_ms, usual_ms}; detail.
create function move_task(p_id text, p_from text[], p_to text, p jsonb default '{}') returns text language plpgsql as $$
declare
  t task;
  final boolean := p_to in ('succeeded', 'failed', 'cancelled');
  left_state text := p_from[1];
  bad text;
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
        error = coalesce(p->'attempt'->'error', error)
      where id = p->'attempt'->>'id';
  end if;
  if p_to = 'running' or (p_to = 'unresolved' and p ? 'check') then
    insert into task_check (task_id, attempt_id, due_at, submitted_at, usual_ms)
      values (p_id, p->'check'->>'attempt_id', now() + (p->'check'->>'delay_ms')::float8 * interval '1 ms', now(), (p->'check'->>'usual_ms')::integer)
      on conflict (task_id) do update set due_at = excluded.due_at, usual_ms = excluded.usual_ms, failures = 0;
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
    perform end_hold(t, coalesce(t.charged_micros, 0));
  end if;
  return left_state;
end $$;

-- Takes a free place at a channel and writes the attempt down before the call. 'begun', 'full' (concurrency),
-- 'limited' (requests per minute) or 'gone': the task is not queued any more, or the job was given to another worker
-- because this one was taken for dead. Limits are counted under a lock of the channel, over all processes; a channel
-- without limits takes no lock.
create function begin_attempt(
  p_task text, p_attempt text, p_job uuid, p_job_retry integer, p_channel text, p_credential text, p_provider text,
  p_upstream_model text, p_max_concurrency integer, p_max_per_minute integer
) returns text language plpgsql as $$
begin
  if not exists (select from pgboss.job j where j.name = 'submit' and j.id = p_job and j.state = 'active' and j.retry_count = p_job_retry) then
    return 'gone';
  end if;
  if p_max_concurrency is not null or p_max_per_minute is not null then
    perform pg_advisory_xact_lock(hashtextextended('channel:' || p_channel, 0));
    if p_max_concurrency is not null and (select count(*) from attempt where channel_id = p_channel and ended_at is null) >= p_max_concurrency then
      return 'full';
    end if;
    if p_max_per_minute is not null and (select count(*) from attempt where channel_id = p_channel and started_at > now() - interval '1 minute') >= p_max_per_minute then
      return 'limited';
    end if;
  end if;
  if move_task(p_task, '{queued}', 'submitting', jsonb_build_object('detail', jsonb_build_object('attempt', p_attempt, 'channel', p_channel))) is null then
    return 'gone';
  end if;
  insert into attempt (id, task_id, number, channel_id, credential_id, provider, upstream_model, outcome, job_id)
    select p_attempt, p_task, coalesce(max(number), 0) + 1, p_channel, p_credential, p_provider, p_upstream_model, 'calling', p_job
    from attempt where task_id = p_task;
  return 'begun';
end $$;

-- Claims checks that are due, moving `due_at` on in the same statement: the claim is the lease, and nothing else is
-- written while nothing changes. Sparse early, dense around the usual end, backing off later and on failures.
create function claim_checks(p_limit integer, p_min_ms integer, p_max_ms integer)
returns table (task_id text, attempt_id text, failures integer, lag_ms float8) language sql as $$
  with due as (
    select c.task_id, c.due_at, extract(epoch from now() - c.submitted_at) * 1000 as elapsed_ms
    from task_check c where c.due_at <= now() order by c.due_at limit p_limit for update skip locked
  )
  update task_check c set due_at = now() + interval '1 ms' * greatest(p_min_ms, least(p_max_ms,
      case
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

-- Gives places that became free to waiting tasks: as many as are free, one account after the other, the account with
-- the fewest open tasks at the channel first, and within an account the oldest first.
create function wake_waiting(p_channel text, p_models text[], p_groups text[], p_free integer) returns integer language plpgsql as $$
declare
  woken integer;
begin
  with busy as (
    select t.account_id, count(*) as open from attempt a join task t on t.id = a.task_id
    where a.channel_id = p_channel and a.ended_at is null group by t.account_id
  ), ranked as (
    select w.task_id, w.since, coalesce(b.open, 0) + row_number() over (partition by w.account_id order by w.since) as turn
    from waiting w left join busy b on b.account_id = w.account_id
    where w.model = any (p_models) and (p_groups is null or w.group_name = any (p_groups))
  ), chosen as (
    select r.task_id from ranked r order by r.turn, r.since limit p_free
  ), taken as (
    delete from waiting w using chosen c where w.task_id = c.task_id returning w.task_id
  )
  select count(enqueue_job('submit', jsonb_build_object('taskId', taken.task_id))) into woken from taken;
  return woken;
end $$;
