import { z } from 'zod'
import { address, callbackUrl, parse, picture } from './fields.ts'
import { invalid } from './refusal.ts'
import type { Order } from './orders.ts'

/** The wire of 2026: the model stands in the path. */

export const VERSIONED_KINDS = ['text-to-video', 'image-to-video', 'omni-video', 'motion-control'] as const
export type VersionedKind = (typeof VERSIONED_KINDS)[number]

const name = z.string().min(1).max(64)
const item = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('prompt'), text: z.string().min(1) }),
  z.strictObject({ type: z.enum(['first_frame', 'middle_frame', 'last_frame', 'refer_image', 'image']), url: picture, id: name.optional() }),
  z.strictObject({ type: z.enum(['feature_video', 'base_video', 'video']), url: address, id: name.optional() }),
  z.strictObject({ type: z.literal('element'), element_id: z.int(), id: name }),
])

const settings = z.strictObject({
  resolution: z.enum(['720p', '1080p', '4k']).optional(),
  aspect_ratio: z.enum(['16:9', '9:16', '1:1', '21:9']).optional(),
  duration: z.int().optional(),
  audio: z.enum(['native', 'original', 'off']).optional(),
  multi_shot: z.boolean().optional(),
  character_orientation: z.enum(['image', 'video']).optional(),
})
const options = z.strictObject({
  callback_url: callbackUrl.optional(),
  external_task_id: z.string().min(1).max(128).optional(),
  watermark_info: z.strictObject({ enabled: z.boolean() }).optional(),
})
const tail = { settings: settings.optional(), options: options.optional() }
const spoken = z.strictObject({ prompt: z.string().min(1), ...tail })
const listed = z.strictObject({ contents: z.array(item).min(1), ...tail })

interface VersionedModel {
  kinds: readonly VersionedKind[]
  resolutions: readonly string[]
  maxSeconds: number
  maxPrompt: number
  alwaysSound?: true
  wide?: true
  /** Types of material that may carry an `id`. */
  named: readonly string[]
  units: Record<string, number>
}

const SILENT_OR_NOT = { '720p': 0.6, '1080p': 0.8, '4k': 3 }
const MODELS: Record<string, VersionedModel> = {
  'kling-3.0': { kinds: ['text-to-video', 'image-to-video', 'motion-control'], resolutions: ['720p', '1080p', '4k'], maxSeconds: 15, maxPrompt: 3072, named: ['element'], units: { ...SILENT_OR_NOT, '720p native': 0.9, '1080p native': 1.2 } },
  'kling-3.0-turbo': { kinds: ['text-to-video', 'image-to-video'], resolutions: ['720p', '1080p'], maxSeconds: 15, maxPrompt: 3072, alwaysSound: true, named: [], units: { '720p': 0.8, '1080p': 1 } },
  'kling-3.0-omni': { kinds: ['omni-video'], resolutions: ['720p', '1080p', '4k'], maxSeconds: 15, maxPrompt: 3072, named: ['element', 'refer_image'], units: { ...SILENT_OR_NOT, '720p native': 0.8, '1080p native': 1 } },
  // Nobody has shown this API in public: its paths are played as those of 3.0.
  'kling-4.0': {
    kinds: ['text-to-video', 'image-to-video', 'omni-video'], resolutions: ['720p', '1080p'], maxSeconds: 30, maxPrompt: 11_000, alwaysSound: true, wide: true,
    named: ['first_frame', 'middle_frame', 'last_frame', 'refer_image', 'feature_video', 'base_video', 'element'], units: { '720p': 0.9, '1080p': 1.2 },
  },
}

const ALLOWED: Record<VersionedKind, readonly string[]> = {
  'text-to-video': [],
  'image-to-video': ['prompt', 'first_frame', 'middle_frame', 'last_frame', 'element'],
  'omni-video': ['prompt', 'first_frame', 'last_frame', 'refer_image', 'feature_video', 'base_video', 'element'],
  'motion-control': ['prompt', 'image', 'video', 'element'],
}

