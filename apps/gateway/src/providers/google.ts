import { z } from 'zod'
import { UpstreamError } from '../core/errors.ts'
import { INTERACTION_ID, omniBody, omniProgress, omniUnfit, readInteraction } from './google/interactions.ts'
import { googleError } from './google-error.ts'
import { PICTURE_TIMEOUT_MS, pictureBody, pictureProgress, pictureUnfit } from './google-pictures.ts'
import { encoded, operationName, veoBody, veoProgress, veoUnfit } from './google-veo.ts'
import type { Job, JobInput, Provider, ResultSource, Submitted, UpstreamHttp, UpstreamRequest, UpstreamResponse, Work } from './provider.ts'

/** Names and ids become parts of paths. */
const OPERATION_NAME = /^(?:models\/\w[\w.-]{0,99}\/)?operations\/[\w-]{1,128}$/

const googleHandle = z.union([
  z.object({ operation: z.string().regex(OPERATION_NAME) }),
  z.object({ interaction: z.string().regex(INTERACTION_ID) }),
  /** A picture, which came with the answer: there is nothing to look at later. */
  z.object({ picture: z.string().max(128) }),
])
export type GoogleHandle = z.output<typeof googleHandle>

/**
 * Google's Gemini API with an API key: Veo by `predictLongRunning`, Gemini Omni by the Interactions API, and Gemini's
 * own pictures by `generateContent`. Imagen, and Veo since 22 October 2026, live on Vertex AI (`vertex`); Veo's wire is
 * still spoken here by services that stand in for this one.
 *
 * There is no idempotency key and no way to find a lost submission. Webhooks can be named per request, but what they
 * carry is not documented well enough to be read, so jobs are looked at instead.
 *
 * Facts are of November 2026, from https://ai.google.dev/api and Google's SDKs (`@google/genai` 2.32 and 3.1).
 */
export const google: Provider<GoogleHandle> = {
  id: 'google',
  name: 'Google Gemini API',
  kinds: ['video', 'image'],
  baseUrl: 'https://generativelanguage.googleapis.com',
  credential: z.object({ api_key: z.string().trim().min(1) }),
  handle: googleHandle,

  authorize: (credential) => ({ 'x-goog-api-key': String(credential['api_key']) }),

  unfit(work) {
    switch (wireOf(work)) {
      case 'veo':
        return veoUnfit(work, 'gemini')
      case 'omni':
        return omniUnfit(work)
      case 'pictures':
        return /imagen/i.test(work.upstreamModel) ? { param: 'model', message: 'Imagen is no longer on the Gemini API, only on Vertex AI' } : pictureUnfit(work)
    }
  },

  submit(job, http) {
    switch (wireOf(job)) {
      case 'veo':
        return submitVeo(job, http)
      case 'omni':
        return submitOmni(job, http)
      case 'pictures':
        return submitPicture(job, http)
    }
  },

  async check(handle, http) {
    if ('operation' in handle) return veoProgress(await ask(http, { method: 'GET', path: `/${VERSION}/${handle.operation}` }), handle.operation, veoResults)
    if ('interaction' in handle) return omniProgress(readInteraction(await ask(http, { method: 'GET', path: interactionPath(handle) }), handle.interaction), fileOf)
    throw new UpstreamError('garbled', 'A picture that came with its answer cannot be asked for again')
  },

  /** Veo's operations cannot be stopped. */
  async cancel(handle, http) {
    if (!('interaction' in handle)) return 'too_late'
    const response = await http.call({ method: 'POST', path: `${interactionPath(handle)}/cancel` })
    if (response.status === 400 || response.status === 409) return 'too_late'
    if (!isOk(response)) throw googleError(response)
    return readInteraction(response, handle.interaction).status === 'cancelled' ? 'cancelled' : 'too_late'
  },

  open: (source, _job, http) => http.download({ path: `/${VERSION}/files/${fileReference.parse(source.reference).file}:download`, query: { alt: 'media' } }),

  async ping(upstreamModel, http) {
    await ask(http, { method: 'GET', path: modelPath(upstreamModel) })
  },
}

const VERSION = 'v1beta'

function wireOf({ request, upstreamModel }: Work): 'veo' | 'omni' | 'pictures' {
  if (request.kind !== 'video') return 'pictures'
  return /omni/i.test(upstreamModel) || /omni/i.test(request.model) ? 'omni' : 'veo'
}

async function submitVeo(job: Job, http: UpstreamHttp): Promise<Submitted<GoogleHandle>> {
  const json = await veoBody(job, 'gemini', (source) => videoOf(source, job))
  const response = await ask(http, { method: 'POST', path: `${modelPath(job.upstreamModel)}:predictLongRunning`, json })
  return { handle: { operation: operationName(response, OPERATION_NAME) } }
}

async function submitOmni(job: Job, http: UpstreamHttp): Promise<Submitted<GoogleHandle>> {
  const begun = readInteraction(await ask(http, { method: 'POST', path: `/${VERSION}/interactions`, json: await omniBody(job) }))
  const progress = omniProgress(begun, fileOf)
  const isOver = progress.state === 'done' || progress.state === 'failed'
  return { handle: { interaction: begun.id }, ...(isOver && { progress }) }
}

async function submitPicture(job: Job, http: UpstreamHttp): Promise<Submitted<GoogleHandle>> {
  const response = await ask(http, { method: 'POST', path: `${modelPath(job.upstreamModel)}:generateContent`, json: await pictureBody(job), timeoutMs: PICTURE_TIMEOUT_MS })
  return { handle: { picture: job.reference }, progress: pictureProgress(response) }
}

async function ask(http: UpstreamHttp, request: UpstreamRequest): Promise<UpstreamResponse> {
  const response = await http.call(request)
  if (!isOk(response)) throw googleError(response)
  return response
}

function isOk({ status }: UpstreamResponse): boolean {
  return status >= 200 && status < 300
}

function modelPath(model: string): string {
  return `/${VERSION}/models/${encodeURIComponent(model)}`
}

function interactionPath({ interaction }: { interaction: string }): string {
  return `/${VERSION}/interactions/${interaction}`
}

const fileReference = z.object({ file: z.string().regex(/^[a-z0-9]{1,128}$/) })

/** A file of the Files API is fetched with the key, from wherever we ask; any other link is a plain one. */
function fileOf(uri: string): ResultSource {
  const file = /\/files\/([a-z0-9]{1,128})(?::|$|\?)/.exec(uri)?.[1]
  return file === undefined ? { kind: 'url', url: uri, role: 'output' } : { kind: 'provider', reference: { file }, role: 'output' }
}

const veoAnswer = z.object({ generateVideoResponse: z.object({ generatedSamples: z.array(z.object({ video: z.object({ uri: z.string() }) })) }) })

/** `kept` is the address by which Veo goes on with what it made. */
function veoResults(response: unknown): { results: ResultSource[]; kept?: unknown } {
  const samples = veoAnswer.safeParse(response).data?.generateVideoResponse.generatedSamples ?? []
  const [first] = samples
  return { results: samples.map(({ video }) => fileOf(video.uri)), ...(first && { kept: { uri: first.video.uri } }) }
}

/** "Only videos that Veo made": by its own address while that lasts (two days), else as bytes, for the vendor to judge. */
async function videoOf(source: JobInput, { parent }: Job): Promise<unknown> {
  const kept = z.object({ uri: z.url() }).safeParse(parent?.kept).data
  if (kept !== undefined) return { uri: kept.uri }
  const { bytesBase64Encoded, mimeType } = await encoded(source)
  return { encodedVideo: bytesBase64Encoded, encoding: mimeType }
}
