import { createVerify, generateKeyPairSync } from 'node:crypto'
import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import type { GenerationRequest } from '../core/generation-request.ts'
import { fixtureInput, fixtureJob, scriptedHttp, type ScriptedAnswer } from './provider.fixture.ts'
import type { Job, UpstreamTarget } from './provider.ts'
import { vertex } from './vertex.ts'

const SETTINGS = { project: 'my-project-12', location: 'us-central1' }
const MODELS = '/v1/projects/my-project-12/locations/us-central1/publishers/google/models'
const VEO = 'veo-3.1-generate-001'

/** What is sent for a request. Answers, errors and the life of a job are in the contract suite. */
async function sentFor(upstreamModel: string, request: Partial<GenerationRequest> = {}, job: Partial<Omit<Job, 'request'>> = {}) {
  const { http, asked } = scriptedHttp([{ status: 200, body: answerFor(upstreamModel) }])
  const inputs = (job.inputs ?? []).map(({ media, role }) => ({ media, role, source: { url: 'https://example.com/x' } }))
  await vertex.submit(fixtureJob({ settings: SETTINGS, ...job, upstreamModel, request: { inputs, ...request } }), http)
  expect(asked).toHaveLength(1)
  return asked[0]!
}

function answerFor(model: string): unknown {
  if (model.startsWith('imagen')) return { predictions: [{ bytesBase64Encoded: 'AAAA' }] }
  if (model.includes('image')) return { candidates: [{ content: { parts: [{ inlineData: { data: 'AAAA' } }] }, finishReason: 'STOP' }] }
  return { name: `projects/my-project-12/locations/us-central1/publishers/google/models/${model}/operations/abc` }
}

describe('Veo', () => {
  test('is asked in its project and place, and always told of sound and number', async () => {
    expect(await sentFor(VEO)).toEqual({ method: 'POST', path: `${MODELS}/${VEO}:predictLongRunning`, json: { instances: [{ prompt: 'a boat' }], parameters: { sampleCount: 1, generateAudio: true } } })
    expect((await sentFor(VEO, { audio: false, count: 4, seed: 0 })).json).toMatchObject({ parameters: { sampleCount: 4, generateAudio: false, seed: 0 } })
  })

  test('2 knows nothing of sound, and takes a last frame and references here', async () => {
    const { json } = await sentFor('veo-2.0-generate-001', { durationSeconds: 5 }, { inputs: [fixtureInput({ role: 'first_frame' }), fixtureInput({ role: 'last_frame' })] })
    expect(json).toMatchObject({ instances: [{ image: { bytesBase64Encoded: 'AQID', mimeType: 'image/png' }, lastFrame: { mimeType: 'image/png' } }], parameters: { sampleCount: 1, durationSeconds: 5 } })
    expect((json as { parameters: object }).parameters).not.toHaveProperty('generateAudio')
  })

  test('goes on with any video, as bytes', async () => {
    const { json } = await sentFor(VEO, { operation: 'extend' }, { inputs: [fixtureInput({ media: 'video', role: 'source', mediaType: 'video/mp4' })] })
    expect(json).toMatchObject({ instances: [{ video: { bytesBase64Encoded: 'AQID', mimeType: 'video/mp4' } }] })
  })

  test('leaves its videos in the bucket of the channel, where there is one, and only then makes large ones', async () => {
    const settings = { ...SETTINGS, storage_uri: 'gs://my-bucket/veo/' }
    const large = { request: { resolution: '4k', durationSeconds: 8 }, upstreamModel: VEO } as const
    expect((await sentFor(VEO, large.request, { settings })).json).toMatchObject({ parameters: { storageUri: 'gs://my-bucket/veo/', resolution: '4k' } })
    expect(vertex.unfit?.(fixtureJob({ ...large, settings }))).toBeUndefined()
    expect(vertex.unfit?.(fixtureJob({ ...large, settings: SETTINGS }))).toMatchObject({ param: 'resolution' })
  })

  test('is looked at by a POST with the whole name', async () => {
    const operation = `projects/my-project-12/locations/us-central1/publishers/google/models/${VEO}/operations/abc`
    const { http, asked } = scriptedHttp([{ status: 200, body: { name: operation } }])
    expect(await vertex.check({ operation }, http)).toEqual({ state: 'running' })
    expect(asked).toEqual([{ method: 'POST', path: `${MODELS}/${VEO}:fetchPredictOperation`, json: { operationName: operation }, timeoutMs: 120_000 }])
  })

  test('has its videos fetched from the bucket with the token', async () => {
    const targets: UpstreamTarget[] = []
    const http = { ...scriptedHttp([]).http, download: (target: UpstreamTarget) => (targets.push(target), Promise.resolve(Readable.from(['x']))) }
    await vertex.open?.({ kind: 'provider', reference: { bucket: 'my-bucket', object: 'veo/a b/0.mp4' }, role: 'output' }, fixtureJob(), http)
    expect(targets).toEqual([{ address: 'https://storage.googleapis.com/storage/v1/b/my-bucket/o/veo%2Fa%20b%2F0.mp4?alt=media' }])
  })
})

