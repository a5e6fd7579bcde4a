import { z } from 'zod'
import { callbackUrl, checkPicture, fault, httpsUrl, ViduRefusal, type TaskRequest } from './request.ts'

/** What is made beside videos from scratch: pictures, and lips that move. */
export type ViduTool = 'reference2image' | 'lip-sync'

const RATIOS = ['16:9', '9:16', '1:1', '3:4', '4:3'] as const
const MORE_RATIOS = ['21:9', '2:3', '3:2', 'auto'] as const

const told = { payload: z.string().max(1_048_576).optional(), callback_url: callbackUrl.optional() }
const pictureBody = z.strictObject({
  ...told,
  model: z.string(),
  prompt: z.string().min(1).max(2_000),
  images: z.array(z.string()).optional(),
  aspect_ratio: z.enum([...RATIOS, ...MORE_RATIOS]).optional(),
  resolution: z.enum(['1080p', '2K', '4K']).optional(),
  seed: z.int().optional(),
  meta_data: z.string().optional(),
})
const lipSyncBody = z.strictObject({
  ...told,
  video_url: httpsUrl,
  audio_url: httpsUrl.optional(),
  text: z.string().min(4).max(2_000).optional(),
  // The name is the older one in some pages.
  voice_id: z.string().optional(),
  character_id: z.string().optional(),
  speed: z.number().min(0.5).max(1.5).optional(),
  volume: z.int().min(0).max(10).optional(),
  language: z.string().optional(),
})

/** Reads a body for one of them. Throws `ViduRefusal`. */
export function toolRequest(tool: ViduTool, body: unknown): TaskRequest {
  return tool === 'lip-sync' ? lipSyncRequest(body) : pictureRequest(body)
}

const MAX_PICTURES = 7

function pictureRequest(body: unknown): TaskRequest {
  const { data: fields, error } = pictureBody.safeParse(body)
  if (error) throw fault(error)
  const { model, prompt, images = [], aspect_ratio: ratio, resolution = '1080p' } = fields
  if (model !== 'viduq2' && model !== 'viduq1') throw new ViduRefusal(400, 'ModelUnavailable', `model ${model} is not available for reference2image`)
  const least = model === 'viduq1' ? 1 : 0
  if (images.length < least || images.length > MAX_PICTURES) throw new ViduRefusal(400, 'FieldItemCountOutOfRange', `images count must be between ${least} and ${MAX_PICTURES}`)
  for (const picture of images) checkPicture(picture)
  if (model === 'viduq1' && (resolution !== '1080p' || (MORE_RATIOS as readonly (string | undefined)[]).includes(ratio))) throw new ViduRefusal(400, 'FieldInvalid', 'the resolution or aspect_ratio is not supported by this model')
  if (ratio === 'auto' && images.length === 0) throw new ViduRefusal(400, 'FieldInvalid', 'aspect_ratio is invalid')
  return { ...SILENT, model, prompt, images, durationSeconds: 0, resolution, ratio: ratio === 'auto' ? undefined : ratio, seed: fields.seed, payload: fields.payload ?? '', callbackUrl: fields.callback_url }
}

/** The length of what is given is not looked at. */
const GIVEN_SECONDS = 2

function lipSyncRequest(body: unknown): TaskRequest {
  const { data: fields, error } = lipSyncBody.safeParse(body)
  if (error) throw fault(error)
  if ((fields.audio_url === undefined) === (fields.text === undefined)) throw new ViduRefusal(400, 'FieldLacking', 'one of audio_url and text is required')
  return { ...SILENT, model: '', prompt: fields.text ?? '', images: [], durationSeconds: GIVEN_SECONDS, resolution: '540p', ratio: undefined, seed: undefined, audio: true, payload: fields.payload ?? '', callbackUrl: fields.callback_url }
}

const SILENT = { audio: false, bgm: false, creationId: undefined }
