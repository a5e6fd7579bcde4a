import { z } from 'zod'
import { UpstreamError } from '../core/errors.ts'
import { googleError } from './google-error.ts'
import { PICTURE_TIMEOUT_MS, pictureBody, pictureProgress, pictureUnfit } from './google-pictures.ts'
import { encoded, operationName, veoBody, veoProgress, veoUnfit } from './google-veo.ts'
import type { Job, Provider, ResultSource, Submitted, Unfit, UpstreamHttp, UpstreamRequest, UpstreamResponse, Work } from './provider.ts'
import { imagenBody, imagenProgress, imagenUnfit } from './vertex/imagen.ts'
import { fetchToken, serviceAccount } from './vertex/login.ts'

/** Names become parts of paths. */
const OPERATION_NAME = /^projects\/\w[\w:.-]{0,99}\/locations\/[a-z][a-z0-9-]{1,39}\/publishers\/google\/models\/\w[\w.-]{0,99}\/operations\/[\w-]{1,128}$/

const vertexHandle = z.union([
  z.object({ operation: z.string().regex(OPERATION_NAME) }),
  /** Pictures, which came with the answer: there is nothing to look at later. */
  z.object({ picture: z.string().max(128) }),
])
export type VertexHandle = z.output<typeof vertexHandle>

const vertexSettings = z.object({
  project: z.string().regex(/^\w[\w:.-]{0,99}$/, 'must be the id of a Google Cloud project'),
  location: z.string().regex(/^[a-z][a-z0-9-]{1,39}$/, 'must be a location such as global or us-central1').default('global'),
  /** Where Veo leaves its videos. Without it they come inside the answers, which have a largest size. */
  storage_uri: z.string().regex(/^gs:\/\/[a-z0-9][\w.-]{1,220}[a-z0-9](?:\/.*)?$/, 'must be gs://bucket/folder').optional(),
})

/**
 * Google's Vertex AI with a service account: Veo, Imagen, and Gemini's pictures. The location is a part of the host
 * (`https://us-central1-aiplatform.googleapis.com`), so a channel of any but `global` has its own base URL as well.
 *
 * There is no idempotency key, no way to find a lost submission, and no confirmed way to stop a job of Veo's.
 *
 * Facts are of November 2026, from https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference and Google's
 * SDK (`@google/genai` 3.1).
 */
export const vertex: Provider<VertexHandle> = {
  id: 'vertex',
  name: 'Google Vertex AI',
  kinds: ['video', 'image'],
  baseUrl: 'https://aiplatform.googleapis.com',
  // Where `storage_uri` is.
  sisterHosts: [/^storage\.googleapis\.com$/],
  credential: serviceAccount,
  settings: vertexSettings,
  handle: vertexHandle,

  authorize: (credential) => ({ authorization: `Bearer ${String(credential['access_token'])}` }),

  login: (credential, http, nowMs) => fetchToken(serviceAccount.parse(credential), http, nowMs),

  unfit(work) {
    switch (wireOf(work)) {
      case 'veo':
        return veoUnfit(work, 'vertex') ?? inlineUnfit(work)
      case 'imagen':
        return imagenUnfit(work)
      case 'pictures':
        return pictureUnfit(work)
      case undefined:
        return { param: 'model', message: 'Gemini Omni is not served by Vertex AI here, only by the Gemini API' }
    }
  },

  async submit(job, http) {
    switch (wireOf(job)) {
      case 'imagen':
        return { handle: { picture: job.reference }, progress: imagenProgress(await askModel(job, http, { method: 'predict', json: imagenBody(job), timeoutMs: PICTURE_TIMEOUT_MS })) }
      case 'pictures':
        return { handle: { picture: job.reference }, progress: pictureProgress(await askModel(job, http, { method: 'generateContent', json: await pictureBody(job), timeoutMs: PICTURE_TIMEOUT_MS })) }
      default:
        return submitVeo(job, http)
    }
  },

  async check(handle, http) {
    if (!('operation' in handle)) throw new UpstreamError('garbled', 'Pictures that came with their answer cannot be asked for again')
    const { operation } = handle
    const response = await ask(http, { method: 'POST', path: `/${VERSION}/${operation.slice(0, operation.indexOf('/operations/'))}:fetchPredictOperation`, json: { operationName: operation }, timeoutMs: LOOK_TIMEOUT_MS })
    return veoProgress(response, operation, veoResults)
  },

  open(source, _job, http) {
    const { bucket, object } = storedFile.parse(source.reference)
    return http.download({ address: `https://storage.googleapis.com/storage/v1/b/${bucket}/o/${encodeURIComponent(object)}?alt=media` })
  },

  async ping(upstreamModel, http) {
    await ask(http, { method: 'GET', path: `/${VERSION}/publishers/google/models/${encodeURIComponent(upstreamModel)}` })
  },
}

