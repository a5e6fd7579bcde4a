/** fal's own JavaScript client, unchanged, against a running gateway: by its proxy option, and with its hosts rewritten. */
import { ApiError, createFalClient, ValidationError, type FalClient } from '@fal-ai/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../../support/gateway.ts'
import { isMp4, picture } from '../pictures.ts'

const FAST = 'genlock/seedance-1.0-pro-fast'
const SHORT = { prompt: 'A paper boat', duration: '2', resolution: '480p' }
const MIDDLEWARE_PATHS: [string, string][] = [['https://queue.fal.run', '/fal/queue'], ['https://fal.run', '/fal/run'], ['https://rest.fal.ai', '/fal']]

let genlock: TestGateway
let fal: FalClient

beforeAll(async () => {
  genlock = await startTestGateway()
  fal = createFalClient({ credentials: genlock.key, proxyUrl: { url: `${genlock.url}/fal/proxy`, when: 'always' } })
})
afterAll(() => genlock?.close())

interface VideoResult { video: { url: string; content_type: string; file_name: string; file_size: number } }

test('subscribe: submit, status and result, by polling and by stream', async () => {
  for (const mode of ['polling', 'streaming'] as const) {
    const words: string[] = []
    const options = { input: SHORT, logs: true, onQueueUpdate: ({ status }: { status: string }) => words.push(status) }
    const { data, requestId } = await fal.subscribe(FAST, mode === 'polling' ? { ...options, mode, pollInterval: 50 } : { ...options, mode })
    const { video } = data as VideoResult
    expect(video).toMatchObject({ content_type: 'video/mp4', file_name: expect.stringMatching(/\.mp4$/) as string })
    const bytes = await bytesAt(video.url)
    expect(isMp4(bytes)).toBe(true)
    expect(bytes.length).toBe(video.file_size)
    expect(requestId).toMatch(/^vid_/)
    expect(words.at(-1)).toBe('COMPLETED')
  }
})

describe('the queue', () => {
  test('submit, status, result too early, cancel, cancel too late', async () => {
    const submitted = await fal.queue.submit(FAST, { input: { ...SHORT, prompt: '[[slow:60]] x' } })
    expect(submitted).toMatchObject({ status: 'IN_QUEUE', queue_position: 0, status_url: expect.stringContaining(`/fal/queue/${FAST}/requests/`) as string })
    const { request_id: requestId } = submitted
    expect(['IN_QUEUE', 'IN_PROGRESS']).toContain((await fal.queue.status(FAST, { requestId, logs: true })).status)
    await expect(fal.queue.result(FAST, { requestId })).rejects.toMatchObject({ status: 400, body: { detail: 'Request is still in progress' } })
    await fal.queue.cancel(FAST, { requestId })
    expect(await fal.queue.status(FAST, { requestId })).toMatchObject({ status: 'COMPLETED', error_type: 'client_cancelled' })
    await expect(fal.queue.result(FAST, { requestId })).rejects.toMatchObject({ status: 499 })
    await expect(fal.queue.cancel(FAST, { requestId })).rejects.toMatchObject({ status: 400, body: { status: 'ALREADY_COMPLETED' } })
    await expect(fal.queue.cancel(FAST, { requestId: 'vid_nobodyhasthis' })).rejects.toMatchObject({ status: 404 })
  })

  test('a failed request is completed, and its result is the error', async () => {
    const { request_id: requestId } = await fal.queue.submit(FAST, { input: { ...SHORT, prompt: 'x [[fail:content_policy]]' } })
    expect(await fal.queue.subscribeToStatus(FAST, { requestId, pollInterval: 50 })).toMatchObject({ status: 'COMPLETED', error_type: 'content_policy_violation' })
    const error = await failureOf(fal.queue.result(FAST, { requestId }))
    expect(error).toBeInstanceOf(ValidationError)
    expect((error as ValidationError).fieldErrors).toMatchObject([{ loc: ['body', 'prompt'], type: 'content_policy_violation' }])
  })
})

test('run answers with the result: pictures', async () => {
  const { data, requestId } = await fal.run('fal-ai/flux-pro/v1.1', { input: { prompt: 'A paper boat', image_size: 'square', num_images: 1 } })
  const { images } = data as { images: { url: string; width: number; height: number }[] }
  expect(requestId).toMatch(/^img_/)
  expect(images).toMatchObject([{ width: 512, height: 512 }])
  expect((await bytesAt(images[0]!.url)).length).toBeGreaterThan(100)
})

test('a file is put into storage, and starts a video', async () => {
  const png = await picture()
  const blob = new Blob([new Uint8Array(png)], { type: 'image/png' })
  const url = await fal.storage.upload(new File([blob], 'boat.png', { type: 'image/png' }))
  expect(Buffer.from(await bytesAt(url))).toEqual(png)
  // Blobs of no type at all, as part of the input, go the same way.
  for (const image of [url, new Blob([new Uint8Array(png)])]) {
    const { data } = await fal.subscribe(FAST, { input: { ...SHORT, image_url: image }, pollInterval: 50 })
    expect(isMp4(await bytesAt((data as VideoResult).video.url))).toBe(true)
  }
})

test('with the hosts rewritten instead, the same paths', async () => {
  const direct = createFalClient({
    credentials: genlock.key,
    requestMiddleware: (request) => Promise.resolve({ ...request, url: MIDDLEWARE_PATHS.reduce((url, [host, path]) => url.replace(host, genlock.url + path), request.url) }),
  })
  const url = await direct.storage.upload(new Blob([new Uint8Array(await picture())], { type: 'image/png' }))
  const { data } = await direct.subscribe(FAST, { input: { ...SHORT, image_url: url }, pollInterval: 50 })
  expect(isMp4(await bytesAt((data as VideoResult).video.url))).toBe(true)
})

test('errors are the client’s own', async () => {
  const wrong = await failureOf(fal.queue.submit(FAST, { input: { ...SHORT, duration: 99 } }))
  expect(wrong).toBeInstanceOf(ValidationError)
  expect((wrong as ValidationError).getFieldErrors('duration')).toHaveLength(1)
  await expect(fal.queue.submit('fal-ai/nothing', { input: SHORT })).rejects.toMatchObject({ status: 404 })
  const stranger = createFalClient({ credentials: 'id:secret', proxyUrl: { url: `${genlock.url}/fal/proxy`, when: 'always' } })
  expect(await failureOf(stranger.queue.submit(FAST, { input: SHORT }))).toMatchObject({ status: 401 })
  const poor = createFalClient({ credentials: (await genlock.addAccount(1n)).key, proxyUrl: { url: `${genlock.url}/fal/proxy`, when: 'always' } })
  expect(await failureOf(poor.queue.submit(FAST, { input: SHORT }))).toMatchObject({ status: 403 })
})

async function failureOf(call: Promise<unknown>): Promise<ApiError<unknown>> {
  return call.then(
    () => {
      throw new Error('it went well')
    },
    (error: unknown) => error as ApiError<unknown>,
  )
}

async function bytesAt(url: string): Promise<Uint8Array> {
  const response = await fetch(url)
  expect(response.status).toBe(200)
  return new Uint8Array(await response.arrayBuffer())
}
