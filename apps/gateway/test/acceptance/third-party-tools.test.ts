/**
 * The requests of NextAPI's page for third-party tools (ComfyUI, n8n, Make, Dify), sent by curl as the page writes
 * them, and its list of what must hold ("验收检查"). The result is then played in a browser from its link.
 */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startGatewayProcess, type GatewayProcess } from './gateway-process.ts'
import { isMp4 } from './pictures.ts'

const CHROMIUM_PATHS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome']
/** For 40 seconds: a machine that is busy with other tests draws slowly. */
const MAX_READS = 600
const MAX_BODY_BYTES = 64 * 1024 * 1024

const DOCUMENTED_BODY = `{
  "model": "seedance-2.0-pro",
  "input": {
    "prompt": "A cinematic product reveal",
    "duration_seconds": 5,
    "resolution": "720p"
  }
}`

/** The page's list of models. */
const MODELS = ['seedance-2.0-pro', 'seedance-2.0-fast', 'seedance-v2-pro']

let genlock: GatewayProcess

beforeAll(async () => {
  genlock = await startGatewayProcess()
})
afterAll(() => genlock?.close())

describe('the documented calls', () => {
  test.each(MODELS)('a create of %s answers 202 with id, status and estimated_cost_cents', async (model) => {
    const { status, body } = await curl('-X', 'POST', `${genlock.url}/v1/videos`, ...json(DOCUMENTED_BODY.replace('seedance-2.0-pro', model)))
    expect(status).toBe(202)
    expect(body).toMatchObject({ id: expect.any(String), status: 'queued', estimated_cost_cents: expect.any(Number) })
  })

  test('the same key reads the same id until it has succeeded with a link, under both names, that needs no header', async () => {
    const { body: { id } } = await curl('-X', 'POST', `${genlock.url}/v1/videos`, ...json(DOCUMENTED_BODY))
    let task: Answer = {}
    for (let reads = 0; reads < MAX_READS && task['status'] !== 'succeeded'; reads += 1) {
      const { status, body } = await curl(`${genlock.url}/v1/videos/${String(id)}`, ...authorized())
      expect(status).toBe(200)
      expect(['queued', 'running', 'succeeded']).toContain(body['status'])
      task = body
      await new Promise((resolve) => setTimeout(resolve, 250))
    }
    const output = task['output'] as { url: string; video_url: string; bytes: number }
    expect(task['status']).toBe('succeeded')
    expect(output.video_url).toBe(output.url)
    const file = await promisify(execFile)('curl', ['-sf', output.url], { encoding: 'buffer', maxBuffer: MAX_BODY_BYTES })
    expect(file.stdout.length).toBe(output.bytes)
    expect(file.stdout.subarray(4, 8).toString('latin1')).toBe('ftyp')
  })

  test.each(MODELS)('/wait answers when the video of %s is done', async (model) => {
    const { body: { id } } = await curl('-X', 'POST', `${genlock.url}/v1/videos`, ...json(DOCUMENTED_BODY.replace('seedance-2.0-pro', model)))
    const { status, body } = await curl(`${genlock.url}/v1/videos/${String(id)}/wait`, ...authorized())
    expect(status).toBe(200)
    expect(body).toMatchObject({ id, model, status: 'succeeded', output: { url: expect.any(String), width: 1280, height: 720 } })
    expect(isMp4(new Uint8Array(await (await fetch((body['output'] as { url: string }).url)).arrayBuffer()))).toBe(true)
  })
})