describe('pictures', () => {
  test('of Imagen are asked for together', async () => {
    expect(await sentFor('imagen-4.0-generate-001', { kind: 'image', operation: 'text_to_image', count: 4, aspectRatio: '16:9', resolution: '2K', size: '2752x1536', outputFormat: 'jpeg', enhancePrompt: false, vendor: { personGeneration: 'allow_adult', language: 'en', labels: {} } })).toEqual({
      method: 'POST',
      path: `${MODELS}/imagen-4.0-generate-001:predict`,
      timeoutMs: 300_000,
      json: {
        instances: [{ prompt: 'a boat' }],
        parameters: { sampleCount: 4, includeRaiReason: true, personGeneration: 'allow_adult', language: 'en', aspectRatio: '16:9', sampleImageSize: '2K', outputOptions: { mimeType: 'image/jpeg' }, enhancePrompt: false },
      },
    })
  })

  test('of Imagen have a seed only without the watermark', async () => {
    expect((await sentFor('imagen-4.0-generate-001', { kind: 'image', operation: 'text_to_image', seed: 0 })).json).toMatchObject({ parameters: { seed: 0, addWatermark: false } })
  })

  test('of Gemini are asked for one at a time', async () => {
    expect(await sentFor('gemini-3-pro-image', { kind: 'image', operation: 'text_to_image', aspectRatio: '1:1', resolution: '4K' })).toMatchObject({
      path: `${MODELS}/gemini-3-pro-image:generateContent`,
      json: { contents: [{ role: 'user', parts: [{ text: 'a boat' }] }], generationConfig: { imageConfig: { aspectRatio: '1:1', imageSize: '4K' } } },
    })
  })
})

describe('the login', () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048, privateKeyEncoding: { type: 'pkcs8', format: 'pem' }, publicKeyEncoding: { type: 'spki', format: 'pem' } })
  const keyFile = { type: 'service_account', project_id: 'my-project-12', private_key_id: 'abc', client_email: 'genlock@my-project-12.iam.gserviceaccount.com', private_key: privateKey, token_uri: 'https://oauth2.googleapis.com/token' }
  const nowMs = Date.UTC(2026, 10, 21)

  async function loggedIn(answer: ScriptedAnswer) {
    const { http, asked } = scriptedHttp([answer])
    const outcome = await vertex.login!(vertex.credential.parse(keyFile), http, nowMs).catch((error: unknown) => error)
    return { outcome, asked: asked[0] as { address: string; anonymous: boolean; body: { bytes: string } } }
  }

  test('is an assertion that the key has signed, changed anonymously for a token', async () => {
    const { outcome, asked } = await loggedIn({ status: 200, body: { access_token: 'ya29.token', expires_in: 3599, token_type: 'Bearer' } })
    expect(outcome).toEqual({ token: { access_token: 'ya29.token' }, validSeconds: 3599 })
    expect(asked).toMatchObject({ method: 'POST', address: 'https://oauth2.googleapis.com/token', anonymous: true })
    const form = new URLSearchParams(asked.body.bytes)
    expect(form.get('grant_type')).toBe('urn:ietf:params:oauth:grant-type:jwt-bearer')
    const [head, claims, signature] = form.get('assertion')!.split('.')
    expect(createVerify('RSA-SHA256').update(`${head}.${claims}`).verify(publicKey, signature!, 'base64url')).toBe(true)
    expect(JSON.parse(Buffer.from(claims!, 'base64url').toString())).toEqual({
      iss: keyFile.client_email, scope: 'https://www.googleapis.com/auth/cloud-platform', aud: keyFile.token_uri, iat: nowMs / 1000, exp: nowMs / 1000 + 3600,
    })
    expect(vertex.authorize({ ...keyFile, access_token: 'ya29.token' }, { method: 'GET', url: new URL('https://example.com'), body: undefined, contentType: undefined, nowMs })).toEqual({ authorization: 'Bearer ya29.token' })
  })

  test('that is refused is the account’s fault, and one that was not answered well is nobody’s', async () => {
    expect((await loggedIn({ status: 400, body: { error: 'invalid_grant', error_description: 'Invalid JWT Signature.' } })).outcome).toMatchObject({ kind: 'credential', upstreamCode: 'invalid_grant', message: 'Invalid JWT Signature.' })
    expect((await loggedIn({ status: 503, text: 'busy' })).outcome).toMatchObject({ kind: 'lost' })
    expect((await loggedIn({ status: 200, body: { token_type: 'Bearer' } })).outcome).toMatchObject({ kind: 'garbled' })
  })

  test('takes a key file as it is, also one whose lines were escaped, and no other key', () => {
    expect(vertex.credential.parse(keyFile)).toEqual({ client_email: keyFile.client_email, private_key: privateKey, token_uri: keyFile.token_uri })
    expect(vertex.credential.parse({ ...keyFile, private_key: privateKey.replaceAll('\n', '\\n') })).toMatchObject({ private_key: privateKey })
    for (const wrong of [{ private_key: 'abc' }, { client_email: 'nobody' }, { token_uri: 'http://tokens.example.com' }]) expect(vertex.credential.safeParse({ ...keyFile, ...wrong }).success).toBe(false)
  })
})

test('settings and handles are nothing that could climb out of a path', () => {
  expect(vertex.settings?.parse({ project: 'my-project-12' })).toEqual({ project: 'my-project-12', location: 'global' })
  for (const settings of [{}, { project: '..' }, { project: 'a/b' }, { project: 'a', location: 'US/1' }, { project: 'a', storage_uri: 's3://bucket' }]) expect(vertex.settings?.safeParse(settings).success).toBe(false)
  for (const operation of ['operations/abc', 'projects/../locations/us/publishers/google/models/a/operations/b', '']) expect(vertex.handle.safeParse({ operation }).success).toBe(false)
})
