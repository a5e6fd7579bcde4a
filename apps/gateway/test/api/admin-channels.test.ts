import { afterEach, describe, expect, test } from 'vitest'
import type { Simulator, SimulatorOptions } from '../../simulators/simulator.ts'
import { simulateOpenAi } from '../../simulators/openai.ts'
import { simulateVolcengineArk } from '../../simulators/volcengine-ark.ts'
import { verifyLedger } from '../../src/ledger/verify.ts'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'
import { admin, WITH_ADMIN } from './admin-client.ts'
import { call, createVideo, post, video } from './client.ts'

const MODEL = 'seedance-2.0-pro'
const open: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close()
})

interface ShownChannel {
  id: string
  state: string
  in_flight: number
  blocked_reason: string | null
  serves: Record<string, string>
  credentials: { id: string; label: string; fingerprint: string; open_attempts: number; blocked_reason: string | null }[]
  retired_credentials: { id: string; label: string; retired_at: string }[]
}

describe('a channel', () => {
  test('that is added takes the next task; what it is comes back without its secret, and every change is in the audit', async () => {
    const { genlock, ark } = await start()
    const definition = { ...channelOf(ark), name: 'Ark, main', priority: 5, cost: { of_price: 0.5 } }
    const added = await admin<ShownChannel>(genlock, 'POST', '/channels', definition)
    expect(added).toMatchObject({ status: 201, body: { id: 'ark', name: 'Ark, main', state: 'enabled', managed_by: 'admin', cost: { of_price: 0.5 }, serves: { [MODEL]: 'doubao-seedance-2-0-260128' } } })
    expect(await succeeded(genlock)).toBe(1)
    expect(ark.acceptedCreates()).toBe(1)

    const patched = await admin<ShownChannel>(genlock, 'PATCH', '/channels/ark', { weight: 7, limits: { concurrency: 3 }, cost: null })
    expect(patched.body).toMatchObject({ weight: 7, priority: 5, limits: { concurrency: 3, rpm: null }, cost: null })
    expect((await admin(genlock, 'POST', '/channels', definition)).status).toBe(409)
    const audit = await admin<{ data: { action: string; actor: string; before: object | null; after: object | null }[] }>(genlock, 'GET', '/audit?channel=ark')
    expect(audit.body.data.map(({ action }) => action)).toEqual(['channel.patch', 'channel.create'])
    expect(audit.body.data[0]).toMatchObject({ actor: expect.stringMatching(/^token:[0-9a-f]{8}$/), before: { weight: 1 }, after: { weight: 7 } })
    const key = String(ark.credential['api_key'])
    for (const path of ['/channels', '/channels/ark', '/audit', '/providers', '/costs', `/route?model=${MODEL}`]) expect((await admin(genlock, 'GET', path)).text).not.toContain(key)
    await expect(genlock.database.pool.query('delete from admin_audit')).rejects.toThrow(/only appends/)
  })

  test('that is drained takes nothing new, keeps what it has, and can be deleted when that is through', async () => {
    const { genlock, ark } = await start({ renderSeconds: 1.5 })
    await admin(genlock, 'POST', '/channels', channelOf(ark))
    const { id } = await createVideo(genlock)
    await expect.poll(() => ark.acceptedCreates()).toBe(1)
    expect(await admin(genlock, 'DELETE', '/channels/ark')).toMatchObject({ status: 409, body: { error: { code: 'conflict', message: expect.stringContaining('drain') } } })
    expect(await admin<ShownChannel>(genlock, 'POST', '/channels/ark/drain')).toMatchObject({ status: 200, body: { state: 'draining', in_flight: 1 } })
    // No channel takes it, and the sandbox does not stand in for a channel that rests.
    expect(await post(genlock, '/v1/videos', video())).toMatchObject({ status: 404, body: { error: { code: 'model_not_found' } } })
    expect((await call<{ status: string }>(genlock, `/v1/videos/${id}/wait?timeout=30`)).body).toMatchObject({ status: 'succeeded' })
    expect((await admin(genlock, 'DELETE', '/channels/ark')).status).toBe(204)
    expect((await admin(genlock, 'GET', '/channels/ark')).status).toBe(404)
    expect(await admin(genlock, 'POST', '/channels', channelOf(ark))).toMatchObject({ status: 409, body: { error: { message: expect.stringContaining('deleted') } } })
    expect((await genlock.database.pool.query('select from channel_credential where retired_at is null')).rowCount).toBe(0)
    expect(ark.acceptedCreates()).toBe(1)
  })

  test('shows its credentials in the order in which they were given', async () => {
    const { genlock, ark } = await start()
    const labels = ['one', 'two', 'three', 'four', 'five', 'six']
    const { id, provider, base_url } = channelOf(ark)
    const added = await admin<ShownChannel>(genlock, 'POST', '/channels', { id, provider, base_url, credentials: labels.map((label) => ({ label, credential: ark.credential })) })
    expect(added.body.credentials.map(({ label }) => label)).toEqual(labels)
  })

  test('that is disabled is passed over at once, by a process that has not heard of it too, and enabled it is back', async () => {
    const { genlock, ark } = await start()
    const other = await simulate()
    await admin(genlock, 'POST', '/channels', { ...channelOf(ark), priority: 1 })
    await admin(genlock, 'POST', '/channels', { ...channelOf(other), id: 'other' })
    await succeeded(genlock)
    // As another process does it: this one believes for two seconds what it has read.
    await genlock.database.pool.query(`update channel set enabled = false where id = 'ark'`)
    await succeeded(genlock)
    expect([ark.acceptedCreates(), other.acceptedCreates()]).toEqual([1, 1])
    await admin(genlock, 'POST', '/channels/ark/enable')
    await succeeded(genlock)
    expect([ark.acceptedCreates(), other.acceptedCreates()]).toEqual([2, 1])
  })

  test('that moves checks what is in flight where it was sent', async () => {
    const { genlock, ark } = await start({ renderSeconds: 1.5 })
    const after = await simulate()
    await admin(genlock, 'POST', '/channels', channelOf(ark))
    const { id } = await createVideo(genlock)
    await expect.poll(() => ark.acceptedCreates()).toBe(1)
    const before = (await admin<ShownChannel>(genlock, 'GET', '/channels/ark')).body.credentials[0]!
    const moved = await admin<ShownChannel>(genlock, 'PATCH', '/channels/ark', { base_url: after.baseUrl })
    expect(moved.body.credentials[0]!.fingerprint).not.toBe(before.fingerprint)
    expect(moved.body.retired_credentials).toMatchObject([{ id: before.id }])
    await succeeded(genlock)
    expect((await call(genlock, `/v1/videos/${id}/wait?timeout=30`)).body).toMatchObject({ status: 'succeeded' })
    expect([ark.acceptedCreates(), after.acceptedCreates()]).toEqual([1, 1])
  })

  test('of the configuration file is only switched here', async () => {
    const ark = await simulate()
    const genlock = await startTestGateway({ channels: [channelOf(ark)], environment: WITH_ADMIN })
    open.push(() => genlock.close())
    for (const [method, path, body] of [['PATCH', '', { weight: 2 }], ['DELETE', '', undefined], ['POST', '/credentials', { credential: { api_key: 'x' } }]] as const) {
      expect(await admin(genlock, method, `/channels/ark${path}`, body)).toMatchObject({ status: 409, body: { error: { message: expect.stringContaining('configuration file') } } })
    }
    expect((await admin<ShownChannel>(genlock, 'POST', '/channels/ark/disable')).body.state).toBe('disabled')
    // A restart does not undo it: the file says what the channel is, not whether it is wanted now.
    await genlock.another()
    expect((await admin<ShownChannel>(genlock, 'GET', '/channels/ark')).body.state).toBe('disabled')
    expect((await admin<ShownChannel>(genlock, 'POST', '/channels/ark/enable')).body.state).toBe('enabled')
    expect(await admin(genlock, 'POST', '/channels/ark/test')).toMatchObject({ body: { ok: true } })
  })
})

