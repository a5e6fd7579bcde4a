import { z } from 'zod'
import { randomId } from './random-ids.ts'
import { createRelay, namedSides, RELAY_SENTINELS, RelayRefusal, sidesOf, wordOf, type Job, type RelayJob, type RelayWords } from './relay-parts.ts'
import { genlockRefusals, genlockSamples } from './genlock/samples.ts'
import { startSimulator, type Answer, type IncomingCall, type Phase, type Simulator, type SimulatorOptions, type Wire, type World } from './simulator.ts'

/** Plays another Genlock's native wire, which is NextAPI's with more fields: strict, with an idempotency key and a callback. */
export function simulateGenlock(options: SimulatorOptions = {}): Promise<Simulator> {
  return startSimulator<RelayJob>(options, genlockWire)
}

const API_KEY = 'sk_simulated_genlock_key_7h3k'
const WORDS: RelayWords = { queued: 'queued', running: 'running', succeeded: 'succeeded', failed: 'failed', cancelled: 'cancelled' }
const DEFAULT_SECONDS = 5
const DEFAULT_IMAGE_SIZE = '1024x1024'
const CENTS_PER_SECOND = 10
const CENTS_PER_IMAGE = 4

const source = z.string().regex(/^(?:https:\/\/|data:[\w/+.-]+;base64,)/, 'must be an https URL or a data URI')
const material = z.union([source, z.strictObject({ url: source, role: z.enum(['first_frame', 'last_frame', 'reference', 'mask', 'source']).optional() })])
const operation = z.enum(['text_to_video', 'image_to_video', 'first_last_frame', 'reference_to_video', 'video_to_video', 'extend', 'remix', 'upscale', 'lip_sync', 'text_to_image', 'image_edit', 'variation', 'describe', 'reframe', 'replace_background', 'blend', 'action'])

const commonInput = {
  prompt: z.string(),
  negative_prompt: z.string().optional(),
  resolution: z.string().optional(),
  aspect_ratio: z.string().optional(),
  size: z.string().optional(),
  seed: z.int().optional(),
  images: z.array(material).max(32).optional(),
  mask: material.optional(),
  n: z.int().min(1).max(32).optional(),
  style: z.string().optional(),
  quality: z.string().optional(),
  enhance_prompt: z.boolean().optional(),
  upsample: z.boolean().optional(),
  output_format: z.string().optional(),
  operation: operation.optional(),
  vendor: z.record(z.string(), z.unknown()).optional(),
}
const videoInput = z.strictObject({
  ...commonInput,
  duration_seconds: z.union([z.int().min(1).max(15), z.literal('auto')]).optional(),
  fps: z.number().min(1).max(120).optional(),
  audio: z.boolean().optional(),
  loop: z.boolean().optional(),
  first_frame: material.optional(),
  last_frame: material.optional(),
  videos: z.array(material).max(32).optional(),
  audios: z.array(material).max(32).optional(),
})
const commonBody = {
  model: z.string().min(1),
  callback_url: z.url({ protocol: /^https?$/ }).optional(),
  end_user_id: z.string().max(256).optional(),
  metadata: z.record(z.string(), z.unknown()).optional(),
}
const BODIES = {
  video: z.strictObject({ ...commonBody, input: videoInput }),
  image: z.strictObject({ ...commonBody, input: z.strictObject(commonInput) }),
}

