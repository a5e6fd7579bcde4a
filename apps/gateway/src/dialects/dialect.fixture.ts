import { GatewayError } from '../core/errors.ts'
import type { GenerationRequest } from '../core/generation-request.ts'
import type { Model } from '../core/model.ts'
import type { Output, Task, TaskState } from '../core/task.ts'
import type { ErrorContext, ParseContext, RenderContext, RequestBody, UploadedPart } from './dialect.ts'

/** Models, tasks and contexts for the tests of the dialects; numbers are made up. */

export const ORIGIN = 'https://api.example.com'
export const NOW_MS = Date.UTC(2026, 10, 21, 12, 0, 0)
const CREATED_AT_MS = NOW_MS - 30_500

const MAX_BYTES = 1_000_000
const frame = { image: { roles: ['first_frame'], max: 1, maxBytes: MAX_BYTES } } satisfies Model['inputs']
const frames = { image: { roles: ['first_frame', 'last_frame'], max: 2, maxBytes: MAX_BYTES } } satisfies Model['inputs']
const references = {
  image: { roles: ['first_frame', 'last_frame', 'reference'], max: 2, maxReferences: 9, maxBytes: MAX_BYTES },
  video: { roles: ['reference'], max: 3, maxBytes: MAX_BYTES },
  audio: { roles: ['reference'], max: 3, maxBytes: MAX_BYTES },
} satisfies Model['inputs']
const sources = { video: { roles: ['source'], max: 1, maxBytes: MAX_BYTES }, audio: { roles: ['source'], max: 1, maxBytes: MAX_BYTES } } satisfies Model['inputs']

export const MODELS: Record<string, Model> = {
  'sora-2': videoModel('sora-2', ['text_to_video', 'image_to_video', 'remix'], { ...frame, video: sources.video }, { defaultSeconds: 4, minSeconds: 4, maxSeconds: 12 }),
  'seedance-2.0-pro': videoModel(
    'seedance-2.0-pro',
    ['text_to_video', 'image_to_video', 'first_last_frame', 'reference_to_video'],
    references,
    { defaultSeconds: 5, minSeconds: 2, maxSeconds: 12, auto: true },
  ),
  'veo3-frames': videoModel('veo3-frames', ['text_to_video', 'image_to_video', 'first_last_frame'], frames, { defaultSeconds: 8, minSeconds: 8, maxSeconds: 8, values: [8] }),
  'lip-sync-1': videoModel('lip-sync-1', ['lip_sync'], sources),
  'restyle-1': videoModel('restyle-1', ['video_to_video'], sources),
  'gpt-image-1': { ...videoModel('gpt-image-1', ['text_to_image', 'image_edit'], { image: { roles: ['source', 'reference', 'mask'], max: 17, maxBytes: MAX_BYTES } }), kind: 'image' },
}

function videoModel(id: string, operations: Model['operations'], inputs: Model['inputs'], duration?: Model['duration']): Model {
  return {
    id,
    kind: 'video',
    family: 'test',
    name: { en: id, zh: id },
    description: { en: id, zh: id },
    operations,
    ...(duration === undefined ? {} : { duration }),
    framesPerSecond: 24,
    audio: 'optional',
    inputs,
    maxCount: 4,
    maxPromptCharacters: 4000,
    usualSeconds: 60,
    price: { version: 'test-1', unit: 'second', rates: [{ micros: 100_000 }], source: 'made up' },
  }
}

export function parseContext(parent?: Task): ParseContext {
  return {
    model(name) {
      const model = Object.hasOwn(MODELS, name) ? MODELS[name] : undefined
      if (model === undefined) throw new GatewayError('model_not_found', `there is no model ${name}`, { param: 'model' })
      return model
    },
    findModel: (name) => (Object.hasOwn(MODELS, name) ? MODELS[name] : undefined),
    params: {},
    query: {},
    headers: {},
    ...(parent === undefined ? {} : { parent }),
  }
}

export function jsonBody(fields: Record<string, unknown>): RequestBody {
  return { fields, files: [], multipart: false }
}

export function formBody(fields: Record<string, unknown>, files: UploadedPart[] = []): RequestBody {
  return { fields, files, multipart: true }
}

export function picturePart(field: string, mediaType = 'image/png'): UploadedPart {
  return { field, fileName: 'picture.png', mediaType, bytes: new Uint8Array([1, 2, 3]) }
}

/** The error that `run` is refused with. */
export function refusal(run: () => unknown): GatewayError {
  try {
    run()
  } catch (error) {
    if (error instanceof GatewayError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

export const RENDER_CONTEXT: RenderContext = {
  nowMs: NOW_MS,
  origin: ORIGIN,
  creditMicros: 10_000n,
  fileLink: (storageKey) => `${ORIGIN}/v1/files/${storageKey}?signed`,
}

export const ERROR_CONTEXT: ErrorContext = { requestId: 'req_1', language: 'en', origin: ORIGIN }

/** A task of 5 s at $0.10 a second, 30 s old, half through its usual minute when it runs. */
export function taskIn(state: TaskState, changes: Partial<Omit<Task, 'request'>> & { request?: Partial<GenerationRequest> } = {}): Task {
  const { request, ...rest } = changes
  const ended = state === 'succeeded' || state === 'failed' || state === 'cancelled'
  return {
    id: 'vid_abc',
    accountId: 'acc_1',
    keyId: 'key_1',
    dialect: 'genlock',
    state,
    request: { kind: 'video', operation: 'text_to_video', model: 'sora-2', prompt: 'A cat', durationSeconds: 5, count: 1, inputs: [], ...request },
    quote: {
      model: 'sora-2',
      rateCardVersion: 'test-1',
      facts: {
        operation: 'text_to_video', count: 1, audio: false, inputVideo: false, durationMs: 5000, inputVideoDurationMs: 0,
        widthPixels: 1280, heightPixels: 720, framesPerSecond: 24,
      },
      multiplierPpm: 1_000_000,
      amountMicros: '500000',
      lines: [],
    },
    heldMicros: 500_000n,
    ignored: [],
    usualSeconds: 60,
    outputs: [],
    extras: [],
    createdAtMs: CREATED_AT_MS,
    updatedAtMs: CREATED_AT_MS,
    ...(state === 'queued' ? {} : { submittedAtMs: NOW_MS - 30_000 }),
    ...(ended ? { endedAtMs: NOW_MS - 1000 } : {}),
    ...(state === 'succeeded' ? { chargedMicros: 412_345n, outputs: [VIDEO_OUTPUT], expiresAtMs: NOW_MS + 604_800_000 } : {}),
    ...(state === 'failed' ? { chargedMicros: 0n, error: { code: 'content_policy', message: 'Refused by the upstream.', param: 'prompt' } } : {}),
    ...rest,
  }
}

export const VIDEO_OUTPUT: Output = {
  storageKey: 'vid_abc.mp4',
  mediaType: 'video/mp4',
  bytes: 123_456,
  sha256: 'ab'.repeat(32),
  widthPixels: 1280,
  heightPixels: 720,
  durationSeconds: 5.04,
}

export const IMAGE_OUTPUT: Output = { storageKey: 'img_abc.png', mediaType: 'image/png', bytes: 999, sha256: 'cd'.repeat(32), widthPixels: 1024, heightPixels: 1024 }
