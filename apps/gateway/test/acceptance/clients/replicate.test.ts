/** Replicate's own JavaScript client against a running gateway. */
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import Replicate, { validateWebhook, type Prediction } from 'replicate'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../../support/gateway.ts'
import { isMp4, picture } from '../pictures.ts'

const FAST = 'genlock/seedance-1.0-pro-fast'
const SHORT = { duration: 2, resolution: '480p' }

let genlock: TestGateway
let replicate: Replicate

beforeAll(async () => {
  genlock = await startTestGateway()
  // Links are `http:` here, which the client leaves as they are; over `https:` they are its file objects.
  replicate = new Replicate({ auth: genlock.key, baseUrl: `${genlock.url}/v1`, useFileOutput: false })
})
afterAll(() => genlock?.close())

describe('run', () => {
  test('a model, waiting for the answer', async () => {
    const output = await replicate.run(FAST, { input: { prompt: 'A paper boat', ...SHORT } })
    expect(isMp4(await bytesAt(output as unknown as string))).toBe(true)
  })

  test('a model whose wait runs out, polling on until the output is there', async () => {
    const words: string[] = []
    const output = await replicate.run(FAST, { input: { prompt: '[[slow:3]] A paper boat', ...SHORT }, wait: { mode: 'block', timeout: 1, interval: 100 } }, ({ status }) => words.push(status))
    expect(words[0]).toBe('starting')
    expect(words.at(-1)).toBe('succeeded')
    expect(isMp4(await bytesAt(output as unknown as string))).toBe(true)
  })

  test('in poll mode, by a version', async () => {
    const { latest_version: version } = await replicate.models.get('genlock', 'seedance-1.0-pro-fast')
    const seen: Prediction[] = []
    const output = await replicate.run(`${FAST}:${version!.id}`, { input: { prompt: 'A paper boat', ...SHORT }, wait: { mode: 'poll', interval: 100 } }, (prediction) => seen.push(prediction))
    expect(seen[0]).toMatchObject({ status: 'starting', version: version!.id, model: FAST })
    expect(isMp4(await bytesAt(output as unknown as string))).toBe(true)
  })

  test('pictures come as a list', async () => {
    const output = (await replicate.run('black-forest-labs/flux-1.1-pro', { input: { prompt: 'A paper boat', width: 512, height: 512 } })) as string[]
    expect(output).toHaveLength(1)
    expect((await bytesAt(output[0]!)).length).toBeGreaterThan(100)
  })

  test('a failed prediction throws with its reason', async () => {
    await expect(replicate.run(FAST, { input: { prompt: 'x [[fail:content_policy]]', ...SHORT } })).rejects.toThrow(/Prediction failed: .+/)
  })

  test('a signal cancels the prediction', async () => {
    const controller = new AbortController()
    let id = ''
    await replicate.run(FAST, { input: { prompt: '[[slow:60]] x', ...SHORT }, wait: { mode: 'poll', interval: 50 }, signal: controller.signal }, (prediction) => {
      id = prediction.id
      controller.abort()
    }).catch(() => undefined)
    // The client sends its cancel with the same signal; whether that still goes out is its own affair.
    expect(id).not.toBe('')
    await replicate.predictions.cancel(id)
    expect((await replicate.predictions.get(id)).status).toBe('canceled')
  })
})

describe('predictions', () => {
  test('create and wait, in one request', async () => {
    const prediction = await replicate.predictions.create({ version: 'seedance-1.0-pro-fast', input: { prompt: 'A paper boat', ...SHORT }, wait: 30 })
    expect(prediction).toMatchObject({ status: 'succeeded', error: null, source: 'api', input: { prompt: 'A paper boat', ...SHORT } })
    expect(prediction.metrics?.predict_time).toBeGreaterThan(0)
  })

  test('cancel, and again once it has ended', async () => {
    const { id } = await replicate.predictions.create({ model: FAST, input: { prompt: '[[slow:60]] x', ...SHORT } })
    expect((await replicate.predictions.cancel(id)).status).toBe('canceled')
    expect((await replicate.predictions.cancel(id)).status).toBe('canceled')
  })

  test('a deployment is the model of its name', async () => {
    const { status, model } = await replicate.deployments.predictions.create('genlock', 'seedance-1.0-pro-fast', { input: { prompt: 'x', ...SHORT } })
    expect({ status, model }).toEqual({ status: 'starting', model: FAST })
  })

  test('every one is listed once, page by page', async () => {
    const account = await genlock.addAccount(100_000_000n)
    const theirs = new Replicate({ auth: account.key, baseUrl: `${genlock.url}/v1` })
    const made: string[] = []
    for (let number = 0; number < 103; number += 1) made.push((await theirs.predictions.create({ model: FAST, input: { prompt: `[[slow:600]] ${number}`, ...SHORT } })).id)
    const listed: string[][] = []
    for await (const page of theirs.paginate(theirs.predictions.list)) listed.push(page.map(({ id }) => id))
    expect(listed.map((page) => page.length)).toEqual([100, 3])
    expect(listed.flat()).toEqual(made.toReversed())
    for (const id of made) await theirs.predictions.cancel(id)
  })
})

