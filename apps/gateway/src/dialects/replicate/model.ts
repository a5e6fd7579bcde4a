import type { Model } from '../../core/model.ts'

/*
 * A model of the catalogue as Replicate's clients read models: an owner, a name, and a version whose OpenAPI schema says
 * what the input takes.
 */

/** The owner under which every model of ours can be called: this wire's clients insist on `owner/name`. */
export const OWNER = 'genlock'

/** "sha256 of the image" with the vendor; ours is the model's name, so that a bare version says which model it is of. */
const VERSION_BYTES = 32

/** The catalogue has no dates of its own. */
const CATALOGUE_CREATED = '2026-11-21T00:00:00.000Z'
const COG_VERSION = '0.16.0'

/** 64 hex digits: the name of the model, filled up with zeros. Undefined for a name too long for that. */
export function versionOf(modelId: string): string | undefined {
  const bytes = Buffer.from(modelId)
  return bytes.length > VERSION_BYTES ? undefined : bytes.toString('hex').padEnd(2 * VERSION_BYTES, '0')
}

/** The name that `versionOf` put in a version; undefined for a version of somebody else's making. */
export function modelOfVersion(version: string): string | undefined {
  if (!/^[0-9a-f]{64}$/.test(version)) return undefined
  const name = Buffer.from(version, 'hex').toString('latin1').replace(/\0+$/, '')
  return /^[\x21-\x7e]+$/.test(name) ? name : undefined
}

export interface ShownName {
  owner: string
  name: string
}

export function ownNameOf(model: Model): ShownName {
  return { owner: OWNER, name: model.id }
}

/** With the members that OpenAI's clients read too: `GET /v1/models/{owner}/{name}` is theirs as well. */
export function renderModel(model: Model, { owner, name }: ShownName, origin: string): Record<string, unknown> {
  return {
    ...renderListed(model, { owner, name }, origin),
    id: model.id,
    object: 'model',
    owned_by: model.family,
    default_example: null,
    latest_version: renderVersion(model),
  }
}

/** As it stands in lists, without its schema. */
export function renderListed(model: Model, { owner, name }: ShownName, origin: string): Record<string, unknown> {
  return {
    url: `${origin}/v1/models/${owner}/${name}`,
    owner,
    name,
    description: model.description.en,
    visibility: 'public',
    github_url: null,
    paper_url: null,
    license_url: null,
    run_count: 0,
    cover_image_url: null,
    default_example: null,
    latest_version: null,
  }
}

/** Null for the few models whose name does not fit a version: they are called without one. */
export function renderVersion(model: Model): Record<string, unknown> | null {
  const id = versionOf(model.id)
  return id === undefined ? null : { id, created_at: CATALOGUE_CREATED, cog_version: COG_VERSION, openapi_schema: schemaOf(model) }
}

/** Results in one list or as one value: the vendor's Python client looks here for what to expect. */
function schemaOf(model: Model): Record<string, unknown> {
  const file = { type: 'string', format: 'uri' }
  const status = { type: 'string', enum: ['starting', 'processing', 'succeeded', 'canceled', 'failed'] }
  return {
    openapi: '3.0.2',
    info: { title: model.name.en, version: '1.0.0' },
    paths: {},
    components: {
      schemas: {
        Input: inputSchema(model),
        Output: model.kind === 'image' ? { title: 'Output', type: 'array', items: file } : { title: 'Output', ...file },
        Status: status,
      },
    },
  }
}

function inputSchema(model: Model): Record<string, unknown> {
  const { duration, inputs } = model
  const roles = (media: 'image' | 'video' | 'audio', ...wanted: string[]) => inputs[media]?.roles.some((role) => wanted.includes(role)) === true
  const file = (description: string) => ({ type: 'string', format: 'uri', description })
  const words = (values: readonly string[] | undefined, description: string) => values && { type: 'string', enum: values, default: values[0], description }
  const properties: Record<string, Record<string, unknown> | false | undefined> = {
    prompt: { type: 'string', description: 'What to generate.', maxLength: model.maxPromptCharacters },
    negative_prompt: model.negativePrompt && { type: 'string', description: 'What to leave out.' },
    image: (roles('image', 'first_frame', 'source') || roles('image', 'reference')) && file('A picture to start from, to change, or to refer to.'),
    last_frame: roles('image', 'last_frame') && file('The last frame of the video.'),
    reference_images: model.kind === 'video' && roles('image', 'reference') && { type: 'array', items: { type: 'string', format: 'uri' }, description: 'Pictures to refer to.', maxItems: inputs.image?.maxReferences ?? inputs.image?.max },
    mask: roles('image', 'mask') && file('Which part of the picture to change.'),
    video: inputs.video && file('A video to work on or to refer to.'),
    audio: inputs.audio && file('A sound to go with, or to refer to.'),
    duration: duration && { type: 'integer', default: duration.defaultSeconds, description: 'Seconds.', ...(duration.values ? { enum: duration.values } : { minimum: duration.minSeconds, maximum: duration.maxSeconds }) },
    resolution: words(model.resolutions, 'Lines of the shorter side.'),
    aspect_ratio: words(model.aspectRatios, 'Width to height.'),
    size: words(model.sizes, 'Width and height in pixels.'),
    width: model.freeSizes && { type: 'integer', minimum: model.freeSizes.minSidePixels, maximum: model.freeSizes.maxSidePixels, description: 'In pixels; goes with height.' },
    height: model.freeSizes && { type: 'integer', minimum: model.freeSizes.minSidePixels, maximum: model.freeSizes.maxSidePixels, description: 'In pixels; goes with width.' },
    num_outputs: model.maxCount > 1 && { type: 'integer', default: 1, minimum: 1, maximum: model.maxCount, description: 'How many results; each is charged.' },
    seed: model.seed && { type: 'integer', minimum: model.seed.min, maximum: model.seed.max, nullable: true },
    generate_audio: model.audio === 'optional' && { type: 'boolean', default: model.audioDefault ?? false, description: 'Whether the video has sound.' },
    quality: words(model.qualities, 'How much care is taken.'),
    style: words(model.styles, 'The look of the result.'),
    output_format: words(model.outputFormats, 'Of the file.'),
    prompt_upsampling: model.enhancePrompt && { type: 'boolean', description: 'Let the model write the prompt out.' },
  }
  const there = Object.entries(properties).filter((entry): entry is [string, Record<string, unknown>] => typeof entry[1] === 'object')
  return {
    title: 'Input',
    type: 'object',
    ...((model.promptOptional?.length ?? 0) === 0 && { required: ['prompt'] }),
    properties: Object.fromEntries(there.map(([name, schema], index) => [name, { title: name, 'x-order': index, ...schema }])),
  }
}
