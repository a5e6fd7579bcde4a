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
  /** Where the vendor lives unless a channel says otherwise; absent when there is no such place (`comfyui`). */
  baseUrl?: string
  /** Hosts beside the base URL's own that calls with the credential may go to, because answers name them: `/\.bfl\.ai$/`. */
  sisterHosts?: readonly RegExp[]
  /** What an operator gives a channel of this provider to be known there. Parsed when a channel is read, not at every call. */
  credential: z.ZodType<Record<string, unknown>>
  /** What else an operator may say of a channel, nothing secret: a workflow, a project. Absent when there is nothing. */
  settings?: z.ZodType<Record<string, unknown>>
  /** It serves any model under our own name for it, as another gateway does; else `upstreamNames` of the catalogue say which. */
  takesOurNames?: true
  /** How long a job usually takes here, where that has little to do with the model; else the catalogue's figure counts. */
  usualSeconds?: number
  /** Whether it calls the `callbackUrl` of a job when that has ended; checks are sparse once it was seen to. */
  callsBack?: true
  handle: z.ZodType<Handle>
  /** The headers that say who calls. Throws nothing: the credential was validated. */
  authorize(credential: Record<string, unknown>, call: OutgoingCall): Record<string, string>
  /**
   * Only where calls need something to be fetched first (an OAuth token). What it returns joins the credential that
   * `authorize` is given, for so long. It calls anonymously; throws `UpstreamError`.
   */
  login?(credential: Record<string, unknown>, http: UpstreamHttp, nowMs: number): Promise<{ token: Record<string, unknown>; validSeconds: number }>
  /**
   * Why this upstream cannot do this work, as far as that shows without looking at materials or asking: the request is
   * then not routed here, and is refused with this before anything is held when no channel can do it. Pure.
   */
  unfit?(work: Work): Unfit | undefined
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
  /** Only where an upstream calls back. Nothing that a message says of a job is believed; it makes us look. */
  callback?(message: CallbackMessage): CallbackMeaning<Handle>
  /**
   * Only where a result is no plain URL or bytes: opens the stream of one result, or says where it lies by now. The job is
   * there again, with its materials and without its parent, because the process that submitted it may be gone.
   */
  open?(source: ResultSource & { kind: 'provider' }, job: Job, http: UpstreamHttp): Promise<Readable | { url: string }>
  /** A call that costs nothing and fails when the credential does; for `channel test`. */
  ping?(upstreamModel: string, http: UpstreamHttp): Promise<void>
}

export interface OutgoingCall {
  method: UpstreamRequest['method']
  url: URL
  /** As it will be sent. */
  body: string | Uint8Array | undefined
  /** What the body is: `application/json`, `multipart/form-data; boundary=…`. */
  contentType: string | undefined
  nowMs: number
}

/** What routing knows of a request before any material was read. */
export interface Work {
  request: GenerationRequest
  upstreamModel: string
  settings: Record<string, unknown>
  /** Set when the task that this one goes on from was made by the very account that would be asked now. */
  parent?: ParentJob
}

/** A value that this upstream cannot do. `param` is the canonical field: `durationSeconds`, `inputs`, `vendor.seed`. */
export interface Unfit {
  param: string
  /** A sentence for the caller, naming what is taken instead. */
  message: string
}

/** An earlier job at the same account, which this one extends, remixes or presses a button of. */
export interface ParentJob {
  /** As the provider's `handle` schema parses it. */
  handle: unknown
  upstreamModel: string
  /** What `Progress.kept` of that job said. */
  kept?: unknown
}

/** One submission: the request, in the upstream's name of the model, with its materials within reach. */
export interface Job extends Work {
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

export interface CallbackMessage {
  /** Parsed JSON; undefined when it was none. */
  body: unknown
  headers: Record<string, string>
  /** Of the attempt whose link was used: some upstreams name a job by less than it takes to find it. */
  upstreamModel: string
}

export interface CallbackMeaning<Handle = unknown> {
  /** The job it speaks of, for a submission whose answer was lost. */
  handle?: Handle
  /** What the upstream wants to be answered with; `{ ok: true }` unless it has a wish. */
  answer?: unknown
}

/**
 * All that an adapter may do to the world. It knows the base address, the credential, time-outs and redaction.
 * `call` resolves for any HTTP status; both throw `UpstreamError` `busy` when certainly nothing was sent and `lost` when
 * something may have been.
 */
export interface UpstreamHttp {
  call(request: UpstreamRequest): Promise<UpstreamResponse>
  /** The body of a file behind the credential, which a redirect does not carry to other hosts. Throws `UpstreamError` for any status but 200. */
  download(target: UpstreamTarget): Promise<Readable>
}

/** Below the channel's base URL, starting with `/`; or an absolute address that an answer of the upstream named. */
export type UpstreamTarget = { path: string; query?: Record<string, string> } | { address: string }

export type UpstreamRequest = UpstreamTarget & {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Sent as JSON. */
  json?: unknown
  /** Sent as `multipart/form-data`. */
  form?: FormData
  /** Sent as it is. */
  body?: { bytes: Uint8Array | string; mediaType: string }
  headers?: Record<string, string>
  /** Without the credential; only then may an address lead anywhere. For signed upload links. */
  anonymous?: true
  timeoutMs?: number
}

export interface UpstreamResponse {
  status: number
  headers: Record<string, string>
  /** Undefined when the body is not JSON. */
  json: unknown
  text: string
}
