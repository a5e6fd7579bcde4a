import { z } from 'zod'
import { randomId } from './random-ids.ts'
import { createRelay, namedSides, RELAY_SENTINELS, wordOf, type Job, type RelayJob, type RelayWords } from './relay-parts.ts'
import type { GenerationRequest } from '../src/core/generation-request.ts'
import { videoSample } from './sample.ts'
import { startSimulator, type Answer, type IncomingCall, type Sample, type SampleInput, type Simulator, type SimulatorOptions, type Wire, type World } from './simulator.ts'

/** Plays a gateway with the VideoApi console, by the documentation inside it (2026-08). */
export function simulateVideoApi(options: SimulatorOptions = {}): Promise<Simulator> {
  return startSimulator<RelayJob>(options, videoApiWire)
}

const API_KEY = 'vga_simulated_key_92ab41'
const WORDS: RelayWords = { queued: 'pending', running: 'processing', succeeded: 'completed', failed: 'failed', cancelled: 'failed' }
const AUTO_SECONDS = 4
const CREDITS_PER_SECOND = 36

const url = z.url({ protocol: /^https?$/ })
const createBody = z.strictObject({
  model: z.string().min(1),
  type: z.enum(['text-to-video', 'image-to-video', 'reference-to-video', 'video-to-video']).optional(),
  prompt: z.string(),
  image_urls: z.array(url).max(9).optional(),
  video_urls: z.array(url).max(3).optional(),
  audio_urls: z.array(url).max(3).optional(),
  resolution: z.enum(['480p', '720p']).optional(),
  duration: z.union([z.literal('auto'), z.int().min(1).max(15)]).optional(),
  aspect_ratio: z.enum(['auto', '16:9', '9:16', '1:1', '21:9']).optional(),
  generate_audio: z.boolean().optional(),
  end_user_id: z.string().optional(),
})
type Body = z.output<typeof createBody>

