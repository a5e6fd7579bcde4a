import { UpstreamError } from '../core/errors.ts'
import { newId } from '../core/ids.ts'
import type { Task } from '../core/task.ts'
import { attemptsOf, readAttempts, recordLateAcceptance, type Attempt, type BeginOutcome } from '../db/attempt.ts'
import { readTaskForEngine } from '../db/task.ts'
import { addWaiting } from '../db/waiting.ts'
import type { Progress, Submitted } from '../providers/provider.ts'
import { archiveTask, discardIfGivenUp, storeBytes } from './archive.ts'
import { costOfFailure, countMoney } from './attempt-cost.ts'
import type { Candidate, Submitter } from './channels.ts'
import { jobOf, requestOf } from './job-inputs.ts'
import { blockReason, decide, describeError, type Decision } from './outcome.ts'
import type { JobTry } from './job-runner.ts'
import type { EngineParts } from './parts.ts'
import { routedWork } from './routed-work.ts'
import type { RoutedWork } from './routing.ts'

/** A task that no channel would take now comes again after this, each time after twice as long, or when the upstream said to. */
const RETRY_MS = 2_000
const MAX_RETRY_MS = 60_000
/** Attempts in all before the last refusal stands, so that a task cannot circle for ever. */
const MAX_ATTEMPTS = 12
/** When a result that came with the answer is archived by another worker, if this one could not store it. */
const ARCHIVE_BACKSTOP_MS = 30_000

/**
 * Takes a queued task to an upstream. Runs as a job, so it may run again after a crash at any point: an attempt that
 * was written down and has no outcome is lost, never repeated.
 */
export async function submitTask(taskId: string, job: JobTry, parts: EngineParts): Promise<void> {
  const found = await readTaskForEngine(parts.pool, taskId)
  if (found?.task.state === 'submitting') return reconcileCrashed(found.task, job, parts)
  if (found?.task.state === 'archiving') return archiveInterrupted(taskId, job, parts)
  if (found?.task.state !== 'queued') return
  const { task, groupName } = found
  const attempts = await attemptsOf(parts.pool, taskId)
  const work = await routedWork({ request: requestOf(task), group: groupName, remixedFrom: task.remixedFrom }, parts)
  const { candidates, waitFor, unfit } = await parts.channels.route(work, refusedBy(attempts))
  for (const candidate of leastTriedFirst(candidates, attempts)) {
    parts.reach('submit:before_attempt')
    const id = newId('attempt')
    const begun = await begin({ id, taskId, job, candidate }, parts)
    if (begun.result === 'gone') return
    if (begun.result !== 'begun') continue
    parts.reach('submit:after_attempt')
    return submitOnce({ id, task, work, candidate, credentialId: begun.credentialId, earlier: attempts }, parts)
  }
  // It was fit when it was let in: the channels are others by now.
  if (unfit) await parts.moves.failed(taskId, ['queued'], { code: 'invalid_request', message: unfit.message, param: unfit.param })
  else await addWaiting(parts.pool, taskId, waitFor)
}

/** Where the task was turned away before, it asks last. The order is the channels' own otherwise. */
function leastTriedFirst(candidates: readonly Candidate[], attempts: readonly Attempt[]): Candidate[] {
  const tries = ({ channelId }: Candidate): number => attempts.filter((attempt) => attempt.channelId === channelId).length
  return candidates.toSorted((a, b) => tries(a) - tries(b))
}

async function begin(beginning: Beginning, parts: EngineParts): Promise<BeginOutcome | { result: 'sick' }> {
  const { channelId } = beginning.candidate
  if (!parts.calls.enter(channelId)) return { result: 'full' }
  const begun = await beginAt(beginning, parts).catch((error: unknown) => {
    parts.calls.leave(channelId)
    throw error
  })
  // It is given back when the call is through.
  if (begun.result !== 'begun') parts.calls.leave(channelId)
  return begun
}

interface Beginning {
  id: string
  taskId: string
  job: JobTry
  candidate: Candidate
}

