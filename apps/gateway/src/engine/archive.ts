import { isUtf8 } from 'node:buffer'
import { Readable } from 'node:stream'
import { UpstreamError } from '../core/errors.ts'
import { EXTRA_ROLES, type ExtraRole, type ResultSource } from '../core/progress.ts'
import { isFinal, type ExtraOutput, type Output, type Task, type TaskError } from '../core/task.ts'
import { readAttempts, type Attempt } from '../db/attempt.ts'
import { readTaskForEngine } from '../db/task.ts'
import { EgressError } from '../egress/egress-error.ts'
import { MediaError } from '../storage/media-error.ts'
import { extensionOfMediaType, mediaKind, SNIFF_BYTES, sniffMediaType } from '../storage/media-type.ts'
import { StorageError } from '../storage/storage.ts'
import { costOfWork, countMoney } from './attempt-cost.ts'
import { jobOf } from './job-inputs.ts'
import type { EngineParts } from './parts.ts'
import { settle } from './settle.ts'

/** The largest result that is stored: a minute of 4K has a fifth of it. */
const MAX_RESULT_BYTES = 2 * 1024 * 1024 * 1024
/** Of a description; the longest that vendors give are a few paragraphs. It is kept in the task's row. */
const MAX_TEXT_BYTES = 64 * 1024
const TOTAL_TIMEOUT_MS = 30 * 60_000
const IDLE_TIMEOUT_MS = 30_000
const MIN_BYTES_PER_SECOND = 16 * 1024
/** Tries before an upstream that keeps refusing its own result has failed: over two minutes, with pg-boss's back-off. */
const MAX_TRIES = 7

/**
 * Fetches the results of a task, checks that each is what it claims, stores them and settles. Runs as a job and may run
 * again after a crash: the same keys are written again, and only the first settlement counts. Of a task that was given
 * up it deletes what was stored.
 */
export async function archiveTask(taskId: string, attemptId: string, tries: number, parts: EngineParts): Promise<void> {
  const found = await readTaskForEngine(parts.pool, taskId)
  if (found?.task.state !== 'archiving') return discardIfGivenUp(found?.task, parts)
  const [attempt] = await readAttempts(parts.pool, [attemptId])
  if (!attempt) throw new Error(`task ${taskId} is archiving without attempt ${attemptId}`)
  let outputs: Output[]
  let extras: ExtraOutput[]
  try {
    outputs = await storeResults(found.task, attempt, parts)
    extras = await storeExtras(found.task, attempt, parts)
  } catch (error) {
    const fault = finalFault(error, tries)
    if (!fault) throw error
    parts.metrics.archiveFailures.inc({ reason: fault.reason })
    parts.log.error({ task: taskId, attempt: attemptId, reason: fault.reason, err: error }, 'a result cannot be used')
    // The upstream has done its work, whatever we can do with it.
    const cost = await costOfWork(attempt, found.task, found.task.quote.facts, parts)
    if (await parts.moves.failed(taskId, ['archiving'], fault.error, { attempt: { id: attemptId, ...cost }, detail: { archive: fault.reason } })) {
      countMoney(parts, { channelId: attempt.channelId, model: found.task.quote.model }, { cost })
      await discardOutputs(taskId, parts)
    }
    return
  }
  parts.reach('archive:after_store')
  const settled = await settle(found.task, { attempt, outputs, extras }, parts)
  parts.reach('archive:after_settle')
  // Given up at the deadline while its files were still coming.
  if (!settled) await discardIfGivenUp((await readTaskForEngine(parts.pool, taskId))?.task, parts)
}

/** Deletes what was stored for a task that has ended without success. If it succeeded, or still may, another worker stored the same files. */
export async function discardIfGivenUp(task: Task | undefined, parts: Pick<EngineParts, 'storage'>): Promise<void> {
  if (task && isFinal(task.state) && task.state !== 'succeeded') await discardOutputs(task.id, parts)
}

/**
 * Stores results that came as bytes inside an answer, before they are written into a row: an image in a row would be
 * written several times over, and read with every look at the attempt. Throws `StorageError`.
 */
export async function storeBytes(task: Task, results: readonly ResultSource[], parts: EngineParts): Promise<ResultSource[]> {
  const stored: ResultSource[] = []
  const outputs = results.filter(({ role }) => role === 'output')
  for (const source of results) stored.push(source.kind === 'bytes' ? await storeInlined(task, { source, index: outputs.indexOf(source) }, parts) : source)
  return stored
}

