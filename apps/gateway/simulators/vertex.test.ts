import { createSign } from 'node:crypto'
import { ApiError, GoogleGenAI, type GenerateVideosOperation } from '@google/genai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Simulator } from './simulator.ts'
import { simulateVertex } from './vertex.ts'

let nowMs = Date.UTC(2026, 10, 21)
let simulator: Simulator
let google: GoogleGenAI

beforeAll(async () => {
  simulator = await simulateVertex({ clock: { nowMs: () => nowMs }, queuedSeconds: 10, renderSeconds: 20 })
  google = clientWith(await tokenFor())
})
afterAll(() => simulator?.close())

const VEO = 'veo-3.1-generate-001'
const IMAGE = { imageBytes: Buffer.from('a picture').toString('base64'), mimeType: 'image/png' }

/** The vendor's client logs in at Google's own address only, so it is handed the token. */
function clientWith(token: string): GoogleGenAI {
  const authClient = { getRequestHeaders: () => Promise.resolve(new Headers({ authorization: `Bearer ${token}` })) }
  return new GoogleGenAI({ vertexai: true, project: String(simulator.settings?.['project']), location: String(simulator.settings?.['location']), googleAuthOptions: { authClient: authClient as never }, httpOptions: { baseUrl: simulator.baseUrl } })
}

async function tokenFor(claims: Record<string, unknown> = {}): Promise<string> {
  const response = await askForToken(claims)
  return ((await response.json()) as { access_token: string }).access_token
}

function askForToken(claims: Record<string, unknown>): Promise<Response> {
  const { client_email: iss, private_key: key, token_uri: aud } = simulator.credential as Record<string, string>
  const iat = nowMs / 1000
  const words = [{ alg: 'RS256', typ: 'JWT' }, { iss, aud, scope: 'https://www.googleapis.com/auth/cloud-platform', iat, exp: iat + 3600, ...claims }]
  const signed = words.map((word) => Buffer.from(JSON.stringify(word)).toString('base64url')).join('.')
  const assertion = `${signed}.${createSign('RSA-SHA256').update(signed).sign(key!, 'base64url')}`
  return fetch(aud!, { method: 'POST', body: new URLSearchParams({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion }) })
}

async function finished(operation: GenerateVideosOperation): Promise<GenerateVideosOperation> {
  nowMs += 60_000
  return google.operations.getVideosOperation({ operation })
}

describe("Google's client", () => {
  test('creates videos, follows them by POST, and has their bytes', async () => {
    const started = await google.models.generateVideos({
      model: VEO, source: { prompt: 'A boat', image: IMAGE },
      config: { numberOfVideos: 2, durationSeconds: 4, aspectRatio: '16:9', resolution: '720p', seed: 0, generateAudio: false, negativePrompt: 'blur', lastFrame: IMAGE },
    })
    expect(started.name).toMatch(/^projects\/.*\/operations\/[0-9a-f-]{36}$/)
    expect((await google.operations.getVideosOperation({ operation: started })).done).toBeFalsy()
    const { response } = await finished(started)
    expect(response!.generatedVideos).toHaveLength(2)
    const { video } = response!.generatedVideos![1]!
    expect(Buffer.from(video!.videoBytes!, 'base64').toString('latin1', 4, 8)).toBe('ftyp')
  })

  test('counts what was filtered, and gives the error of what failed', async () => {
    const filtered = await finished(await google.models.generateVideos({ model: VEO, source: { prompt: 'x [[sim:output_moderation]]' } }))
    expect(filtered.response).toMatchObject({ raiMediaFilteredCount: 1, raiMediaFilteredReasons: [expect.stringMatching(/Support codes/)] })
    expect(await finished(await google.models.generateVideos({ model: VEO, source: { prompt: 'x [[sim:late_parameter_error]]' } }))).toMatchObject({ done: true, error: { code: 3 } })
  })

  test('makes pictures with Imagen and with Gemini', async () => {
    const { generatedImages } = await google.models.generateImages({ model: 'imagen-4.0-generate-001', prompt: 'A boat', config: { numberOfImages: 2, aspectRatio: '16:9', imageSize: '1K', seed: 0, addWatermark: false, outputMimeType: 'image/jpeg' } })
    expect(generatedImages).toHaveLength(2)
    expect(Buffer.from(generatedImages![0]!.image!.imageBytes!, 'base64').subarray(0, 3)).toEqual(Buffer.from([0xff, 0xd8, 0xff]))
    const answer = await google.models.generateContent({ model: 'gemini-3-pro-image', contents: 'A boat', config: { responseModalities: ['IMAGE'], imageConfig: { aspectRatio: '1:1', imageSize: '1K' } } })
    expect(answer.candidates![0]!.content!.parts!.at(-1)!.inlineData!.mimeType).toBe('image/png')
  })

  test('is told what is wrong', async () => {
    const failure = (call: Promise<unknown>) => call.then(() => undefined, (error: unknown) => error)
    const tooLong = await failure(google.models.generateVideos({ model: VEO, source: { prompt: 'x' }, config: { durationSeconds: 5 } }))
    expect(tooLong).toBeInstanceOf(ApiError)
    expect(tooLong).toMatchObject({ status: 400, message: expect.stringContaining('durationSeconds') })
    expect(await failure(google.models.generateVideos({ model: 'veo-3.0-generate-001', source: { prompt: 'x' } }))).toMatchObject({ status: 404 })
    expect(await failure(google.models.generateImages({ model: 'imagen-4.0-generate-001', prompt: 'x', config: { seed: 1 } }))).toMatchObject({ status: 400 })
    expect(await failure(clientWith('ya29.nobody').models.generateVideos({ model: VEO, source: { prompt: 'x' } }))).toMatchObject({ status: 401 })
  })
})

describe('a token', () => {
  test('is given for an assertion of the account, its key, this desk and this hour only', async () => {
    expect((await askForToken({})).status).toBe(200)
    const iat = nowMs / 1000
    for (const claims of [{ iss: 'nobody@example.com' }, { aud: 'https://example.com/token' }, { scope: 'email' }, { exp: iat + 7200 }, { iat: iat - 4000, exp: iat - 400 }]) {
      expect((await askForToken(claims)).status, JSON.stringify(claims)).toBe(400)
    }
  })

  test('ends after an hour', async () => {
    const client = clientWith(await tokenFor())
    nowMs += 3_600_000
    await expect(client.models.generateVideos({ model: VEO, source: { prompt: 'x' } })).rejects.toMatchObject({ status: 401 })
  })
})
