/**
 * Google's own client against a running gateway. Version 3 makes videos on Vertex only, so that is where they are asked
 * for; pictures go by the Gemini API.
 */
import { ApiError, GoogleGenAI, type GenerateVideosOperation } from '@google/genai'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../../support/gateway.ts'
import { isMp4, picture } from '../pictures.ts'

const MAX_POLLS = 1500
const POLL_MS = 100

let genlock: TestGateway
let vertex: GoogleGenAI
let gemini: GoogleGenAI

beforeAll(async () => {
  genlock = await startTestGateway()
  vertex = new GoogleGenAI({ vertexai: true, apiKey: genlock.key, httpOptions: { baseUrl: genlock.url } })
  gemini = new GoogleGenAI({ apiKey: genlock.key, httpOptions: { baseUrl: genlock.url, apiVersion: 'v1beta' } })
})
afterAll(() => genlock?.close())

test('generateVideos, getVideosOperation, download', async () => {
  const png = await picture()
  const started = await vertex.models.generateVideos({
    model: 'seedance-1.0-pro-fast',
    source: { prompt: 'A paper boat', image: { imageBytes: png.toString('base64'), mimeType: 'image/png' } },
    config: { numberOfVideos: 1, durationSeconds: 2, resolution: '480p', seed: 0 },
  })
  expect(started.name).toMatch(/\/operations\/vid_/)
  const operation = await ended(started)
  expect(operation.error).toBeUndefined()
  const video = operation.response!.generatedVideos![0]!
  const folder = await mkdtemp(join(tmpdir(), 'genlock-genai-'))
  try {
    await vertex.files.download({ file: video, downloadPath: join(folder, 'video.mp4') })
    expect(isMp4(await readFile(join(folder, 'video.mp4')))).toBe(true)
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('what was refused for its content is counted as filtered', async () => {
  const operation = await ended(await vertex.models.generateVideos({ model: 'seedance-1.0-pro-fast', prompt: 'x [[fail:content_policy]]', config: { durationSeconds: 2 } }))
  expect(operation.done).toBe(true)
  expect(operation.response).toMatchObject({ raiMediaFilteredCount: 1 })
  expect(operation.response!.generatedVideos).toBeUndefined()
})

test('pictures by generateContent and by generateImages', async () => {
  const answer = await gemini.models.generateContent({ model: 'gpt-image-1', contents: 'A paper boat', config: { responseModalities: ['IMAGE'], imageConfig: { aspectRatio: '1:1' } } })
  const { inlineData } = answer.candidates![0]!.content!.parts![0]!
  expect(inlineData!.mimeType).toMatch(/^image\//)
  expect(Buffer.from(inlineData!.data!, 'base64').length).toBeGreaterThan(1000)

  const edited = await gemini.models.generateContentStream({ model: 'gpt-image-1', contents: ['The same at night', { inlineData: { mimeType: inlineData!.mimeType!, data: inlineData!.data! } }] })
  const chunks = []
  for await (const chunk of edited) chunks.push(chunk)
  expect(chunks[0]!.candidates![0]!.content!.parts![0]!.inlineData!.data!.length).toBeGreaterThan(1000)

  const images = await vertex.models.generateImages({ model: 'gpt-image-1', prompt: 'A paper boat', config: { numberOfImages: 2, aspectRatio: '1:1' } })
  expect(images.generatedImages).toHaveLength(2)
  expect(images.generatedImages![0]!.image!.imageBytes!.length).toBeGreaterThan(1000)
})

test('errors are of the client and say which field', async () => {
  const wrongModel = await failureOf(() => vertex.models.generateVideos({ model: 'veo-99', prompt: 'x' }))
  expect(wrongModel).toBeInstanceOf(ApiError)
  expect(wrongModel.status).toBe(404)
  const wrongValue = await failureOf(() => vertex.models.generateVideos({ model: 'seedance-1.0-pro-fast', prompt: 'x', config: { durationSeconds: 99 } }))
  expect(wrongValue.status).toBe(400)
  expect(wrongValue.message).toContain('parameters.durationSeconds')
  const wrongKey = await failureOf(() => new GoogleGenAI({ apiKey: 'sk_wrong', httpOptions: { baseUrl: genlock.url, apiVersion: 'v1beta' } }).models.generateContent({ model: 'gpt-image-1', contents: 'x' }))
  expect(wrongKey.status).toBe(401)
})

test('models are listed and read', async () => {
  const names: string[] = []
  for await (const { name } of await gemini.models.list({ config: { pageSize: 5 } })) names.push(name!)
  expect(names).toContain('models/sora-2')
  expect(await gemini.models.get({ model: 'sora-2' })).toMatchObject({ name: 'models/sora-2' })
})

async function ended(operation: GenerateVideosOperation): Promise<GenerateVideosOperation> {
  let current = operation
  for (let poll = 0; poll < MAX_POLLS && !current.done; poll += 1) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    current = await vertex.operations.getVideosOperation({ operation: current })
  }
  return current
}

async function failureOf(action: () => Promise<unknown>): Promise<ApiError> {
  return action().then(() => { throw new Error('it worked') }, (error: unknown) => error as ApiError)
}
