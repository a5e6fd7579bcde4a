import { generateKeyPairSync } from 'node:crypto'
import sharp from 'sharp'
import { z } from 'zod'
import { knowsPictureModel, pictureAnswer, pictureRequest, type PictureJob } from './google/pictures.ts'
import { fault, GoogleRefusal, invalid, refusalFor } from './google/refusal.ts'
import { operationError, veoRequest, type Veo, type VeoJob } from './google/veo.ts'
import { randomUuid } from './random-ids.ts'
import { endingOf, sentinelIn, startSimulator, type Answer, type IncomingCall, type SimulatedJob, type Simulator, type SimulatorOptions, type Wire, type World } from './simulator.ts'
import { IMAGEN_MODELS, imagenAnswer, imagenRequest, type ImagenJob } from './vertex/imagen.ts'
import { vertexRefusals, vertexSamples } from './vertex/samples.ts'
import { createTokenDesk } from './vertex/token.ts'

/** Plays Vertex AI as of November 2026, and the desk that gives its tokens. Videos come inside the answers. */
export function simulateVertex(options: SimulatorOptions = {}): Promise<Simulator> {
  return startSimulator<VertexJob>(options, vertexWire)
}

type VertexJob = { sentinel: string | undefined; modelId: string } & ({ wire: 'veo'; asked: VeoJob } | { wire: 'pictures'; asked: PictureJob | ImagenJob })
type Job = SimulatedJob<VertexJob>

const PROJECT = 'simulated-project-12'
const LOCATION = 'us-central1'
const EMAIL = `genlock@${PROJECT}.iam.gserviceaccount.com`

const SENTINELS = {
  input_moderation: '[[sim:input_moderation]]',
  output_moderation: '[[sim:output_moderation]]',
  rate_limited: '[[sim:rate_limited]]',
  no_money: '[[sim:no_money]]',
  server_error: '[[sim:server_error]]',
  late_parameter_error: '[[sim:late_parameter_error]]',
  no_result: '[[sim:no_result]]',
  stall: '[[sim:stall]]',
} as const

const V3_1: Veo = { generation: 3, seconds: [4, 6, 8], resolutions: ['720p', '1080p', '4k'], references: 3, lastFrame: true, extends: true, maxCount: 4 }
const VEO_MODELS: Record<string, Veo> = {
  'veo-3.1-generate-001': V3_1,
  'veo-3.1-fast-generate-001': V3_1,
  'veo-3.1-lite-generate-001': { ...V3_1, resolutions: ['720p', '1080p'], references: 0, extends: false, maxCount: 1 },
  'veo-2.0-generate-001': { generation: 2, seconds: [5, 6, 8], resolutions: ['720p'], references: 3, lastFrame: true, extends: true, maxCount: 4 },
}

