import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { systemClock, type Clock } from '../src/core/clock.ts'
import type { GenerationRequest, InputMedia, InputRole } from '../src/core/generation-request.ts'
import { createMisbehaviour, type Brownout, type ExactFault, type Fault } from './misbehaviour.ts'
import { createResultMedia, type ResultMedia } from './result-media.ts'

/** An upstream played over HTTP on this machine: for tests, and for `genlock simulate`. */
export interface Simulator {
  provider: string
  /** What a channel gets as its base URL: `http://127.0.0.1:41234/api/v3`. */
  baseUrl: string
  /** What a channel gets as its credential. */
  credential: Record<string, unknown>
  /** The same with a key that is not accepted; absent where the wire has none. */
  wrongCredential?: Record<string, unknown>
  /** What a channel gets as its settings, where the provider has any. */
  settings?: Record<string, unknown>
  /** One job of every operation that the wire has, on every limit that it has, each of which succeeds. */
  samples: Sample[]
  /** Jobs a step beyond a limit. */
  refusals: Refusal[]
  /** Endings that can be asked for in the prompt: `[[sim:input_moderation]]`. */
  sentinels: Partial<Record<Sentinel, string>>
  /** How often a job was accepted whose body contains the text, whatever became of the answer. Tests prove "asked once" by it. */
  acceptedCreates(containing?: string): number
  /** Newest last. */
  requests(): RequestRecord[]
  /** The next requests of one operation go wrong in one way, before any brown-out has its turn. */
  failNext(fault: ExactFault): void
  /** Shares of requests that go wrong, from now on; without an argument the upstream is well again. */
  brownOut(shares?: Brownout): void
  /** Sends the callbacks that are due and resolves when they were answered. With the system's clock this happens by itself. */
  deliverDue(): Promise<void>
  close(): Promise<void>
}

export interface SimulatorOptions {
  /** A free one by default. */
  port?: number
  clock?: Clock
  queuedSeconds?: number
  renderSeconds?: number
  /** Of ids, seeds and everything that goes wrong by chance. */
  seed?: number
  /** Between attempts at a callback. */
  callbackRetryMs?: number
}

/** What a wire offers to be asked for, without the things that a test fills in itself. */
export interface Sample {
  upstreamModel: string
  request: GenerationRequest
  inputs: SampleInput[]
  /** The place among `samples` of the job that this one goes on from. */
  parent?: number
  /** The answer to the create is the result. */
  immediate?: true
  /** How many results come, where it is not `request.count`. */
  outputs?: number
}

/** A request that the vendor refuses, and so must the provider: before it asks, or with the vendor's own words. */
export interface Refusal {
  /** `a duration of 16 s`. */
  about: string
  sample: Sample
  /** The canonical field that the refusal names, where the wire lets one know. */
  param?: string
}

export interface SampleInput {
  media: InputMedia
  role: InputRole
  mediaType: string
  /** A public address, or bytes for an upstream that must be sent them. */
  url?: string
  bytes?: Uint8Array
}

export type Sentinel =
  | 'input_moderation' | 'output_moderation' | 'real_face' | 'rate_limited' | 'queue_full' | 'no_money' | 'server_error'
  | 'expiry' | 'late_parameter_error' | 'render_failure' | 'no_result' | 'stall'

/** The word in `[[sim:word]]`, if the prompt has one. */
export function sentinelIn(prompt: string): string | undefined {
  return /\[\[sim:([a-z_]+)\]\]/.exec(prompt)?.[1]
}

/** How a job ends that was asked for with this word; one that expires is a matter of the wires that know it. */
export function endingOf(sentinel: string | undefined, fails: boolean): Ending {
  if (fails) return 'failed'
  return sentinel === 'stall' ? 'stall' : 'succeeded'
}

export type Operation = 'create' | 'check' | 'cancel' | 'list' | 'download' | 'other'

export interface RequestRecord {
  operation: Operation
  method: string
  path: string
  /** Undefined when nothing was answered. */
  status: number | undefined
  fault: Fault | undefined
}

