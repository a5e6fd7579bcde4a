import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createGoogle } from '@ai-sdk/google'
import { ApiError, GoogleGenAI } from '@google/genai'
import { experimental_generateVideo as generateVideo, generateImage } from 'ai'
import { ApiError as ApiError2, GoogleGenAI as GoogleGenAI2 } from 'google-genai-2'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { simulateGoogle } from './google.ts'
import type { Simulator } from './simulator.ts'

let nowMs = Date.UTC(2026, 10, 21)
let simulator: Simulator
let key: string
let folder: string

beforeAll(async () => {
  simulator = await simulateGoogle({ clock: { nowMs: () => nowMs }, queuedSeconds: 10, renderSeconds: 20 })
  key = String(simulator.credential['api_key'])
  folder = await mkdtemp(join(tmpdir(), 'genlock-google-'))
})
afterAll(async () => {
  await simulator?.close()
  await rm(folder, { recursive: true, force: true })
})

const VEO = 'veo-3.1-fast-generate-preview'
const IMAGE = { imageBytes: Buffer.from('a picture').toString('base64'), mimeType: 'image/png' }

describe("Google's client of version 2, the last that makes videos here", () => {
  const client = () => new GoogleGenAI2({ apiKey: key, httpOptions: { baseUrl: simulator.baseUrl } })

  test('creates, follows, downloads, and goes on with what was made', async () => {
    const google = client()
    const started = await google.models.generateVideos({ model: VEO, source: { prompt: 'A boat', image: IMAGE }, config: { numberOfVideos: 1, durationSeconds: 4, aspectRatio: '16:9', resolution: '720p', lastFrame: IMAGE, negativePrompt: 'blur' } })
    expect(started.done).toBeFalsy()
    expect((await google.operations.getVideosOperation({ operation: started })).done).toBeFalsy()
    nowMs += 60_000
    const { response } = await google.operations.getVideosOperation({ operation: started })
    const video = response!.generatedVideos![0]!.video!
    await google.files.download({ file: video, downloadPath: join(folder, 'video.mp4') })
    expect(isMp4(await readFile(join(folder, 'video.mp4')))).toBe(true)

    const extended = await google.models.generateVideos({ model: VEO, source: { prompt: 'It sails on', video }, config: { durationSeconds: 8 } })
    expect(extended.name).toMatch(/^models\/.*\/operations\/[a-z0-9]+$/)
    const references = [{ image: IMAGE, referenceType: 'ASSET' as const }]
    expect((await google.models.generateVideos({ model: VEO, source: { prompt: 'Her boat' }, config: { durationSeconds: 8, referenceImages: references as never } })).name).toBeDefined()
  })

  test('counts what was filtered, and gives the error of what failed', async () => {
    const google = client()
    const filtered = await google.models.generateVideos({ model: VEO, source: { prompt: 'x [[sim:output_moderation]]' } })
    const failed = await google.models.generateVideos({ model: VEO, source: { prompt: 'x [[sim:render_failure]]' } })
    nowMs += 60_000
    expect((await google.operations.getVideosOperation({ operation: filtered })).response).toMatchObject({ raiMediaFilteredCount: 1, raiMediaFilteredReasons: [expect.stringMatching(/Responsible AI/)] })
    expect(await google.operations.getVideosOperation({ operation: failed })).toMatchObject({ done: true, error: { code: 13 } })
  })

  test('is told what is wrong', async () => {
    expect(await failureOf(client().models.generateVideos({ model: VEO, source: { prompt: 'x' }, config: { durationSeconds: 5 } }))).toMatchObject({ status: 400, message: expect.stringContaining('durationSeconds') })
    expect(await failureOf(client().models.generateVideos({ model: 'veo-3.0-generate-001', source: { prompt: 'x' } }))).toMatchObject({ status: 404, message: expect.stringContaining('no longer available') })
    const stranger = new GoogleGenAI2({ apiKey: 'AIzaStranger', httpOptions: { baseUrl: simulator.baseUrl } })
    const error = await failureOf(stranger.models.generateVideos({ model: VEO, source: { prompt: 'x' } }))
    expect(error).toBeInstanceOf(ApiError2)
    expect(error).toMatchObject({ status: 400, message: expect.stringContaining('API_KEY_INVALID') })
  })
})

