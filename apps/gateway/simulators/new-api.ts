import { z } from 'zod'
import { newApiRefusals, newApiSamples } from './new-api/samples.ts'
import { randomId } from './random-ids.ts'
import { createRelay, namedSides, RELAY_SENTINELS, RelayRefusal, sidesOf, wordOf, type Job, type RelayJob, type RelayWords } from './relay-parts.ts'
import { startSimulator, type Answer, type IncomingCall, type Simulator, type SimulatorOptions, type Wire, type World } from './simulator.ts'

/**
 * Plays QuantumNous/new-api (source of 2026-08): tasks of video in its envelope, pictures in OpenAI's shape. The original
 * drops fields that it does not know; here they are refused, so that nothing is sent that would be lost.
 */
export function simulateNewApi(options: SimulatorOptions = {}): Promise<Simulator> {
  return startSimulator<RelayJob>(options, newApiWire)
}

const API_KEY = 'sk-simulated-new-api-key-77fe'
const WORDS: RelayWords = { queued: 'QUEUED', running: 'IN_PROGRESS', succeeded: 'SUCCESS', failed: 'FAILURE', cancelled: 'FAILURE' }
const DEFAULT_SECONDS = 5
const DEFAULT_SIZE = '1280x720'
const DEFAULT_PICTURE_SIZE = '1024x1024'
const QUOTA_PER_SECOND = 50_000

const source = z.string().regex(/^(?:https?:\/\/|data:[\w/+.-]+;base64,)/, 'must be a URL or base64')
const sources = z.array(source).max(9).optional()

const videoBody = z.strictObject({
  model: z.string().min(1),
  prompt: z.string(),
  mode: z.string().optional(),
  image: source.optional(),
  images: sources,
  size: z.string().optional(),
  duration: z.int().min(1).max(3600).optional(),
  seconds: z.string().optional(),
  seed: z.int().optional(),
  user: z.string().optional(),
  metadata: z.strictObject({
    negative_prompt: z.string().optional(),
    seed: z.int().optional(),
    resolution: z.enum(['480p', '720p', '1080p', '4k']).optional(),
    aspect_ratio: z.string().optional(),
    aspectRatio: z.string().optional(),
    ratio: z.string().optional(),
    mode: z.enum(['std', 'pro', '4k']).optional(),
    sound: z.enum(['on', 'off']).optional(),
    generate_audio: z.boolean().optional(),
    generateAudio: z.boolean().optional(),
    audio: z.boolean().optional(),
    image_tail: source.optional(),
    reference_images: sources,
    reference_videos: sources,
    reference_audios: sources,
    camera_fixed: z.boolean().optional(),
  }).optional(),
})

const pictureBody = z.strictObject({
  model: z.string().min(1),
  prompt: z.string(),
  n: z.coerce.number().int().min(1).max(128).optional(),
  size: z.string().optional(),
  quality: z.string().optional(),
  style: z.string().optional(),
  user: z.string().optional(),
  // As a channel has it that passes bodies through.
  seed: z.coerce.number().int().optional(),
  background: z.string().optional(),
  moderation: z.string().optional(),
  output_format: z.string().optional(),
  output_compression: z.coerce.number().optional(),
})

