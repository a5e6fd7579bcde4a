import { z } from 'zod'
import { GatewayError } from '../../core/errors.ts'
import type { Model } from '../../core/model.ts'
import { present } from '../../core/present.ts'
import type { Draft, DraftInput, RequestBody } from '../dialect.ts'
import { defaultImageRole, defaultMaterialRole, listedSources, operationOf, pictureFiles, textInput } from './draft.ts'
import { field, formField, unknownFields } from './fields.ts'
import { RATIO_AS_SIZE } from './openai-shape.ts'

/*
 * What a body of `POST /v1/videos` may hold in its flat forms, `openai-videos` and `flat`: the vendor's few fields, and
 * those that gateways of this kind have added. Values may be text, since forms send nothing else. They differ in what
 * they call the length and in what they demand.
 */

const MAX_MATERIALS = 32

const inputReference = z.union(
  [field.source(), z.object({ image_url: field.source().optional(), file_id: field.text().optional() })],
  { error: 'must be a URL, { image_url } or { file_id }' },
)

export const openAiFields = {
  prompt: field.prompt(),
  size: field.text(20).optional().describe('1280x720, or a ratio such as 16x9.'),
  seed: formField.seed().optional(),
  n: formField.count().optional(),
  input_reference: inputReference.optional().describe('The first frame: a file, { image_url } or { file_id }.'),
  image: field.sources().optional().describe('The same as input_reference.'),
  images: field.sources().optional(),
  videos: field.sources().optional(),
  audios: field.sources().optional(),
  characters: z.array(z.object({ id: field.text() })).max(MAX_MATERIALS).optional().describe('Kept characters by id, for models that take videos as references.'),
  negative_prompt: field.text(32_000).optional(),
  resolution: field.text(20).optional(),
  aspect_ratio: field.text(20).optional(),
  fps: formField.framesPerSecond().optional(),
  audio: formField.boolean().optional(),
  user: field.text().optional(),
  callback_url: field.callbackUrl().optional(),
  metadata: field.metadata().optional(),
}

/** File parts, which are pictures. */
export const PICTURE_PARTS = ['input_reference', 'image', 'images'] as const

const FIELD_NAMES: Draft['fieldNames'] = {
  model: 'model',
  prompt: 'prompt',
  negativePrompt: 'negative_prompt',
  resolution: 'resolution',
  aspectRatio: 'aspect_ratio',
  size: 'size',
  framesPerSecond: 'fps',
  seed: 'seed',
  count: 'n',
  audio: 'audio',
  inputs: 'input_reference',
  endUserId: 'user',
  callbackUrl: 'callback_url',
  metadata: 'metadata',
}

type OpenAiFields = z.output<z.ZodObject<typeof openAiFields>>

/** The draft of a flat body; `length` is what the dialect calls the duration, and what the client gave. */
export function openAiDraft(
  model: Model,
  given: OpenAiFields,
  length: { param: string; seconds: number | undefined },
  raw: { body: RequestBody; schema: z.ZodObject },
): Draft {
  const inputs = inputsOf(model, given, raw.body)
  return {
    request: present({
      kind: 'video' as const,
      operation: operationOf(model, inputs),
      model: model.id,
      prompt: given.prompt,
      negativePrompt: given.negative_prompt,
      durationSeconds: length.seconds,
      resolution: given.resolution,
      aspectRatio: given.aspect_ratio,
      size: given.size,
      framesPerSecond: given.fps,
      seed: given.seed,
      count: given.n ?? 1,
      audio: given.audio,
      endUserId: given.user,
      callbackUrl: given.callback_url,
      metadata: given.metadata,
      echo: given.size !== undefined && RATIO_AS_SIZE.test(given.size) ? { size: given.size } : undefined,
    }),
    inputs,
    ignored: unknownFields(raw.schema, raw.body.fields),
    unusedFields: 'ignore',
    fieldNames: { ...FIELD_NAMES, durationSeconds: length.param },
  }
}

/** Where a picture came from, before its part in the video is known. */
type Picture = Pick<DraftInput, 'source' | 'param'>

function inputsOf(model: Model, given: OpenAiFields, body: RequestBody): DraftInput[] {
  const pictures: Picture[] = [
    ...referencePictures(given.input_reference),
    ...textPictures(given.image, 'image'),
    ...textPictures(given.images, 'images'),
    ...pictureFiles(body, PICTURE_PARTS),
  ]
  const inputs: DraftInput[] = pictures.map((picture, index) => ({
    media: 'image',
    role: defaultImageRole(model, index, pictures.length),
    ...picture,
  }))
  for (const [media, name] of [['video', 'videos'], ['audio', 'audios']] as const) {
    for (const { text, param } of listedSources(given[name], name)) inputs.push(textInput(media, defaultMaterialRole(model, media), text, param))
  }
  given.characters?.forEach(({ id }, index) => inputs.push(textInput('video', 'reference', id, `characters[${index}].id`)))
  return inputs
}

function referencePictures(reference: OpenAiFields['input_reference']): Picture[] {
  if (reference === undefined) return []
  if (typeof reference === 'string') return [{ source: { text: reference }, param: 'input_reference' }]
  const { image_url: url, file_id: fileId } = reference
  if ((url === undefined) === (fileId === undefined)) {
    throw new GatewayError('invalid_request', 'input_reference must have exactly one of image_url and file_id', { param: 'input_reference' })
  }
  return [{ source: { text: url ?? fileId! }, param: url === undefined ? 'input_reference.file_id' : 'input_reference.image_url' }]
}

function textPictures(value: string | string[] | undefined, name: string): Picture[] {
  return listedSources(value, name).map(({ text, param }) => ({ source: { text }, param }))
}

/** Whether the body says in the vendor's own words that it is the vendor's wire. */
export function speaksOpenAi(body: RequestBody): boolean {
  return body.multipart || body.fields['seconds'] !== undefined || body.fields['input_reference'] !== undefined
}