describe("Google's client of version 3", () => {
  const client = () => new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: simulator.baseUrl } })

  test('creates an interaction, follows it, and goes on from it', async () => {
    const google = client()
    const begun = await google.interactions.create({
      model: 'gemini-omni-1.1-flash',
      input: [{ type: 'text', text: 'A boat' }, { type: 'image', data: IMAGE.imageBytes, mime_type: 'image/png' }],
      background: true,
      response_format: { type: 'video', resolution: '360p', aspect_ratio: '16:9', duration: '3s', delivery: 'inline' },
      generation_config: { seed: 0, video_config: { task: 'image_to_video' } },
    })
    expect(begun.status).toBe('queued')
    nowMs += 15_000
    expect((await google.interactions.get(begun.id!)).status).toBe('in_progress')
    nowMs += 60_000
    const done = await google.interactions.get(begun.id!)
    expect(done.status).toBe('completed')
    const { steps } = done as { steps?: { content: { data: string }[] }[] }
    expect(isMp4(Buffer.from(steps![0]!.content[0]!.data, 'base64'))).toBe(true)

    const next = await google.interactions.create({ model: 'gemini-omni-1.1-flash', input: 'It sails on', background: true, previous_interaction_id: begun.id, generation_config: { video_config: { task: 'extend' } } })
    await google.interactions.cancel(next.id!)
    expect((await google.interactions.get(next.id!)).status).toBe('cancelled')
    await expect(google.interactions.get('v1_nobody')).rejects.toThrow(/Invalid interaction name/)
    await expect(google.interactions.create({ model: 'gemini-omni-1.1-flash', input: 'x', background: true, response_format: { type: 'video', duration: '11s' } })).rejects.toThrow(/between 3s and 10s/)
  })

  test('makes pictures', async () => {
    const answer = await client().models.generateContent({ model: 'gemini-3.1-flash-image', contents: ['Draw her boat', { inlineData: { mimeType: 'image/png', data: IMAGE.imageBytes } }], config: { responseModalities: ['IMAGE'], imageConfig: { aspectRatio: '1:1', imageSize: '512' } } })
    const parts = answer.candidates![0]!.content!.parts!
    expect(isPng(Buffer.from(parts.at(-1)!.inlineData!.data!, 'base64'))).toBe(true)
    const blocked = await client().models.generateContent({ model: 'gemini-3.1-flash-image', contents: 'x [[sim:input_moderation]]' })
    expect(blocked.promptFeedback?.blockReason).toBe('PROHIBITED_CONTENT')
    const error = await failureOf(client().models.generateContent({ model: 'gemini-3.1-flash-image', contents: 'x', config: { imageConfig: { imageSize: '1k' } } }))
    expect(error).toBeInstanceOf(ApiError)
    expect(error).toMatchObject({ status: 400 })
  })
})

test("AI SDK's Google provider makes videos and pictures", async () => {
  const realTime = await simulateGoogle({ queuedSeconds: 0, renderSeconds: 0 })
  try {
    const google = createGoogle({ apiKey: String(realTime.credential['api_key']), baseURL: `${realTime.baseUrl}/v1beta` })
    // The files have Google's address, to which alone the client would give the key, and are here.
    const download = async ({ url }: { url: URL }) => ({ data: new Uint8Array(await (await fetch(`${realTime.baseUrl}${url.pathname}${url.search}&key=${String(realTime.credential['api_key'])}`)).arrayBuffer()), mediaType: 'video/mp4' })
    const { video } = await generateVideo({ model: google.video(VEO), prompt: 'A boat', duration: 4, aspectRatio: '16:9', download, poll: { intervalMs: 10 } })
    expect(isMp4(video.uint8Array)).toBe(true)
    const { image } = await generateImage({ model: google.image('gemini-3-pro-image'), prompt: 'A boat', aspectRatio: '1:1' })
    expect(isPng(image.uint8Array)).toBe(true)
  } finally {
    await realTime.close()
  }
})

test('a file is given to nobody without the key', async () => {
  const create = await fetch(`${simulator.baseUrl}/v1beta/models/${VEO}:predictLongRunning?key=${key}`, { method: 'POST', body: JSON.stringify({ instances: [{ prompt: 'A boat' }], parameters: { durationSeconds: 4 } }) })
  const { name } = (await create.json()) as { name: string }
  nowMs += 60_000
  const operation = await (await fetch(`${simulator.baseUrl}/v1beta/${name}?key=${key}`)).text()
  const file = /files\/[a-z0-9]+:download\?alt=media/.exec(operation)![0]
  expect((await fetch(`${simulator.baseUrl}/v1beta/${file}`)).status).toBe(400)
  expect((await fetch(`${simulator.baseUrl}/v1beta/${file}&key=${key}`)).status).toBe(200)
  nowMs += 3 * 86_400_000
  expect((await fetch(`${simulator.baseUrl}/v1beta/${file}&key=${key}`)).status).toBe(403)
})

async function failureOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(() => undefined, (error: unknown) => error)
}

function isMp4(bytes: Uint8Array): boolean {
  return Buffer.from(bytes).toString('latin1', 4, 8) === 'ftyp'
}

function isPng(bytes: Uint8Array): boolean {
  return Buffer.from(bytes).toString('latin1', 1, 4) === 'PNG'
}
