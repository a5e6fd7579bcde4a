/** The proof that films play where they will be watched: a real browser loads them over HTTP, plays them and looks at them. */
import { existsSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Browser, chromium, type Page } from 'playwright-core'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { VideoSpec } from './render-spec.ts'
import { renderVideo } from './render-video.ts'

const CHROMIUM_PATHS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome']

const chromiumPath = CHROMIUM_PATHS.find((path) => existsSync(path))
const mustRun = process.env['CI'] === 'true'
if (chromiumPath === undefined && !mustRun) console.warn(`playback.test.ts is skipped: no Chromium at ${CHROMIUM_PATHS.join(', ')}`)

const spec: VideoSpec = { kind: 'video', prompt: 'a harbour at night', widthPixels: 640, heightPixels: 360, framesPerSecond: 24, durationSeconds: 2, seed: 11, audio: true }

describe.skipIf(chromiumPath === undefined && !mustRun)('in Chromium', () => {
  let browser: Browser
  let server: Server
  let page: Page
  let origin: string
  const films = new Map<string, Uint8Array>()

  beforeAll(async () => {
    if (chromiumPath === undefined) throw new Error(`no Chromium at ${CHROMIUM_PATHS.join(', ')}`)
    browser = await chromium.launch({
      executablePath: chromiumPath,
      args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--autoplay-policy=no-user-gesture-required'],
    })
    server = serve(films)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    page = await browser.newPage()
    await page.goto(origin)
  })
  afterAll(async () => {
    await browser?.close()
    server?.close()
  })

  test('a film with sound plays: time runs, pictures and sound are decoded, seeking works', async () => {
    films.set('/film.mp4', (await renderVideo(spec, {})).bytes)
    const seen = await page.evaluate<Playback>(playScript('/film.mp4'))
    expect(seen).toMatchObject({ error: null, width: 640, height: 360, ended: true })
    expect(seen.durationSeconds).toBeCloseTo(2, 1)
    expect(seen.currentSeconds).toBeCloseTo(2, 1)
    expect(seen.audioBytes).toBeGreaterThan(0)
    expect(seen.videoBytes).toBeGreaterThan(0)
    expect(seen.distinctColours).toBeGreaterThan(50)
  })

  test.each([
    [1470, 630],
    [834, 1112],
  ])('the sides of %i × %i are shown exactly, and the film goes from the first picture to the last', async (widthPixels, heightPixels) => {
    const { bytes } = await renderVideo(
      { ...spec, widthPixels, heightPixels, durationSeconds: 1, audio: false, firstFrame: await plain('#c83214'), lastFrame: await plain('#1450c8') },
      {},
    )
    const path = `/${widthPixels}.mp4`
    films.set(path, bytes)
    const [start, end] = [await page.evaluate<Glimpse>(glimpseScript(path, 0)), await page.evaluate<Glimpse>(glimpseScript(path, 0.99))]
    expect(start).toMatchObject({ width: widthPixels, height: heightPixels })
    expectColour(start.middle, [0xc8, 0x32, 0x14])
    expectColour(end.middle, [0x14, 0x50, 0xc8])
  })
})

interface Playback {
  readonly error: string | null
  readonly width: number
  readonly height: number
  readonly durationSeconds: number
  readonly currentSeconds: number
  readonly ended: boolean
  readonly audioBytes: number
  readonly videoBytes: number
  readonly distinctColours: number
}

interface Glimpse {
  readonly width: number
  readonly height: number
  readonly middle: readonly [number, number, number]
}

/** Strings, since they run in the page, whose types this project does not load. */
function playScript(path: string): string {
  return `(async () => {
    const video = document.createElement('video')
    video.src = '${path}'
    document.body.append(video)
    await Promise.race([video.play(), new Promise((_, reject) => video.addEventListener('error', () => reject(video.error)))]).catch(() => undefined)
    if (!video.error) await new Promise((resolve) => { video.addEventListener('ended', resolve); video.addEventListener('error', resolve) })
    const result = {
      error: video.error && video.error.message,
      width: video.videoWidth,
      height: video.videoHeight,
      durationSeconds: video.duration,
      currentSeconds: video.currentTime,
      ended: video.ended,
      audioBytes: video.webkitAudioDecodedByteCount,
      videoBytes: video.webkitVideoDecodedByteCount,
    }
    await new Promise((resolve) => { video.addEventListener('seeked', resolve, { once: true }); video.currentTime = 0.5 })
    const canvas = document.createElement('canvas')
    canvas.width = video.videoWidth
    canvas.height = video.videoHeight
    const context = canvas.getContext('2d')
    context.drawImage(video, 0, 0)
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height)
    result.distinctColours = new Set(new Uint32Array(data.buffer)).size
    video.remove()
    return result
  })()`
}

function glimpseScript(path: string, seconds: number): string {
  return `(async () => {
    const video = document.createElement('video')
    video.muted = true
    video.preload = 'auto'
    video.src = '${path}?at=${seconds}'
    // A video outside of the page keeps its first picture.
    document.body.append(video)
    await new Promise((resolve) => video.addEventListener('loadeddata', resolve, { once: true }))
    // 'seeked' may come before the picture of that moment is there to be drawn.
    if (${seconds} > 0) await new Promise((resolve) => { video.requestVideoFrameCallback(resolve); video.currentTime = ${seconds} })
    const canvas = document.createElement('canvas')
    canvas.width = video.videoWidth
    canvas.height = video.videoHeight
    const context = canvas.getContext('2d')
    context.drawImage(video, 0, 0)
    const { data } = context.getImageData(canvas.width >> 1, canvas.height >> 1, 1, 1)
    video.remove()
    return { width: video.videoWidth, height: video.videoHeight, middle: [data[0], data[1], data[2]] }
  })()`
}

/** A page to stand on, and the films with ranges, which Chromium needs for seeking. */
function serve(films: ReadonlyMap<string, Uint8Array>): Server {
  return createServer((request, response) => {
    const film = films.get((request.url ?? '').split('?')[0] ?? '')
    if (film === undefined) {
      response.setHeader('content-type', 'text/html').end('<!doctype html><title>playback</title>')
      return
    }
    const [, from = '0', to = ''] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? []
    const start = Number(from)
    const end = to === '' ? film.length - 1 : Math.min(Number(to), film.length - 1)
    const headers = { 'content-type': 'video/mp4', 'accept-ranges': 'bytes', 'cache-control': 'no-store', 'content-length': end - start + 1 }
    if (request.headers.range === undefined) response.writeHead(200, headers)
    else response.writeHead(206, { ...headers, 'content-range': `bytes ${start}-${end}/${film.length}` })
    response.end(film.subarray(start, end + 1))
  })
}

async function plain(colour: string): Promise<Buffer> {
  return await sharp({ create: { width: 300, height: 300, channels: 3, background: colour } }).webp({ lossless: true }).toBuffer()
}

function expectColour(actual: readonly number[], expected: readonly number[]): void {
  for (const [index, value] of expected.entries()) expect(Math.abs(actual[index]! - value)).toBeLessThan(10)
}
