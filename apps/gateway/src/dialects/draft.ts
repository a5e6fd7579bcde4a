import { GatewayError } from '../core/errors.ts'
import { videoOperation, type InputMedia, type InputRole, type MediaKind, type Operation } from '../core/generation-request.ts'
import type { Model } from '../core/model.ts'
import type { DraftInput, UploadedPart } from './dialect.ts'

/** Throws `invalid_request` on `param` when the model makes something else than this route does. */
export function requireKind(model: Model, kind: MediaKind, param: string): void {
  if (model.kind === kind) return
  throw new GatewayError('invalid_request', `${model.id} makes ${PLURALS[model.kind]}, not ${PLURALS[kind]}`, { param })
}

const PLURALS: Record<MediaKind, string> = { video: 'videos', image: 'images', text: 'text' }

/**
 * The parts that pictures play when the client did not say: one opens the video, two open and close it where the model
 * knows no references, and otherwise they are references. A guess that the model cannot follow is refused at admission.
 */
export function defaultImageRole(model: Model, index: number, count: number): InputRole {
  if (model.kind === 'image') return 'source'
  if (count === 1) return model.operations.includes('image_to_video') || !model.operations.includes('reference_to_video') ? 'first_frame' : 'reference'
  const framesOnly = model.operations.includes('first_last_frame') && !model.operations.includes('reference_to_video')
  if (count === 2 && framesOnly) return index === 0 ? 'first_frame' : 'last_frame'
  return 'reference'
}

/** Videos and sounds are material to refer to where the model knows references, else what is worked on. */
export function defaultMaterialRole(model: Model): InputRole {
  return model.operations.includes('reference_to_video') ? 'reference' : 'source'
}

/** What the request amounts to, from its inputs; a model with one way to work on a video is asked for that. */
export function operationOf(model: Model, inputs: readonly DraftInput[]): Operation {
  if (model.kind === 'image') return inputs.some((input) => input.media === 'image') ? 'image_edit' : 'text_to_image'
  const operation = videoOperation(inputs.map(({ media, role }) => ({ media, role, source: { url: '' } })))
  if (operation !== 'video_to_video' || model.operations.includes(operation)) return operation
  return model.operations.find((candidate) => VIDEO_WORK.has(candidate)) ?? operation
}

const VIDEO_WORK = new Set<Operation>(['extend', 'upscale', 'lip_sync', 'remix', 'reframe'])

export function textInput(media: InputMedia, role: InputRole, text: string, param: string): DraftInput {
  return { media, role, source: { text }, param }
}

/** A form's picture. Throws `unsupported_media` when its content is something else. */
export function pictureInput(role: InputRole, part: UploadedPart): DraftInput {
  if (!part.mediaType.startsWith('image/')) {
    throw new GatewayError('unsupported_media', `${part.field} must be a picture, not ${part.mediaType}`, { param: part.field })
  }
  return { media: 'image', role, source: { part }, param: part.field }
}

/** The object without its undefined members, which `exactOptionalPropertyTypes` tells from absent ones. */
export function present<T extends object>(object: T): Present<T> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Present<T>
}

export type Present<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>
}
