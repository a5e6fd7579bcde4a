import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { SIMULATORS } from '../../simulators/index.ts'
import type { Sample, Simulator } from '../../simulators/simulator.ts'
import { UpstreamError, type UpstreamErrorKind } from '../core/errors.ts'
import type { GenerationRequest } from '../core/generation-request.ts'
import { createEgress, type Egress } from '../egress/egress.ts'
import { PROVIDERS } from './index.ts'
import type { Job, JobInput, Progress, Provider, UpstreamHttp, UpstreamResponse } from './provider.ts'
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
      const { http, unasked } = scripted(fixture.answers)
      const outcome = await outcomeOf(() => play(provider, { handle, ...fixture }, http))
      expect(outcome).toMatchObject(fixture.expect)
      expect(unasked()).toBe(0)
    })
  })
})

const simulated = providers.filter(([id]) => SIMULATORS[id] !== undefined)

describe.for(simulated)('%s, on real sockets', ([id, provider]) => {
  let nowMs = Date.UTC(2026, 7, 1)
  let simulator: Simulator
  let egress: Egress
  let http: UpstreamHttp

  beforeAll(async () => {
    const start = SIMULATORS[id]
    if (start === undefined) throw new Error(`no simulator for ${id}`)
    simulator = await start({ clock: { nowMs: () => nowMs }, queuedSeconds: 10, renderSeconds: 20, seed: 42 })
    egress = createEgress({ allowCidrs: ['127.0.0.0/8'] })
    http = connect(simulator.credential)
  })
  afterAll(async () => {
    await egress.close()
    await simulator.close()
  })
  beforeEach(() => simulator.brownOut())
  afterEach(() => simulator.brownOut())

  function connect(credential: Record<string, unknown>, timeoutMs = 5_000): UpstreamHttp {
    return createUpstreamHttp({ egress, provider, baseUrl: simulator.baseUrl, credential: provider.credential.parse(credential), timeoutMs })
  }

  function firstSample(prompt?: string): Job {
    const [first] = simulator.samples
    if (first === undefined) throw new Error(`the simulator of ${id} has no samples`)
    return jobOf(first, prompt)
  }

  /** As the engine keeps it: written down and read again. */
  async function submitted(job: Job): Promise<unknown> {
    const { handle } = await provider.submit(job, http)
    const kept: unknown = JSON.parse(JSON.stringify(handle))
    expect(provider.handle.parse(kept)).toEqual(handle)
    return kept
  }

  test('every kind of job goes from running to done, with results of the right kind to fetch', async () => {
    for (const sample of simulator.samples) {
      const handle = await submitted(jobOf(sample))
      expect(await provider.check(handle, http), JSON.stringify(sample.request)).toEqual({ state: 'running' })
      nowMs += 10_000
      expect(await provider.check(handle, http)).toEqual({ state: 'running' })
      nowMs += 20_000
      const progress = await provider.check(handle, http)
      if (progress.state !== 'done') throw new Error(`${JSON.stringify(sample.request)} ended as ${JSON.stringify(progress)}`)
      expect(progress.results.filter(({ role }) => role === 'output')).toHaveLength(sample.request.count)
      for (const result of progress.results) {
        if (result.kind === 'url') expect(await magicOf(result.url)).toBe(result.role === 'output' && sample.request.kind === 'video' ? 'mp4' : 'image')
      }
    }
  })

  test('a good credential answers the ping, a wrong one is told apart everywhere', async () => {
    const wrong = connect(simulator.wrongCredential)
    const job = firstSample()
    await provider.ping?.(job.upstreamModel, http)
    expect(await kindOf(provider.submit(job, wrong))).toBe('credential')
    if (provider.ping) expect(await kindOf(provider.ping(job.upstreamModel, wrong))).toBe('credential')
  })

  test('a ping starts nothing', async () => {
    const before = simulator.acceptedCreates()
    await provider.ping?.(firstSample().upstreamModel, http)
    expect(simulator.acceptedCreates()).toBe(before)
  })

  test.each([
    ['input_moderation', { kind: 'refused', code: 'content_policy' }],
    ['real_face', { kind: 'refused', code: 'content_policy' }],
    ['rate_limited', { kind: 'busy', retryAfterSeconds: expect.any(Number) }],
    ['queue_full', { kind: 'busy', retryAfterSeconds: expect.any(Number) }],
    ['no_money', { kind: 'credential' }],
    ['server_error', { kind: 'lost' }],
  ] as const)('at the door: %s', async (sentinel, error) => {
    const words = simulator.sentinels[sentinel]
    if (words === undefined) return
    expect(await outcomeOf(() => provider.submit(firstSample(`x ${words}`), http))).toMatchObject({ error })
  })

  test.each([
    ['output_moderation', { state: 'failed', reason: { code: 'content_policy' } }],
    ['late_parameter_error', { state: 'failed', reason: { code: 'invalid_request' } }],
    ['render_failure', { state: 'failed', reason: { code: 'upstream_failed' } }],
    ['expiry', { state: 'failed', reason: { code: 'timeout' } }],
    ['no_result', { state: 'done', results: [] }],
    ['stall', { state: 'running' }],
  ] as const)('on the way: %s', async (sentinel, progress) => {
    const words = simulator.sentinels[sentinel]
    if (words === undefined) return
    const handle = await submitted(firstSample(`x ${words}`))
    nowMs += 60_000
    expect(await provider.check(handle, http)).toMatchObject(progress)
  })

  test('a job can be stopped before it runs, and not after it has ended, where it can be stopped at all', async () => {
    if (provider.cancel === undefined) return
    const early = await submitted(firstSample())
    expect(await provider.cancel(early, http)).toBe('cancelled')
    expect(await provider.check(early, http)).toMatchObject({ state: 'failed', reason: { code: 'cancelled' } })

    const late = await submitted(firstSample())
    nowMs += 60_000
    expect(await provider.cancel(late, http)).toBe('too_late')
    expect(await provider.check(late, http)).toMatchObject({ state: 'done' })
  })

  test('a word that is in no list is unknown, not an end', async () => {
    const handle = await submitted(firstSample())
    simulator.failNext({ operation: 'check', kind: 'unknown_word' })
    expect(await provider.check(handle, http)).toMatchObject({ state: 'unknown', word: expect.any(String) })
    expect(await provider.check(handle, http)).toEqual({ state: 'running' })
  })

  test.each([
    ['reset', 'lost'], ['hang', 'lost'], ['bad_gateway', 'lost'], ['server_error', 'lost'], ['html', 'garbled'], ['truncated', 'garbled'],
  ] as const)('a submission that meets %s is %s, and is asked for once', async (fault, kind) => {
    const job = firstSample(`a boat that met ${fault}`)
    simulator.failNext({ operation: 'create', kind: fault, accepted: true })
    expect(await kindOf(provider.submit(job, connect(simulator.credential, fault === 'hang' ? 100 : 5_000)))).toBe(kind)
    expect(simulator.acceptedCreates(job.request.prompt)).toBe(1)
  })

  test.each(['reset', 'hang', 'bad_gateway', 'server_error', 'html', 'truncated', 'not_found', 'unauthorized', 'busy'] as const)(
    'a check that meets %s says nothing about the job',
    async (fault) => {
      const handle = await submitted(firstSample())
      simulator.failNext({ operation: 'check', kind: fault })
      expect(await kindOf(provider.check(handle, connect(simulator.credential, fault === 'hang' ? 100 : 5_000)))).toBeDefined()
      expect(await provider.check(handle, http)).toEqual({ state: 'running' })
    },
  )

  test('an upstream that is not there was certainly not sent anything', async () => {
    const nobody = createUpstreamHttp({ egress, provider, baseUrl: 'http://127.0.0.1:1/api', credential: provider.credential.parse(simulator.credential), timeoutMs: 5_000 })
    expect(await kindOf(provider.submit(firstSample(), nobody))).toBe('busy')
  })

  test('in a brown-out no answer is taken for an end that it is not, and no refusal for a job that was accepted', async () => {
    const impatient = connect(simulator.credential, 40)
    simulator.brownOut({ serverErrors: 0.3, timeouts: 0.2, resets: 0.1, garbage: 0.1, unknownWords: 0.05 })
    const handles: unknown[] = []
    let unclear = 0
    const acceptedBefore = simulator.acceptedCreates()
    for (let time = 0; time < 40; time += 1) {
      const outcome = await outcomeOf(() => provider.submit(firstSample(), impatient))
      if ('submitted' in outcome) handles.push(outcome.submitted.handle)
      else if ('error' in outcome && (outcome.error.kind === 'lost' || outcome.error.kind === 'garbled')) unclear += 1
      else throw new Error(`a definite end in a brown-out: ${JSON.stringify(outcome)}`)
    }
    const accepted = simulator.acceptedCreates() - acceptedBefore
    expect(accepted).toBeGreaterThanOrEqual(handles.length)
    expect(accepted).toBeLessThanOrEqual(handles.length + unclear)
    expect(handles.length).toBeGreaterThan(0)

    // Nothing ends while the clock stands still.
    for (const handle of handles) expect(await lookFor(provider, handle, impatient, (progress) => progress.state === 'running')).toBe(true)
    nowMs += 60_000
    for (const handle of handles) expect(await lookFor(provider, handle, impatient, (progress) => progress.state === 'done')).toBe(true)
  })
})

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
      return { submitted: await provider.submit(fixtureJob(fixture), http) }
    case 'check':
      return { progress: await provider.check(provider.handle.parse(fixture.handle), http) }
    case 'cancel':
      return { cancelled: await provider.cancel?.(provider.handle.parse(fixture.handle), http) }
    case 'ping':
      await provider.ping?.(fixture.upstreamModel ?? 'a-model', http)
      return { pinged: true }
  }
}

