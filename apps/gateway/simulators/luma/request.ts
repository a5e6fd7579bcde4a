import { z } from 'zod'
import type { Answer } from '../simulator.ts'

/** A refusal in the vendor's envelope: a sentence, or the list that FastAPI makes of fields. */
export class LumaRefusal extends Error {
  readonly status: number
  readonly detail: string | { loc: (string | number)[]; msg: string; type: string }[]

  constructor(status: number, detail: LumaRefusal['detail']) {
    super(typeof detail === 'string' ? detail : 'fields')
    this.name = 'LumaRefusal'
    this.status = status
    this.detail = detail
  }

  answer(): Answer {
    return { status: this.status, json: { detail: this.detail } }
  }
}

/** What is to be made, whatever route asked for it. */
export interface LumaRequest {
  kind: 'video' | 'image'
  model: string
  prompt: string
  resolution: string
  ratio: string
  durationSeconds: number
  audio: boolean
  format: 'jpg' | 'png'
  callbackUrl: string | undefined
  /** As it was sent, which is given back. */
  echo: Record<string, unknown>
}

/** An earlier generation that has come to something. */
export type FindMade = (id: string) => LumaRequest | undefined

const RATIOS = ['16:9', '1:1', '9:16', '4:3', '3:4', '21:9', '9:21'] as const

/** "Media only by https URL". */
const address = z.url({ protocol: /^https$/ })
const prompt = z.string().max(5000)
/** https anywhere, or plain http on this machine, where the gateway under test listens. */
const callback = z.url({ protocol: /^https?$/ }).refine((url) => url.startsWith('https:') || /^http:\/\/(?:127\.|localhost[:/])/.test(url))
const ray = z.enum(['ray-2', 'ray-flash-2'])
const photon = z.enum(['photon-1', 'photon-flash-1'])
const ratio = z.enum(RATIOS)
const resolution = z.enum(['540p', '720p', '1080p', '4k'])
const keyframe = z.discriminatedUnion('type', [z.strictObject({ type: z.literal('image'), url: address }), z.strictObject({ type: z.literal('generation'), id: z.uuid() })])
const weighted = z.strictObject({ url: address, weight: z.number().min(0).max(1).optional() })
const geometry = Object.fromEntries(['grid_position_x', 'grid_position_y', 'x_start', 'x_end', 'y_start', 'y_end', 'resized_width', 'resized_height'].map((name) => [name, z.int().optional()]))

const videoBody = z.strictObject({
  generation_type: z.literal('video').optional(),
  model: ray,
  prompt: prompt.optional(),
  aspect_ratio: ratio.optional(),
  duration: z.enum(['5s', '9s']).optional(),
  resolution: resolution.optional(),
  loop: z.boolean().optional(),
  keyframes: z.strictObject({ frame0: keyframe.optional(), frame1: keyframe.optional() }).optional(),
  concepts: z.array(z.strictObject({ key: z.string() })).optional(),
  callback_url: callback.optional(),
})

const modifyBody = z.strictObject({
  generation_type: z.literal('modify_video'),
  model: ray,
  media: z.strictObject({ url: address }),
  mode: z.enum(['adhere_1', 'adhere_2', 'adhere_3', 'flex_1', 'flex_2', 'flex_3', 'reimagine_1', 'reimagine_2', 'reimagine_3']),
  first_frame: z.strictObject({ url: address }).optional(),
  prompt: prompt.optional(),
  callback_url: callback.optional(),
})

const reframe = { media: z.strictObject({ url: address }), aspect_ratio: ratio, prompt: prompt.optional(), callback_url: callback.optional(), ...geometry }
const reframeVideoBody = z.strictObject({ generation_type: z.literal('reframe_video'), model: ray, first_frame: z.strictObject({ url: address }).optional(), ...reframe })
const reframeImageBody = z.strictObject({ generation_type: z.literal('reframe_image'), model: photon, format: z.enum(['jpg', 'png']).optional(), ...reframe })

const imageBody = z.strictObject({
  generation_type: z.literal('image').optional(),
  model: photon,
  prompt: prompt.optional(),
  aspect_ratio: ratio.optional(),
  format: z.enum(['jpg', 'png']).optional(),
  image_ref: z.array(weighted).max(8).optional(),
  style_ref: z.array(weighted).max(4).optional(),
  character_ref: z.record(z.string(), z.strictObject({ images: z.array(address).min(1).max(4) })).optional(),
  modify_image_ref: weighted.optional(),
  sync: z.boolean().optional(),
  sync_timeout: z.number().max(60).optional(),
  callback_url: callback.optional(),
})