describe('a credential', () => {
  test('that is rotated while a task is in flight still checks that task, and the new one takes the next', async () => {
    const { genlock, ark } = await start({ renderSeconds: 1.5 })
    await admin(genlock, 'POST', '/channels', channelOf(ark))
    const { id } = await createVideo(genlock)
    await expect.poll(() => ark.acceptedCreates()).toBe(1)
    const { credentials: [old] } = (await admin<ShownChannel>(genlock, 'GET', '/channels/ark')).body
    // Wrong, so that whoever is asked with which one shows.
    const rotated = await admin<ShownChannel>(genlock, 'PUT', `/channels/ark/credentials/${old!.id}`, { credential: { api_key: 'sk-new-and-wrong' } })
    expect(rotated).toMatchObject({ status: 200, body: { credentials: [{ label: 'default', open_attempts: 0 }], retired_credentials: [{ id: old!.id }] } })
    expect(rotated.body.credentials[0]!.id).not.toBe(old!.id)
    expect(rotated.text).not.toContain('sk-new-and-wrong')
    expect((await call(genlock, `/v1/videos/${id}/wait?timeout=30`)).body).toMatchObject({ status: 'succeeded' })
    await createVideo(genlock)
    await expect.poll(async () => (await admin<ShownChannel>(genlock, 'GET', '/channels/ark')).body.state).toBe('blocked')
    expect(ark.acceptedCreates()).toBe(1)
    expect((await verifyLedger(genlock.database.pool)).violations).toEqual([])
  })

  test('that was blocked is mended by rotating it, and who waited goes on', async () => {
    const { genlock, ark } = await start()
    await admin(genlock, 'POST', '/channels', { ...channelOf(ark), credential: { api_key: 'sk-wrong' } })
    const { id } = await createVideo(genlock)
    await expect.poll(async () => (await admin<ShownChannel>(genlock, 'GET', '/channels/ark')).body).toMatchObject({ state: 'blocked', blocked_reason: expect.stringContaining('AuthenticationError'), credentials: [{ blocked_reason: expect.stringContaining('AuthenticationError') }] })
    expect(await admin(genlock, 'POST', '/channels/ark/test')).toMatchObject({ body: { ok: false, results: [{ outcome: 'failed', error: { kind: 'credential', upstream_code: 'AuthenticationError' } }] } })
    const [wrong] = (await admin<ShownChannel>(genlock, 'GET', '/channels/ark')).body.credentials
    expect(await admin(genlock, 'PUT', `/channels/ark/credentials/${wrong!.id}`, { credential: { api_key: 'sk-wrong' } })).toMatchObject({ status: 409 })
    expect(await admin(genlock, 'PUT', `/channels/ark/credentials/${wrong!.id}`, { credential: ark.credential })).toMatchObject({ status: 200, body: { state: 'enabled', blocked_reason: null } })
    expect((await call(genlock, `/v1/videos/${id}/wait?timeout=60`)).body).toMatchObject({ status: 'succeeded' })
  }, 90_000)

  test('can be added, limited and retired, and the last one stays', async () => {
    const { genlock, ark } = await start()
    await admin(genlock, 'POST', '/channels', channelOf(ark))
    const added = await admin<ShownChannel>(genlock, 'POST', '/channels/ark/credentials', { label: 'second', credential: ark.credential, concurrency: 4 })
    expect(added).toMatchObject({ status: 201, body: { credentials: [{ label: 'default' }, { label: 'second', concurrency: 4 }] } })
    expect((await admin(genlock, 'POST', '/channels/ark/credentials', { label: 'second', credential: ark.credential })).status).toBe(409)
    const [first, second] = added.body.credentials
    expect((await admin<ShownChannel>(genlock, 'PUT', `/channels/ark/credentials/${second!.id}`, { concurrency: null })).body.credentials).toMatchObject([{ id: first!.id }, { id: second!.id, concurrency: null }])
    expect((await admin<ShownChannel>(genlock, 'DELETE', `/channels/ark/credentials/${first!.id}`)).body.credentials).toMatchObject([{ id: second!.id }])
    expect(await admin(genlock, 'DELETE', `/channels/ark/credentials/${second!.id}`)).toMatchObject({ status: 409 })
    expect((await admin(genlock, 'DELETE', `/channels/ark/credentials/${first!.id}`)).status).toBe(404)
  })
})

