import { GatewayError } from '../../core/errors.ts'
import { videoOperation, type InputMedia, type InputRole, type Operation } from '../../core/generation-request.ts'
import type { Model } from '../../core/model.ts'
import { present } from '../../core/present.ts'
import type { DraftInput, RequestBody, UploadedPart } from '../dialect.ts'

/**
 * The part that a picture plays when the client did not say: one opens the video, two open and close it where the model
 * takes no references, and otherwise they are references. A guess that the model cannot follow is refused at admission.
 */
export function defaultImageRole(model: Model, index: number, count: number): InputRole {
  const roles = model.inputs.image?.roles ?? []
  if (model.kind === 'image') return roles.includes('source') || roles.length === 0 ? 'source' : 'reference'
  if (roles.includes('reference') && (count > 1 || !roles.includes('first_frame'))) return 'reference'
  return index === 1 && roles.includes('last_frame') ? 'last_frame' : 'first_frame'
}

/** The part that a video or a sound plays when the client did not say: what the model takes it as in the first place. */
export function defaultMaterialRole(model: Model, media: InputMedia): InputRole {
  return model.inputs[media]?.roles[0] ?? 'reference'
}

/** The part of a picture that opens the video, unless the model has another use for its only picture. */
export function openingRole(model: Model): InputRole {
  return model.inputs.image?.roles.includes('first_frame') ? 'first_frame' : defaultImageRole(model, 0, 1)
}

/** The part of what is called a reference, unless the model has another use for what it takes of this kind. */
export function referenceRole(model: Model, media: InputMedia): InputRole {
  return media === 'image' || model.inputs[media]?.roles.includes('reference') ? 'reference' : defaultMaterialRole(model, media)
}

/** What the request amounts to, from its inputs; a model with its own way to work on a video is asked for that. */
export function operationOf(model: Model, inputs: readonly DraftInput[]): Operation {
  if (model.kind === 'image') return inputs.some((input) => input.media === 'image') ? 'image_edit' : 'text_to_image'
  const operation = videoOperation(inputs.map(({ media, role, param }) => ({ media, role, source: { url: param } })))
  if (operation !== 'video_to_video' || model.operations.includes(operation)) return operation
  return model.operations.find((candidate) => VIDEO_WORK.has(candidate)) ?? operation
}

const VIDEO_WORK = new Set<Operation>(['extend', 'upscale', 'lip_sync', 'remix', 'reframe'])

export function textInput(media: InputMedia, role: InputRole, text: string, param: string): DraftInput {
  return { media, role, source: { text }, param }
}

/** What stands under a name that holds one source or a list of them, each with the name that errors call it. */
export function listedSources(value: string | string[] | undefined, name: string): { text: string; param: string }[] {
  if (value === undefined) return []
  if (typeof value === 'string') return [{ text: value, param: name }]
  return value.map((text, index) => ({ text, param: `${name}[${index}]` }))
}

/** In wires where -1 means any seed: that is what a model does that is given none, unless -1 is a seed of its own. */
export function seedAsked(model: Model, seed: number | undefined): number | undefined {
  return seed === -1 && model.seed?.min !== -1 ? undefined : seed
}

/** Throws `unsupported_media` when a form's file is no picture by its content. */
export function requirePicture(part: UploadedPart): void {
  if (part.mediaType.startsWith('image/')) return
  throw new GatewayError('unsupported_media', `${part.field} must be a picture, not ${part.mediaType}`, { param: part.field })
}

/** A form's files of these names, which must be pictures. Any other is refused, since leaving it out would make something else. */
export function pictureFiles({ files }: RequestBody, names: readonly string[]): Pick<DraftInput, 'source' | 'param'>[] {
  return files.map((part) => {
    if (!names.includes(part.field)) throw new GatewayError('invalid_request', `${part.field} is not a file that this request takes; it takes ${names.join(', ')}`, { param: part.field })
    requirePicture(part)
    return { source: { part }, param: part.field }
  })
}

/** Of a body's names that the wire does not know, those that the model takes as they are, and those that are left out. */
export function passedOn(model: Model, unknown: readonly string[], fields: Record<string, unknown>): { vendor: Record<string, unknown>; ignored: string[] } {
  const taken = unknown.filter((name) => model.vendorFields?.includes(name))
  return { vendor: Object.fromEntries(taken.map((name) => [name, fields[name]])), ignored: unknown.filter((name) => !taken.includes(name)) }
}

/** What goes to the model as `vendor`: the members that have a value, or nothing where none has. */
export function vendorFields(fields: Record<string, unknown>): Record<string, unknown> | undefined {
  const given = present(fields)
  return Object.keys(given).length === 0 ? undefined : given
}