describe('the troubleshooting table', () => {
  test('401 unauthorized: the key is missing or wrong', async () => {
    for (const headers of [[], ['-H', 'Authorization: Bearer sk_mistyped'], ['-H', `Authorization: ${genlock.key}`]]) {
      const { status, body } = await curl(`${genlock.url}/v1/videos/vid_any/wait`, ...headers)
      expect([status, codeOf(body)]).toEqual([401, 'unauthorized'])
    }
  })

  test('402 insufficient_credits: the budget does not cover it', async () => {
    const key = await genlock.createKey('--budget', '0.01')
    const { status, body } = await curl('-X', 'POST', `${genlock.url}/v1/videos`, ...json(DOCUMENTED_BODY, key))
    expect([status, codeOf(body)]).toEqual([402, 'insufficient_credits'])
  })

  test('404 not_found: the id is wrong', async () => {
    const { status, body } = await curl(`${genlock.url}/v1/videos/vid_mistyped/wait`, ...authorized())
    expect([status, codeOf(body)]).toEqual([404, 'not_found'])
  })

  test.each([
    ['{"model":"seedance-2.0-pro","input":{"duration_seconds":5}}', 'input.prompt'],
    ['{"model":"seedance-2.0-pro","input":{"prompt":"x","duration_seconds":1000}}', 'input.duration_seconds'],
    ['{"model":"seedance-2.0-pro","input":{"prompt":"x","resolution":"9p"}}', 'input.resolution'],
    ['{"model":"seedance-2.0-pro","input":{"prompt":"x","duration":5}}', 'input.duration'],
  ])('422 invalid_request: %s names %s', async (body, param) => {
    const answer = await curl('-X', 'POST', `${genlock.url}/v1/videos`, ...json(body))
    expect([answer.status, codeOf(answer.body), (answer.body['error'] as Answer)['param']]).toEqual([422, 'invalid_request', param])
  })
})

describe('the result', () => {
  const chromiumPath = CHROMIUM_PATHS.find((path) => existsSync(path))
  const missing = chromiumPath === undefined ? `there is no Chromium at ${CHROMIUM_PATHS.join(', ')}` : undefined

  test('plays in a browser from its link, on a page of another origin, and can be sought in', async (context) => {
    if (missing !== undefined) {
      if (process.env['CI'] === 'true') throw new Error(missing)
      console.warn(`third-party-tools.test.ts, playing in a browser, is skipped: ${missing}`)
      return context.skip(missing)
    }
    const { body: { id } } = await curl('-X', 'POST', `${genlock.url}/v1/videos`, ...json(DOCUMENTED_BODY))
    const { body: task } = await curl(`${genlock.url}/v1/videos/${String(id)}/wait`, ...authorized())
    const page = createServer((_request, response) => response.setHeader('content-type', 'text/html').end(`<!doctype html><title>A customer's page</title><video muted preload="auto" src="${(task['output'] as { url: string }).url}"></video>`))
    await new Promise<void>((resolve) => page.listen(0, '127.0.0.1', resolve))
    const browser = await chromium.launch({ executablePath: chromiumPath!, args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] })
    try {
      const tab = await browser.newPage()
      await tab.goto(`http://localhost:${(page.address() as AddressInfo).port}`)
      expect(await tab.evaluate(PLAY)).toEqual({ error: null, width: 1280, height: 720, seconds: 5, moved: true, soughtTo: 4 })
    } finally {
      await browser.close()
      page.close()
    }
  })
})

/** Plays the page's video for a moment, then seeks, and tells what the browser made of it. */
const PLAY = `(async () => {
  const video = document.querySelector('video')
  await video.play().catch(() => undefined)
  if (!video.error) await new Promise((resolve) => { video.addEventListener('timeupdate', () => video.currentTime > 0.2 && resolve()); video.addEventListener('error', resolve) })
  const moved = video.currentTime > 0
  video.pause()
  await new Promise((resolve) => { video.addEventListener('seeked', resolve, { once: true }); video.currentTime = 4 })
  return { error: video.error && video.error.message, width: video.videoWidth, height: video.videoHeight, seconds: Math.round(video.duration), moved, soughtTo: video.currentTime }
})()`

type Answer = Record<string, unknown>

async function curl(...words: string[]): Promise<{ status: number; body: Answer }> {
  const { stdout } = await promisify(execFile)('curl', ['-s', '-w', '\n%{http_code}', ...words])
  const end = stdout.lastIndexOf('\n')
  return { status: Number(stdout.slice(end + 1)), body: JSON.parse(stdout.slice(0, end)) as Answer }
}

function authorized(key = genlock.key): string[] {
  return ['-H', `Authorization: Bearer ${key}`]
}

function json(body: string, key = genlock.key): string[] {
  return [...authorized(key), '-H', 'Content-Type: application/json', '-d', body]
}

function codeOf(body: Answer): unknown {
  return (body['error'] as Answer)['code']
}