describe('a task that goes on from another', () => {
  test('goes to the account that made that one, though others go before it by now and its key was rotated', async () => {
    const [maker, other] = await Promise.all([simulateOpenAi({ queuedSeconds: 0.05, renderSeconds: 0.1 }), simulateOpenAi({ queuedSeconds: 0.05, renderSeconds: 0.1 })])
    open.push(() => maker.close(), () => other.close())
    const { genlock } = await start()
    const channel = (id: string, simulator: Simulator, priority: number): object => ({ id, provider: 'openai', base_url: simulator.baseUrl, credential: simulator.credential, models: ['sora-2'], priority })
    const added = await admin<ShownChannel>(genlock, 'POST', '/channels', channel('maker', maker, 2))
    await admin(genlock, 'POST', '/channels', channel('other', other, 1))
    const create = async (path: string, body: object): Promise<string> => {
      const { body: task } = await post<{ id: string }>(genlock, path, body)
      expect((await call(genlock, `/v1/videos/${task.id}/wait?timeout=30`)).body).toMatchObject({ status: expect.stringMatching(/succeeded|completed/) })
      return task.id
    }
    const first = await create('/v1/videos', { model: 'sora-2', prompt: 'a boat', seconds: '4', size: '1280x720' })
    await admin(genlock, 'PATCH', '/channels/other', { priority: 9 })
    const rotated = await admin<ShownChannel>(genlock, 'PUT', `/channels/maker/credentials/${added.body.credentials[0]!.id}`, { credential: { ...maker.credential, project: 'proj_renamed' } })
    expect(rotated.status).toBe(200)
    const explained = await admin(genlock, 'GET', `/route?model=sora-2&operation=remix&inputs=video:source&size=1280x720&duration_seconds=4&remixed_from=${first}`)
    expect(explained.body).toMatchObject({ chosen: 'maker' })
    const second = await create(`/v1/videos/${first}/remix`, { prompt: 'the same at night' })
    expect((await admin(genlock, 'GET', `/tasks/${second}`)).body).toMatchObject({ attempts: [{ channel: 'maker', credential_id: rotated.body.credentials[0]!.id, outcome: 'accepted' }] })
    expect([maker.acceptedCreates(), other.acceptedCreates()]).toEqual([2, 0])
    expect(maker.requests().some(({ path }) => path.endsWith('/remix'))).toBe(true)
  })
})