describe('files', () => {
  test('a buffer in the input is uploaded first, and starts the video', async () => {
    const output = await replicate.run(FAST, { input: { prompt: 'It sails away', image: await picture(), ...SHORT } })
    expect(isMp4(await bytesAt(output as unknown as string))).toBe(true)
  })

  test('create, get, delete', async () => {
    const png = await picture()
    const file = await replicate.files.create(new File([new Uint8Array(png)], 'boat.png', { type: 'image/png' }), { scene: 12 })
    expect(file).toMatchObject({ name: 'boat.png', content_type: 'image/png', size: png.length, metadata: { scene: 12 } })
    expect(Buffer.from(await bytesAt(file.urls.get))).toEqual(png)
    expect(await replicate.files.get(file.id)).toMatchObject({ id: file.id, size: png.length })
    const stranger = new Replicate({ auth: (await genlock.addAccount(0n)).key, baseUrl: `${genlock.url}/v1` })
    await expect(stranger.files.get(file.id)).rejects.toThrow(/404/)
    await expect(stranger.files.delete(file.id)).rejects.toThrow(/404/)
    expect(await replicate.files.delete(file.id)).toBe(true)
    await expect(replicate.files.get(file.id)).rejects.toThrow(/404/)
  })
})

describe('models and the rest', () => {
  test('models are listed, read, and have a schema for their input', async () => {
    const { results } = await replicate.models.list()
    expect(results.map(({ owner, name }) => `${owner}/${name}`)).toContain(FAST)
    const model = await replicate.models.get('black-forest-labs', 'flux-1.1-pro')
    expect(model).toMatchObject({ owner: 'black-forest-labs', name: 'flux-1.1-pro', visibility: 'public' })
    const schema = model.latest_version!.openapi_schema as { components: { schemas: { Input: { properties: object }; Output: { type: string } } } }
    expect(Object.keys(schema.components.schemas.Input.properties)).toEqual(expect.arrayContaining(['prompt', 'width', 'height', 'seed']))
    expect(schema.components.schemas.Output.type).toBe('array')
    const versions = (await replicate.models.versions.list('genlock', 'seedance-1.0-pro-fast')) as unknown as { results: { id: string }[] }
    expect(await replicate.models.versions.get('genlock', 'seedance-1.0-pro-fast', versions.results[0]!.id)).toMatchObject({ id: versions.results[0]!.id })
  })

  test('account, hardware, collections', async () => {
    expect((await replicate.accounts.current()).username).toBe('genlock')
    expect(await replicate.hardware.list()).toEqual([])
    expect((await replicate.collections.list()).results.map(({ slug }) => slug)).toContain('text-to-video')
    expect((await replicate.collections.get('text-to-image')).models!.length).toBeGreaterThan(0)
  })

  test('a webhook is a prediction, and passes the client’s check', async () => {
    const told: { headers: IncomingHttpHeaders; body: string }[] = []
    const receiver = await listen(told)
    try {
      const webhook = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`
      const { id } = await replicate.predictions.create({ model: FAST, input: { prompt: 'A paper boat', ...SHORT }, webhook, webhook_events_filter: ['completed'], wait: 30 })
      await until(() => told.length > 0)
      const { headers, body } = told[0]!
      expect(JSON.parse(body)).toMatchObject({ id, status: 'succeeded', webhook })
      const { key: secret } = await replicate.webhooks.default.secret.get()
      const request = { id: String(headers['webhook-id']), timestamp: String(headers['webhook-timestamp']), signature: String(headers['webhook-signature']), body }
      expect(await validateWebhook({ ...request, secret })).toBe(true)
      expect(await validateWebhook({ ...request, body: `${body} `, secret })).toBe(false)
    } finally {
      receiver.close()
    }
  })
})

describe('errors are the client’s, with the sentence in them', () => {
  test('422 for a wrong input, 401, 404 and an unknown version', async () => {
    await expect(replicate.run(FAST, { input: { prompt: 'x', duration: 99 } })).rejects.toThrow(/422.*input\.duration/)
    await expect(new Replicate({ auth: 'sk_wrong', baseUrl: `${genlock.url}/v1` }).predictions.list()).rejects.toThrow(/401.*Unauthenticated/)
    await expect(replicate.run('nobody/nothing', { input: { prompt: 'x' } })).rejects.toThrow(/404.*nobody\/nothing/)
    await expect(replicate.predictions.create({ version: '0'.repeat(64), input: { prompt: 'x' } })).rejects.toThrow(/422.*Invalid version/)
    await expect(replicate.predictions.get('vid_nobodyhasthis')).rejects.toThrow(/404/)
  })
})

async function bytesAt(url: string): Promise<Uint8Array> {
  const response = await fetch(url)
  expect(response.status).toBe(200)
  return new Uint8Array(await response.arrayBuffer())
}

async function listen(told: { headers: IncomingHttpHeaders; body: string }[]): Promise<Server> {
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk)).on('end', () => {
      told.push({ headers: request.headers, body })
      response.end()
    })
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  return server
}

const MAX_LOOKS = 200

async function until(isSo: () => boolean): Promise<void> {
  for (let look = 0; look < MAX_LOOKS && !isSo(); look += 1) await new Promise((resolve) => setTimeout(resolve, 50))
}
