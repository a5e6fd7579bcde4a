import type { Readable } from 'node:stream'
import type { z } from 'zod'
import type { GenerationRequest, InputMedia, InputRole, MediaKind } from '../core/generation-request.ts'
import type { Progress, ResultSource } from '../core/progress.ts'

export type { FailureReason, Progress, ResultRole, ResultSource, UpstreamUsage } from '../core/progress.ts'

/**
 * Code that speaks one upstream wire. It says what to send and what an answer means; it never waits, loops, retries,
 * reads configuration or touches a row: the engine does.
 *
 * `Handle` is what the upstream gave us to find its job again. It is stored as JSON, so it must survive that.
 */
export interface Provider<Handle = unknown> {
  id: string
  /** For people: `Volcengine Ark`. */
  name: string
  /** What it can be asked to make; a channel that maps another kind of model stops the start. */
  kinds: readonly MediaKind[]
  /** Where the vendor lives unless a channel says otherwise; absent when there is no such place (`sandbox`). */
  baseUrl?: string
  /** What an operator gives a channel of this provider. Parsed when a channel is read, not at every call. */
  credential: z.ZodType<Record<string, unknown>>
  /** How long a job usually takes here, where that has little to do with the model; else the catalogue's figure counts. */
  usualSeconds?: number
  handle: z.ZodType<Handle>
  /** The headers that say who calls. Throws nothing: the credential was validated. */
  authorize(credential: Record<string, unknown>, call: OutgoingCall): Record<string, string>
  /**
   * Asks for the job: billable. Returns what to find it by, and, where the upstream answers at once, its outcome.
   * Throws `UpstreamError`; anything else that it throws counts as lost.
   */
  submit(job: Job, http: UpstreamHttp): Promise<Submitted<Handle>>
  /** Looks how it is doing. An error says nothing about the job. */
  check(handle: Handle, http: UpstreamHttp): Promise<Progress>
  /** Only where the upstream can stop a job. `too_late` when it cannot stop this one any more. */
  cancel?(handle: Handle, http: UpstreamHttp): Promise<'cancelled' | 'too_late'>
  /** Only where a job can be found by the reference we sent with it, exactly: the way back from a lost submission. */
  find?(reference: string, http: UpstreamHttp): Promise<Handle | undefined>
  /** Only where an upstream calls back: the handle that its message names, for a submission whose answer was lost. */
  callback?(body: unknown): Handle | undefined
  /**
   * Only where a result is no plain URL or bytes: opens the stream of one result. The job is there again, with its
   * materials, because the process that submitted it may be gone.
   */
  open?(source: ResultSource & { kind: 'provider' }, job: Job, http: UpstreamHttp): Promise<Readable>
  /** A call that costs nothing and fails when the credential does; for `channel test`. */
  ping?(upstreamModel: string, http: UpstreamHttp): Promise<void>
}

export interface OutgoingCall {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  url: URL
  body: string | Uint8Array | undefined
}

/** One submission: the request, in the upstream's name of the model, with its materials within reach. */
export interface Job {
  request: GenerationRequest
  upstreamModel: string
  inputs: JobInput[]
  /** Ours, unique per attempt, at most 40 characters of `[a-z0-9_]`; sent where an upstream can carry it. */
  reference: string
  /** Where the upstream may tell us of changes, with an unguessable token; absent when we are not reachable. */
  callbackUrl?: string
}

export interface JobInput {
  media: InputMedia
  role: InputRole
  /** A public address of the material, when there is one that the upstream can reach. */
  url?: string
  mediaType?: string
  /** The bytes, fetched through the guarded client when they are not ours. Throws `UpstreamError` (refused) when they cannot be had. */
  read(): Promise<{ bytes: Uint8Array; mediaType: string }>
}

export interface Submitted<Handle> {
  handle: Handle
  /** Where the upstream's first answer already is the result. */
  progress?: Progress
}

/**
 * All that an adapter may do to the world. It knows the base address, the credential, time-outs and redaction.
 * Every method resolves for any HTTP status; it throws `UpstreamError` `busy` when certainly nothing was sent and
 * `lost` when something may have been.
 */
export interface UpstreamHttp {
  call(request: UpstreamRequest): Promise<UpstreamResponse>
}

export interface UpstreamRequest {
  method: OutgoingCall['method']
  /** Below the channel's base URL, starting with `/`. */
  path: string
  query?: Record<string, string>
  /** Sent as JSON. */
  json?: unknown
  headers?: Record<string, string>
  timeoutMs?: number
}

export interface UpstreamResponse {
  status: number
  headers: Record<string, string>
  /** Undefined when the body is not JSON. */
  json: unknown
  text: string
}
