import { z } from 'zod'
import { fault, invalid } from './refusal.ts'

/** What is known of one Veo model, by both of Google's surfaces. */
export interface Veo {
  generation: 2 | 3
  seconds: number[]
  resolutions: string[]
  references: number
  lastFrame: boolean
  extends: boolean
  maxCount: number
}

export interface VeoJob {
  prompt: string
  widthPixels: number
  heightPixels: number
  durationSeconds: number
  count: number
  audio: boolean
}

const base64 = z.string().min(4).regex(/^[A-Za-z0-9+/]+={0,2}$/)
const picture = z.enum(['image/png', 'image/jpeg', 'image/webp'])

const inline = z.union([
  z.strictObject({ bytesBase64Encoded: base64, mimeType: picture }),
  // As the REST samples of the documentation write it.
  z.strictObject({ inlineData: z.strictObject({ mimeType: picture, data: base64 }) }),
])
const geminiVideo = z.union([
  z.strictObject({ uri: z.url({ protocol: /^https$/ }), encoding: z.string().optional() }),
  z.strictObject({ encodedVideo: base64, encoding: z.literal('video/mp4') }),
])
const vertexPicture = z.union([z.strictObject({ bytesBase64Encoded: base64, mimeType: picture }), z.strictObject({ gcsUri: z.string().startsWith('gs://'), mimeType: picture })])
const vertexVideo = z.union([z.strictObject({ bytesBase64Encoded: base64, mimeType: z.literal('video/mp4') }), z.strictObject({ gcsUri: z.string().startsWith('gs://'), mimeType: z.literal('video/mp4') })])

const parameters = {
  sampleCount: z.int().min(1).optional(),
  durationSeconds: z.int().optional(),
  aspectRatio: z.enum(['16:9', '9:16']).optional(),
  resolution: z.enum(['720p', '1080p', '4k']).optional(),
  personGeneration: z.enum(['allow_all', 'allow_adult', 'dont_allow']).optional(),
  negativePrompt: z.string().optional(),
  enhancePrompt: z.boolean().optional(),
  seed: z.int().min(0).max(2 ** 32 - 1).optional(),
}

function bodyOf(image: z.ZodType<unknown>, video: z.ZodType<unknown>, more: z.core.$ZodLooseShape, top: z.core.$ZodLooseShape) {
  return z.strictObject({
    instances: z.array(z.strictObject({
      prompt: z.string().optional(),
      image: image.optional(),
      lastFrame: image.optional(),
      referenceImages: z.array(z.strictObject({ image, referenceType: z.string().regex(/^asset$/i) })).min(1).optional(),
      video: video.optional(),
    })).length(1),
    parameters: z.strictObject({ ...parameters, ...more }).optional(),
    ...top,
  })
}

const BODIES = {
  gemini: bodyOf(inline, geminiVideo, {}, { webhookConfig: z.strictObject({ uris: z.array(z.url()), userMetadata: z.record(z.string(), z.unknown()).optional() }).optional() }),
  vertex: bodyOf(vertexPicture, vertexVideo, {
    generateAudio: z.boolean().optional(),
    fps: z.literal(24).optional(),
    storageUri: z.string().startsWith('gs://').optional(),
    compressionQuality: z.string().regex(/^(?:optimized|lossless)$/i).optional(),
    resizeMode: z.string().regex(/^(?:pad|crop)$/i).optional(),
    pubsubTopic: z.string().optional(),
  }, { labels: z.record(z.string(), z.string()).optional() }),
}

const PIXELS: Record<string, readonly [number, number]> = { '720p': [1280, 720], '1080p': [1920, 1080], '4k': [3840, 2160] }

/** Reads the body of a `predictLongRunning` as the vendor does. Throws `GoogleRefusal`. */
export function veoRequest(json: unknown, model: Veo, surface: keyof typeof BODIES): VeoJob {
  const parsed = BODIES[surface].safeParse(json)
  if (!parsed.success) throw fault(parsed.error)
  const instance = parsed.data.instances[0]!
  const asked: z.output<z.ZodObject<typeof parameters>> & { generateAudio?: unknown } = parsed.data.parameters ?? {}
  const { image, lastFrame, referenceImages, video } = instance
  if (instance.prompt === undefined && image === undefined && video === undefined) throw invalid('Text prompt or image must be provided.')
  if ([image, referenceImages, video].filter((material) => material !== undefined).length > 1) throw invalid('Only one of `image`, `video` and `referenceImages` may be specified.')
  if (lastFrame !== undefined && image === undefined) throw invalid('`lastFrame` requires `image`.')
  if (lastFrame !== undefined && !model.lastFrame) throw invalid('`lastFrame` isn\'t supported by this model.')
  if ((referenceImages?.length ?? 0) > model.references) throw invalid(model.references === 0 ? '`referenceImages` isn\'t supported by this model.' : 'At most 3 reference images are supported.')
  if (video !== undefined && !model.extends) throw invalid('`video` isn\'t supported by this model.')

  const resolution = asked.resolution ?? '720p'
  if (asked.resolution !== undefined && model.generation === 2) throw invalid('`resolution` isn\'t supported by this model.')
  if (!model.resolutions.includes(resolution)) throw invalid(`resolution ${resolution} isn't supported by this model.`)
  if (video !== undefined && resolution !== '720p') throw invalid('Video extension supports 720p only.')
  const seconds = asked.durationSeconds ?? 8
  if (!model.seconds.includes(seconds)) throw invalid(`The number value for \`durationSeconds\` is out of bound. Please provide one of ${model.seconds.join(', ')}.`)
  const onlyEight = model.generation > 2 && (resolution !== '720p' || referenceImages !== undefined || video !== undefined)
  if (onlyEight && seconds !== 8) throw invalid('`durationSeconds` must be 8 when using 1080p, 4k, reference images or video extension.')
  const count = asked.sampleCount ?? 1
  if (count > model.maxCount) throw invalid(`\`sampleCount\` must be at most ${model.maxCount}.`)
  if (asked.enhancePrompt !== undefined && model.generation > 2 && !asked.enhancePrompt) throw invalid('Veo 3 prompt enhancement cannot be disabled.')
  if (asked.generateAudio !== undefined && model.generation === 2) throw invalid('`generateAudio` isn\'t supported by this model.')

  const [long, short] = PIXELS[resolution]!
  const upright = asked.aspectRatio === '9:16'
  return {
    prompt: instance.prompt ?? '',
    widthPixels: upright ? short : long,
    heightPixels: upright ? long : short,
    // What is gone on with comes along; the simulator does not look into it.
    durationSeconds: video === undefined ? seconds : seconds + 7,
    count,
    audio: model.generation > 2 && asked.generateAudio !== false,
  }
}

/** What an operation fails with when the prompt asks for it. */
export function operationError(sentinel: string | undefined): { code: number; message: string } | undefined {
  switch (sentinel) {
    case 'late_parameter_error':
      return { code: 3, message: 'The image could not be decoded.' }
    case 'render_failure':
      return { code: 13, message: 'Internal error. Please try again later.' }
    case 'expiry':
      return { code: 4, message: 'Deadline expired before operation could complete.' }
    default:
      return undefined
  }
}