async function beginAt({ id, taskId, job, candidate }: Beginning, parts: EngineParts): Promise<BeginOutcome | { result: 'sick' }> {
  const { health } = parts.channels
  // Others may have been let in since the candidates were listed.
  const entered = health.enter(candidate.channelId)
  if (entered === 'no' || (entered === 'probe' && !(await answersPing(candidate, parts)))) return { result: 'sick' }
  let begun: BeginOutcome | undefined
  try {
    begun = await parts.moves.submitting({ ...candidate, id, taskId, job, provider: candidate.provider.id })
    if (begun.result === 'begun' && begun.credentialId !== undefined) health.enter(begun.credentialId)
    return begun
  } finally {
    if (begun?.result !== 'begun') health.withdraw(candidate.channelId)
  }
}

/** Half open, a call that costs nothing goes first, where the wire has one: a job must not be the one to find out. */
async function answersPing({ channelId, credentials: [credential], provider, upstreamModel }: Candidate, parts: EngineParts): Promise<boolean> {
  if (!provider.ping || !credential) return true
  const who = { channelId, credentialId: credential.id }
  try {
    const { http } = await parts.channels.upstream({ provider: provider.id, credentialId: credential.id })
    await provider.ping(upstreamModel, http)
    await parts.channels.answered(who)
    return true
  } catch (error) {
    parts.log.info({ channel: channelId, error: describeError(error)['kind'] }, 'a channel that is tried again is not well yet')
    await parts.channels.fault(who)
    if (error instanceof UpstreamError && error.kind === 'credential') await parts.channels.block(who, blockReason(describeError(error)))
    return false
  }
}

/** An attempt that is written down; its call comes now, once. */
interface Submission {
  id: string
  task: Task
  work: RoutedWork
  candidate: Candidate
  /** The one that the database chose; absent for the sandbox. */
  credentialId: string | undefined
  earlier: readonly Attempt[]
}

async function submitOnce(submission: Submission, parts: EngineParts): Promise<void> {
  const { id, task, candidate } = submission
  const { channelId, provider, settings, parent, upstreamModel } = candidate
  const endTimer = parts.metrics.submitSeconds.startTimer({ channel: channelId })
  let outcome: { submitted: Submitted<unknown> } | { error: unknown }
  try {
    const { http } = await parts.channels.upstream({ ...submitterOf(submission), provider: provider.id })
    const job = jobOf(task, { attempt: { id, upstreamModel }, settings, parent }, parts)
    const submitted = await provider.submit(job, http)
    outcome = { submitted: await withBytesStored(task, submitted, parts) }
  } catch (error) {
    outcome = { error }
  } finally {
    parts.calls.leave(channelId)
  }
  endTimer()
  parts.reach('submit:after_call')
  if ('submitted' in outcome) await accepted(submission, outcome.submitted, parts)
  else await notAccepted(submission, outcome.error, parts)
  parts.reach('submit:after_outcome')
}

/** An answer with the results in it. The upstream has done its work by now: what fails from here on is lost to the operator. */
async function withBytesStored(task: Task, submitted: Submitted<unknown>, parts: EngineParts): Promise<Submitted<unknown>> {
  if (submitted.progress?.state !== 'done') return submitted
  return { ...submitted, progress: { ...submitted.progress, results: await storeBytes(task, submitted.progress.results, parts) } }
}

