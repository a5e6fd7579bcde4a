import { omniRequest, type OmniJob } from './google/interactions.ts'
import { knowsPictureModel, pictureAnswer, pictureRequest, type PictureJob } from './google/pictures.ts'
import { GoogleRefusal, invalid, refusalFor } from './google/refusal.ts'
import { googleRefusals, googleSamples } from './google/samples.ts'
import { operationError, veoRequest, type Veo, type VeoJob } from './google/veo.ts'
import { randomId } from './random-ids.ts'
import { endingOf, sentinelIn, startSimulator, type Answer, type IncomingCall, type SimulatedJob, type Simulator, type SimulatorOptions, type Wire, type World } from './simulator.ts'

/**
 * Plays the Gemini API as of November 2026: Veo, Gemini Omni on the Interactions API, and Gemini's pictures. Veo is kept
 * as it was before its shutdown there, because its wire lives on elsewhere; Veo 3.0 has gone, as a model that has.
 */
export function simulateGoogle(options: SimulatorOptions = {}): Promise<Simulator> {
  return startSimulator<GoogleJob>(options, googleWire)
}

type GoogleJob = { sentinel: string | undefined; modelId: string } & (
  | { wire: 'veo'; asked: VeoJob }
  | { wire: 'omni'; asked: OmniJob }
  | { wire: 'pictures'; asked: PictureJob }
)
type Job = SimulatedJob<GoogleJob>

const API_KEY = 'AIzaSimulatedGeminiKey0123456789abcdefg'
/** Of letters in lower case: clients look for `files/([a-z0-9]+)`. */
const ID_CHARACTERS = 12

const SENTINELS = {
  input_moderation: '[[sim:input_moderation]]',
  output_moderation: '[[sim:output_moderation]]',
  rate_limited: '[[sim:rate_limited]]',
  no_money: '[[sim:no_money]]',
  server_error: '[[sim:server_error]]',
  late_parameter_error: '[[sim:late_parameter_error]]',
  render_failure: '[[sim:render_failure]]',
  no_result: '[[sim:no_result]]',
  stall: '[[sim:stall]]',
} as const

/** Failures on the way; of moderation Omni says `completed`, and Veo `done`. */
const FAILING = new Set(['late_parameter_error', 'render_failure'])

const V3_1: Veo = { generation: 3, seconds: [4, 6, 8], resolutions: ['720p', '1080p', '4k'], references: 3, lastFrame: true, extends: true, maxCount: 1 }
const VEO_MODELS: Record<string, Veo> = {
  'veo-3.1-generate-preview': V3_1,
  'veo-3.1-fast-generate-preview': V3_1,
  'veo-3.1-lite-generate-preview': { ...V3_1, resolutions: ['720p', '1080p'], references: 0, extends: false },
  'veo-2.0-generate-001': { generation: 2, seconds: [5, 6, 8], resolutions: ['720p'], references: 0, lastFrame: false, extends: false, maxCount: 2 },
}

