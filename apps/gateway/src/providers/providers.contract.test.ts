import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Readable } from 'node:stream'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { SIMULATORS } from '../../simulators/index.ts'
import type { Sample, Sentinel, Simulator } from '../../simulators/simulator.ts'
import { UpstreamError, type UpstreamErrorKind } from '../core/errors.ts'
import type { GenerationRequest } from '../core/generation-request.ts'
import type { ResultSource } from '../core/progress.ts'
import { createEgress, type Egress } from '../egress/egress.ts'
import { PROVIDERS } from './index.ts'
import { fixtureJob, scriptedHttp } from './provider.fixture.ts'
import type { CallbackMessage, Job, JobInput, ParentJob, Progress, Provider, Submitted, UpstreamHttp } from './provider.ts'
import { createUpstreamHttp } from './upstream-http.ts'

/**
 * What every provider promises, on fixtures in `fixtures/<id>/` and on real sockets against its simulator. One line in
 * `index.ts` brings a provider here; one in `simulators/index.ts` brings the second half.
 */
const registered: [string, Provider][] = Object.entries(PROVIDERS)

/** Providers that this suite cannot speak for, and why. */
const WITHOUT_WIRE: Record<string, string> = {
  sandbox: 'renders in this process and calls nobody; its own tests are in sandbox/',
}
const providers = registered.filter(([id]) => WITHOUT_WIRE[id] === undefined)

/** A file of `fixtures/<id>/`: answers of the vendor's, and what they come to. */
interface FixtureFile {
  /** Where these answers were seen or described. */
  source: string
  /** `2026-08`. */
  date: string
  /** For the calls that need one, unless a case has its own. */
  handle?: unknown
  cases: FixtureCase[]
}

interface FixtureCase {
  name: string
  call: 'submit' | 'check' | 'cancel' | 'ping'
  upstreamModel?: string
  request?: Partial<GenerationRequest>
  settings?: Record<string, unknown>
  handle?: unknown
  /** In the order in which the provider asks; all of them must be asked for. */
  answers: { status: number; headers?: Record<string, string>; body?: unknown; text?: string }[]
  /** `error` and `progress` are matched in the fields that they name, the others as a whole. */
  expect: { submitted: unknown } | { progress: { state: string } } | { cancelled: string } | { pinged: true } | { error: Record<string, unknown> }
}

describe.for(providers)('%s', ([id, provider]) => {
  test('is registered under its own id, with a base URL that a path can follow', () => {
    expect(provider.id).toBe(id)
    if (provider.baseUrl !== undefined) expect(provider.baseUrl).toMatch(/^https:\/\/.*[^/]$/)
  })

  test('has a simulator, so that the rest of this suite speaks for it', () => {
    expect(Object.keys(SIMULATORS)).toContain(id)
  })

  describe.each(fixturesOf(id))('fixtures: %s', (_file, { source, date, handle, cases }) => {
    test('say where they come from, and when', () => {
      expect(source.length).toBeGreaterThan(10)
      expect(date).toMatch(/^20\d\d-\d\d/)
    })

    test.each(cases.map((each) => [each.name, each] as const))('%s', async (_name, fixture) => {
      const { http, unasked } = scriptedHttp(fixture.answers)
      const outcome = await outcomeOf(() => play(provider, { handle, ...fixture }, http))
      expect(outcome).toMatchObject(fixture.expect)
      expect(unasked()).toBe(0)
    })
  })
})

const simulated = providers.filter(([id]) => SIMULATORS[id] !== undefined)

/** Between a job's acceptance and its end, twice over, on the tests' clock. */
const LONG_MS = 60_000

