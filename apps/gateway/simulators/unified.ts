import { z } from 'zod'
import { randomId } from './random-ids.ts'
import { createRelay, namedSides, RELAY_SENTINELS, wordOf, type Job, type RelayJob, type RelayWords } from './relay-parts.ts'
import { videoSample } from './sample.ts'
import { startSimulator, type Answer, type IncomingCall, type Sample, type SampleInput, type Simulator, type SimulatorOptions, type Wire, type World } from './simulator.ts'

/** Plays a relay of the unified video format as help.allapi.store has it (2026-01), refusing what is not on its page. */
export function simulateUnified(options: SimulatorOptions = {}): Promise<Simulator> {
  return startSimulator<RelayJob>(options, unifiedWire)
}

const API_KEY = 'sk-simulated-unified-key-c04e'
const WORDS: RelayWords = { queued: 'pending', running: 'processing', succeeded: 'completed', failed: 'failed', cancelled: 'error' }
const DEFAULT_SECONDS = 2

const common = {
  model: z.string().min(1),
  prompt: z.string(),
  duration: z.int().min(1).max(20).optional(),
  images: z.array(z.string().regex(/^(?:https:\/\/|data:image\/)/, 'must be a URL or base64')).max(3).optional(),
}
const veoBody = z.strictObject({ ...common, aspect_ratio: z.enum(['16:9', '9:16']).optional(), enable_upsample: z.boolean().optional(), enhance_prompt: z.boolean().optional() })
const soraBody = z.strictObject({ ...common, orientation: z.enum(['landscape', 'portrait']).optional(), size: z.enum(['small', 'medium', 'large']).optional() })

/** How many pictures a model takes: "frames 最多 2 张, components 最多 3 张, pro-frames 最多 1 张". */
function picturesOf(model: string): number {
  if (model.endsWith('pro-frames')) return 1
  if (model.endsWith('-frames')) return 2
  return model.endsWith('-components') ? 3 : /sora/.test(model) ? 1 : 0
}

function unifiedWire(world: World<RelayJob>): Wire<RelayJob> {
  const relay = createRelay(world, {
    key: API_KEY,
    envelope: ({ status, code, message }) => ({ status, json: { error: { message, type: 'api_error', code } } }),
    invalid: [400, 'invalid_request'],
    unknownModel: [400, 'model_not_found'],
    noMoney: [403, 'insufficient_user_quota'],
    unknownTask: [400, 'task_not_exist'],
  })

  function create({ json }: IncomingCall): Answer {
    const sora = /sora/.test(String((json as { model?: unknown } | undefined)?.model))
    const body = relay.parse<z.output<typeof veoBody> & z.output<typeof soraBody>>(sora ? soraBody : veoBody, json)
    if ((body.images?.length ?? 0) > picturesOf(body.model)) throw relay.invalid('images', `${body.model} takes ${picturesOf(body.model)}`)
    const ratio = body.aspect_ratio ?? (body.orientation === 'portrait' ? '9:16' : '16:9')
    // Not the real resolutions: the words are what matters here, and small files are quick.
    const sides = namedSides('480p', ratio)!
    const job = relay.accept(`${body.model}:${Math.floor(world.nowMs() / 1000)}-${randomId(world, 10)}`, { kind: 'video', model: body.model, prompt: body.prompt, ...sides, durationSeconds: body.duration ?? DEFAULT_SECONDS, audio: true, count: 1, body })
    return { status: 200, json: { id: job.id, status: 'pending', status_update_time: world.nowMs(), enhanced_prompt: body.prompt } }
  }

  function taskObject(job: Job): Record<string, unknown> {
    const { prompt, failure } = job.details
    const phase = world.phaseOf(job)
    return {
      id: job.id,
      status: wordOf(WORDS, phase),
      video_url: phase === 'succeeded' ? (relay.links(job)[0] ?? null) : null,
      enhanced_prompt: prompt,
      status_update_time: world.changedAtMs(job),
      ...(phase === 'failed' && { error: failure }),
    }
  }

  return {
    provider: 'unified',
    basePath: '/v1',
    credential: { api_key: API_KEY },
    wrongCredential: { api_key: 'sk-not-the-key-of-this-relay' },
    samples: SAMPLES,
    refusals: [
      { about: 'three frames', sample: videoSample('veo2-fast-frames', {}, [FIRST_FRAME, LAST_FRAME, FIRST_FRAME]) },
      { about: 'a seed', sample: videoSample('veo3', { seed: 1 }), param: 'seed' },
      { about: 'a square', sample: videoSample('veo3', { aspectRatio: '1:1' }) },
      { about: '1080p of a model that makes 720p', sample: videoSample('veo3', { resolution: '1080p', aspectRatio: '16:9' }), param: 'resolution' },
      { about: 'a size that Sora has no word for', sample: videoSample('sora-2-all', { size: '640x360' }), param: 'size' },
      { about: '21 seconds', sample: videoSample('sora-2-all', { durationSeconds: 21 }) },
      { about: 'half a second', sample: videoSample('sora-2-all', { durationSeconds: 5.5 }), param: 'durationSeconds' },
      { about: 'a video', sample: videoSample('veo3', {}, [{ ...FIRST_FRAME, media: 'video', role: 'source' }]), param: 'operation' },
      { about: 'a silent Veo 3', sample: videoSample('veo3', { audio: false }), param: 'audio' },
      { about: 'two videos', sample: videoSample('veo3', { count: 2 }), param: 'count' },
      { about: 'a model that is not there', sample: videoSample('no-such-veo', {}) },
    ],
    sentinels: RELAY_SENTINELS,
    routes: [
      { method: 'POST', path: '/v1/video/create', operation: 'create', answer: relay.guarded(create) },
      { method: 'GET', path: '/v1/video/query', operation: 'check', answer: relay.guarded(({ url }) => ({ status: 200, json: taskObject(relay.find(url.searchParams.get('id') ?? undefined)) })) },
      relay.models,
      relay.files,
    ],
    trouble: relay.trouble,
    withUnknownWord: (answer) => ({ ...answer, json: { ...(answer.json as Record<string, unknown>), status: 'upsampling' } }),
  }
}

const FIRST_FRAME: SampleInput = { media: 'image', role: 'first_frame', mediaType: 'image/png', bytes: Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a) }
const LAST_FRAME: SampleInput = { media: 'image', role: 'last_frame', mediaType: 'image/jpeg', url: 'https://example.com/last.jpg' }

const SAMPLES: Sample[] = [
  videoSample('veo3.1-fast', { aspectRatio: '9:16', resolution: '720p', size: '720x1280', upsample: true, enhancePrompt: true, audio: true }),
  videoSample('veo3.1-4k', { aspectRatio: '16:9', resolution: '4k', size: '3840x2160', durationSeconds: 1 }),
  videoSample('veo3-fast-frames', { aspectRatio: '16:9', durationSeconds: 1 }, [LAST_FRAME, FIRST_FRAME]),
  videoSample('veo2-fast-components', { durationSeconds: 1 }, [{ ...FIRST_FRAME, role: 'reference' }, { ...LAST_FRAME, role: 'reference' }]),
  videoSample('sora-2-all', { size: '1024x1792', durationSeconds: 1, audio: true }, [FIRST_FRAME]),
]
