import { newId } from '../core/ids.ts'
import type { Task } from '../core/task.ts'
import { attemptsOf, recordLateAcceptance, type Attempt } from '../db/attempt.ts'
import { readTaskForEngine } from '../db/task.ts'
import { addWaiting } from '../db/waiting.ts'
import type { Submitted } from '../providers/provider.ts'
import { stageResults } from './archive.ts'
import type { Candidate } from './channels.ts'
import { jobOf, parentAttempt, parentJobAt } from './job-inputs.ts'
import { decide, describeError, type Decision } from './outcome.ts'
import type { JobTry } from './job-runner.ts'
import type { EngineParts } from './parts.ts'

/** A task that no channel would take now comes again after this, each time after twice as long, or when the upstream said to. */
const RETRY_MS = 2_000
const MAX_RETRY_MS = 60_000
/** Attempts in all before the last refusal stands, so that a task cannot circle for ever. */
const MAX_ATTEMPTS = 12

/**
 * Takes a queued task to an upstream. Runs as a job, so it may run again after a crash at any point: an attempt that
 * was written down and has no outcome is lost, never repeated.
 */
export async function submitTask(taskId: string, job: JobTry, parts: EngineParts): Promise<void> {
  const found = await readTaskForEngine(parts.pool, taskId)
  if (found?.task.state === 'submitting') return reconcileCrashed(found.task, job, parts)
  if (found?.task.state !== 'queued') return
  const { task, groupName } = found
  const attempts = await attemptsOf(parts.pool, taskId)
  const candidates = await parts.channels.candidates(task.request.model, groupName, refusedBy(attempts))
  for (const candidate of leastTriedFirst(candidates, attempts)) {
    parts.reach('submit:before_attempt')
    const id = newId('attempt')
    const begun = await begin({ id, taskId, job, candidate }, parts)
    if (begun === 'gone') return
    if (begun !== 'begun') continue
    parts.reach('submit:after_attempt')
    return submitOnce({ id, task, groupName, candidate, earlier: attempts }, parts)
  }
  await addWaiting(parts.pool, taskId)
}

/** Where the task was turned away before, it asks last. The order is the channels' own otherwise. */
function leastTriedFirst(candidates: readonly Candidate[], attempts: readonly Attempt[]): Candidate[] {
  const tries = ({ channelId }: Candidate): number => attempts.filter((attempt) => attempt.channelId === channelId).length
  return candidates.toSorted((a, b) => tries(a) - tries(b))
}

async function begin({ id, taskId, job, candidate }: { id: string; taskId: string; job: JobTry; candidate: Candidate }, parts: EngineParts): Promise<'begun' | 'full' | 'limited' | 'gone' | 'sick'> {
  const { health } = parts.channels
  // Others may have been let in since the candidates were listed.
  if (!health.enter(candidate.channelId)) return 'sick'
  let begun: 'begun' | 'full' | 'limited' | 'gone' | undefined
  try {
    begun = await parts.moves.submitting({ ...candidate, id, taskId, job, provider: candidate.provider.id })
    return begun
  } finally {
    if (begun !== 'begun') health.withdraw(candidate.channelId)
  }
}

/** An attempt that is written down; its call comes now, once. */
interface Submission {
  id: string
  task: Task
  groupName: string
  candidate: Candidate
  earlier: readonly Attempt[]
}

async function submitOnce(submission: Submission, parts: EngineParts): Promise<void> {
  const { id, task, candidate } = submission
  const { channelId, provider } = candidate
  const endTimer = parts.metrics.submitSeconds.startTimer({ channel: channelId })
  let outcome: { submitted: Submitted<unknown> } | { error: unknown }
  try {
    const { http } = await parts.channels.upstream({ ...candidate, provider: provider.id })
    const parent = parentJobAt(await parentAttempt(task, parts.pool), candidate.credentialId)
    const job = jobOf(task, { attempt: { id, upstreamModel: candidate.upstreamModel }, settings: candidate.settings, parent }, parts)
    const submitted = await provider.submit(job, http)
    outcome = { submitted: await withResultsStaged(id, submitted, parts) }
  } catch (error) {
    outcome = { error }
  }
  endTimer()
  parts.reach('submit:after_call')
  if ('submitted' in outcome) await accepted(submission, outcome.submitted, parts)
  else await notAccepted(submission, outcome.error, parts)
  parts.reach('submit:after_outcome')
}