async function accepted(submission: Submission, { handle, progress }: Submitted<unknown>, parts: EngineParts): Promise<void> {
  const { id, task, candidate } = submission
  const { channelId } = candidate
  parts.metrics.submissions.inc({ channel: channelId, outcome: 'accepted' })
  const moved =
    progress?.state === 'failed'
      ? await failedAtOnce(submission, handle, progress, parts)
      : progress?.state === 'done'
        ? await parts.moves.archiving(task.id, 'submitting', { id, handle, results: progress.results, ...(progress.usage && { usage: progress.usage }), ...(progress.kept !== undefined && { kept: progress.kept }) }, { jobAfterMs: ARCHIVE_BACKSTOP_MS })
        : await parts.moves.running(task.id, { id, handle }, firstCheck(candidate, task, parts))
  await parts.channels.answered(submitterOf(submission))
  if (!moved) {
    await recordLateAcceptance(parts.pool, id, handle)
    parts.log.error({ task: task.id, attempt: id, channel: channelId, handle }, 'an upstream accepted a task that was given up meanwhile')
    if (progress?.state === 'done') await discardIfGivenUp((await readTaskForEngine(parts.pool, task.id))?.task, parts)
    return
  }
  // Who asks for something that comes at once waits for it: no other worker need hear of it first.
  if (progress?.state === 'done') await archiveTask(task.id, id, 0, parts).catch((error: unknown) => parts.log.warn({ task: task.id, attempt: id, err: error }, 'a result that came at once could not be stored at once'))
}

/** Accepted and through with it in one answer. */
async function failedAtOnce({ id, task, candidate: { channelId } }: Submission, handle: unknown, { reason, usage }: Progress & { state: 'failed' }, parts: EngineParts): Promise<boolean> {
  const cost = await costOfFailure({ id, channelId, ...(usage && { usage }) }, task, parts)
  const moved = await parts.moves.failed(task.id, ['submitting'], reason, { attempt: { id, outcome: 'accepted', handle, error: reason, ...(usage && { usage }), ...cost } })
  if (moved) countMoney(parts, { channelId, model: task.quote.model }, { cost })
  return moved
}

async function notAccepted(submission: Submission, error: unknown, parts: EngineParts): Promise<void> {
  const { id, task, candidate: { channelId, provider } } = submission
  const decision = decide(error)
  const described = describeError(error)
  parts.metrics.submissions.inc({ channel: channelId, outcome: decision.do === 'reconcile' ? 'lost' : String(described['kind']) })
  // Without the upstream's own words, which may repeat the prompt: they are kept with the attempt.
  const { message: _message, ...facts } = described
  parts.log.warn({ task: task.id, attempt: id, channel: channelId, decision: decision.do, error: facts, ...(described['kind'] === 'bug' && { err: error }) }, 'submission not accepted')
  switch (decision.do) {
    case 'reconcile':
      await parts.channels.fault(submitterOf(submission))
      return lose(task, { id, channelId, searchable: provider.find !== undefined, error: described }, parts)
    case 'fail':
      await parts.channels.answered(submitterOf(submission))
      await parts.moves.failed(task.id, ['submitting'], decision.error, { attempt: { id, outcome: 'refused', error: described } })
      return
    case 'try_elsewhere':
      await noteFault(submission, decision, described, parts)
      return tryElsewhere(submission, decision, described, parts)
  }
}

async function noteFault(submission: Submission, decision: Decision & { do: 'try_elsewhere' }, described: Record<string, unknown>, { channels }: EngineParts): Promise<void> {
  const who = submitterOf(submission)
  switch (decision.fault) {
    case 'none':
      return channels.answered(who)
    case 'busy':
      return channels.busy(who, decision.retryAfterMs)
    case 'unreachable':
      return channels.fault(who)
    case 'credential':
      await channels.answered(who)
      return channels.block(who, blockReason(described))
  }
}

/** Back to the queue while some channel may still take it; else the refusal stands. */
async function tryElsewhere({ id, task, work, candidate, earlier }: Submission, decision: Decision & { do: 'try_elsewhere' }, described: Record<string, unknown>, parts: EngineParts): Promise<void> {
  const refused = refusedBy(earlier)
  if (decision.fault === 'none') refused.add(candidate.channelId)
  const { candidates } = await parts.channels.route(work, refused)
  // Where only its credential is at fault, the channel may have another.
  const others = decision.fault === 'busy' || decision.fault === 'credential' ? candidates : candidates.filter(({ channelId }) => channelId !== candidate.channelId)
  const mayComeAgain = decision.fault !== 'none'
  if ((others.length === 0 && !mayComeAgain) || earlier.length + 1 >= MAX_ATTEMPTS) {
    await parts.moves.failed(task.id, ['submitting'], decision.error, { attempt: { id, outcome: 'refused', error: described } })
    return
  }
  const delayMs = others.length > 0 ? 0 : Math.min(Math.max(decision.retryAfterMs ?? 0, RETRY_MS * 2 ** earlier.length), MAX_RETRY_MS)
  await parts.moves.requeued(task.id, { id, error: described }, delayMs)
}

