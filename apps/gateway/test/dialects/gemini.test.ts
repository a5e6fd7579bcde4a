/** The `gemini` dialect with a whole gateway behind it: the requests of Google's pages, as they send them. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isMp4, picture } from '../acceptance/pictures.ts'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'

interface Operation { name: string; done: boolean; response: { generateVideoResponse: { generatedSamples: { video: { uri: string } }[] } } }

const MAX_READS = 1500
let genlock: TestGateway

beforeAll(async () => {
  genlock = await startTestGateway()
})
afterAll(() => genlock?.close())

test('a video by the REST sample, with the key in the vendor\'s header: operation, link, download', async () => {
  const png = await picture()
  const created = await google('/v1beta/models/seedance-1.0-pro-fast:predictLongRunning', {
    instances: [{ prompt: 'Panning wide shot of a calico kitten sleeping in the sunshine', image: { inlineData: { mimeType: 'image/png', data: png.toString('base64') } } }],
    parameters: { aspectRatio: '16:9', durationSeconds: '2', resolution: '480p' },
  })
  expect(created.status).toBe(200)
  const { name } = (await created.json()) as Operation
  const operation = await ended(name)
  const { uri } = operation.response.generateVideoResponse.generatedSamples[0]!.video
  // As @ai-sdk/google fetches it, and as @google/genai 2 reads a file's id out of it.
  expect(isMp4(new Uint8Array(await (await fetch(`${uri}?key=anything`)).arrayBuffer()))).toBe(true)
  const fileId = /[a-z0-9]+/.exec(uri.split('files/')[1]!)![0]
  const download = await google(`/v1beta/files/${fileId}:download?alt=media`)
  expect(download.headers.get('content-type')).toBe('video/mp4')
  expect(isMp4(new Uint8Array(await download.arrayBuffer()))).toBe(true)
  expect((await fetch(`${genlock.url}/v1beta/files/${fileId}:download?alt=media`)).status).toBe(401)

  expect(await (await google(`/v1beta/operations/${name.split('/').at(-1)}`)).json()).toEqual(operation)
  // A result may be the next request's picture or video; this model takes pictures only, and says so.
  const next = await google('/v1beta/models/seedance-1.0-pro-fast:predictLongRunning', { instances: [{ prompt: 'Go on', video: { uri } }] })
  expect(await next.json()).toMatchObject({ error: { code: 400, status: 'INVALID_ARGUMENT', message: expect.stringContaining('instances[0].video') as string } })
})

test('a result of this wire is an input by its link', async () => {
  const images = await google('/v1beta/models/gpt-image-1:predict', { instances: [{ prompt: 'A boat' }], parameters: { sampleCount: 1, aspectRatio: '1:1' } })
  const { predictions } = (await images.json()) as { predictions: { bytesBase64Encoded: string; mimeType: string }[] }
  expect(predictions).toHaveLength(1)
  const task = images.headers.get('x-task-id')!
  const { response } = await ended(`models/gpt-image-1/operations/${task}`)
  const { uri } = response.generateVideoResponse.generatedSamples[0]!.video
  const edit = await google('/v1beta/models/gpt-image-1:generateContent', { contents: [{ parts: [{ text: 'At night' }, { fileData: { mimeType: 'image/png', fileUri: uri } }] }] })
  expect(await edit.json()).toMatchObject({ candidates: [{ finishReason: 'STOP', content: { parts: [{ inlineData: { mimeType: 'image/png' } }] } }] })
})

test('pictures are made under v1 too, where newer clients ask for them', async () => {
  const stable = await google('/v1/models/gpt-image-1:generateContent', { contents: [{ parts: [{ text: 'A boat' }] }] })
  expect(await stable.json()).toMatchObject({ candidates: [{ finishReason: 'STOP', content: { parts: [{ inlineData: { mimeType: 'image/png' } }] } }] })
  expect((await google('/v1/models/nobody:generateContent', { contents: [{ parts: [{ text: 'A boat' }] }] })).status).toBe(404)
})

test('what is refused for its content is no error, as the vendor has it', async () => {
  const predict = await google('/v1beta/models/gpt-image-1:predict', { instances: [{ prompt: '[[fail:content_policy]]' }] })
  expect(await predict.json()).toMatchObject({ predictions: [{ raiFilteredReason: expect.any(String) as string }] })
  const generate = await google('/v1beta/models/gpt-image-1:generateContent', { contents: { parts: [{ text: '[[fail:content_policy]]' }] } })
  expect(await generate.json()).toMatchObject({ candidates: [{ finishReason: 'IMAGE_SAFETY', content: { parts: [] } }] })
  const failed = await google('/v1beta/models/gpt-image-1:generateContent', { contents: { parts: [{ text: '[[fail]]' }] } })
  expect(failed.status).toBe(502)
})

test('an operation is cancelled, and shown as one that was', async () => {
  const { name } = (await (await google('/v1beta/models/seedance-1.0-pro-fast:predictLongRunning', { instances: [{ prompt: '[[slow:60]]' }] })).json()) as Operation
  expect(await (await google(`/v1beta/${name}:cancel`, {})).json()).toEqual({})
  expect(await ended(name)).toMatchObject({ done: true, error: { code: 1, status: 'CANCELLED' } })
})

function google(path: string, body?: unknown): Promise<Response> {
  return fetch(genlock.url + path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { 'x-goog-api-key': genlock.key, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
}

async function ended(name: string): Promise<Operation> {
  for (let read = 0; read < MAX_READS; read += 1) {
    const operation = (await (await google(`/v1beta/${name}`)).json()) as Operation
    if (operation.done) return operation
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`${name} has not ended`)
}
