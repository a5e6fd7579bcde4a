import { Readable } from 'node:stream'
import { UpstreamError } from '../core/errors.ts'
import type { GenerationRequest, InputAsset } from '../core/generation-request.ts'
import type { Task } from '../core/task.ts'
import type { Attempt } from '../db/attempt.ts'
import { EgressError } from '../egress/egress-error.ts'
import type { Job, JobInput, ParentJob } from '../providers/provider.ts'
import { sniffMediaType } from '../storage/media-type.ts'
import { StorageError } from '../storage/storage.ts'
import type { EngineParts } from './parts.ts'

/** The largest input that is fetched for an upstream that cannot take its address. */
const MAX_INPUT_BYTES = 200 * 1024 * 1024
const INPUT_TOTAL_TIMEOUT_MS = 120_000
const INPUT_IDLE_TIMEOUT_MS = 20_000
const INPUT_MIN_BYTES_PER_SECOND = 4_096

export interface JobParts {
  attempt: Pick<Attempt, 'id' | 'upstreamModel'>
  /** Of its channel. */
  settings: Record<string, unknown>
  parent?: ParentJob | undefined
}

/** The job of an attempt, with its materials within reach. */
export function jobOf(task: Task, { attempt, settings, parent }: JobParts, parts: Pick<EngineParts, 'storage' | 'egress' | 'settings'>): Job {
  return {
    request: requestOf(task),
    upstreamModel: attempt.upstreamModel,
    settings,
    reference: attempt.id,
    inputs: task.request.inputs.map((input) => jobInput(input, parts)),
    ...(parent && { parent }),
    ...(parts.settings.callbackUrl && { callbackUrl: parts.settings.callbackUrl(attempt.id) }),
  }
}

/** What upstreams are sent: with the prompt as it was rewritten, where the caller wished that. */
export function requestOf(task: Task): GenerationRequest {
  const { enhancedPrompt, ...request } = task.request
  return enhancedPrompt === undefined ? request : { ...request, prompt: enhancedPrompt }
}

function jobInput(input: InputAsset, { storage, egress, settings }: Pick<EngineParts, 'storage' | 'egress' | 'settings'>): JobInput {
  const { media, role, source } = input
  if ('url' in source) return { media, role, url: source.url, read: () => fetchInput(source.url, egress) }
  const url = settings.publicLink?.(source.storageKey)
  return {
    media,
    role,
    mediaType: source.mediaType,
    ...(url === undefined ? {} : { url }),
    read: () => readStored(source, storage),
  }
}

async function readStored(source: { storageKey: string; mediaType: string }, storage: EngineParts['storage']): Promise<{ bytes: Uint8Array; mediaType: string }> {
  try {
    return { bytes: await readAll(await storage.open(source.storageKey), MAX_INPUT_BYTES), mediaType: source.mediaType }
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    // Nothing was submitted yet: a file that is gone is a sure refusal, and a disk or bucket that is ill gets better.
    throw error.kind === 'not_found'
      ? new UpstreamError('refused', 'An input has expired and was deleted.', { code: 'invalid_request', cause: error })
      : new UpstreamError('busy', 'The storage did not answer.', { cause: error })
  }
}

async function fetchInput(url: string, egress: EngineParts['egress']): Promise<{ bytes: Uint8Array; mediaType: string }> {
  try {
    const answer = await egress.download({
      url, maxBytes: MAX_INPUT_BYTES, totalTimeoutMs: INPUT_TOTAL_TIMEOUT_MS, idleTimeoutMs: INPUT_IDLE_TIMEOUT_MS, minBytesPerSecond: INPUT_MIN_BYTES_PER_SECOND,
    })
    if (answer.status !== 200) {
      answer.stream.destroy()
      throw new UpstreamError('refused', `An input could not be fetched: its server answered ${answer.status}.`, { code: 'invalid_request' })
    }
    const bytes = await readAll(answer.stream, MAX_INPUT_BYTES)
    const mediaType = sniffMediaType(bytes)
    if (mediaType === undefined) throw new UpstreamError('refused', 'An input is no image, video or audio that we know.', { code: 'unsupported_media' })
    return { bytes, mediaType }
  } catch (error) {
    if (!(error instanceof EgressError)) throw error
    // Nothing was submitted yet, so whatever went wrong here is a sure refusal.
    const code = error.kind === 'not_allowed' ? 'url_not_allowed' : 'invalid_request'
    throw new UpstreamError('refused', `An input could not be fetched: ${error.message}`, { code, cause: error })
  }
}

async function readAll(stream: Readable, maxBytes: number): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of stream) {
    bytes += (chunk as Buffer).length
    if (bytes > maxBytes) throw new UpstreamError('refused', 'An input is too large.', { code: 'invalid_request' })
    chunks.push(chunk as Buffer)
  }
  return Buffer.concat(chunks)
}