function fixtureJob({ upstreamModel = 'a-model', request }: FixtureCase): Job {
  return {
    request: { kind: 'video', operation: 'text_to_video', model: 'a-model', prompt: 'a boat', count: 1, inputs: [], ...request },
    upstreamModel,
    inputs: [],
    reference: 'att_fixture',
  }
}

function jobOf(sample: Sample, prompt = sample.request.prompt): Job {
  const inputs = sample.inputs.map(({ media, role, mediaType, url, bytes }): JobInput => ({
    media,
    role,
    mediaType,
    ...(url !== undefined && { url }),
    read: () => Promise.resolve({ bytes: bytes ?? new Uint8Array(), mediaType }),
  }))
  return { request: { ...sample.request, prompt }, upstreamModel: sample.upstreamModel, inputs, reference: 'att_contract' }
}

/** An upstream that says what it is told to, in order. */
function scripted(answers: FixtureCase['answers']): { http: UpstreamHttp; unasked(): number } {
  const left = answers.map(({ status, headers = {}, body, text = body === undefined ? '' : JSON.stringify(body) }): UpstreamResponse => {
    const response = { status, headers, text, json: undefined }
    try {
      return { ...response, json: JSON.parse(text) as unknown }
    } catch {
      return response
    }
  })
  return {
    http: {
      call() {
        const next = left.shift()
        return next === undefined ? Promise.reject(new Error('asked once too often')) : Promise.resolve(next)
      },
    },
    unasked: () => left.length,
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

async function magicOf(url: string): Promise<'mp4' | 'image' | 'other'> {
  const head = Buffer.from(await (await fetch(url)).arrayBuffer()).toString('latin1', 0, 12)
  if (head.slice(4, 8) === 'ftyp') return 'mp4'
  return /^(?:\x89PNG|\xff\xd8\xff|RIFF....WEBP)/.test(head) ? 'image' : 'other'
}