function newApiWire(world: World<RelayJob>): Wire<RelayJob> {
  const relay = createRelay(world, {
    key: API_KEY,
    // "Middleware error body", "task error body" and OpenAI's, by what refuses.
    envelope: ({ status, code, message }) =>
      status === 401 || code === 'model_not_found'
        ? { status, json: { error: { message: `${message} (request id: 20261121)`, type: 'new_api_error', code: status === 401 ? '' : code } } }
        : { status, json: { code, message, data: null } },
    invalid: [400, 'invalid_request'],
    unknownModel: [503, 'model_not_found'],
    noMoney: [403, 'insufficient_user_quota'],
    unknownTask: [400, 'task_not_exist'],
  })

  function create({ json }: IncomingCall): Answer {
    const body = relay.parse(videoBody, json)
    const { metadata = {} } = body
    const sides = body.size === undefined && metadata.resolution !== undefined ? namedSides(metadata.resolution, metadata.aspect_ratio ?? metadata.ratio) : sidesOf(body.size ?? DEFAULT_SIZE)
    if (sides === undefined) throw relay.invalid('size', 'invalid_size')
    const job = relay.accept(`task_${randomId(world, 32)}`, {
      kind: 'video', model: body.model, prompt: body.prompt, ...sides, durationSeconds: body.duration ?? DEFAULT_SECONDS, audio: metadata.generate_audio ?? metadata.audio ?? metadata.sound === 'on', count: 1, body,
    })
    return { status: 200, json: { id: job.id, task_id: job.id, object: 'video', model: body.model, status: 'queued', progress: 0, created_at: Math.floor(job.createdAtMs / 1000) } }
  }

  async function makePictures({ json, headers, form }: IncomingCall): Promise<Answer> {
    const multipart = headers['content-type']?.startsWith('multipart/form-data') === true
    const parts = multipart ? await form() : undefined
    const texts = parts && Object.fromEntries([...parts.entries()].filter(([, value]) => typeof value === 'string'))
    const body = relay.parse(pictureBody, texts ?? json)
    if (parts) checkFiles(parts)
    const size = body.size === undefined || body.size === 'auto' ? DEFAULT_PICTURE_SIZE : body.size
    const sides = sidesOf(size)
    if (sides === undefined) throw relay.invalid('size', 'invalid_size')
    const job = relay.accept(`picture_${randomId(world, 16)}`, { kind: 'image', model: body.model, prompt: body.prompt, ...sides, durationSeconds: 0, audio: false, count: body.n ?? 1, body }, { immediate: true })
    if (job.details.failure) throw new RelayRefusal(400, job.details.failure.code, job.details.failure.message)
    const links = relay.links(job)
    // GPT Image models answer with base64, whatever is asked.
    const base64 = body.model.startsWith('gpt-image') ? Buffer.from(await world.media.png(sides)).toString('base64') : undefined
    return { status: 200, json: { created: Math.floor(world.nowMs() / 1000), data: links.map((url) => (base64 === undefined ? { url } : { b64_json: base64 })) } }
  }

  function checkFiles(parts: FormData): void {
    const files = [...parts.entries()].filter(([, value]) => typeof value !== 'string')
    const strange = files.find(([name]) => !/^(?:image(?:\[\d*\])?|mask)$/.test(name))
    if (strange) throw relay.invalid(strange[0], 'is not taken')
    if (!files.some(([name]) => name.startsWith('image'))) throw relay.invalid('image', 'is required')
  }

  function envelope(job: Job): Record<string, unknown> {
    const { prompt, model, failure, durationSeconds } = job.details
    const phase = world.phaseOf(job)
    const [url] = phase === 'succeeded' ? relay.links(job) : []
    const seconds = (atMs: number) => Math.floor(atMs / 1000)
    return {
      code: 'success',
      message: '',
      data: {
        id: 4711, created_at: seconds(job.createdAtMs), updated_at: seconds(world.changedAtMs(job)), task_id: job.id, platform: '50', user_id: 7, group: 'default', channel_id: 3,
        quota: QUOTA_PER_SECOND * durationSeconds,
        action: 'textGenerate',
        status: wordOf(WORDS, phase),
        fail_reason: phase === 'failed' ? failure?.message : '',
        ...(url !== undefined && { result_url: url }),
        submit_time: seconds(job.createdAtMs), start_time: 0, finish_time: 0, progress: '50%',
        properties: { input: prompt, upstream_model_name: model, origin_model_name: model },
        data: phase === 'failed' ? { error: failure } : {},
      },
    }
  }

  return {
    provider: 'new-api',
    basePath: '',
    credential: { api_key: API_KEY },
    wrongCredential: { api_key: 'sk-not-the-key-of-this-relay' },
    samples: newApiSamples(),
    refusals: newApiRefusals(),
    sentinels: RELAY_SENTINELS,
    routes: [
      { method: 'POST', path: '/v1/video/generations', operation: 'create', answer: relay.guarded(create) },
      { method: 'GET', path: '/v1/video/generations/{id}', operation: 'check', answer: relay.guarded(({ params }) => ({ status: 200, json: envelope(relay.find(params['id'])) })) },
      { method: 'POST', path: '/v1/images/generations', operation: 'create', answer: relay.guarded(makePictures) },
      { method: 'POST', path: '/v1/images/edits', operation: 'create', answer: relay.guarded(makePictures) },
      relay.models,
      relay.files,
    ],
    trouble: relay.trouble,
    withUnknownWord(answer) {
      const { data } = answer.json as { data: Record<string, unknown> }
      return { ...answer, json: { code: 'success', message: '', data: { ...data, status: 'UNKNOWN' } } }
    },
  }
}
