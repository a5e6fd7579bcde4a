import { z } from 'zod'
import { BILLING_METHODS, priceExamples } from '../catalog/price-examples.ts'
import { OPERATIONS } from '../core/generation-request.ts'
import { toCents } from '../core/micros.ts'
import { ADAPTIVE, shortSidePixels, type InputLimit, type Model } from '../core/model.ts'
import { NEUTRAL_MULTIPLIER_PPM } from '../core/rate-card.ts'

const text = z.object({ en: z.string(), zh: z.string() })
const limit = z.object({
  roles: z.array(z.string()),
  max: z.number().int(),
  max_references: z.number().int().optional(),
  max_bytes: z.number().int(),
  min_side_pixels: z.number().int().optional(),
  max_side_pixels: z.number().int().optional(),
  min_seconds: z.number().optional(),
  max_seconds: z.number().optional(),
  max_total_seconds: z.number().optional(),
})

/** A model as `GET /v1/models` shows it: OpenAI's few fields, those of new-api, and what it takes and costs. */
export const modelSchema = z.object({
  id: z.string(),
  object: z.literal('model'),
  created: z.number().int(),
  owned_by: z.string().describe('Its family.'),
  type: z.enum(['video', 'image', 'text']),
  name: text,
  description: text,
  aliases: z.array(z.string()).describe('Other names that mean the same model.'),
  features: z.array(z.string()).describe('What it can do, as words to filter by: text_to_video, first_last_frame, audio, seed, 4k.'),
  operations: z.array(z.enum(OPERATIONS)),
  duration: z
    .object({ default: z.number(), min: z.number(), max: z.number(), values: z.array(z.number()).optional(), auto: z.boolean(), of_source: z.boolean().optional().describe('As long as the video that is given.') })
    .optional()
    .describe('In seconds.'),
  resolutions: z.array(z.string()).optional().describe('The default first.'),
  aspect_ratios: z.array(z.string()).optional().describe('The default first.'),
  sizes: z.array(z.string()).optional().describe('The default first.'),
  free_sizes: z.object({ default: z.string(), multiple_of: z.number().int(), min_side: z.number().int(), max_side: z.number().int(), min_area: z.number().optional(), max_area: z.number().optional() }).optional(),
  frames_per_second: z.number(),
  audio: z.enum(['always', 'optional', 'never']),
  seed: z.object({ min: z.number(), max: z.number() }).optional(),
  max_count: z.number().int(),
  max_prompt_characters: z.number().int(),
  qualities: z.array(z.string()).optional(),
  styles: z.array(z.string()).optional(),
  output_formats: z.array(z.string()).optional(),
  vendor_fields: z.array(z.string()).optional().describe("The vendor's own fields that it takes."),
  inputs: z.partialRecord(z.enum(['image', 'video', 'audio']), limit),
  references: z.partialRecord(z.enum(['image', 'video', 'audio']), z.number().int()).describe('How many references of each kind it takes.'),
  endpoints: z.array(z.string()).describe('Where it can be asked for.'),
  supported_endpoint_types: z.array(z.string()).describe("The same in new-api's words."),
  usual_seconds: z.number().describe('How long a usual task takes.'),
  billing: z.object({
    method: z.enum(['per_call', 'per_second', 'per_image', 'per_megapixel', 'per_token']),
    currency: z.literal('USD'),
    examples: z.array(z.object({ text, cost_cents: z.number() })).describe('Worked prices for this key.'),
  }),
  pricing: z.object({
    currency: z.literal('USD'),
    unit: z.string(),
    multiplier: z.number().describe("Of the key's group."),
    rates: z.array(z.object({ when: z.record(z.string(), z.unknown()).optional(), cents: z.number(), per: z.number() })).describe('The first one whose conditions all hold is the price of so many units.'),
    minimum_units: z.number().optional(),
    step_units: z.number().optional(),
    rate_card: z.string().describe('The version of the price list.'),
    source: z.string(),
  }),
})

export type ShownModel = z.output<typeof modelSchema>

/** The catalogue has no dates of its own; clients of this list want a number. */
const CATALOGUE_CREATED = Date.UTC(2026, 10, 21) / 1000