function googleWire(world: World<GoogleJob>): Wire<GoogleJob> {
  function createVeo({ params, json }: IncomingCall): Answer {
    const id = params['model'] ?? ''
    const model = Object.hasOwn(VEO_MODELS, id) ? VEO_MODELS[id] : undefined
    if (model === undefined) throw noModel(id)
    const asked = veoRequest(json, model, 'gemini')
    const job = accept({ wire: 'veo', asked, modelId: id }, json)
    return { status: 200, json: { name: operationName(job) } }
  }

  function createOmni({ json }: IncomingCall): Answer {
    const asked = omniRequest(json, (id) => world.jobs.get(id)?.details.wire === 'omni')
    return { status: 200, json: interactionObject(accept({ wire: 'omni', asked, modelId: asked.modelId }, json)) }
  }

  async function createPicture({ params, json }: IncomingCall): Promise<Answer> {
    const id = params['model'] ?? ''
    const asked = pictureRequest(json, id)
    const sentinel = sentinelIn(asked.prompt)
    // A blocked prompt is no error here.
    const refusal = sentinel === 'input_moderation' ? undefined : refusalFor(sentinel)
    if (refusal !== undefined) throw refusal
    if (sentinel === 'late_parameter_error') throw invalid('Unable to process input image.')
    const job = world.accept({ id: randomId(world, ID_CHARACTERS), body: json, ending: 'succeeded', details: { wire: 'pictures', asked, modelId: id, sentinel }, immediate: true })
    return pictureAnswer(id, job.id, sentinel, await world.media.png(asked))
  }

  function accept(work: ({ wire: 'veo'; asked: VeoJob } | { wire: 'omni'; asked: OmniJob }) & { modelId: string }, body: unknown): Job {
    const sentinel = sentinelIn(work.asked.prompt)
    const refusal = refusalFor(sentinel)
    if (refusal !== undefined) throw refusal
    return world.accept({ id: randomId(world, ID_CHARACTERS), body, ending: endingOf(sentinel, FAILING.has(sentinel ?? '')), details: { ...work, sentinel } })
  }

  function find(id: string | undefined, wire: GoogleJob['wire']): Job {
    const job = world.jobs.get(id ?? '')
    if (job?.details.wire !== wire) throw wire === 'omni' ? invalid('Invalid interaction name') : new GoogleRefusal(404, 'NOT_FOUND', 'Operation not found.')
    return job
  }

  function operationObject({ params }: IncomingCall): Answer {
    const job = find(params['id'], 'veo')
    const { sentinel, asked } = job.details
    const phase = world.phaseOf(job)
    const name = operationName(job)
    if (phase === 'queued' || phase === 'running') return { status: 200, json: { name } }
    if (phase === 'failed') return { status: 200, json: { name, done: true, error: operationError(sentinel) } }
    const count = 'count' in asked ? asked.count : 1
    const made = Array.from({ length: count }, (_, index) => ({ video: { uri: fileUri(`${job.id}s${index}`) } }))
    const generateVideoResponse = sentinel === 'output_moderation'
      ? { raiMediaFilteredCount: 1, raiMediaFilteredReasons: ["We encountered an issue with the audio for your prompt, because it violates Google's Responsible AI practices. You have not been charged."] }
      : sentinel === 'no_result' ? {} : { generatedSamples: made }
    return { status: 200, json: { name, done: true, response: { '@type': 'type.googleapis.com/google.ai.generativelanguage.v1beta.PredictLongRunningResponse', generateVideoResponse } } }
  }

  function interactionObject(job: Job, inlineVideo?: Uint8Array): Record<string, unknown> {
    const { sentinel, modelId } = job.details
    const phase = world.phaseOf(job)
    const shared = { id: job.id, object: 'interaction', model: modelId, created: new Date(job.createdAtMs).toISOString(), updated: new Date(world.changedAtMs(job)).toISOString() }
    switch (phase) {
      case 'queued':
        return { ...shared, status: 'queued' }
      case 'running':
        return { ...shared, status: 'in_progress' }
      case 'cancelled':
        return { ...shared, status: 'cancelled' }
      case 'failed':
      case 'expired': {
        const error = sentinel === 'late_parameter_error' ? { code: 'invalid_request', message: 'The image could not be decoded.' } : { code: 'internal', message: 'Internal error encountered.' }
        return { ...shared, status: 'failed', errors: [error] }
      }
      case 'succeeded': {
        const video = { type: 'video', mime_type: 'video/mp4', ...(inlineVideo === undefined ? { uri: fileUri(`${job.id}s0`) } : { data: Buffer.from(inlineVideo).toString('base64') }) }
        const content = sentinel === 'output_moderation' ? [{ type: 'text', text: 'I cannot make this video.' }] : sentinel === 'no_result' ? [] : [video]
        return {
          ...shared,
          status: 'completed',
          steps: [{ type: 'model_output', content }],
          usage: { total_input_tokens: 20, total_output_tokens: 17_396, total_tokens: 17_416, output_tokens_by_modality: [{ modality: 'video', tokens: 17_376 }, { modality: 'text', tokens: 20 }] },
        }
      }
    }
  }

  async function checkOmni({ params }: IncomingCall): Promise<Answer> {
    const job = find(params['id'], 'omni')
    const { details } = job
    const inline = details.wire === 'omni' && details.asked.inline && world.phaseOf(job) === 'succeeded'
    return { status: 200, json: interactionObject(job, inline ? await videoOf(job) : undefined) }
  }

  function cancelOmni({ params }: IncomingCall): Answer {
    const job = find(params['id'], 'omni')
    const phase = world.phaseOf(job)
    if (phase !== 'queued' && phase !== 'running') throw invalid('Interaction is not in progress and cannot be cancelled.')
    world.cancel(job)
    return { status: 200, json: interactionObject(job) }
  }

  /** Behind the key there is only the way to where the file lies. */
  function download({ params, url }: IncomingCall): Answer {
    const [, jobId = ''] = /^([a-z0-9]{12})s\d$/.exec(params['id'] ?? '') ?? []
    const job = world.jobs.get(jobId)
    if (job === undefined || world.phaseOf(job) !== 'succeeded' || world.nowMs() > job.endsAtMs + FILE_LIFETIME_MS) throw new GoogleRefusal(403, 'PERMISSION_DENIED', 'You do not have permission to access the File or it may not exist.')
    if (url.searchParams.get('alt') !== 'media') throw invalid('alt=media is required')
    return { status: 302, headers: { location: `${world.origin()}/download/${jobId}?upload_protocol=resumable` } }
  }

  async function storedFile({ params }: IncomingCall): Promise<Answer> {
    const job = world.jobs.get(params['id'] ?? '')
    return job === undefined ? { status: 404 } : { status: 200, file: { bytes: await videoOf(job), mediaType: 'video/mp4' } }
  }

  function videoOf({ details: { asked } }: Job): Promise<Uint8Array> {
    if (!('durationSeconds' in asked)) throw new Error('a picture has no file')
    const { widthPixels, heightPixels, durationSeconds } = asked
    return world.media.video({ widthPixels, heightPixels, durationSeconds, audio: 'audio' in asked ? asked.audio : true })
  }

  /** Behind the key, in a header or in the address, with refusals in the vendor's envelope. */
  const guarded = (answer: (call: IncomingCall) => Answer | Promise<Answer>, envelope: (refusal: GoogleRefusal) => Answer = (refusal) => refusal.answer()) => async (call: IncomingCall): Promise<Answer> => {
    try {
      if ((call.headers['x-goog-api-key'] ?? call.url.searchParams.get('key')) !== API_KEY) throw badKey()
      return await answer(call)
    } catch (error) {
      if (error instanceof GoogleRefusal) return envelope(error)
      throw error
    }
  }
  const interaction = (answer: (call: IncomingCall) => Answer | Promise<Answer>) => guarded(answer, (refusal) => refusal.interactionAnswer())

  return {
    provider: 'google',
    basePath: '',
    credential: { api_key: API_KEY },
    wrongCredential: { api_key: 'AIzaNotTheKeyOfAnybody' },
    samples: googleSamples(),
    refusals: googleRefusals(),
    sentinels: SENTINELS,
    // Google's clients of version 3 ask under v1 unless they are told otherwise.
    routes: [
      { method: 'POST', path: '/{version}/models/{model}:predictLongRunning', operation: 'create', answer: guarded(createVeo) },
      { method: 'GET', path: '/{version}/models/{model}/operations/{id}', operation: 'check', answer: guarded(operationObject) },
      { method: 'POST', path: '/{version}/models/{model}:generateContent', operation: 'create', answer: guarded(createPicture) },
      { method: 'GET', path: '/{version}/models/{model}', operation: 'other', answer: guarded(modelObject) },
      { method: 'GET', path: '/{version}/files/{id}:download', operation: 'download', answer: guarded(download) },
      { method: 'GET', path: '/download/{id}', operation: 'download', answer: storedFile },
      { method: 'POST', path: '/{version}/interactions', operation: 'create', answer: interaction(createOmni) },
      { method: 'GET', path: '/{version}/interactions/{id}', operation: 'check', answer: interaction(checkOmni) },
      { method: 'POST', path: '/{version}/interactions/{id}/cancel', operation: 'cancel', answer: interaction(cancelOmni) },
    ],
    trouble: {
      server_error: new GoogleRefusal(503, 'UNAVAILABLE', 'The model is overloaded. Please try again later.').answer(),
      busy: refusalFor('rate_limited')!.answer(),
      // Front ends wrap what they say themselves in a list.
      unauthorized: { status: 403, json: [new GoogleRefusal(403, 'PERMISSION_DENIED', 'The caller does not have permission').answer().json] },
      not_found: new GoogleRefusal(404, 'NOT_FOUND', 'Requested entity was not found.').answer(),
    },
    withUnknownWord(answer) {
      const json = answer.json as Record<string, unknown>
      return { ...answer, json: 'status' in json ? { ...json, status: 'hibernating' } : { ...json, done: 'nearly' } }
    },
  }
}

/** "Files live 2 days." */
const FILE_LIFETIME_MS = 2 * 86_400_000

function modelObject({ params }: IncomingCall): Answer {
  const id = params['model'] ?? ''
  if (!Object.hasOwn(VEO_MODELS, id) && !knowsPictureModel(id) && !/^gemini-omni-1\.[12]-flash$/.test(id)) throw noModel(id)
  return { status: 200, json: { name: `models/${id}`, displayName: id } }
}

function noModel(id: string): GoogleRefusal {
  return new GoogleRefusal(404, 'NOT_FOUND', `This model models/${id} is no longer available. Please update your code to use a newer model.`)
}

function badKey(): GoogleRefusal {
  return new GoogleRefusal(400, 'INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.', [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'API_KEY_INVALID', domain: 'googleapis.com' }])
}

function operationName({ id, details }: Job): string {
  return `models/${details.modelId}/operations/${id}`
}

/** On https, wherever the simulator is: clients take no other address, and ask for the file where they ask for everything. */
function fileUri(id: string): string {
  return `https://generativelanguage.googleapis.com/v1beta/files/${id}:download?alt=media`
}
