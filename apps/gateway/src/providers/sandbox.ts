import { createReadStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { z } from 'zod'
import { UpstreamError } from '../core/errors.ts'
import type { GenerationRequest } from '../core/generation-request.ts'
import type { FailureReason, Progress } from '../core/progress.ts'
import type { Job, JobInput, Provider } from './provider.ts'
import type { RenderPool } from './sandbox/render-pool.ts'
import { MAX_DURATION_SECONDS, RenderError, type RenderSpec } from './sandbox/render-spec.ts'
import { pictureTask } from './sandbox/picture-task.ts'
import { shortenPrompt } from './sandbox/shorten-prompt.ts'

const HANDLE = z.object({
  /** When it says that it is done. Milliseconds since the epoch. */
  readyAtMs: z.number(),
  count: z.number(),
  /** The result of a task for words that needs no picture. */
  text: z.string().optional(),
  magic: z.object({ word: z.string(), value: z.string() }).optional(),
})
type Handle = z.infer<typeof HANDLE>

/** A job takes this long before it is drawn, so that `queued` and `running` can be seen. */
const PRETENDED_MS = 400
const MAX_SLOW_SECONDS = 3_600
const DEFAULT_SEED = 1

/**
 * Words in double square brackets in a prompt make the sandbox behave in ways that are hard to have otherwise.
 * docs/sandbox.md lists them.
 */
const MAGIC = /\[\[(fail|slow|stall|refuse|busy|lost|garbage)(?::([a-z0-9_]{1,40}))?\]\]/

const FAILURES: Record<string, FailureReason> = {
  content_policy: { code: 'content_policy', message: 'The sandbox refuses this prompt for its content, as asked.' },
  upstream_failed: { code: 'upstream_failed', message: 'The sandbox failed, as asked.' },
  timeout: { code: 'timeout', message: 'The sandbox ran out of time, as asked.' },
}

/**
 * Draws locally: what a fresh installation serves every model with. A job is wholly described by its request, so any
 * process can draw it at any time: the drawing happens when the result is opened, and a crash loses nothing.
 */
export function createSandbox(renderer: Pick<RenderPool, 'render'>, nowMs: () => number): Provider<Handle> {
  return {
    id: 'sandbox',
    name: 'Sandbox',
    kinds: ['video', 'image', 'text'],
    usualSeconds: 2,
    credential: z.record(z.string(), z.unknown()),
    handle: HANDLE,
    authorize: () => ({}),

    submit({ request }) {
      const magic = readMagic(request.prompt)
      switch (magic?.word) {
        case 'refuse':
          throw new UpstreamError('refused', 'The sandbox refuses this prompt for its content, as asked.', { code: 'content_policy' })
        case 'busy':
          throw new UpstreamError('busy', 'The sandbox is busy, as asked.', { retryAfterSeconds: 1 })
        case 'lost':
          throw new UpstreamError('lost', 'The sandbox lost its answer, as asked.')
      }
      const slowMs = magic?.word === 'slow' ? Math.min(Number(magic.value) || 0, MAX_SLOW_SECONDS) * 1000 : 0
      return Promise.resolve({ handle: { readyAtMs: nowMs() + PRETENDED_MS + slowMs, count: request.count, ...(magic && { magic }), ...shortened(request) } })
    },

    check({ readyAtMs, count, text, magic }): Promise<Progress> {
      return Promise.resolve(progressOf())

      function progressOf(): Progress {
        if (magic?.word === 'stall' || nowMs() < readyAtMs) return { state: 'running' }
        if (magic?.word === 'fail') return { state: 'failed', reason: FAILURES[magic.value] ?? FAILURES['upstream_failed']! }
        if (text !== undefined) return { state: 'done', results: [{ kind: 'text', text: magic?.word === 'garbage' ? '' : text, role: 'output' }] }
        const references = Array.from({ length: count }, (_, index) => ({ index, garbage: magic?.word === 'garbage' }))
        return { state: 'done', results: references.map((reference) => ({ kind: 'provider', reference, role: 'output' })) }
      }
    },

    cancel: () => Promise.resolve('cancelled'),

    async open({ reference }, job) {
      const { index, garbage } = REFERENCE.parse(reference)
      if (garbage) return Readable.from([Buffer.from('<html>This is no video.</html>')])
      try {
        const { path } = await renderer.render(await specOf(job, index))
        return createReadStream(path).once('close', () => void rm(path, { force: true }))
      } catch (error) {
        if (!(error instanceof RenderError)) throw error
        if (error.fault === 'refused') throw new UpstreamError('refused', `The sandbox cannot draw this: ${error.message}`, { code: 'invalid_request', cause: error })
        throw new UpstreamError('busy', `the sandbox could not draw: ${error.fault}`, { cause: error })
      }
    },
  }
}

/** Of a task for words without a picture. */
function shortened({ kind, prompt, inputs }: GenerationRequest): Pick<Handle, 'text'> {
  return kind === 'text' && inputs.length === 0 ? { text: shortenPrompt(prompt).join('\n') } : {}
}

const REFERENCE = z.object({ index: z.number(), garbage: z.boolean() })

function readMagic(prompt: string): Handle['magic'] {
  const [, word, value = ''] = MAGIC.exec(prompt) ?? []
  return word === undefined ? undefined : { word, value }
}

/** Several results of one request differ in their seeds. */
async function specOf({ request, upstreamModel, inputs }: Job, index: number): Promise<RenderSpec> {
  const picture = (...roles: JobInput['role'][]): JobInput | undefined => inputs.find((input) => input.media === 'image' && roles.includes(input.role))
  const seed = (request.seed ?? DEFAULT_SEED) + index
  const source = request.kind === 'video' ? undefined : picture('source') ?? picture('reference', 'first_frame')
  if (request.kind === 'text') {
    if (!source) throw new UpstreamError('refused', 'There is no picture to describe.', { code: 'invalid_request' })
    return { kind: 'text', seed, source: await bytesOf(source) }
  }
  const [widthPixels, heightPixels] = pixelsOf(request)
  const common = { prompt: request.prompt, widthPixels, heightPixels, seed, label: upstreamModel }
  if (request.kind === 'image') {
    const mask = picture('mask')
    const others: Uint8Array[] = []
    for (const input of inputs) if (input.media === 'image' && input.role !== 'mask' && input !== source) others.push(await bytesOf(input))
    const task = pictureTask(request)
    // Without a size of its own, a grid has four pictures of the usual size.
    const enlarged = task.isGrid && request.size === undefined ? { widthPixels: 2 * widthPixels, heightPixels: 2 * heightPixels } : {}
    return { ...common, ...enlarged, kind: 'image', format: imageFormat(request.outputFormat), others, ...task, ...(source && { source: await bytesOf(source) }), ...(mask && { mask: await bytesOf(mask), ...(request.vendor?.['mask_changes'] === 'black' && { maskChanges: 'black' as const }) }) }
  }
  const firstFrame = picture('first_frame', 'reference')
  const lastFrame = picture('last_frame')
  const seconds = request.durationSeconds === undefined || request.durationSeconds === 'auto' ? DEFAULT_SECONDS : request.durationSeconds
  return {
    ...common,
    kind: 'video',
    framesPerSecond: request.framesPerSecond ?? DEFAULT_FRAMES_PER_SECOND,
    durationSeconds: Math.min(seconds, MAX_DURATION_SECONDS),
    audio: request.audio ?? false,
    ...(firstFrame && { firstFrame: await bytesOf(firstFrame), followsFirstFrame: request.aspectRatio === 'adaptive' && request.size === undefined }),
    ...(lastFrame && { lastFrame: await bytesOf(lastFrame) }),
  }
}

const DEFAULT_SECONDS = 5
const DEFAULT_FRAMES_PER_SECOND = 24

/** The size that was checked at admission; where it was left open, the usual one of the resolution. */
function pixelsOf({ size, resolution, aspectRatio, kind }: GenerationRequest): [number, number] {
  const [, width, height] = /^(\d+)x(\d+)$/.exec(size ?? '') ?? []
  if (width !== undefined && height !== undefined) return [Number(width), Number(height)]
  const shortSide = SHORT_SIDES[(resolution ?? '').toLowerCase()] ?? (kind === 'image' ? 1024 : 720)
  const [across, down] = (/^\d+:\d+$/.test(aspectRatio ?? '') ? aspectRatio! : kind === 'image' ? '1:1' : '16:9').split(':').map(Number)
  return across! >= down! ? [even((shortSide * across!) / down!), shortSide] : [shortSide, even((shortSide * down!) / across!)]
}

function even(side: number): number {
  return Math.round(side / 2) * 2
}

const SHORT_SIDES: Record<string, number> = { '360p': 360, '480p': 480, '540p': 540, '720p': 720, '768p': 768, '1080p': 1080, '4k': 2160, '1k': 1024, '2k': 2048 }

function imageFormat(outputFormat: string | undefined): 'png' | 'jpeg' | 'webp' {
  return outputFormat === 'jpeg' || outputFormat === 'jpg' ? 'jpeg' : outputFormat === 'webp' ? 'webp' : 'png'
}

async function bytesOf(input: JobInput): Promise<Uint8Array> {
  return (await input.read()).bytes
}