function vertexWire(world: World<VertexJob>): Wire<VertexJob> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048, privateKeyEncoding: { type: 'pkcs8', format: 'pem' }, publicKeyEncoding: { type: 'spki', format: 'pem' } })
  const tokenUri = () => `${world.origin()}/token`
  const desk = createTokenDesk({ email: EMAIL, privateKey, address: tokenUri, nowMs: world.nowMs, random: world.random })

  function createVeo({ params, json }: IncomingCall): Answer {
    const id = params['model'] ?? ''
    const model = Object.hasOwn(VEO_MODELS, id) ? VEO_MODELS[id] : undefined
    if (model === undefined) throw noModel(id)
    const asked = veoRequest(json, model, 'vertex')
    const sentinel = sentinelIn(asked.prompt)
    const refusal = refusalFor(sentinel, `This API method requires billing to be enabled. Please enable billing on project #${PROJECT}.`)
    if (refusal !== undefined) throw refusal
    const ending = endingOf(sentinel, operationError(sentinel) !== undefined)
    const job = world.accept({ id: randomUuid(world), body: json, ending, details: { wire: 'veo', asked, modelId: id, sentinel } })
    return { status: 200, json: { name: operationName(job) } }
  }

  async function createPicture({ params, json }: IncomingCall): Promise<Answer> {
    const id = params['model'] ?? ''
    if (!knowsPictureModel(id)) throw noModel(id)
    const asked = pictureRequest(json, id)
    const sentinel = sentinelIn(asked.prompt)
    if (sentinel !== 'input_moderation') refuse(sentinel)
    const job = world.accept({ id: randomUuid(world), body: json, ending: 'succeeded', details: { wire: 'pictures', asked, modelId: id, sentinel }, immediate: true })
    return pictureAnswer(id, job.id, sentinel, await world.media.png(asked))
  }

  async function createImagen({ params, json }: IncomingCall): Promise<Answer> {
    const id = params['model'] ?? ''
    if (!IMAGEN_MODELS.includes(id)) throw noModel(id)
    const asked = imagenRequest(json)
    const sentinel = sentinelIn(asked.prompt)
    refuse(sentinel)
    world.accept({ id: randomUuid(world), body: json, ending: 'succeeded', details: { wire: 'pictures', asked, modelId: id, sentinel }, immediate: true })
    const png = await world.media.png(asked)
    return imagenAnswer(asked, sentinel, asked.mimeType === 'image/png' ? png : await sharp(png).jpeg().toBuffer())
  }

  async function fetchOperation({ params, json }: IncomingCall): Promise<Answer> {
    const asked = z.strictObject({ operationName: z.string() }).safeParse(json)
    if (!asked.success) throw fault(asked.error)
    const job = world.jobs.get(/\/operations\/([^/]+)$/.exec(asked.data.operationName)?.[1] ?? '')
    if (job?.details.wire !== 'veo' || operationName(job) !== asked.data.operationName || job.details.modelId !== params['model']) throw new GoogleRefusal(404, 'NOT_FOUND', 'The operation is not found or has expired.')
    return { status: 200, json: await operationObject(job, job.details.asked) }
  }

  async function operationObject(job: Job, asked: VeoJob): Promise<Record<string, unknown>> {
    const { sentinel } = job.details
    const name = operationName(job)
    const phase = world.phaseOf(job)
    if (phase === 'queued' || phase === 'running') return { name }
    if (phase === 'failed') return { name, done: true, error: operationError(sentinel) }
    const made = sentinel === 'output_moderation' || sentinel === 'no_result' ? [] : [{ bytesBase64Encoded: Buffer.from(await world.media.video(asked)).toString('base64'), mimeType: 'video/mp4' }]
    const filtered = sentinel === 'output_moderation'
    return {
      name,
      done: true,
      response: {
        '@type': 'type.googleapis.com/cloud.ai.large_models.vision.GenerateVideoResponse',
        raiMediaFilteredCount: filtered ? 1 : 0,
        ...(filtered && { raiMediaFilteredReasons: ["Veo could not generate videos because the output violated Vertex AI's usage guidelines. Support codes: 15236754"] }),
        ...(made.length > 0 && { videos: Array.from({ length: asked.count }, () => made[0]) }),
      },
    }
  }

  /** Behind a token, and in the one project and place that there is. */
  const guarded = (answer: (call: IncomingCall) => Answer | Promise<Answer>) => async (call: IncomingCall): Promise<Answer> => {
    try {
      if (!desk.accepts(call.headers.authorization)) throw unauthenticated()
      const { project = PROJECT, location = LOCATION } = call.params
      if (project !== PROJECT) throw new GoogleRefusal(403, 'PERMISSION_DENIED', `Permission 'aiplatform.endpoints.predict' denied on resource '//aiplatform.googleapis.com/projects/${project}'.`)
      if (location !== LOCATION) throw new GoogleRefusal(404, 'NOT_FOUND', `Publisher Model was not found in location ${location}.`)
      return await answer(call)
    } catch (error) {
      if (error instanceof GoogleRefusal) return error.answer()
      throw error
    }
  }

  const MODEL = '/{version}/projects/{project}/locations/{location}/publishers/google/models/{model}'
  return {
    provider: 'vertex',
    basePath: '',
    // Where it gives tokens is known once it listens.
    get credential() {
      return { client_email: EMAIL, private_key: privateKey, token_uri: tokenUri() }
    },
    get wrongCredential() {
      return { client_email: `nobody@${PROJECT}.iam.gserviceaccount.com`, private_key: privateKey, token_uri: tokenUri() }
    },
    settings: { project: PROJECT, location: LOCATION },
    samples: vertexSamples(),
    refusals: vertexRefusals(),
    sentinels: SENTINELS,
    routes: [
      { method: 'POST', path: '/token', operation: 'other', answer: desk.grant },
      { method: 'POST', path: `${MODEL}:predictLongRunning`, operation: 'create', answer: guarded(createVeo) },
      { method: 'POST', path: `${MODEL}:fetchPredictOperation`, operation: 'check', answer: guarded(fetchOperation) },
      { method: 'POST', path: `${MODEL}:generateContent`, operation: 'create', answer: guarded(createPicture) },
      { method: 'POST', path: `${MODEL}:predict`, operation: 'create', answer: guarded(createImagen) },
      { method: 'GET', path: '/{version}/publishers/google/models/{model}', operation: 'other', answer: guarded(modelObject) },
    ],
    trouble: {
      server_error: new GoogleRefusal(503, 'UNAVAILABLE', 'The service is currently unavailable.').answer(),
      busy: refusalFor('rate_limited')!.answer(),
      unauthorized: unauthenticated().answer(),
      not_found: new GoogleRefusal(404, 'NOT_FOUND', 'Requested entity was not found.').answer(),
    },
    withUnknownWord: (answer) => ({ ...answer, json: { ...(answer.json as Record<string, unknown>), done: 'nearly' } }),
  }
}

/** Refusals of pictures, which are made at once or not at all. */
function refuse(sentinel: string | undefined): void {
  const refusal = refusalFor(sentinel)
  if (refusal !== undefined) throw refusal
  if (sentinel === 'late_parameter_error') throw invalid('Unable to process input image.')
}

function modelObject({ params }: IncomingCall): Answer {
  const id = params['model'] ?? ''
  if (!Object.hasOwn(VEO_MODELS, id) && !knowsPictureModel(id) && !IMAGEN_MODELS.includes(id)) throw noModel(id)
  return { status: 200, json: { name: `publishers/google/models/${id}`, launchStage: 'GA' } }
}

function noModel(id: string): GoogleRefusal {
  return new GoogleRefusal(404, 'NOT_FOUND', `Publisher Model \`projects/${PROJECT}/locations/${LOCATION}/publishers/google/models/${id}\` was not found or your project does not have access to it.`)
}

function unauthenticated(): GoogleRefusal {
  return new GoogleRefusal(401, 'UNAUTHENTICATED', 'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.')
}

function operationName({ id, details }: Job): string {
  return `projects/${PROJECT}/locations/${LOCATION}/publishers/google/models/${details.modelId}/operations/${id}`
}