describe('a route is explained', () => {
  test('with every channel and why, those that would be asked first', async () => {
    const { genlock, ark } = await start()
    const channels = [
      { ...channelOf(ark), id: 'high', priority: 1, weight: 3 }, { ...channelOf(ark), id: 'also', priority: 1, weight: 1 }, { ...channelOf(ark), id: 'low' },
      { ...channelOf(ark), id: 'others', groups: ['others'] }, { ...channelOf(ark), id: 'older', models: ['seedance-1.0-pro'] },
      { ...channelOf(ark), id: 'vidu', provider: 'vidu', base_url: undefined, credential: { api_key: 'x' }, models: { [MODEL]: 'viduq1' }, priority: 9 },
    ]
    for (const each of channels) expect((await admin(genlock, 'POST', '/channels', each)).status).toBe(201)
    await admin(genlock, 'POST', '/channels/low/drain')
    const { body } = await admin<{ chosen: string; channels: Record<string, unknown>[] }>(genlock, 'GET', `/route?model=${MODEL}&duration_seconds=4&resolution=480p`)
    const byId = new Map(body.channels.map((each) => [each['id'], each]))
    expect(['high', 'also']).toContain(body.chosen)
    expect(body.channels[0]).toMatchObject({ id: body.chosen, asked: true, order: 1 })
    expect(byId.get('high')).toMatchObject({ asked: true, chance_to_be_first: 0.75, upstream_model: 'doubao-seedance-2-0-260128', credentials: ['default'] })
    expect(byId.get('low')).toMatchObject({ asked: false, why: 'draining' })
    expect(byId.get('others')).toMatchObject({ asked: false, why: 'group' })
    expect(byId.get('older')).toMatchObject({ asked: false, why: 'model' })
    expect(byId.get('vidu')).toMatchObject({ asked: false, why: 'unfit', param: 'durationSeconds', reason: expect.stringContaining('5 seconds') })
    expect(await admin(genlock, 'GET', `/route?model=${MODEL}&duration_seconds=400`)).toMatchObject({ status: 422, body: { error: { param: 'duration_seconds' } } })
    expect(await admin(genlock, 'GET', `/route?model=${MODEL}&inputs=image:first_frame&group=others`)).toMatchObject({ status: 200, body: { chosen: expect.any(String) } })
  })

  test('while there is no channel: to the sandbox', async () => {
    const { genlock } = await start()
    expect((await admin(genlock, 'GET', `/route?model=${MODEL}`)).body).toMatchObject({ chosen: 'sandbox', channels: [] })
  })

  test('when the last one is deleted: to nobody, for who sells real films sells none of the sandbox', async () => {
    const { genlock, ark } = await start()
    expect((await admin(genlock, 'POST', '/channels', channelOf(ark))).status).toBe(201)
    expect((await admin(genlock, 'DELETE', '/channels/ark')).status).toBe(204)
    expect((await admin(genlock, 'GET', `/route?model=${MODEL}`)).body).toMatchObject({ chosen: null, channels: [] })
    const created = await genlock.call('/v1/videos', { method: 'POST', body: JSON.stringify({ model: MODEL, input: { prompt: 'A boat' } }) })
    expect([created.status, created.headers.get('x-error-code')]).toEqual([404, 'model_not_found'])
  })
})