/** A synchronous answer with the results in it. The upstream has done its work by now, so our own disk may fail no more than that. */
async function withResultsStaged(id: string, submitted: Submitted<unknown>, parts: EngineParts): Promise<Submitted<unknown>> {
  if (submitted.progress?.state !== 'done') return submitted
  return { ...submitted, progress: { ...submitted.progress, results: await stageResults(id, submitted.progress.results, parts) } }
}

async function accepted({ id, task, candidate }: Submission, { handle, progress }: Submitted<unknown>, parts: EngineParts): Promise<void> {
  const { channelId } = candidate
  parts.channels.health.answered(channelId)
  parts.metrics.submissions.inc({ channel: channelId, outcome: 'accepted' })
  const moved =
    progress?.state === 'failed'
      ? await parts.moves.failed(task.id, ['submitting'], progress.reason, { attempt: { id, outcome: 'accepted', handle, error: progress.reason, ...(progress.usage && { usage: progress.usage }) } })
      : progress?.state === 'done'
        ? await parts.moves.archiving(task.id, 'submitting', { id, handle, results: progress.results, ...(progress.usage && { usage: progress.usage }), ...(progress.kept !== undefined && { kept: progress.kept }) })
        : await parts.moves.running(task.id, { id, handle }, firstCheck(candidate, task, parts))
  if (!moved) {
    await recordLateAcceptance(parts.pool, id, handle)
    parts.log.error({ task: task.id, attempt: id, channel: channelId, handle }, 'an upstream accepted a task that was given up meanwhile')
  }
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
      parts.channels.health.fault(channelId)
      return lose(task, { id, channelId, searchable: provider.find !== undefined, error: described }, parts)
    case 'fail':
      parts.channels.health.answered(channelId)
      await parts.moves.failed(task.id, ['submitting'], decision.error, { attempt: { id, outcome: 'refused', error: described } })
      return
    case 'try_elsewhere':
      await noteFault(channelId, decision, described, parts)
      return tryElsewhere(submission, decision, described, parts)
  }
}

async function noteFault(channelId: string, decision: Decision & { do: 'try_elsewhere' }, described: Record<string, unknown>, { channels }: EngineParts): Promise<void> {
  if (decision.fault === 'busy') channels.health.fault(channelId, decision.retryAfterMs)
  else channels.health.answered(channelId)
  if (decision.fault === 'credential') await channels.block(channelId, String(described['upstreamCode'] ?? described['message']))
}

/** Back to the queue while some channel may still take it; else the refusal stands. */
async function tryElsewhere({ id, task, groupName, candidate, earlier }: Submission, decision: Decision & { do: 'try_elsewhere' }, described: Record<string, unknown>, parts: EngineParts): Promise<void> {
  const refused = refusedBy(earlier)
  if (decision.fault === 'none') refused.add(candidate.channelId)
  const others = await parts.channels.candidates(task.request.model, groupName, new Set([...refused, candidate.channelId]))
  const mayComeAgain = decision.fault !== 'none'
  if ((others.length === 0 && !mayComeAgain) || earlier.length + 1 >= MAX_ATTEMPTS) {
    await parts.moves.failed(task.id, ['submitting'], decision.error, { attempt: { id, outcome: 'refused', error: described } })
    return
  }
  const delayMs = others.length > 0 ? 0 : Math.min(Math.max(decision.retryAfterMs ?? 0, RETRY_MS * 2 ** earlier.length), MAX_RETRY_MS)
  await parts.moves.requeued(task.id, { id, error: described }, delayMs)
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

/** Outcome unknown: never sent again, looked for until the window ends, then given back at the operator's loss. */
async function lose(task: Task, lost: { id: string; channelId: string; searchable: boolean; error: unknown }, parts: EngineParts): Promise<void> {
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
  const sparse = provider.callsBack === true && settings.callbackUrl !== undefined && callbacks.comeThrough(channelId, clock.nowMs())
  if (sparse) return { delayMs: Math.max(settings.checkMaxMs, 2 * usualMs), usualMs, sparse }
  return { delayMs: Math.max(settings.checkMinMs, Math.min(settings.checkMaxMs, usualMs * 0.3)), usualMs }
}

/** Channels that said no to the request itself; one that was only busy may be asked again. */
function refusedBy(attempts: readonly Attempt[]): Set<string> {
  return new Set(attempts.filter(({ errorKind }) => errorKind === 'refused').map(({ channelId }) => channelId))
}