export function versionedOrder(kind: VersionedKind, modelName: string, body: unknown): Order {
  const model = Object.hasOwn(MODELS, modelName) ? MODELS[modelName] : undefined
  if (!model?.kinds.includes(kind)) throw invalid(`model '${modelName}' is invalid for ${kind}`)
  const given = kind === 'text-to-video' ? { ...parse(spoken, body), contents: [] } : { prompt: undefined, ...parse(listed, body) }
  const prompt = given.prompt ?? given.contents.find((each) => each.type === 'prompt')?.text ?? ''
  if (prompt.length > model.maxPrompt) throw invalid('the prompt is too long')
  const { settings: asked = {}, options: more = {} } = given
  checkContents(given.contents, kind, model)
  checkSettings(asked, given.contents, { kind, model })

  const resolution = asked.resolution ?? '720p'
  const sound = model.alwaysSound === true || asked.audio === 'native' || asked.audio === 'original'
  return {
    prompt,
    callbackUrl: more.callback_url,
    externalId: more.external_task_id,
    watermark: more.watermark_info?.enabled === true,
    makes: { videos: { resolution, ratio: asked.aspect_ratio ?? '16:9', seconds: asked.duration ?? 5, sound, unitsPerSecond: model.units[`${resolution} ${asked.audio}`] ?? model.units[resolution] ?? 0 } },
  }
}

type Contents = z.output<typeof listed>['contents']

function checkContents(contents: Contents, kind: VersionedKind, model: VersionedModel): void {
  const of = (...types: string[]) => contents.filter(({ type }) => types.includes(type)).length
  for (const each of contents) {
    if (!ALLOWED[kind].includes(each.type) || (each.type === 'middle_frame' && !model.wide)) throw invalid(`contents type '${each.type}' is invalid here`)
    if ('id' in each && each.id !== undefined && !model.named.includes(each.type)) throw invalid(`id is not supported for ${each.type}`)
  }
  const names = contents.flatMap((each) => ('id' in each && each.id !== undefined ? [each.id] : []))
  if (new Set(names).size < names.length) throw invalid('each id must be unique')
  if (of('prompt') > 1 || of('first_frame') > 1 || of('last_frame') > 1 || of('base_video') > 1) throw invalid('contents type given twice')
  if (kind === 'image-to-video' && of('first_frame', 'last_frame') === 0) throw invalid('first_frame is required')
  if (kind === 'motion-control' && (of('image') !== 1 || of('video') !== 1)) throw invalid('one image and one video are required')
  if (kind !== 'omni-video') return
  if (of('last_frame') > 0 && of('first_frame') === 0) throw invalid('last_frame needs a first_frame')
  if (of('base_video') > 0 && of('first_frame', 'last_frame') > 0) throw invalid('frames cannot be set when a video is edited')
  const videos = of('feature_video', 'base_video')
  const images = of('refer_image', 'first_frame', 'last_frame') + (model.wide ? 0 : of('element'))
  if (model.wide ? images > 10 || videos > 5 || of('element') > 7 || images + videos + of('element') > 15 : images > (videos > 0 ? 4 : 7) || videos > 1) throw invalid('too many contents')
}

function checkSettings(asked: z.output<typeof settings>, contents: Contents, { kind, model }: { kind: VersionedKind; model: VersionedModel }): void {
  const hasVideo = contents.some(({ type }) => type.endsWith('video'))
  const hasFrame = contents.some(({ type }) => type === 'first_frame' || type === 'base_video')
  if (asked.resolution !== undefined && !model.resolutions.includes(asked.resolution)) throw invalid('settings.resolution is invalid for this model')
  if (asked.duration !== undefined && (asked.duration < 3 || asked.duration > model.maxSeconds)) throw invalid('settings.duration is invalid for this model')
  if (asked.aspect_ratio === '21:9' && !model.wide) throw invalid('settings.aspect_ratio is invalid for this model')
  if (asked.aspect_ratio !== undefined && (kind === 'image-to-video' || kind === 'motion-control')) throw invalid('settings.aspect_ratio is not supported here')
  if (asked.aspect_ratio === undefined && kind === 'omni-video' && !hasFrame) throw invalid('settings.aspect_ratio is required')
  if (asked.audio === 'native' && hasVideo && !model.alwaysSound) throw invalid('settings.audio cannot be native when a video is given')
  if (asked.audio === 'original' && !hasVideo) throw invalid('settings.audio is original, and there is no video')
  if (asked.audio === 'off' && model.alwaysSound && !hasVideo) throw invalid('settings.audio is invalid for this model')
  if (asked.character_orientation !== undefined && kind !== 'motion-control') throw invalid('settings.character_orientation is not supported here')
}