function submitterOf({ candidate: { channelId }, credentialId }: Submission): Submitter {
  return { channelId, ...(credentialId !== undefined && { credentialId }) }
}

/** The worker that wrote the attempt down ended before it wrote an outcome: the call may or may not have been made. */
async function reconcileCrashed(task: Task, job: JobTry, parts: EngineParts): Promise<void> {
  const open = (await attemptsOf(parts.pool, task.id)).findLast(({ outcome }) => outcome === 'calling')
  // Between the two reads its outcome was written, or another job is at it: that one's own retry would be here if it had died.
  if (open?.jobId !== job.id) return
  parts.log.warn({ task: task.id, attempt: open.id, channel: open.channelId }, 'a submission was interrupted; its outcome is unknown')
  const { provider } = await parts.channels.upstream(open)
  await lose(task, { ...open, searchable: provider.find !== undefined, error: { kind: 'lost', message: 'the process ended during the call' } }, parts)
}

/** The worker ended between the answer with the results and their settlement, which is this job's work then. */
async function archiveInterrupted(taskId: string, job: JobTry, parts: EngineParts): Promise<void> {
  const own = (await attemptsOf(parts.pool, taskId)).find(({ jobId, outcome }) => jobId === job.id && outcome === 'accepted')
  if (own) await archiveTask(taskId, own.id, 0, parts)
}

/**
 * Outcome unknown, unless its upstream has called back already: never sent again, looked for until the window ends, then
 * given back at the operator's loss.
 */
async function lose(task: Task, lost: { id: string; channelId: string; searchable: boolean; error: unknown }, parts: EngineParts): Promise<void> {
  const [attempt] = await readAttempts(parts.pool, [lost.id])
  if (attempt?.handle !== undefined) {
    parts.log.info({ task: task.id, attempt: lost.id }, 'a submission without an answer is not lost: its upstream called back')
    await parts.moves.running(task.id, { id: lost.id, handle: attempt.handle }, { delayMs: 0, usualMs: parts.durations.usualMs(attempt, 0) })
    return
  }
  parts.metrics.lost.inc({ channel: lost.channelId })
  const until = new Date(parts.clock.nowMs() + parts.settings.reconcileSeconds * 1000)
  await parts.moves.unresolved(task.id, lost, { until, searchable: lost.searchable })
}

/**
 * When to look first: after a third of the usual time, so that a job which is quicker than usual is seen early. Where the
 * upstream was seen to call back, looks are only for the callback that gets lost.
 */
function firstCheck({ channelId, provider, upstreamModel }: Candidate, task: Task, { durations, callbacks, clock, settings }: EngineParts): { delayMs: number; usualMs: number; sparse?: true } {
  const usualMs = durations.usualMs({ provider: provider.id, upstreamModel }, (provider.usualSeconds ?? task.usualSeconds) * 1000)
  const sparse = provider.callsBack === true && settings.callbackUrl !== undefined && callbacks.comeThrough({ channelId, upstreamModel }, clock.nowMs())
  if (sparse) return { delayMs: Math.max(settings.checkMaxMs, 2 * usualMs), usualMs, sparse }
  return { delayMs: Math.max(settings.checkMinMs, Math.min(settings.checkMaxMs, usualMs * 0.3)), usualMs }
}

/** Channels that said no to the request itself; one that was only busy may be asked again. */
function refusedBy(attempts: readonly Attempt[]): Set<string> {
  return new Set(attempts.filter(({ errorKind }) => errorKind === 'refused').map(({ channelId }) => channelId))
}