const upscaleBody = z.strictObject({ generation_type: z.literal('upscale_video').optional(), resolution: resolution.optional(), callback_url: callback.optional() })
const audioBody = z.strictObject({ generation_type: z.literal('add_audio').optional(), prompt: prompt.optional(), negative_prompt: prompt.optional(), callback_url: callback.optional() })

/** Reads a body as the vendor does. Each throws `LumaRefusal`. */
export const readers = {
  video(json: unknown, find: FindMade): LumaRequest {
    const body = parse(videoBody, json)
    const { frame0, frame1 } = body.keyframes ?? {}
    const hasPicture = frame0?.type === 'image' || frame1?.type === 'image'
    checkPrompt(body.prompt, !hasPicture)
    if (body.keyframes !== undefined && frame0 === undefined && frame1 === undefined) throw new LumaRefusal(400, 'No keyframes provided')
    if (body.loop && frame1 !== undefined) throw new LumaRefusal(400, frame0 === undefined ? 'Loop is not allowed with an end frame' : 'Loop is not allowed with both keyframes')
    const before = [frame0, frame1].map((frame) => (frame?.type === 'generation' ? made(frame.id, find) : undefined)).find((found) => found !== undefined)
    return request(body, { kind: 'video', resolution: body.resolution ?? '540p', ratio: before?.ratio ?? body.aspect_ratio ?? '16:9', durationSeconds: Number.parseInt(body.duration ?? '5s', 10) + (before?.durationSeconds ?? 0) })
  },
  modify(json: unknown): LumaRequest {
    const body = parse(modifyBody, json)
    checkPrompt(body.prompt, false)
    return request(body, { kind: 'video', resolution: '720p' })
  },
  reframeVideo(json: unknown): LumaRequest {
    const body = parse(reframeVideoBody, json)
    return request(body, { kind: 'video', resolution: '720p', ratio: body.aspect_ratio })
  },
  reframeImage(json: unknown): LumaRequest {
    const body = parse(reframeImageBody, json)
    return request(body, { kind: 'image', ratio: body.aspect_ratio, format: body.format ?? 'jpg' })
  },
  image(json: unknown): LumaRequest {
    const body = parse(imageBody, json)
    checkPrompt(body.prompt, true)
    return request(body, { kind: 'image', ratio: body.aspect_ratio ?? '16:9', format: body.format ?? 'jpg' })
  },
  upscale(json: unknown, before: LumaRequest): LumaRequest {
    const body = parse(upscaleBody, json)
    return request({ ...body, model: before.model, prompt: before.prompt }, { ...before, resolution: body.resolution ?? '1080p' })
  },
  audio(json: unknown, before: LumaRequest): LumaRequest {
    const body = parse(audioBody, json)
    return request({ ...body, model: before.model }, { ...before, audio: true })
  },
}

/** A generation that another may go on from. */
export function made(id: string, find: FindMade): LumaRequest {
  const found = find(id)
  if (found === undefined) throw new LumaRefusal(404, 'Generation not found or not completed')
  return found
}

function request(body: { model: string; prompt?: string | undefined; callback_url?: string | undefined }, fields: Pick<LumaRequest, 'kind'> & Partial<LumaRequest>): LumaRequest {
  return { resolution: '1080p', ratio: '16:9', durationSeconds: 5, audio: false, format: 'jpg', ...fields, model: body.model, prompt: body.prompt ?? '', callbackUrl: body.callback_url, echo: body as Record<string, unknown> }
}

function parse<Schema extends z.ZodObject>(schema: Schema, json: unknown): z.output<Schema> {
  const parsed = schema.safeParse(json)
  if (parsed.success) return parsed.data
  throw new LumaRefusal(422, parsed.error.issues.map((issue) => ({
    loc: ['body', ...(issue.code === 'unrecognized_keys' ? [issue.keys[0] ?? ''] : (issue.path as (string | number)[]))],
    msg: issue.code === 'unrecognized_keys' ? 'Extra inputs are not permitted' : issue.message,
    type: issue.code,
  })))
}

function checkPrompt(text: string | undefined, required: boolean): void {
  if (text === undefined && required) throw new LumaRefusal(400, 'Prompt is required')
  if (text !== undefined && text.length < 3) throw new LumaRefusal(400, 'Prompt must be at least 3 characters')
}