describe.for(simulated)('%s, on real sockets', ([id, provider]) => {
  let nowMs = Date.UTC(2026, 7, 1)
  const clock = { nowMs: () => nowMs }
  let simulator: Simulator
  let egress: Egress
  let http: UpstreamHttp

  beforeAll(async () => {
    const start = SIMULATORS[id]
    if (start === undefined) throw new Error(`no simulator for ${id}`)
    simulator = await start({ clock, queuedSeconds: 10, renderSeconds: 20, seed: 42 })
    egress = createEgress({ allowCidrs: ['127.0.0.0/8'] })
    http = connect(simulator.credential)
  })
  afterAll(async () => {
    await egress.close()
    await simulator.close()
  })
  beforeEach(() => simulator.brownOut())
  afterEach(() => simulator.brownOut())

  /** No call gets more time than this, though an adapter of a synchronous wire would give it minutes. */
  function connect(credential: Record<string, unknown>, timeoutMs = 5_000, baseUrl = simulator.baseUrl): UpstreamHttp {
    const patient = createUpstreamHttp({ egress, provider, baseUrl, credential: provider.credential.parse(credential), timeoutMs, clock })
    return { ...patient, call: (request) => patient.call({ ...request, timeoutMs: Math.min(request.timeoutMs ?? timeoutMs, timeoutMs) }) }
  }

  function settings(): Record<string, unknown> {
    return provider.settings === undefined ? {} : provider.settings.parse(simulator.settings ?? {})
  }

  /** With its parent job, where it has one. */
  async function jobOf(sample: Sample, { prompt, reference = newReference(), callbackUrl }: { prompt?: string; reference?: string; callbackUrl?: string } = {}): Promise<Job> {
    const parent = sample.parent === undefined ? undefined : await finished(simulator.samples[sample.parent]!)
    return {
      request: { ...sample.request, ...(prompt !== undefined && { prompt }) },
      upstreamModel: sample.upstreamModel,
      settings: settings(),
      inputs: sample.inputs.map(inputOf),
      reference,
      ...(parent && { parent }),
      ...(callbackUrl !== undefined && { callbackUrl }),
    }
  }

  async function finished(sample: Sample): Promise<ParentJob> {
    const { handle, progress } = await submitted(await jobOf(sample))
    nowMs += LONG_MS
    const end = progress ?? (await provider.check(handle, http))
    if (end.state !== 'done') throw new Error(`a parent ended as ${JSON.stringify(end)}`)
    return { handle, upstreamModel: sample.upstreamModel, ...(end.kept !== undefined && { kept: JSON.parse(JSON.stringify(end.kept)) as unknown }) }
  }

  /** The handle as the engine keeps it: written down and read again. */
  async function submitted(job: Job): Promise<Submitted<unknown>> {
    const { handle, ...rest } = await provider.submit(job, http)
    const kept: unknown = JSON.parse(JSON.stringify(handle))
    expect(provider.handle.parse(kept)).toEqual(handle)
    return { handle: kept, ...rest }
  }

  /** What a job comes to when it is left alone: its progress, or the refusal. */
  async function outcomeInTheEnd(job: Job): Promise<Progress | { error: UpstreamError }> {
    const begun = await outcomeOf(() => submitted(job))
    if ('error' in begun) return begun
    nowMs += LONG_MS
    return begun.submitted.progress ?? provider.check(begun.submitted.handle, http)
  }

  /** The plainest job whose end has to be waited for. */
  const asynchronous = (): Sample | undefined => simulator.samples.find(({ immediate, parent }) => !immediate && parent === undefined)
  /** The plainest job of each kind. */
  function plainest(): Sample[] {
    return [asynchronous(), simulator.samples.find(({ immediate, parent }) => immediate && parent === undefined)].filter((sample) => sample !== undefined)
  }

  test('every kind of job goes from running to done, with results of the right kind to fetch', async () => {
    expect(simulator.samples.length).toBeGreaterThan(0)
    for (const sample of simulator.samples) {
      const job = await jobOf(sample)
      const what = `${sample.upstreamModel} ${JSON.stringify(sample.request)}`
      expect(provider.unfit?.(job), what).toBeUndefined()
      const { handle, progress } = await submitted(job)
      expect(progress?.state ?? 'running', what).toBe(sample.immediate ? 'done' : 'running')
      let end = progress
      if (!sample.immediate) {
        expect(await provider.check(handle, http), what).toEqual({ state: 'running' })
        nowMs += 10_000
        expect(await provider.check(handle, http), what).toEqual({ state: 'running' })
        nowMs += 20_000
        end = await provider.check(handle, http)
      }
      if (end?.state !== 'done') throw new Error(`${what} ended as ${JSON.stringify(end)}`)
      expect(JSON.parse(JSON.stringify(end)), 'survives being written down').toEqual(end)
      expect(end.results.filter(({ role }) => role === 'output'), what).toHaveLength(sample.outputs ?? sample.request.count)
      for (const result of end.results) expect(await mediaOf(result, job), what).toBe(expectedMedia(result, sample))
    }
  })

  async function mediaOf(source: ResultSource, job: Job): Promise<string> {
    switch (source.kind) {
      case 'url':
        return magicOf(new Uint8Array(await (await fetch(source.url)).arrayBuffer()))
      case 'bytes':
        return magicOf(Buffer.from(source.base64, 'base64'))
      case 'text':
        return source.text.trim() === '' ? 'nothing' : 'text'
      case 'stored':
        throw new Error('only the engine stores results')
      case 'provider': {
        if (provider.open === undefined) throw new Error('gives results that it cannot open')
        const opened = await provider.open(JSON.parse(JSON.stringify(source)) as typeof source, job, http)
        if ('url' in opened && typeof opened.url === 'string') return magicOf(new Uint8Array(await (await fetch(opened.url)).arrayBuffer()))
        const chunks: Buffer[] = []
        for await (const chunk of opened as Readable) chunks.push(chunk as Buffer)
        return magicOf(Buffer.concat(chunks))
      }
    }
  }

  test('a job beyond a limit is refused, and nothing is started', async () => {
    for (const { about, sample, param } of simulator.refusals) {
      const job = await jobOf(sample)
      const accepted = simulator.acceptedCreates()
      const unfit = provider.unfit?.(job)
      const error = unfit ?? (await outcomeOf(() => provider.submit(job, http)).then((outcome) => ('error' in outcome ? outcome.error : undefined)))
      expect(error, about).toBeDefined()
      if (error instanceof UpstreamError) expect(error, about).toMatchObject({ kind: 'refused' })
      if (param !== undefined) expect(error?.param, about).toBe(param)
      expect(error?.message, about).toMatch(/\S/)
      expect(simulator.acceptedCreates(), about).toBe(accepted)
    }
  })

  test('a good credential answers the ping, a wrong one is told apart everywhere', async () => {
    for (const sample of plainest()) {
      const job = await jobOf(sample)
      await provider.ping?.(job.upstreamModel, http)
      if (simulator.wrongCredential === undefined) continue
      const wrong = connect(simulator.wrongCredential)
      expect(await kindOf(provider.submit(job, wrong))).toBe('credential')
      if (provider.ping) expect(await kindOf(provider.ping(job.upstreamModel, wrong))).toBe('credential')
    }
  })

  test('a ping starts nothing', async () => {
    const before = simulator.acceptedCreates()
    for (const { upstreamModel } of plainest()) await provider.ping?.(upstreamModel, http)
    expect(simulator.acceptedCreates()).toBe(before)
  })

  test.each([
    ['input_moderation', { kind: 'refused', code: 'content_policy' }],
    ['real_face', { kind: 'refused', code: 'content_policy' }],
    ['rate_limited', { kind: 'busy' }],
    ['queue_full', { kind: 'busy' }],
    ['no_money', { kind: 'credential' }],
    ['server_error', { kind: 'lost' }],
  ] as const)('at the door: %s', async (sentinel, error) => {
    for (const sample of plainest()) {
      const prompt = prompted(sentinel)
      if (prompt === undefined) return
      const job = await jobOf(sample, { prompt })
      expect(await outcomeOf(() => provider.submit(job, http)), sample.upstreamModel).toMatchObject({ error })
    }
  })

  test.each([
    ['output_moderation', 'content_policy'],
    ['late_parameter_error', 'invalid_request'],
    ['render_failure', 'upstream_failed'],
    ['expiry', 'timeout'],
  ] as const)('on the way: %s is told as %s', async (sentinel, code) => {
    for (const sample of plainest()) {
      const prompt = prompted(sentinel)
      if (prompt === undefined) return
      // What is answered at once does not wait until it is too late.
      if (sentinel === 'expiry' && sample.immediate) continue
      const outcome = await outcomeInTheEnd(await jobOf(sample, { prompt }))
      if ('error' in outcome) expect(outcome.error, sample.upstreamModel).toMatchObject({ kind: 'refused', code })
      else expect(outcome, sample.upstreamModel).toMatchObject({ state: 'failed', reason: { code } })
    }
  })

  test('on the way: done without a result has none, and what hangs goes on running', async () => {
    for (const sample of plainest()) {
      const empty = prompted('no_result')
      if (empty !== undefined) expect(await outcomeInTheEnd(await jobOf(sample, { prompt: empty })), sample.upstreamModel).toMatchObject({ state: 'done', results: [] })
      const stalling = prompted('stall')
      if (stalling !== undefined && !sample.immediate) expect(await outcomeInTheEnd(await jobOf(sample, { prompt: stalling }))).toEqual({ state: 'running' })
    }
  })

  function prompted(sentinel: Sentinel): string | undefined {
    const words = simulator.sentinels[sentinel]
    return words === undefined ? undefined : `x ${words}`
  }

  test('a job can be stopped before it runs, and not after it has ended, where it can be stopped at all', async () => {
    const sample = asynchronous()
    if (provider.cancel === undefined || sample === undefined) return
    const early = (await submitted(await jobOf(sample))).handle
    expect(await provider.cancel(early, http)).toBe('cancelled')
    const after = await outcomeOf(() => provider.check(early, http).then((progress) => ({ progress })))
    // Some vendors keep no record of what was stopped.
    expect('error' in after ? { state: 'failed', reason: { code: after.error.code === 'not_found' ? 'cancelled' : after.error.code } } : after.progress).toMatchObject({ state: 'failed', reason: { code: 'cancelled' } })

    const late = (await submitted(await jobOf(sample))).handle
    nowMs += LONG_MS
    expect(await provider.cancel(late, http)).toBe('too_late')
    expect(await provider.check(late, http)).toMatchObject({ state: 'done' })
  })

  test('a word that is in no list is unknown, not an end', async () => {
    const sample = asynchronous()
    if (sample === undefined) return
    const { handle } = await submitted(await jobOf(sample))
    simulator.failNext({ operation: 'check', kind: 'unknown_word' })
    expect(await provider.check(handle, http)).toMatchObject({ state: 'unknown', word: expect.any(String) })
    expect(await provider.check(handle, http)).toEqual({ state: 'running' })
  })

  test.each([
    ['reset', 'lost'], ['hang', 'lost'], ['bad_gateway', 'lost'], ['server_error', 'lost'], ['html', 'garbled'], ['truncated', 'garbled'],
  ] as const)('a submission that meets %s is %s, and is asked for once', async (fault, kind) => {
    for (const sample of plainest()) {
      const job = await jobOf(sample, { prompt: `a boat that met ${fault} at ${sample.upstreamModel}` })
      simulator.failNext({ operation: 'create', kind: fault, accepted: true })
      expect(await kindOf(provider.submit(job, connect(simulator.credential, fault === 'hang' ? HANG_TIMEOUT_MS : 5_000))), sample.upstreamModel).toBe(kind)
      expect(simulator.acceptedCreates(job.request.prompt)).toBe(1)
    }
  })

  test.each(['reset', 'hang', 'bad_gateway', 'server_error', 'html', 'truncated', 'not_found', 'unauthorized', 'busy'] as const)(
    'a check that meets %s says nothing about the job',
    async (fault) => {
      const sample = asynchronous()
      if (sample === undefined) return
      const { handle } = await submitted(await jobOf(sample))
      simulator.failNext({ operation: 'check', kind: fault })
      expect(await kindOf(provider.check(handle, connect(simulator.credential, fault === 'hang' ? HANG_TIMEOUT_MS : 5_000)))).toBeDefined()
      expect(await provider.check(handle, http)).toEqual({ state: 'running' })
    },
  )

  test('a submission whose answer was lost is found by our reference, and no other is, where one can be found', async () => {
    const sample = asynchronous()
    if (provider.find === undefined || sample === undefined) return
    const job = await jobOf(sample)
    simulator.failNext({ operation: 'create', kind: 'reset', accepted: true })
    expect(await kindOf(provider.submit(job, http))).toBe('lost')
    const handle = await provider.find(job.reference, http)
    expect(await provider.check(provider.handle.parse(handle), http)).toEqual({ state: 'running' })
    expect(await provider.find(newReference(), http)).toBeUndefined()
  })

  test('a callback names the job that it speaks of, early and late, and what it must be answered with is answered', async () => {
    const sample = asynchronous()
    if (!provider.callsBack || sample === undefined) return
    const receiver = await receiveCallbacks(provider, sample.upstreamModel)
    try {
      const { handle } = await submitted(await jobOf(sample, { callbackUrl: receiver.url }))
      nowMs += LONG_MS
      await simulator.deliverDue()
      expect(receiver.messages.length).toBeGreaterThan(0)
      const named = receiver.messages.map((message) => provider.callback!(message).handle).filter((found) => found !== undefined)
      expect(named.length).toBeGreaterThan(0)
      for (const found of named) expect(found).toEqual(handle)
    } finally {
      await receiver.close()
    }
  })

  test.each([undefined, null, 'text', 7, [], {}, { id: 7 }, { id: '../../keys' }, { task_id: {} }, { data: null }, { request_id: ['x'] }])('a forged callback means nothing: %j', (body) => {
    if (!provider.callsBack) return
    const { handle } = provider.callback!({ body, headers: {}, upstreamModel: 'a-model' })
    expect(handle).toBeUndefined()
  })

  test('an upstream that is not there was certainly not sent anything', async () => {
    const nobody = connect(simulator.credential, 5_000, 'http://127.0.0.1:1/api')
    for (const sample of plainest()) expect(await kindOf(provider.submit(await jobOf(sample), nobody))).toBe('busy')
  })

  test('in a brown-out no answer is taken for an end that it is not, and no refusal for a job that was accepted', async () => {
    for (const sample of plainest()) {
      const jobs = await Promise.all(Array.from({ length: 40 }, () => jobOf(sample)))
      const impatient = connect(simulator.credential, HANG_TIMEOUT_MS)
      simulator.brownOut({ serverErrors: 0.3, timeouts: 0.2, resets: 0.1, garbage: 0.1, unknownWords: 0.05 })
      const begun: Submitted<unknown>[] = []
      let unclear = 0
      let busy = 0
      const acceptedBefore = simulator.acceptedCreates()
      for (const job of jobs) {
        const outcome = await outcomeOf(() => provider.submit(job, impatient))
        if ('submitted' in outcome) begun.push(outcome.submitted)
        else if (outcome.error.kind === 'lost' || outcome.error.kind === 'garbled') unclear += 1
        // An upload before the submission failed: nothing was submitted.
        else if (outcome.error.kind === 'busy') busy += 1
        else throw new Error(`a definite end in a brown-out: ${JSON.stringify(outcome)}`)
      }
      const accepted = simulator.acceptedCreates() - acceptedBefore
      expect(accepted).toBeGreaterThanOrEqual(begun.length)
      expect(accepted).toBeLessThanOrEqual(begun.length + unclear)
      expect(begun.length + busy).toBeGreaterThan(0)

      const open = begun.filter(({ progress }) => progress === undefined)
      // Nothing ends while the clock stands still.
      for (const { handle } of open) expect(await lookFor(provider, handle, impatient, (progress) => progress.state === 'running')).toBe(true)
      nowMs += LONG_MS
      for (const { handle } of open) expect(await lookFor(provider, handle, impatient, (progress) => progress.state === 'done')).toBe(true)
      simulator.brownOut()
    }
  })
})