const VERSION = 'v1'

/** The last look has the videos in its answer: 64 MiB, the most that is read, at half a megabyte a second. */
const LOOK_TIMEOUT_MS = 120_000

function wireOf({ request, upstreamModel }: Work): 'veo' | 'imagen' | 'pictures' | undefined {
  if (request.kind !== 'video') return /imagen/i.test(upstreamModel) || /imagen/i.test(request.model) ? 'imagen' : 'pictures'
  return /omni/i.test(upstreamModel) || /omni/i.test(request.model) ? undefined : 'veo'
}

/** Answers of more than 64 MiB are not read, and a good 4k video, or several of 1080p, are as much in base64. */
function inlineUnfit({ request, settings }: Work): Unfit | undefined {
  if (settings['storage_uri'] !== undefined) return undefined
  if (request.resolution === '4k') return { param: 'resolution', message: 'This upstream account has no storage for 4k; up to 1080p can be made' }
  return request.resolution === '1080p' && request.count > 1 ? { param: 'count', message: 'This upstream account has no storage for more than one video of 1080p' } : undefined
}

async function submitVeo(job: Job, http: UpstreamHttp): Promise<Submitted<VertexHandle>> {
  const { storage_uri: storageUri } = vertexSettings.parse(job.settings)
  const body = await veoBody(job, 'vertex', encoded)
  const json = { ...body, parameters: { ...body.parameters, ...(storageUri !== undefined && { storageUri }) } }
  return { handle: { operation: operationName(await askModel(job, http, { method: 'predictLongRunning', json }), OPERATION_NAME) } }
}

function askModel({ upstreamModel, settings }: Job, http: UpstreamHttp, { method, json, timeoutMs }: { method: string; json: unknown; timeoutMs?: number }): Promise<UpstreamResponse> {
  const { project, location } = vertexSettings.parse(settings)
  const path = `/${VERSION}/projects/${project}/locations/${location}/publishers/google/models/${encodeURIComponent(upstreamModel)}:${method}`
  return ask(http, { method: 'POST', path, json, ...(timeoutMs !== undefined && { timeoutMs }) })
}

async function ask(http: UpstreamHttp, request: UpstreamRequest): Promise<UpstreamResponse> {
  const response = await http.call(request)
  if (response.status < 200 || response.status >= 300) throw googleError(response)
  return response
}

const storedFile = z.object({ bucket: z.string().regex(/^[\w.-]{3,222}$/), object: z.string().min(1).max(1024) })

const veoAnswer = z.object({ videos: z.array(z.object({ bytesBase64Encoded: z.string().optional().catch(undefined), gcsUri: z.string().optional().catch(undefined) })) })

function veoResults(response: unknown): { results: ResultSource[] } {
  const { videos = [] } = veoAnswer.safeParse(response).data ?? {}
  return {
    results: videos.flatMap(({ bytesBase64Encoded: base64, gcsUri }): ResultSource[] => {
      if (base64 !== undefined) return [{ kind: 'bytes', base64, role: 'output' }]
      const [, bucket, object] = /^gs:\/\/([\w.-]{3,222})\/(.+)$/.exec(gcsUri ?? '') ?? []
      return bucket === undefined || object === undefined ? [] : [{ kind: 'provider', reference: { bucket, object }, role: 'output' }]
    }),
  }
}