function genlockWire(world: World<RelayJob>): Wire<RelayJob> {
  const answered = new Map<string, { body: string; id: string }>()
  const relay = createRelay(world, {
    key: API_KEY,
    envelope: ({ status, code, message, param }) => ({ status, json: { error: { code: code === 'invalid_api_key' ? 'unauthorized' : code, message, ...(param !== undefined && { param }), request_id: 'req_simulated', docs: `${world.origin()}/docs/errors#${code}` } } }),
    invalid: [422, 'invalid_request'],
    unknownModel: [404, 'model_not_found'],
    noMoney: [402, 'insufficient_credits'],
    unknownTask: [404, 'not_found'],
  })

  const create = (kind: RelayJob['kind']) => ({ json, headers, text }: IncomingCall): Answer => {
    const key = headers['idempotency-key']
    const before = typeof key === 'string' ? answered.get(key) : undefined
    if (before) {
      if (before.body !== text) throw new RelayRefusal(422, 'idempotency_mismatch', 'this Idempotency-Key was used before, with another request')
      return { status: 202, json: taskObject(relay.find(before.id)), headers: { 'idempotent-replayed': 'true' } }
    }
    const body = relay.parse<z.output<(typeof BODIES)['video']>>(BODIES[kind] as z.ZodType<z.output<(typeof BODIES)['video']>>, json)
    const { input } = body
    const sides = input.size === undefined ? (kind === 'image' && input.resolution === undefined ? sidesOf(DEFAULT_IMAGE_SIZE) : namedSides(input.resolution, input.aspect_ratio)) : sidesOf(input.size)
    if (sides === undefined) throw relay.invalid('input.size', 'is none that the model takes')
    const job = relay.accept(`${kind === 'video' ? 'vid' : 'img'}_${randomId(world, 26)}`, {
      kind, model: body.model, prompt: input.prompt, ...sides, durationSeconds: typeof input.duration_seconds === 'number' ? input.duration_seconds : DEFAULT_SECONDS, audio: input.audio ?? false, count: input.n ?? 1, body,
    })
    if (typeof key === 'string') answered.set(key, { body: text, id: job.id })
    return { status: 202, json: taskObject(job) }
  }

  function cancel({ params }: IncomingCall): Answer {
    const job = relay.find(params['id'])
    const phase = world.phaseOf(job)
    if (phase !== 'queued' && phase !== 'cancelled') throw new RelayRefusal(409, 'not_cancellable', `the task is ${phase}`)
    world.cancel(job)
    return { status: 200, json: taskObject(job) }
  }

  function taskObject(job: Job, phase: Phase = world.phaseOf(job)): Record<string, unknown> {
    const { kind, model, body, failure, count, durationSeconds } = job.details
    const cents = kind === 'video' ? CENTS_PER_SECOND * durationSeconds * count : CENTS_PER_IMAGE * count
    const ended = phase === 'failed' || phase === 'cancelled'
    return {
      id: job.id,
      object: kind,
      model,
      status: wordOf(WORDS, phase),
      progress: phase === 'succeeded' ? 100 : 0,
      estimated_cost_cents: cents,
      ...(phase === 'succeeded' && { cost_cents: cents, output: outputOf(job) }),
      currency: 'USD',
      created_at: Math.floor(job.createdAtMs / 1000),
      input: body['input'],
      ...(phase === 'failed' && { error: failure }),
      ...(phase === 'cancelled' && { error: { code: 'cancelled', message: 'The task was cancelled.' } }),
      ...(ended && { refunded: true }),
    }
  }

  function outputOf(job: Job): Record<string, unknown> {
    const { kind, widthPixels, heightPixels, durationSeconds, body } = job.details
    const files = relay.links(job).map((url) => ({ url, content_type: kind === 'video' ? 'video/mp4' : 'image/png', width: widthPixels, height: heightPixels }))
    const [first] = files
    if (kind === 'image') return { url: first?.url ?? null, images: files }
    const wantsFrame = (body['input'] as { vendor?: Record<string, unknown> }).vendor?.['return_last_frame'] === true
    return {
      ...first, duration_seconds: durationSeconds, video_url: first?.url ?? null, ...(files.length > 1 && { videos: files }),
      ...(wantsFrame && { last_frame_url: `${world.origin()}/frames/${job.id}.png` }),
    }
  }

  return {
    provider: 'genlock',
    basePath: '/v1',
    credential: { api_key: API_KEY },
    wrongCredential: { api_key: 'sk_not_the_key_of_this_gateway' },
    samples: genlockSamples(),
    refusals: genlockRefusals(),
    sentinels: RELAY_SENTINELS,
    routes: [
      { method: 'POST', path: '/v1/videos', operation: 'create', answer: relay.guarded(create('video')) },
      { method: 'POST', path: '/v1/images', operation: 'create', answer: relay.guarded(create('image')) },
      ...['videos', 'images'].flatMap((of) => [
        { method: 'GET', path: `/v1/${of}/{id}`, operation: 'check' as const, answer: relay.guarded(({ params }) => ({ status: 200, json: taskObject(relay.find(params['id'])) })) },
        { method: 'POST', path: `/v1/${of}/{id}/cancel`, operation: 'cancel' as const, answer: relay.guarded(cancel) },
      ]),
      { method: 'GET', path: '/frames/{id}.png', operation: 'download', answer: async () => ({ status: 200, file: { bytes: await world.media.png({ widthPixels: 64, heightPixels: 64 }), mediaType: 'image/png' } }) },
      relay.models,
      relay.files,
    ],
    trouble: relay.trouble,
    withUnknownWord: (answer) => ({ ...answer, json: { ...(answer.json as Record<string, unknown>), status: 'developing' } }),
    callback(job, phase) {
      const { callback_url: url } = job.details.body
      if (typeof url !== 'string' || phase === 'queued' || phase === 'running') return undefined
      return { url, json: { id: `evt_${job.id}`, type: `${job.details.kind}.${wordOf(WORDS, phase)}`, timestamp: new Date(world.changedAtMs(job)).toISOString(), data: taskObject(job, phase) } }
    },
  }
}