/** `multiplierPpm` is that of the caller's group, and in the examples; `createPaths` are those that the server has. */
export function showModel(model: Model, multiplierPpm: number, createPaths: ReadonlySet<string>): ShownModel {
  const { duration, freeSizes } = model
  return {
    id: model.id,
    object: 'model',
    created: CATALOGUE_CREATED,
    owned_by: model.family,
    type: model.kind,
    name: model.name,
    description: model.description,
    aliases: model.aliases ?? [],
    features: featuresOf(model),
    operations: model.operations,
    ...(duration && {
      duration: {
        default: duration.defaultSeconds,
        min: duration.minSeconds,
        max: duration.maxSeconds,
        ...(duration.values && { values: duration.values }),
        auto: duration.auto ?? false,
        ...(duration.ofSource && { of_source: true }),
      },
    }),
    ...(model.resolutions && { resolutions: model.resolutions }),
    ...(model.aspectRatios && { aspect_ratios: model.aspectRatios }),
    ...(model.sizes && { sizes: model.sizes }),
    ...(freeSizes && {
      free_sizes: {
        default: freeSizes.default,
        multiple_of: freeSizes.multipleOf,
        min_side: freeSizes.minSidePixels,
        max_side: freeSizes.maxSidePixels,
        ...(freeSizes.minArea !== undefined && { min_area: freeSizes.minArea }),
        ...(freeSizes.maxArea !== undefined && { max_area: freeSizes.maxArea }),
      },
    }),
    frames_per_second: model.framesPerSecond,
    audio: model.audio,
    ...(model.seed && { seed: model.seed }),
    max_count: model.maxCount,
    max_prompt_characters: model.maxPromptCharacters,
    ...(model.qualities && { qualities: model.qualities }),
    ...(model.styles && { styles: model.styles }),
    ...(model.outputFormats && { output_formats: model.outputFormats }),
    ...(model.vendorFields && { vendor_fields: model.vendorFields }),
    inputs: Object.fromEntries(Object.entries(model.inputs).map(([media, each]) => [media, showLimit(each)])),
    references: referencesOf(model),
    endpoints: ENDPOINTS[model.kind].filter((path) => createPaths.has(path)),
    supported_endpoint_types: ENDPOINT_TYPES[model.kind],
    usual_seconds: model.usualSeconds,
    billing: {
      method: BILLING_METHODS[model.price.unit] as ShownModel['billing']['method'],
      currency: 'USD',
      examples: priceExamples(model, multiplierPpm).map(({ en, zh, micros }) => ({ text: { en, zh }, cost_cents: toCents(micros) })),
    },
    pricing: {
      currency: 'USD',
      unit: model.price.unit,
      multiplier: multiplierPpm / NEUTRAL_MULTIPLIER_PPM,
      rates: model.price.rates.map(({ when, micros, perUnits }) => ({ ...(when && { when: { ...when } }), cents: micros / 10_000, per: perUnits ?? 1 })),
      ...(model.price.minimumUnits !== undefined && { minimum_units: model.price.minimumUnits }),
      ...(model.price.stepUnits !== undefined && { step_units: model.price.stepUnits }),
      rate_card: model.price.version,
      source: model.price.source,
    },
  }
}

/** The plain ways; vendors' clients reach every model at their own paths too. */
const ENDPOINTS: Readonly<Record<Model['kind'], readonly string[]>> = {
  video: ['/v1/videos', '/v1/video/generations', '/v1/video/create', '/v1/chat/completions', '/v1/predictions'],
  image: ['/v1/images', '/v1/images/generations', '/v1/images/edits', '/v1/chat/completions', '/v1/predictions'],
  text: ['/v1/images'],
}

/** new-api's words for kinds of endpoints (constant/endpoint_type.go, read November 2026): front ends filter by them. */
const ENDPOINT_TYPES: Readonly<Record<Model['kind'], string[]>> = {
  video: ['openai-video', 'openai'],
  image: ['image-generation', 'openai'],
  text: ['image-generation'],
}

/** Lines of a picture from which it is worth a word. */
const NOTABLE_RESOLUTIONS = [['1080p', 1080], ['2k', 1440], ['4k', 2160]] as const

function featuresOf(model: Model): string[] {
  const lines = new Set([...(model.resolutions ?? []), ...(model.exceptions ?? []).flatMap(({ resolutions }) => resolutions ?? [])].map(shortSidePixels))
  const can: [feature: string, whether: unknown][] = [
    ['audio', model.audio !== 'never'],
    ['audio_switch', model.audio === 'optional'],
    ...Object.keys(referencesOf(model)).map((media): [string, boolean] => [`${media}_references`, true]),
    ['mask', model.inputs.image?.roles.includes('mask')],
    ['adaptive_ratio', model.aspectRatios?.includes(ADAPTIVE) === true && model.aspectRatios.length > 1],
    ['auto_duration', model.duration?.auto],
    ['several_outputs', model.maxCount > 1],
    ['seed', model.seed],
    ['negative_prompt', model.negativePrompt],
    ['prompt_enhancement', model.enhancePrompt],
    ['upsampling', model.upsample],
    ['loop', model.loop],
    ...NOTABLE_RESOLUTIONS.map(([word, count]): [string, boolean] => [word, lines.has(count)]),
  ]
  return [...model.operations, ...can.filter(([, whether]) => Boolean(whether)).map(([feature]) => feature)]
}

function referencesOf(model: Model): ShownModel['references'] {
  const counted = Object.entries(model.inputs).flatMap(([media, each]) => (each.roles.includes('reference') ? [[media, each.maxReferences ?? each.max]] : []))
  return Object.fromEntries(counted)
}

function showLimit(given: InputLimit): z.output<typeof limit> {
  return {
    roles: given.roles,
    max: given.max,
    ...(given.maxReferences !== undefined && { max_references: given.maxReferences }),
    max_bytes: given.maxBytes,
    ...(given.minSidePixels !== undefined && { min_side_pixels: given.minSidePixels }),
    ...(given.maxSidePixels !== undefined && { max_side_pixels: given.maxSidePixels }),
    ...(given.minSeconds !== undefined && { min_seconds: given.minSeconds }),
    ...(given.maxSeconds !== undefined && { max_seconds: given.maxSeconds }),
    ...(given.maxTotalSeconds !== undefined && { max_total_seconds: given.maxTotalSeconds }),
  }
}