async function storeInlined(task: Task, { source, index }: { source: ResultSource & { kind: 'bytes' }; index: number }, parts: EngineParts): Promise<ResultSource> {
  const { role } = source
  const bytes = Buffer.from(source.base64, 'base64')
  try {
    if (role === 'output' && task.request.kind === 'text') return { kind: 'stored', role, output: await storeText(task, { result: Readable.from([bytes]), index }, parts) }
    return { kind: 'stored', role, output: await storeFile(Readable.from([bytes]), role === 'output' ? resultFile(task, index) : extraFile(task, role), parts, bytes) }
  } catch (error) {
    if (!(error instanceof MediaError)) throw error
    // Its beginning is enough to be refused by when it is archived.
    return { ...source, base64: bytes.subarray(0, SNIFF_BYTES).toString('base64') }
  }
}

async function discardOutputs(taskId: string, { storage }: Pick<EngineParts, 'storage'>): Promise<void> {
  for await (const { key } of storage.list(`outputs/${taskId}/`)) await storage.delete(key)
}

async function storeResults(task: Task, attempt: Attempt, parts: EngineParts): Promise<Output[]> {
  const wanted = (attempt.results ?? []).filter(({ role }) => role === 'output').slice(0, task.request.count)
  if (wanted.length === 0) throw new MediaError('not_media', 'The upstream said that it is done, without a result.')
  const outputs: Output[] = []
  for (const [index, source] of wanted.entries()) {
    parts.reach('archive:before_download')
    const endTimer = parts.metrics.archiveSeconds.startTimer()
    outputs.push(await storeResult(task, attempt, { source, index }, parts))
    endTimer()
  }
  return outputs
}

/** What came beside the results. One that cannot be had is left out: what was paid for is there. */
async function storeExtras(task: Task, attempt: Attempt, parts: EngineParts): Promise<ExtraOutput[]> {
  const extras: ExtraOutput[] = []
  for (const role of EXTRA_ROLES) {
    const source = (attempt.results ?? []).find((result) => result.role === role)
    if (source === undefined) continue
    if (source.kind === 'stored') {
      extras.push({ ...source.output, role })
      continue
    }
    try {
      const stored = await storeFile(await openResult(task, attempt, source, parts), extraFile(task, role), parts)
      extras.push({ ...stored, role })
    } catch (error) {
      parts.log.warn({ task: task.id, attempt: attempt.id, role, err: error }, 'what came beside a result could not be stored')
    }
  }
  return extras
}

async function storeResult(task: Task, attempt: Attempt, { source, index }: { source: ResultSource; index: number }, parts: EngineParts): Promise<Output> {
  if (source.kind === 'stored') return source.output
  const result = await openResult(task, attempt, source, parts)
  if (task.request.kind === 'text') return storeText(task, { result, index }, parts)
  return storeFile(result, resultFile(task, index), parts)
}

/** Where a file goes, without its extension, and what it must be. */
interface FilePlace {
  name: string
  kind: 'video' | 'image' | 'audio'
}

function resultFile({ id, request }: Task, index: number): FilePlace {
  return { name: `outputs/${id}/${index}`, kind: request.kind === 'video' ? 'video' : 'image' }
}

function extraFile({ id }: Task, role: ExtraRole): FilePlace {
  return { name: `outputs/${id}/${role}`, kind: role === 'audio' ? 'audio' : 'image' }
}

/** Stores a stream under its name and the extension that its content has, when it is of the right kind and holds together. `bytes` are those of the stream, where they are at hand. */
async function storeFile(result: Readable, { name, kind }: FilePlace, parts: EngineParts, bytes?: Uint8Array): Promise<Output> {
  const { head, stream } = await peek(result)
  const mediaType = sniffMediaType(head)
  if (mediaType === undefined || mediaKind(mediaType) !== kind) {
    stream.destroy()
    throw new MediaError('not_media', `The upstream's result is no ${kind}.`)
  }
  const storageKey = `${name}.${extensionOfMediaType(mediaType)}`
  const stored = await parts.storage.put(storageKey, stream, { mediaType, maxBytes: MAX_RESULT_BYTES })
  try {
    const facts = await parts.prober.probe(bytes ?? { storage: parts.storage, key: storageKey }, mediaType)
    return {
      storageKey,
      mediaType,
      ...stored,
      ...(facts.widthPixels === undefined ? {} : { widthPixels: facts.widthPixels }),
      ...(facts.heightPixels === undefined ? {} : { heightPixels: facts.heightPixels }),
      ...(facts.durationSeconds === undefined ? {} : { durationSeconds: facts.durationSeconds }),
      ...(mediaKind(mediaType) === 'video' ? { hasAudio: facts.hasAudio } : {}),
    }
  } catch (error) {
    await parts.storage.delete(storageKey)
    throw error
  }
}

