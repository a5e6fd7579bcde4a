/** Runway's own client against a running gateway. */
import RunwayML, { APIError, TaskFailedError, toFile } from '@runwayml/sdk'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../../support/gateway.ts'
import { isMp4, picture } from '../pictures.ts'

const MAX_POLLS = 1500

let genlock: TestGateway
let runway: RunwayML
/** Of the requests that the client sent, so that its own retries are seen. */
let sent: string[] = []

beforeAll(async () => {
  genlock = await startTestGateway()
  runway = new RunwayML({
    apiKey: genlock.key,
    baseURL: genlock.url,
    fetch: (input, init) => {
      sent.push(`${init?.method ?? 'GET'} ${String(input)}`)
      return fetch(input, init)
    },
  })
})
afterAll(() => genlock?.close())

test('a video from an uploaded picture, waited for', async () => {
  const { uri } = await runway.uploads.createEphemeral({ file: await toFile(await picture(), 'boat.png', { type: 'image/png' }) })
  expect(uri).toMatch(/^runway:\/\//)
  const task = await runway.imageToVideo.create({ model: 'gen4_turbo', promptImage: uri, promptText: 'The boat sails away', ratio: '1280:720', duration: 2, seed: 7 }).waitForTaskOutput({ timeout: 150_000 })
  expect(task.status).toBe('SUCCEEDED')
  expect(isMp4(new Uint8Array(await (await fetch(task.output[0]!)).arrayBuffer()))).toBe(true)
})

test('a ticket takes one picture, and an address that is none takes nothing', async () => {
  const ticket = (await (await genlock.call('/v1/uploads', { method: 'POST', body: JSON.stringify({ filename: 'boat.png', type: 'ephemeral' }) })).json()) as { uploadUrl: string }
  const sendTo = async (url: string, bytes: string | Uint8Array<ArrayBuffer>): Promise<number> => {
    const form = new FormData()
    form.append('file', new Blob([bytes]), 'boat.png')
    return (await fetch(url, { method: 'POST', body: form })).status
  }
  const png = new Uint8Array(await picture())
  expect(await sendTo(`${genlock.url}/v1/uploads/put-forged.png`, png)).toBe(404)
  expect(await sendTo(ticket.uploadUrl, 'no picture')).toBe(415)
  expect(await sendTo(ticket.uploadUrl, png)).toBe(200)
  expect(await sendTo(ticket.uploadUrl, png)).toBe(422)
})

test('a video from words and a picture with references, by the vendor\'s names', async () => {
  const { id } = await runway.textToVideo.create({ model: 'gen4.5', promptText: 'A paper boat', ratio: '1280:720', duration: 2 })
  expect(await endOf(id)).toMatchObject({ status: 'SUCCEEDED', cost: { credits: 24 } })
  const png = `data:image/png;base64,${(await picture()).toString('base64')}`
  const image = await runway.textToImage.create({ model: 'gen4_image', promptText: '@boat at night', ratio: '1280:720', referenceImages: [{ uri: png, tag: 'boat' }] })
  expect(await endOf(image.id)).toMatchObject({ status: 'SUCCEEDED', output: [expect.stringContaining('/v1/files/')] })
})

test('a video is changed, and one is made after another\'s acting', async () => {
  const { id } = await runway.textToVideo.create({ model: 'gen4.5', promptText: 'A paper boat', ratio: '1280:720', duration: 3 })
  const made = await endOf(id)
  if (made.status !== 'SUCCEEDED') throw new Error(JSON.stringify(made))
  const videoUri = made.output[0]!
  const changed = await runway.videoToVideo.create({ model: 'aleph2', videoUri, promptText: 'At night' })
  expect(await endOf(changed.id)).toMatchObject({ status: 'SUCCEEDED' })
  const png = `data:image/png;base64,${(await picture()).toString('base64')}`
  const acted = await runway.characterPerformance.create({ model: 'act_two', character: { type: 'image', uri: png }, reference: { type: 'video', uri: videoUri }, ratio: '1280:720' })
  expect(await endOf(acted.id)).toMatchObject({ status: 'SUCCEEDED' })
})

test('a task is cancelled and deleted by the same call', async () => {
  const { id } = await runway.textToVideo.create({ model: 'gen4.5', promptText: 'x [[slow:60]]', ratio: '1280:720', duration: 2 })
  await runway.tasks.delete(id)
  expect(await endOf(id)).toMatchObject({ status: 'CANCELLED', cost: { credits: 0 } })
  await runway.tasks.delete(id)
  expect(await failureOf(() => runway.tasks.retrieve(id))).toMatchObject({ status: 404 })
  expect(await failureOf(() => runway.tasks.delete(id))).toMatchObject({ status: 404 })
})

test('a failure is thrown with its reason', async () => {
  const { id } = await runway.textToVideo.create({ model: 'gen4.5', promptText: 'x [[fail:content_policy]]', ratio: '1280:720', duration: 2 })
  await endOf(id)
  const failure = await runway.tasks.retrieve(id).waitForTaskOutput().then(() => undefined, (error: unknown) => error)
  expect(failure).toBeInstanceOf(TaskFailedError)
  expect((failure as TaskFailedError).taskDetails).toMatchObject({ status: 'FAILED', failureCode: 'SAFETY.OUTPUT.VIDEO' })
})

test('errors are of the client, and none that is final is tried again', async () => {
  const wrong = await failureOf(() => runway.textToVideo.create({ model: 'gen4.5', promptText: 'x', ratio: '1280:720', duration: 99 }))
  expect(wrong).toBeInstanceOf(APIError)
  expect(wrong).toMatchObject({ status: 400, error: { issues: [{ path: ['duration'] }] } })
  expect(sent).toHaveLength(1)
  expect(await failureOf(() => new RunwayML({ apiKey: 'sk_wrong', baseURL: genlock.url }).organization.retrieve())).toMatchObject({ status: 401 })
  const poor = await genlock.addAccount(1n)
  sent = []
  expect(await failureOf(() => runway.withOptions({ apiKey: poor.key }).textToVideo.create({ model: 'gen4.5', promptText: 'x', ratio: '1280:720', duration: 2 }))).toMatchObject({ status: 402 })
  expect(sent).toHaveLength(1)
})

test('what there is to spend', async () => {
  const { creditBalance, tier } = await runway.organization.retrieve()
  expect(creditBalance).toBeGreaterThan(0)
  expect(tier.models['gen4_turbo']).toEqual({ maxConcurrentGenerations: null, maxDailyGenerations: null })
})

async function endOf(id: string) {
  for (let poll = 0; poll < MAX_POLLS; poll += 1) {
    const task = await runway.tasks.retrieve(id)
    if (task.status === 'SUCCEEDED' || task.status === 'FAILED' || task.status === 'CANCELLED') return task
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`${id} has not ended`)
}

async function failureOf(action: () => Promise<unknown>): Promise<APIError> {
  sent = []
  return action().then(() => { throw new Error('it worked') }, (error: unknown) => error as APIError)
}