/** For a call that will not be answered; an answer that comes takes a few milliseconds. */
const HANG_TIMEOUT_MS = 100

let references = 0
function newReference(): string {
  references += 1
  return `att_contract_${references}`
}

function inputOf({ media, role, mediaType, url, bytes }: Sample['inputs'][number]): JobInput {
  return { media, role, mediaType, ...(url !== undefined && { url }), read: () => Promise.resolve({ bytes: bytes ?? new Uint8Array(), mediaType }) }
}

function expectedMedia({ role }: ResultSource, { request }: Sample): string {
  if (role === 'audio') return 'audio'
  if (role !== 'output') return 'image'
  return request.kind === 'video' ? 'mp4' : request.kind
}

/** A place to call back, which answers as the provider says. */
async function receiveCallbacks(provider: Provider, upstreamModel: string): Promise<{ url: string; messages: CallbackMessage[]; close(): Promise<void> }> {
  const messages: CallbackMessage[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
      const message = { body: JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown, headers: request.headers as Record<string, string>, upstreamModel }
      messages.push(message)
      response.setHeader('content-type', 'application/json').end(JSON.stringify(provider.callback?.(message).answer ?? { ok: true }))
    })
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/upstream/attempt/proof`,
    messages,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** More looks than a 70 % brown-out lets fail in a row (0.7 to the power of 60 is one in two thousand million). */
const MAX_LOOKS = 60

/** Looks until there is news, which must be this. */
async function lookFor(provider: Provider, handle: unknown, http: UpstreamHttp, isRight: (progress: Progress) => boolean): Promise<boolean> {
  for (let look = 0; look < MAX_LOOKS; look += 1) {
    const outcome = await outcomeOf(() => provider.check(handle, http).then((progress) => ({ progress })))
    if ('progress' in outcome && outcome.progress.state !== 'unknown') return isRight(outcome.progress)
  }
  return false
}

function fixturesOf(id: string): [string, FixtureFile][] {
  const folder = new URL(`fixtures/${id}/`, import.meta.url)
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'))
  // Without fixtures a provider has no business in the registry.
  expect(files.length, `fixtures of ${id}`).toBeGreaterThan(0)
  return files.map((name) => [name, JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as FixtureFile])
}

async function play(provider: Provider, fixture: FixtureCase, http: UpstreamHttp): Promise<Record<string, unknown>> {
  switch (fixture.call) {
    case 'submit':
      return { submitted: await provider.submit(fixtureJob({ ...(fixture.upstreamModel !== undefined && { upstreamModel: fixture.upstreamModel }), ...(fixture.request && { request: fixture.request }), settings: provider.settings?.parse(fixture.settings ?? {}) ?? {} }), http) }
    case 'check':
      return { progress: await provider.check(provider.handle.parse(fixture.handle), http) }
    case 'cancel':
      return { cancelled: await provider.cancel?.(provider.handle.parse(fixture.handle), http) }
    case 'ping':
      await provider.ping?.(fixture.upstreamModel ?? 'a-model', http)
      return { pinged: true }
  }
}

/** What a call came to. Anything thrown but an `UpstreamError` is thrown on. */
async function outcomeOf<Outcome extends object>(call: () => Promise<Outcome>): Promise<{ error: UpstreamError } | (Outcome extends { handle: unknown } ? { submitted: Outcome } : Outcome)> {
  type Shown = Outcome extends { handle: unknown } ? { submitted: Outcome } : Outcome
  try {
    const outcome = await call()
    return ('handle' in outcome ? { submitted: outcome } : outcome) as Shown
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error
    expect(error.message).not.toMatch(/request id|https?:|Bearer|ep-2|2100123456/i)
    return { error }
  }
}

async function kindOf(call: Promise<unknown>): Promise<UpstreamErrorKind | undefined> {
  const outcome = await outcomeOf(() => call.then((answer) => ({ answer })))
  return 'error' in outcome ? outcome.error.kind : undefined
}

function magicOf(bytes: Uint8Array): 'mp4' | 'image' | 'audio' | 'other' {
  const head = Buffer.from(bytes).toString('latin1', 0, 12)
  if (head.slice(4, 11) === 'ftypM4A' || /^(?:ID3|\xff[\xf2\xf3\xfb]|RIFF....WAVE)/.test(head)) return 'audio'
  if (head.slice(4, 8) === 'ftyp') return 'mp4'
  return /^(?:\x89PNG|\xff\xd8\xff|RIFF....WEBP)/.test(head) ? 'image' : 'other'
}
