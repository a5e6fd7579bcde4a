/**
 * Google's own client in the last version that makes videos on the Gemini API (version 3 does so on Vertex only). Its
 * `files.download` takes the file's id out of `https://…` addresses and of no others, and asks its base address for it:
 * so the gateway is told here that its public address is one with https, and the client its real one.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ApiError, GoogleGenAI, type GenerateVideosOperation } from 'google-genai-2'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../../support/gateway.ts'
import { isMp4, picture } from '../pictures.ts'

const PUBLIC_URL = 'https://videos.example'
const FAST = 'seedance-1.0-pro-fast'
const SHORT = { durationSeconds: 2, resolution: '480p' }
const MAX_POLLS = 1500
const POLL_MS = 100

let genlock: TestGateway
let google: GoogleGenAI
let folder: string

beforeAll(async () => {
  genlock = await startTestGateway({ environment: { GENLOCK_PUBLIC_URL: PUBLIC_URL } })
  google = new GoogleGenAI({ apiKey: genlock.key, httpOptions: { baseUrl: genlock.url } })
  folder = await mkdtemp(join(tmpdir(), 'genlock-genai-2-'))
})
afterAll(async () => {
  await genlock?.close()
  await rm(folder, { recursive: true, force: true })
})

test('generateVideos, getVideosOperation, download: by a Veo name of the vendor', async () => {
  const started = await google.models.generateVideos({ model: 'veo-3.1-fast-generate-preview', source: { prompt: 'A paper boat' }, config: { numberOfVideos: 1, durationSeconds: 4, aspectRatio: '16:9', resolution: '720p', negativePrompt: 'people' } })
  expect(started.name).toMatch(/^models\/.*\/operations\/vid_/)
  const { error, response } = await ended(started)
  expect(error).toBeUndefined()
  expect(response!.generatedVideos).toHaveLength(1)
  const generated = response!.generatedVideos![0]!
  expect(generated.video!.uri).toMatch(new RegExp(`^${PUBLIC_URL}/v1/files/`))
  await google.files.download({ file: generated, downloadPath: join(folder, 'generated.mp4') })
  await google.files.download({ file: generated.video!, downloadPath: join(folder, 'video.mp4') })
  for (const name of ['generated.mp4', 'video.mp4']) expect(isMp4(await readFile(join(folder, name)))).toBe(true)
})

test('a picture starts the video, and any model of the catalogue makes it', async () => {
  const image = { imageBytes: (await picture()).toString('base64'), mimeType: 'image/png' }
  const { response } = await ended(await google.models.generateVideos({ model: FAST, source: { prompt: 'It sails away', image }, config: SHORT }))
  await google.files.download({ file: response!.generatedVideos![0]!, downloadPath: join(folder, 'framed.mp4') })
  expect(isMp4(await readFile(join(folder, 'framed.mp4')))).toBe(true)
})

test('what was refused for its content is counted as filtered; another failure is the operation’s error', async () => {
  const filtered = await ended(await google.models.generateVideos({ model: FAST, source: { prompt: 'x [[fail:content_policy]]' }, config: SHORT }))
  expect(filtered.response).toMatchObject({ raiMediaFilteredCount: 1, raiMediaFilteredReasons: [expect.stringMatching(/\S/)] })
  const failed = await ended(await google.models.generateVideos({ model: FAST, source: { prompt: 'x [[fail:upstream_failed]]' }, config: SHORT }))
  expect(failed).toMatchObject({ done: true, error: { message: expect.stringMatching(/\S/) } })
})

test('errors are of the client and say which field', async () => {
  expect(await failureOf(() => google.models.generateVideos({ model: 'veo-99', source: { prompt: 'x' } }))).toMatchObject({ status: 404 })
  const wrongValue = await failureOf(() => google.models.generateVideos({ model: FAST, source: { prompt: 'x' }, config: { durationSeconds: 99 } }))
  expect(wrongValue).toMatchObject({ status: 400, message: expect.stringContaining('parameters.durationSeconds') })
  const stranger = new GoogleGenAI({ apiKey: 'sk_wrong', httpOptions: { baseUrl: genlock.url } })
  expect(await failureOf(() => stranger.models.generateVideos({ model: FAST, source: { prompt: 'x' } }))).toMatchObject({ status: 401 })
})

async function ended(operation: GenerateVideosOperation): Promise<GenerateVideosOperation> {
  let current = operation
  for (let poll = 0; poll < MAX_POLLS && current.done !== true; poll += 1) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    current = await google.operations.getVideosOperation({ operation: current })
  }
  expect(current.done).toBe(true)
  return current
}

async function failureOf(action: () => Promise<unknown>): Promise<ApiError> {
  const error = await action().then(() => undefined, (reason: unknown) => reason)
  expect(error).toBeInstanceOf(ApiError)
  return error as ApiError
}