/** One upstream's wire: its routes, its words for trouble, and how it tells of changes. */
export interface Wire<Details> {
  provider: string
  basePath: string
  credential: Record<string, unknown>
  wrongCredential?: Record<string, unknown>
  settings?: Record<string, unknown>
  samples: Sample[]
  refusals?: Refusal[]
  sentinels: Partial<Record<Sentinel, string>>
  routes: Route[]
  /** How this vendor says these, and what it says to a path that it does not know. */
  trouble: Record<'server_error' | 'busy' | 'unauthorized' | 'not_found', Answer>
  /** A good answer with a status word in it that is in nobody's documentation. */
  withUnknownWord(answer: Answer): Answer
  /** What is sent when a job reaches a phase; undefined for a job that nobody wants to hear of. */
  callback?(job: SimulatedJob<Details>, phase: Phase): { url: string; json: unknown; headers?: Record<string, string> } | undefined
}

export interface Route {
  method: string
  /** Whole, with `{name}` for a segment or a part of one, and `{name*}` for several: `/v1/models/{model}:predict`. */
  path: string
  /** Where one path serves several operations, and the query tells them apart: `{ Action: 'CVProcess' }`. */
  query?: Record<string, string>
  operation: Operation
  answer(call: IncomingCall): Answer | Promise<Answer>
}

export interface IncomingCall {
  url: URL
  params: Record<string, string>
  headers: IncomingMessage['headers']
  bytes: Buffer
  text: string
  /** Undefined when the body is not JSON. */
  json: unknown
  /** The parts of a multipart body. Throws a `TypeError` when it is none. */
  form(): Promise<FormData>
}

export interface Answer {
  status: number
  json?: unknown
  file?: { bytes: Uint8Array; mediaType: string }
  headers?: Record<string, string>
}

/** What a wire has to work with. */
export interface World<Details> {
  /** `http://127.0.0.1:41234`. */
  origin(): string
  nowMs(): number
  /** From 0 up to, but not including, 1; the same row for the same seed. */
  random(): number
  media: ResultMedia
  jobs: ReadonlyMap<string, SimulatedJob<Details>>
  /**
   * Begins a job's life. `stall` never ends, `expired` ends without having run; `immediate` is over at once, for a call
   * whose answer is the result. `body` is what `acceptedCreates` looks in: of a multipart request, its fields.
   */
  accept(job: { id: string; body: unknown; ending: Ending; details: Details; immediate?: true }): SimulatedJob<Details>
  cancel(job: SimulatedJob<Details>): void
  phaseOf(job: SimulatedJob<Details>): Phase
  /** When the phase that a job is in began. */
  changedAtMs(job: SimulatedJob<Details>): number
  /** Posts to this machine and resolves to the answer; undefined when there was none. For upstreams that ask before they accept. */
  post(url: string, json: unknown): Promise<{ status: number; json: unknown } | undefined>
}

export type Ending = 'succeeded' | 'failed' | 'expired' | 'stall'
export type Phase = 'queued' | 'running' | 'succeeded' | 'failed' | 'expired' | 'cancelled'

export interface SimulatedJob<Details> {
  readonly id: string
  readonly details: Details
  readonly ending: Ending
  readonly createdAtMs: number
  readonly runsAtMs: number
  readonly endsAtMs: number
  cancelledAtMs?: number
  /** The phases that were told of. */
  told: Set<Phase>
}

const HOST = '127.0.0.1'
const DEFAULT_QUEUED_SECONDS = 1
const DEFAULT_RENDER_SECONDS = 5
const DEFAULT_CALLBACK_RETRY_MS = 1_000
const CALLBACK_TIMEOUT_MS = 5_000
const CALLBACK_ATTEMPTS = 4

/** Thirty megabytes of picture are forty as base64, and there may be several. */
const MAX_BODY_BYTES = 256 * 1024 * 1024
/** Of jobs, of accepted bodies, of requests written down: enough for a load test, and an end for a server left running. */
const MAX_KEPT = 200_000
/** Of each body, for `acceptedCreates`: prompts come before pictures. */
const KEPT_BODY_CHARACTERS = 4_096

