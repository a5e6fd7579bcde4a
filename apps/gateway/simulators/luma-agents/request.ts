import { z } from 'zod'
import type { Answer } from '../simulator.ts'

/** A refusal in the vendor's envelope. */
export class AgentsRefusal extends Error {
  readonly status: number
  readonly headers: Record<string, string>

  constructor(status: number, detail: string, headers: Record<string, string> = {}) {
    super(detail)
    this.name = 'AgentsRefusal'
    this.status = status
    this.headers = headers
  }

  answer(): Answer {
    return { status: this.status, json: { detail: this.message }, headers: this.headers }
  }
}

export interface AgentsRequest {
  prompt: string
  model: string
  type: 'image' | 'image_edit' | 'video' | 'video_edit' | 'video_reframe'
  format: 'png' | 'jpeg'
  ratio: string
  resolution: string
  durationSeconds: number
}

const mediaType = z.enum(['image/png', 'image/jpeg', 'image/webp', 'video/mp4', 'video/quicktime', 'video/webm'])
const reference = z.union([
  z.strictObject({ url: z.url({ protocol: /^https$/ }), media_type: mediaType.optional() }),
  z.strictObject({ data: z.string().min(4).regex(/^[A-Za-z0-9+/]+={0,2}$/), media_type: mediaType }),
  z.strictObject({ generation_id: z.uuid() }),
])
type Reference = z.output<typeof reference>

const strength = z.enum(['adhere_1', 'adhere_2', 'adhere_3', 'flex_1', 'flex_2', 'flex_3', 'reimagine_1', 'reimagine_2', 'reimagine_3'])

const body = z.strictObject({
  prompt: z.string().min(1).max(6000),
  model: z.enum(['uni-1', 'uni-1-max', 'ray-3.2']).optional(),
  type: z.enum(['image', 'image_edit', 'video', 'video_edit', 'video_reframe']).optional(),
  aspect_ratio: z.enum(['3:1', '2:1', '21:9', '16:9', '4:3', '3:2', '1:1', '3:4', '2:3', '9:16', '1:2', '1:3']).optional(),
  image_ref: z.array(reference).optional(),
  source: reference.optional(),
  output_format: z.enum(['png', 'jpeg']).optional(),
  style: z.enum(['auto', 'manga']).optional(),
  web_search: z.boolean().optional(),
  user_id: z.string().max(256).optional(),
  video: z.strictObject({
    resolution: z.enum(['360p', '540p', '720p', '1080p']).optional(),
    duration: z.enum(['5s', '10s']).optional(),
    start_frame: reference.optional(),
    end_frame: reference.optional(),
    loop: z.boolean().optional(),
    hdr: z.boolean().optional(),
    exr_export: z.boolean().optional(),
    edit: z.strictObject({ auto_controls: z.boolean().optional(), strength: strength.optional() }).optional(),
  }).optional(),
})

const RAY_RATIOS = ['9:16', '3:4', '1:1', '4:3', '16:9', '21:9']

/** Reads the body of a create as the vendor does; `find` gives an earlier generation that is completed. Throws `AgentsRefusal`. */
export function agentsRequest(json: unknown, find: (id: string) => AgentsRequest | undefined): AgentsRequest {
  const parsed = body.safeParse(json)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new AgentsRefusal(422, issue?.code === 'unrecognized_keys' ? `${[...issue.path, issue.keys[0]].join('.')}: unknown field` : `${issue?.path.join('.')}: ${issue?.message}`)
  }
  const asked = parsed.data
  const type = asked.type ?? 'image'
  const isVideo = type.startsWith('video')
  const model = asked.model ?? 'uni-1'
  if (isVideo !== (model === 'ray-3.2')) throw new AgentsRefusal(400, `Model ${model} does not support type ${type}`)
  const { video = {} } = asked
  if (!isVideo && asked.video !== undefined) throw new AgentsRefusal(400, 'video options are for video types only')
  if (isVideo && (asked.image_ref ?? asked.output_format ?? asked.style ?? asked.web_search) !== undefined) throw new AgentsRefusal(400, 'image options are for image types only')
  if (isVideo && asked.aspect_ratio !== undefined && !RAY_RATIOS.includes(asked.aspect_ratio)) throw new AgentsRefusal(422, `aspect_ratio ${asked.aspect_ratio} is not supported by ${model}`)
  if ((asked.source === undefined) !== (type === 'image' || type === 'video')) throw new AgentsRefusal(422, asked.source === undefined ? `source is required for ${type}` : `source is not allowed for ${type}`)
  if ((asked.image_ref?.length ?? 0) > (type === 'image_edit' ? 8 : 9)) throw new AgentsRefusal(422, 'too many image_ref')
  if (type.endsWith('edit') && asked.aspect_ratio !== undefined) throw new AgentsRefusal(422, 'an edit inherits the aspect ratio of its source')
  if (isVideo && asked.source !== undefined && !isVideoReference(asked.source)) throw new AgentsRefusal(422, 'media_type is required for a video source')
  for (const each of asked.image_ref ?? []) if (isVideoReference(each)) throw new AgentsRefusal(422, 'image_ref must be images')

  if (type !== 'video' && (video.duration !== undefined || video.loop !== undefined || video.end_frame !== undefined)) throw new AgentsRefusal(422, `duration, loop and end_frame are not allowed for ${type}`)
  if (type !== 'video_edit' && video.edit !== undefined) throw new AgentsRefusal(422, 'edit is for video_edit only')
  if (video.loop && (video.duration === '10s' || video.hdr)) throw new AgentsRefusal(422, 'loop supports 5s SDR only')
  if (video.exr_export && !video.hdr) throw new AgentsRefusal(422, 'exr_export requires hdr')

  const before = [video.start_frame, video.end_frame].flatMap((frame) => (frame !== undefined && 'generation_id' in frame ? [made(frame.generation_id, find)] : []))
  return {
    prompt: asked.prompt,
    model,
    type,
    format: asked.output_format ?? 'png',
    ratio: before[0]?.ratio ?? asked.aspect_ratio ?? (isVideo ? '16:9' : '1:1'),
    resolution: video.resolution ?? '720p',
    durationSeconds: Number.parseInt(video.duration ?? '5s', 10),
  }
}

function made(id: string, find: (id: string) => AgentsRequest | undefined): AgentsRequest {
  const found = find(id)
  if (found === undefined) throw new AgentsRefusal(404, 'Generation not found')
  return found
}

/** A generation of one's own has a type already. */
function isVideoReference(given: Reference): boolean {
  return 'generation_id' in given || given.media_type?.startsWith('video/') === true
}