function videoApiWire(world: World<RelayJob>): Wire<RelayJob> {
  const uploads = new Set<string>()
  const relay = createRelay(world, {
    key: API_KEY,
    envelope: ({ status, code, message }) => ({ status, json: { error: { code, message } } }),
    invalid: [422, 'invalid_request'],
    unknownModel: [400, 'model_not_found'],
    noMoney: [402, 'insufficient_credits'],
    unknownTask: [404, 'task_not_found'],
  })

  function create({ json }: IncomingCall): Answer {
    const body = relay.parse(createBody, json)
    checkMaterial(body)
    const sides = namedSides(body.resolution, body.aspect_ratio)
    if (sides === undefined) throw relay.invalid('resolution', 'is none that the model takes')
    const durationSeconds = typeof body.duration === 'number' ? body.duration : AUTO_SECONDS
    const job = relay.accept(`vidgen_${world.nowMs()}_${randomId(world, 8)}`, { kind: 'video', model: body.model, prompt: body.prompt, ...sides, durationSeconds, audio: body.generate_audio ?? false, count: 1, body })
    return { status: 200, json: { task_id: job.id, status: 'pending', poll_interval_seconds: 30 } }
  }

  /** "提示词引用了不存在的素材序号": 422. What was uploaded must have been uploaded here. */
  function checkMaterial(body: Body): void {
    const lists = { image: body.image_urls ?? [], video: body.video_urls ?? [], audio: body.audio_urls ?? [] }
    for (const [mention, word, number] of body.prompt.matchAll(/@(Image|Video|Audio)(\d+)/g)) {
      if (lists[word!.toLowerCase() as keyof typeof lists].length < Number(number)) throw relay.invalid('prompt', `${mention} is not there`)
    }
    if (body.type === 'image-to-video' && lists.image.length === 0) throw relay.invalid('image_urls', 'is empty')
    const strange = Object.values(lists).flat().find((address) => address.startsWith(world.origin()) && !uploads.has(address))
    if (strange !== undefined) throw relay.invalid('image_urls', 'is no upload')
  }

  async function upload({ form }: IncomingCall): Promise<Answer> {
    const files = (await form().catch(() => undefined))?.getAll('files') ?? []
    if (files.length === 0 || files.some((file) => typeof file === 'string')) throw relay.invalid('files', 'is required')
    const data = (files as File[]).map((file) => {
      const key = `uploads/${randomId(world, 16)}`
      const address = `${world.origin()}/${key}`
      uploads.add(address)
      return { filename: file.name, content_type: file.type, size: file.size, key, url: address }
    })
    return { status: 200, json: { data } }
  }

  function taskObject(job: Job): Record<string, unknown> {
    const { model, failure, durationSeconds } = job.details
    const phase = world.phaseOf(job)
    const links = phase === 'succeeded' ? relay.links(job) : []
    const reserved = CREDITS_PER_SECOND * durationSeconds
    return {
      task_id: job.id,
      status: wordOf(WORDS, phase),
      url: links[0] ?? null,
      format: 'mp4',
      generated: links,
      outputs: [],
      metadata: { credits_reserved: reserved, public_model: model, asset_reference_style: '@Image1/@Video1/@Audio1' },
      credits_reserved: reserved,
      credits_refunded: phase === 'failed',
      error: failure && phase === 'failed' ? failure : null,
      videos: links,
    }
  }

  return {
    provider: 'videoapi',
    basePath: '',
    credential: { api_key: API_KEY },
    wrongCredential: { api_key: 'vga_not_the_key_of_this_one' },
    settings: { usd_per_credit: 0.01 },
    samples: SAMPLES,
    refusals: [
      { about: 'a last frame', sample: sampleOf({}, [FIRST_FRAME, LAST_FRAME]), param: 'operation' },
      { about: 'half a second', sample: sampleOf({ durationSeconds: 4.5 }), param: 'durationSeconds' },
      { about: '16 seconds', sample: sampleOf({ durationSeconds: 16 }) },
      { about: '4k', sample: sampleOf({ resolution: '4k' }) },
      { about: 'a size in pixels', sample: sampleOf({ size: '1280x720' }), param: 'size' },
      { about: 'a seed', sample: sampleOf({ seed: 7 }), param: 'seed' },
      { about: 'two videos', sample: sampleOf({ count: 2 }), param: 'count' },
      { about: 'a picture that is not there', sample: sampleOf({ prompt: 'Move @Image2' }) },
      { about: 'a model that is not there', sample: { ...sampleOf({}), upstreamModel: 'no-such-video' } },
    ],
    sentinels: RELAY_SENTINELS,
    routes: [
      { method: 'POST', path: '/v1/video/generations', operation: 'create', answer: relay.guarded(create) },
      { method: 'GET', path: '/v1/video/generations/{id}', operation: 'check', answer: relay.guarded(({ params }) => ({ status: 200, json: taskObject(relay.find(params['id'])) })) },
      { method: 'POST', path: '/api/upload', operation: 'other', answer: relay.guarded(upload) },
      relay.files,
      // "公开接口返回可调用模型和当前展示价格".
      { method: 'GET', path: '/v1/models', operation: 'list', answer: () => ({ status: 200, json: { data: [] } }) },
    ],
    trouble: relay.trouble,
    withUnknownWord: (answer) => ({ ...answer, json: { ...(answer.json as Record<string, unknown>), status: 'reviewing' } }),
  }
}

const BYTES = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a)
const FIRST_FRAME: SampleInput = { media: 'image', role: 'first_frame', mediaType: 'image/png', bytes: BYTES }
const LAST_FRAME: SampleInput = { ...FIRST_FRAME, role: 'last_frame' }
const PICTURE: SampleInput = { ...FIRST_FRAME, role: 'reference' }
const VIDEO: SampleInput = { media: 'video', role: 'reference', mediaType: 'video/mp4', url: 'https://example.com/walk.mp4' }
const AUDIO: SampleInput = { media: 'audio', role: 'reference', mediaType: 'audio/mpeg', bytes: BYTES }

const SAMPLES: Sample[] = [
  sampleOf({ durationSeconds: 1, resolution: '480p', aspectRatio: '1:1', audio: true }),
  sampleOf({ durationSeconds: 'auto', resolution: '480p', aspectRatio: 'adaptive', endUserId: 'customer_001' }),
  sampleOf({ durationSeconds: 1, resolution: '480p' }, [FIRST_FRAME]),
  sampleOf({ prompt: '让@Image1跟着@Video1和@Audio1跳舞', durationSeconds: 1, resolution: '480p', aspectRatio: '9:16' }, [PICTURE, VIDEO, AUDIO]),
  sampleOf({ durationSeconds: 1, resolution: '480p' }, [{ ...VIDEO, role: 'source' }]),
]

function sampleOf(fields: Partial<GenerationRequest>, inputs: SampleInput[] = []): Sample {
  return videoSample('video-2.0-mini-reference-to-video', fields, inputs)
}