/** Plays a wire until `close()`. */
export async function startSimulator<Details>(options: SimulatorOptions, build: (world: World<Details>) => Wire<Details>): Promise<Simulator> {
  const clock = options.clock ?? systemClock
  const queuedMs = (options.queuedSeconds ?? DEFAULT_QUEUED_SECONDS) * 1000
  const renderMs = (options.renderSeconds ?? DEFAULT_RENDER_SECONDS) * 1000
  const random = seededRandom(options.seed ?? 1)
  const misbehaviour = createMisbehaviour(random)
  const jobs = new Map<string, SimulatedJob<Details>>()
  const acceptedBodies: string[] = []
  const records: RequestRecord[] = []
  const timers = new Set<NodeJS.Timeout>()
  let origin = ''
  let acceptedCount = 0

  const world: World<Details> = {
    origin: () => origin,
    nowMs: () => clock.nowMs(),
    random,
    media: createResultMedia(),
    jobs,
    accept({ id, body, ending, details, immediate }) {
      const createdAtMs = clock.nowMs()
      const runsAtMs = ending === 'expired' ? Infinity : createdAtMs + (immediate ? 0 : queuedMs)
      const endsAtMs = ending === 'stall' ? Infinity : createdAtMs + (immediate ? 0 : queuedMs + renderMs)
      const job: SimulatedJob<Details> = { id, details, ending, createdAtMs, runsAtMs, endsAtMs, told: new Set() }
      keep(acceptedBodies, JSON.stringify(body).slice(0, KEPT_BODY_CHARACTERS))
      acceptedCount += 1
      const [oldest] = jobs.keys()
      if (jobs.size >= MAX_KEPT && oldest !== undefined) jobs.delete(oldest)
      jobs.set(id, job)
      // The first callback may overtake the answer to the create call, as it does in life.
      for (const afterMs of [0, queuedMs, queuedMs + renderMs]) deliverAfter(job, afterMs)
      return job
    },
    cancel(job) {
      job.cancelledAtMs = clock.nowMs()
      deliverAfter(job, 0)
    },
    phaseOf: (job) => phaseAt(job, clock.nowMs()),
    changedAtMs(job) {
      switch (phaseAt(job, clock.nowMs())) {
        case 'queued':
          return job.createdAtMs
        case 'running':
          return job.runsAtMs
        case 'cancelled':
          return job.cancelledAtMs ?? job.createdAtMs
        case 'succeeded':
        case 'failed':
        case 'expired':
          return job.endsAtMs
      }
    },
    async post(url, json) {
      if (!isLoopback(url)) return undefined
      const response = await postJson(url, json).catch(() => undefined)
      return response && { status: response.status, json: parseJson(await response.text()) }
    },
  }
  const wire = build(world)
  const routes = wire.routes.map((route) => ({ route, pattern: patternOf(route.path) }))

  /** Where a test holds the clock, it also says when callbacks are sent. */
  function deliverAfter(job: SimulatedJob<Details>, ms: number): void {
    if (options.clock !== undefined || wire.callback === undefined) return
    const timer = setTimeout(() => {
      timers.delete(timer)
      void tellOf(job)
    }, ms + 1)
    timers.add(timer.unref())
  }

  async function deliverDue(): Promise<void> {
    await Promise.all([...jobs.values()].map(tellOf))
  }

  /** Sends what is due of one job, once. */
  async function tellOf(job: SimulatedJob<Details>): Promise<void> {
    const sent: Promise<void>[] = []
    for (const phase of phasesReached(job, clock.nowMs())) {
      if (job.told.has(phase)) continue
      job.told.add(phase)
      const callback = wire.callback?.(job, phase)
      if (callback === undefined || !isLoopback(callback.url)) continue
      const times = misbehaviour.duplicatesCallback() ? 2 : 1
      for (let time = 0; time < times; time += 1) sent.push(deliver(callback))
    }
    await Promise.all(sent)
  }

  async function deliver({ url, json, headers }: { url: string; json: unknown; headers?: Record<string, string> }): Promise<void> {
    for (let attempt = 1; attempt <= CALLBACK_ATTEMPTS; attempt += 1) {
      const ok = await postJson(url, json, headers).then((response) => response.ok, () => false)
      if (ok || attempt === CALLBACK_ATTEMPTS) return
      await delay(options.callbackRetryMs ?? DEFAULT_CALLBACK_RETRY_MS, undefined, { ref: false })
    }
  }

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', origin)
    const bytes = await readBody(request)
    const text = bytes.toString('utf8')
    const json = parseJson(text)
    if (url.pathname.startsWith('/_simulator/')) return send(response, control(request.method ?? 'GET', url.pathname, json))

    const found = routes.find(({ route, pattern }) => route.method === request.method && pattern.test(url.pathname) && asksFor(route, url))
    const operation = found?.route.operation ?? 'other'
    const record: RequestRecord = { operation, method: request.method ?? 'GET', path: url.pathname, status: undefined, fault: undefined }
    keep(records, record)
    if (found === undefined) {
      record.status = wire.trouble.not_found.status
      return send(response, wire.trouble.not_found)
    }

    const answer = async (): Promise<Answer> =>
      found.route.answer({ url, params: decodedParams(found.pattern.exec(url.pathname)?.groups), headers: request.headers, bytes, text, json, form: () => formOf(bytes, request.headers['content-type']) })
    const mishap = misbehaviour.next(operation)
    if (mishap === undefined) {
      const good = await answer()
      record.status = good.status
      return send(response, good)
    }
    record.fault = mishap.fault
    record.status = await play(mishap, { answer, response, trouble: wire.trouble, withUnknownWord: wire.withUnknownWord })
  }

  function control(method: string, path: string, json: unknown): Answer {
    switch (`${method} ${path}`) {
      case 'POST /_simulator/brownout':
        misbehaviour.brownOut(json as Brownout)
        return { status: 200, json: {} }
      case 'POST /_simulator/fail':
        misbehaviour.failNext(json as ExactFault)
        return { status: 200, json: {} }
      case 'GET /_simulator/stats':
        return { status: 200, json: { accepted: acceptedCount, jobs: jobs.size, requests: records.length } }
      default:
        return { status: 404, json: { routes: ['POST /_simulator/brownout', 'POST /_simulator/fail', 'GET /_simulator/stats'] } }
    }
  }

  const server = createServer((request, response) => {
    respond(request, response).catch((error: unknown) => {
      // A fault of the simulator's own: told to whoever runs it, in the one place that he looks at.
      if (!response.headersSent) send(response, { status: 599, json: { simulator: String(error) } })
      else response.destroy()
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, HOST, resolve)
  })
  origin = `http://${HOST}:${(server.address() as AddressInfo).port}`

  return {
    provider: wire.provider,
    baseUrl: origin + wire.basePath,
    credential: wire.credential,
    ...(wire.wrongCredential && { wrongCredential: wire.wrongCredential }),
    ...(wire.settings && { settings: wire.settings }),
    samples: wire.samples,
    refusals: wire.refusals ?? [],
    sentinels: wire.sentinels,
    acceptedCreates: (containing) => (containing === undefined ? acceptedCount : acceptedBodies.filter((body) => body.includes(containing)).length),
    requests: () => [...records],
    failNext: misbehaviour.failNext,
    brownOut: misbehaviour.brownOut,
    deliverDue,
    async close() {
      for (const timer of timers) clearTimeout(timer)
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

function asksFor({ query = {} }: Route, url: URL): boolean {
  return Object.entries(query).every(([name, value]) => url.searchParams.get(name) === value)
}

interface Stage {
  answer(): Promise<Answer>
  response: ServerResponse
  trouble: Wire<unknown>['trouble']
  withUnknownWord(answer: Answer): Answer
}

/** Goes wrong in the way asked for. Resolves to the status that was sent, if any. */
async function play({ fault, accepted, slowMs }: { fault: Fault; accepted: boolean; slowMs: number }, stage: Stage): Promise<number | undefined> {
  const { response, trouble } = stage
  const good = accepted ? await stage.answer() : undefined
  switch (fault) {
    case 'server_error':
    case 'busy':
    case 'unauthorized':
    case 'not_found':
      send(response, trouble[fault])
      return trouble[fault].status
    case 'bad_gateway':
      sendText(response, 502, '<html><head><title>502 Bad Gateway</title></head><body><center>openresty</center></body></html>')
      return 502
    case 'html':
      sendText(response, 200, '<!doctype html><html><body>We will be back soon.</body></html>')
      return 200
    case 'truncated':
      if (good?.file !== undefined) sendHalfOfFile(response, good.file)
      else sendText(response, 200, JSON.stringify(good?.json ?? { id: 'half' }).slice(0, -8), 'application/json')
      return 200
    case 'reset':
      response.socket?.resetAndDestroy()
      return undefined
    case 'hang':
      // Until whoever asked gives up, or the simulator is closed.
      return undefined
    case 'slow': {
      await delay(slowMs, undefined, { ref: false })
      const late = good ?? (await stage.answer())
      send(response, late)
      return late.status
    }
    case 'unknown_word': {
      const odd = stage.withUnknownWord(good ?? (await stage.answer()))
      send(response, odd)
      return odd.status
    }
  }
}

function send(response: ServerResponse, { status, json, file, headers }: Answer): void {
  const body = file?.bytes ?? (json === undefined ? '' : JSON.stringify(json))
  const mediaType = file?.mediaType ?? 'application/json'
  response.writeHead(status, { 'content-type': mediaType, 'content-length': Buffer.byteLength(body), ...headers }).end(body)
}

function sendText(response: ServerResponse, status: number, text: string, mediaType = 'text/html'): void {
  response.writeHead(status, { 'content-type': mediaType, 'content-length': Buffer.byteLength(text) }).end(text)
}

/** Promises the whole file, sends half of it and drops the line. */
function sendHalfOfFile(response: ServerResponse, { bytes, mediaType }: NonNullable<Answer['file']>): void {
  response.writeHead(200, { 'content-type': mediaType, 'content-length': bytes.length })
  response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy())
}

function phaseAt<Details>(job: SimulatedJob<Details>, nowMs: number): Phase {
  if (job.cancelledAtMs !== undefined) return 'cancelled'
  if (nowMs >= job.endsAtMs && job.ending !== 'stall') return job.ending
  return nowMs >= job.runsAtMs ? 'running' : 'queued'
}

function phasesReached<Details>(job: SimulatedJob<Details>, nowMs: number): Phase[] {
  const now = phaseAt(job, nowMs)
  return [...new Set<Phase>(['queued', ...(nowMs >= job.runsAtMs && now !== 'cancelled' ? (['running'] as const) : []), now])]
}

function keep<Item>(list: Item[], item: Item): void {
  list.push(item)
  // In one go now and then: removing the first of a long list each time is slow.
  if (list.length > MAX_KEPT * 1.1) list.splice(0, list.length - MAX_KEPT)
}

/** Callbacks go to this machine only: a simulator takes no address from a request anywhere else. */
function isLoopback(url: string): boolean {
  return URL.canParse(url) && /^(?:127(?:\.\d{1,3}){3}|localhost|\[::1\])$/.test(new URL(url).hostname)
}

/** `{name}` is a segment or a part of one, `{name*}` several. */
function patternOf(path: string): RegExp {
  const pattern = path.replaceAll('.', '\\.').replace(/\{(\w+)(\*?)\}/g, (_, name: string, several: string) => `(?<${name}>${several === '' ? '[^/:]+' : '.+'})`)
  return new RegExp(`^${pattern}$`)
}

/** Sends JSON as a callback; who answers with a redirect has answered. */
function postJson(url: string, json: unknown, headers?: Record<string, string>): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(json),
    redirect: 'manual',
    signal: AbortSignal.timeout(CALLBACK_TIMEOUT_MS),
  })
}

function formOf(bytes: Buffer, contentType = ''): Promise<FormData> {
  return new Response(new Uint8Array(bytes), { headers: { 'content-type': contentType } }).formData()
}

function decodedParams(groups: Record<string, string> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(value)]))
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > MAX_BODY_BYTES) throw new Error('body too large for a simulator')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** Undefined for what is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Mulberry32, a public-domain generator of one 32-bit state: good enough for accidents, and repeatable. */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