/** Words lie in the task itself, where every reader of it needs them, and beside it as a file. */
async function storeText(task: Task, { result, index }: { result: Readable; index: number }, { storage }: EngineParts): Promise<Output> {
  const bytes = await readText(result)
  const text = bytes.toString('utf8').trim()
  if (text === '' || !isUtf8(bytes) || text.includes('\0')) throw new MediaError('not_media', "The upstream's result is no text.")
  const mediaType = 'text/plain'
  const storageKey = `outputs/${task.id}/${index}.${extensionOfMediaType(mediaType)}`
  const stored = await storage.put(storageKey, Readable.from([Buffer.from(text)]), { mediaType, maxBytes: MAX_TEXT_BYTES })
  return { storageKey, mediaType, ...stored, text }
}

async function readText(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > MAX_TEXT_BYTES) throw new MediaError('too_large', `The text has more than ${MAX_TEXT_BYTES} bytes.`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

async function openResult(task: Task, attempt: Attempt, source: ResultSource, parts: EngineParts): Promise<Readable> {
  switch (source.kind) {
    case 'url': {
      const answer = await parts.egress.download({
        url: source.url, maxBytes: MAX_RESULT_BYTES, totalTimeoutMs: TOTAL_TIMEOUT_MS, idleTimeoutMs: IDLE_TIMEOUT_MS, minBytesPerSecond: MIN_BYTES_PER_SECOND,
      })
      if (answer.status === 200) return answer.stream
      answer.stream.destroy()
      throw new UpstreamError('busy', `the result's server answered ${answer.status}`, { httpStatus: answer.status })
    }
    case 'text':
      return Readable.from([Buffer.from(source.text)])
    case 'bytes':
      return Readable.from([Buffer.from(source.base64, 'base64')])
    case 'stored':
      return parts.storage.open(source.output.storageKey)
    case 'provider': {
      const { provider, http, settings } = await parts.channels.upstream(attempt)
      if (!provider.open) throw new Error(`${provider.id} gave a result that it cannot open`)
      const opened = await provider.open(source, jobOf(task, { attempt, settings }, parts), http)
      return opened instanceof Readable ? opened : openResult(task, attempt, { kind: 'url', url: opened.url, role: source.role }, parts)
    }
  }
}

/** The first bytes of a stream, and the stream with them still in it. */
async function peek(source: Readable): Promise<{ head: Buffer; stream: Readable }> {
  const iterator = source[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  const chunks: Buffer[] = []
  let bytes = 0
  while (bytes < SNIFF_BYTES) {
    const { value, done } = await iterator.next()
    if (done) break
    chunks.push(value)
    bytes += value.length
  }
  const head = Buffer.concat(chunks)
  async function* whole(): AsyncGenerator<Buffer> {
    if (head.length > 0) yield head
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value
  }
  const stream = Readable.from(whole(), { objectMode: false })
  stream.once('close', () => source.destroy())
  return { head, stream }
}

/** What ends the task; undefined when it may go better next time. */
function finalFault(error: unknown, tries: number): { reason: string; error: TaskError } | undefined {
  if (error instanceof MediaError) {
    return { reason: error.reason, error: { code: 'upstream_failed', message: 'The upstream said that it is done, but its result is unusable.' } }
  }
  if (error instanceof UpstreamError && error.kind === 'refused') {
    return { reason: 'refused', error: { code: error.code === 'not_found' ? 'upstream_failed' : error.code, message: error.message, ...(error.param === undefined ? {} : { param: error.param }) } }
  }
  if ((error instanceof StorageError && error.kind === 'too_large') || (error instanceof EgressError && error.reason === 'too_large')) {
    return { reason: 'too_large', error: { code: 'upstream_failed', message: 'The result is larger than what can be stored.' } }
  }
  // Our own disk or bucket is ill: that mends, and the deadline is there if it does not.
  if (error instanceof StorageError) return undefined
  return tries + 1 < MAX_TRIES ? undefined : { reason: 'unreachable', error: { code: 'upstream_failed', message: 'The result could not be fetched from the upstream.' } }
}
