import { z } from 'zod'
import { randomId } from './random-ids.ts'
import { createRelay, RELAY_SENTINELS, sidesOf, wordOf, type Job, type RelayJob, type RelayWords } from './relay-parts.ts'
import { videoSample } from './sample.ts'
import { startSimulator, type Answer, type IncomingCall, type Sample, type Simulator, type SimulatorOptions, type Wire, type World } from './simulator.ts'

/** Plays a relay of flat video JSON as the page of yuzhixiaolongxia.com has it (2026-08), refusing what is not on it. */
export function simulateFlat(options: SimulatorOptions = {}): Promise<Simulator> {
  return startSimulator<RelayJob>(options, flatWire)
}

const API_KEY = 'simulated-flat-relay-key-51c2'
const WORDS: RelayWords = { queued: 'queued', running: 'in_progress', succeeded: 'completed', failed: 'failed', cancelled: 'cancelled' }

/** Without a link in its answer a video lies at `/content`, so every success has a result here. */
const { no_result: _always, ...SENTINELS } = RELAY_SENTINELS
/** Asks for an answer without a link. */
const CONTENT_ONLY = '[[sim:content_only]]'

const DEFAULT_SECONDS = 5
const DEFAULT_SIZE = '1280x720'

const createBody = z.strictObject({
  model: z.string().min(1),
  prompt: z.string(),
  duration: z.int().min(1).max(60).optional(),
  size: z.string().optional(),
  seed: z.int().min(0).max(2 ** 32 - 1).optional(),
})

function flatWire(world: World<RelayJob>): Wire<RelayJob> {
  const relay = createRelay(world, {
    key: API_KEY,
    envelope: ({ status, code, message }) => ({ status, json: { error: { message, type: 'invalid_request_error', code } } }),
    invalid: [400, 'invalid_request'],
    unknownModel: [404, 'model_not_found'],
    noMoney: [403, 'insufficient_user_quota'],
    unknownTask: [404, 'task_not_exist'],
    guardedLinks: true,
  })

  function create({ json }: IncomingCall): Answer {
    const body = relay.parse(createBody, json)
    const sides = sidesOf(body.size ?? DEFAULT_SIZE)
    if (sides === undefined) throw relay.invalid('size', 'must be WIDTHxHEIGHT')
    const job = relay.accept(`video-task-${randomId(world, 12)}`, { kind: 'video', model: body.model, prompt: body.prompt, ...sides, durationSeconds: body.duration ?? DEFAULT_SECONDS, audio: true, count: 1, body })
    return { status: 200, json: taskObject(job) }
  }

  function taskObject(job: Job): Record<string, unknown> {
    const { model, prompt, durationSeconds, failure } = job.details
    const phase = world.phaseOf(job)
    return {
      id: job.id,
      task_id: job.id,
      object: 'video',
      model,
      status: wordOf(WORDS, phase),
      created: Math.floor(job.createdAtMs / 1000),
      ...(phase === 'succeeded' && !prompt.includes(CONTENT_ONLY) && { data: relay.links(job).map((url) => ({ url, duration: durationSeconds })) }),
      ...(phase === 'failed' && { error: failure }),
    }
  }

  return {
    provider: 'flat',
    basePath: '/v1',
    credential: { api_key: API_KEY },
    wrongCredential: { api_key: 'not-the-key-of-this-relay' },
    samples: SAMPLES,
    refusals: [
      { about: 'a picture', sample: sampleOf({ operation: 'image_to_video', inputs: [{ media: 'image', role: 'first_frame', source: { url: 'https://example.com/a.png' } }] }), param: 'operation' },
      { about: 'half a second', sample: sampleOf({ durationSeconds: 4.5 }), param: 'durationSeconds' },
      { about: 'a length that the model decides', sample: sampleOf({ durationSeconds: 'auto' }), param: 'durationSeconds' },
      { about: '61 seconds', sample: sampleOf({ durationSeconds: 61 }) },
      { about: 'a negative prompt', sample: sampleOf({ negativePrompt: 'rain' }), param: 'negativePrompt' },
      { about: 'two videos', sample: sampleOf({ count: 2 }), param: 'count' },
      { about: 'a resolution without a ratio', sample: sampleOf({ resolution: '720p' }), param: 'resolution' },
      { about: 'a silent Sora', sample: sampleOf({ audio: false }), param: 'audio' },
      { about: 'an odd size', sample: sampleOf({ size: '333x333' }) },
      { about: 'a model that is not there', sample: { ...sampleOf({}), upstreamModel: 'no-such-sora' } },
    ],
    sentinels: SENTINELS,
    routes: [
      { method: 'POST', path: '/v1/videos', operation: 'create', answer: relay.guarded(create) },
      { method: 'GET', path: '/v1/videos/{id}', operation: 'check', answer: relay.guarded(({ params }) => ({ status: 200, json: taskObject(relay.find(params['id'])) })) },
      { method: 'GET', path: '/v1/videos/{id}/content', operation: 'download', answer: relay.guarded(relay.files.answer) },
      relay.models,
      relay.files,
    ],
    trouble: relay.trouble,
    withUnknownWord: (answer) => ({ ...answer, json: { ...(answer.json as Record<string, unknown>), status: 'warming_up' } }),
  }
}

const SAMPLES: Sample[] = [
  sampleOf({ durationSeconds: 1, size: '256x144', seed: 0, audio: true }),
  sampleOf({ durationSeconds: 2, resolution: '480p', aspectRatio: '9:16', size: '270x480' }),
  sampleOf({ prompt: `A paper boat ${CONTENT_ONLY}`, durationSeconds: 1, size: '256x144' }),
]

function sampleOf(fields: Partial<Sample['request']>): Sample {
  return videoSample('sora-2', fields)
}
