import { z } from 'zod'
import { modelNamed } from '../admission/admit.ts'
import { checkRequest } from '../admission/check-request.ts'
import { INPUT_ROLES, OPERATIONS, videoOperation, type GenerationRequest, type InputAsset } from '../core/generation-request.ts'
import { GatewayError } from '../core/errors.ts'
import { present } from '../core/present.ts'
import type { Draft } from '../dialects/index.ts'

const number = z.string().regex(/^-?\d+(\.\d+)?$/, 'must be a number').transform(Number)
const truth = z.enum(['true', 'false'], 'must be true or false').transform((text) => text === 'true')
const ROLES = new Set<string>(INPUT_ROLES)
const MEDIA = new Set<string>(['image', 'video', 'audio'])

/** A request without its material: the canonical fields, as a query writes them. */
export const EXPLAIN_QUERY = z.strictObject({
  model: z.string().min(1).describe('Public name or alias.'),
  group: z.string().min(1).default('default').describe('Of the key.'),
  operation: z.enum(OPERATIONS).optional().describe('Unset, what the inputs amount to.'),
  inputs: z.string().optional().describe('`image:first_frame,video:reference`: what is given, and as what.'),
  prompt: z.string().default('a boat'),
  negative_prompt: z.string().optional(),
  duration_seconds: z.union([z.literal('auto'), number]).optional(),
  resolution: z.string().optional(),
  aspect_ratio: z.string().optional(),
  size: z.string().optional(),
  frames_per_second: number.optional(),
  seed: number.optional(),
  count: number.default(1),
  audio: truth.optional(),
  style: z.string().optional(),
  quality: z.string().optional(),
  enhance_prompt: truth.optional(),
  upsample: truth.optional(),
  loop: truth.optional(),
  output_format: z.string().optional(),
  vendor: z.string().optional().describe('JSON object of vendor extras.'),
  remixed_from: z.string().optional().describe('The task that it goes on from.'),
})

/** The request that a query describes, checked and filled in as a create would. @throws GatewayError naming the field */
export function explainedWork(query: z.infer<typeof EXPLAIN_QUERY>): { request: GenerationRequest; group: string; remixedFrom?: string } {
  const model = modelNamed(query.model)
  const inputs = inputsOf(query.inputs)
  const kind = query.operation === 'describe' ? 'text' : model.kind
  const operation = query.operation ?? (model.kind === 'image' ? (inputs.length > 0 ? 'image_edit' : 'text_to_image') : videoOperation(inputs))
  const asked = {
    kind, operation, model: model.id, prompt: query.prompt, count: query.count,
    negativePrompt: query.negative_prompt, durationSeconds: query.duration_seconds, resolution: query.resolution, aspectRatio: query.aspect_ratio, size: query.size,
    framesPerSecond: query.frames_per_second, seed: query.seed, audio: query.audio, style: query.style, quality: query.quality, enhancePrompt: query.enhance_prompt,
    upsample: query.upsample, loop: query.loop, outputFormat: query.output_format, vendor: vendorOf(query.vendor),
  }
  const draft: Draft = {
    request: present(asked),
    inputs: inputs.map(({ media, role }, index) => ({ media, role, source: { text: ANYWHERE }, param: `inputs[${index}]` })),
    ignored: [],
    unusedFields: 'refuse',
    fieldNames: FIELD_NAMES,
  }
  const { request } = checkRequest(draft, model)
  return { request: { ...request, inputs }, group: query.group, ...(query.remixed_from !== undefined && { remixedFrom: query.remixed_from }) }
}

/** Nobody fetches it. */
const ANYWHERE = 'https://example.com/material'

const FIELD_NAMES: Draft['fieldNames'] = {
  negativePrompt: 'negative_prompt', durationSeconds: 'duration_seconds', aspectRatio: 'aspect_ratio', framesPerSecond: 'frames_per_second',
  enhancePrompt: 'enhance_prompt', outputFormat: 'output_format', vendor: 'vendor',
}

function inputsOf(text: string | undefined): InputAsset[] {
  return (text ?? '').split(',').filter((part) => part !== '').map((part) => {
    const [media = '', role = ''] = part.trim().split(':')
    if (!MEDIA.has(media) || !ROLES.has(role)) throw new GatewayError('invalid_request', `inputs must be such as image:first_frame, with the media ${[...MEDIA].join(', ')} and the roles ${INPUT_ROLES.join(', ')}`, { param: 'inputs' })
    return { media: media as InputAsset['media'], role: role as InputAsset['role'], source: { url: ANYWHERE } }
  })
}

function vendorOf(text: string | undefined): Record<string, unknown> | undefined {
  if (text === undefined) return undefined
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  } catch {
    // Said below.
  }
  throw new GatewayError('invalid_request', 'vendor must be a JSON object', { param: 'vendor' })
}
