import type { GenerationRequest } from '../core/generation-request.ts'
import type { CallbackMessage, Job, JobInput, UpstreamHttp, UpstreamRequest, UpstreamResponse } from './provider.ts'

/** A job for unit tests: text to video unless told. */
export function fixtureJob({ request, ...job }: Partial<Omit<Job, 'request'>> & { request?: Partial<GenerationRequest> } = {}): Job {
  return {
    request: { kind: 'video', operation: 'text_to_video', model: 'a-model', prompt: 'a boat', count: 1, inputs: [], ...request },
    upstreamModel: 'a-model',
    settings: {},
    inputs: [],
    reference: 'att_fixture',
    ...job,
  }
}

/** Material that is there as bytes, and under an address when one is given. */
export function fixtureInput({ media = 'image', role = 'reference', mediaType = 'image/png', bytes = new Uint8Array([1, 2, 3]), url }: Partial<JobInput> & { bytes?: Uint8Array } = {}): JobInput {
  return { media, role, mediaType, ...(url !== undefined && { url }), read: () => Promise.resolve({ bytes, mediaType }) }
}

export interface ScriptedAnswer {
  status: number
  headers?: Record<string, string>
  body?: unknown
  /** Instead of `body`, for an answer that is not JSON. */
  text?: string
}

/** An upstream that says what it is told to, in order, and remembers what it was asked. */
export function scriptedHttp(answers: readonly ScriptedAnswer[]): { http: UpstreamHttp; asked: UpstreamRequest[]; unasked(): number } {
  const left = [...answers]
  const asked: UpstreamRequest[] = []
  return {
    http: {
      call(request) {
        asked.push(request)
        const next = left.shift()
        return next === undefined ? Promise.reject(new Error('asked once too often')) : Promise.resolve(responseOf(next))
      },
      download: () => Promise.reject(new Error('a scripted upstream has no files')),
    },
    asked,
    unasked: () => left.length,
  }
}

export function callbackMessage(body: unknown, headers: Record<string, string> = {}, upstreamModel = 'a-model'): CallbackMessage {
  return { body, headers, upstreamModel }
}

function responseOf({ status, headers = {}, body, text = body === undefined ? '' : JSON.stringify(body) }: ScriptedAnswer): UpstreamResponse {
  try {
    return { status, headers, text, json: JSON.parse(text) as unknown }
  } catch {
    return { status, headers, text, json: undefined }
  }
}