test('every provider says what a channel of it must be given', async () => {
  const { genlock } = await start()
  const { body } = await admin<{ data: { id: string; credential: { properties?: Record<string, unknown> }; models: Record<string, string> }[] }>(genlock, 'GET', '/providers')
  const ark = body.data.find(({ id }) => id === 'volcengine-ark')!
  expect(ark).toMatchObject({ name: 'Volcengine Ark', kinds: expect.arrayContaining(['video']), can_be_tested: true, calls_back: true, settings: null })
  expect(Object.keys(ark.credential.properties!)).toEqual(['api_key'])
  expect(ark.models[MODEL]).toBe('doubao-seedance-2-0-260128')
})

describe('costs', () => {
  test('are booked by the channel\'s card with the end of each task, and shown by task, channel and day', async () => {
    const { genlock, ark } = await start()
    await admin(genlock, 'POST', '/channels', { ...channelOf(ark), cost: { of_price: 0.6 } })
    const { id } = await createVideo(genlock)
    const done = (await call<{ cost_cents: number }>(genlock, `/v1/videos/${id}/wait?timeout=30`)).body
    const price = Math.round(done.cost_cents * 10_000)
    const cost = Math.round(price * 0.6)
    const failed = (await createVideo(genlock, { prompt: '[[sim:render_failure]]' })).id
    await call(genlock, `/v1/videos/${failed}/wait?timeout=30`)

    const { body: task } = await admin<{ attempts: Record<string, unknown>[] }>(genlock, 'GET', `/tasks/${id}`)
    expect(task).toMatchObject({ state: 'succeeded', revenue_micros: price, cost_micros: cost, loss_micros: 0, margin_micros: price - cost })
    expect(task.attempts).toMatchObject([{ channel: 'ark', credential: 'default', outcome: 'accepted', cost_source: 'card', cost_micros: cost }])
    expect((await admin(genlock, 'GET', `/tasks/${failed}`)).body).toMatchObject({ state: 'failed', cost_micros: 0, cost_known: false, attempts: [{ error: expect.anything() }] })
    const today = new Date().toISOString().slice(0, 10)
    for (const [by, key] of [['channel', 'ark'], ['model', MODEL], ['day', today]] as const) {
      const { body } = await admin<{ rows: Record<string, unknown>[] }>(genlock, 'GET', `/costs?by=${by}`)
      expect(body.rows).toEqual([{ [by]: key, tasks: 2, succeeded: 1, without_cost: 0, revenue_micros: price, cost_micros: cost, loss_micros: 0, margin_micros: price - cost }])
    }
    expect((await admin(genlock, 'GET', `/costs?to=${today}`)).body).toMatchObject({ rows: [], total: { tasks: 0 } })
    const { violations, totals } = await verifyLedger(genlock.database.pool)
    expect(violations).toEqual([])
    expect(totals.costMicros).toBe(BigInt(cost))
    const metrics = await (await fetch(`${genlock.url}/metrics`)).text()
    expect(metrics).toContain(`genlock_cost_dollars_total{channel="ark",model="${MODEL}"} ${cost / 1e6}`)
    // There before anything happened, or an alert would miss the first time that it does.
    for (const series of ['lost_submissions_total{channel="ark"}', 'submissions_total{channel="ark",outcome="credential"}', 'unknown_status_words_total{provider="volcengine-ark"}']) expect(metrics).toContain(`genlock_${series} 0`)
  })

  test('of failures are booked where the card says so, and of lost submissions as a loss by the card', async () => {
    const { genlock, ark } = await start({}, { GENLOCK_RECONCILE_SECONDS: '1' })
    await admin(genlock, 'POST', '/channels', { ...channelOf(ark), cost: { models: { [MODEL]: { unit: 'call', rates: [{ usd: 0.25 }] } }, charges_failures: true } })
    const failed = (await createVideo(genlock, { prompt: '[[sim:render_failure]]' })).id
    await call(genlock, `/v1/videos/${failed}/wait?timeout=30`)
    expect((await admin(genlock, 'GET', `/tasks/${failed}`)).body).toMatchObject({ state: 'failed', revenue_micros: 0, cost_micros: 250_000, margin_micros: -250_000 })
    ark.failNext({ operation: 'create', kind: 'reset', accepted: true })
    const lost = (await createVideo(genlock)).id
    expect((await call(genlock, `/v1/videos/${lost}/wait?timeout=30`)).body).toMatchObject({ status: 'failed' })
    expect((await admin(genlock, 'GET', `/tasks/${lost}`)).body).toMatchObject({ state: 'failed', cost_micros: 0, loss_micros: 250_000 })
    const { violations, totals } = await verifyLedger(genlock.database.pool)
    expect(violations).toEqual([])
    expect(totals).toMatchObject({ costMicros: 250_000n, lossMicros: 250_000n })
  })
})

function channelOf(ark: Simulator): Record<string, unknown> {
  return { id: 'ark', provider: 'volcengine-ark', base_url: ark.baseUrl, credential: ark.credential, models: [MODEL] }
}

async function start(simulated: SimulatorOptions = {}, environment: Record<string, string> = {}): Promise<{ genlock: TestGateway; ark: Simulator }> {
  const ark = await simulate(simulated)
  const genlock = await startTestGateway({ environment: { ...WITH_ADMIN, ...environment } })
  open.push(() => genlock.close())
  return { genlock, ark }
}

async function simulate(options: SimulatorOptions = {}): Promise<Simulator> {
  const ark = await simulateVolcengineArk({ queuedSeconds: 0.05, renderSeconds: 0.1, ...options })
  open.push(() => ark.close())
  return ark
}

/** Makes one video to its end. */
async function succeeded(genlock: TestGateway): Promise<number> {
  const { id } = await createVideo(genlock)
  expect((await call(genlock, `/v1/videos/${id}/wait?timeout=30`)).body).toMatchObject({ status: 'succeeded' })
  return 1
}
