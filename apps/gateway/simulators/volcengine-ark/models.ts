/** What each Seedance model takes and makes: the vendor's capability and pixel tables of August 2026. */
export interface ArkModel {
  /** Without prefix and version, as messages name it: `seedance-1-0-pro`. */
  family: string
  generation: '1.0' | '1.5' | '2.0' | '2.5'
  /** The default first. */
  resolutions: string[]
  minSeconds: number
  maxSeconds: number
  /** Whether `duration: -1` leaves it to the model. */
  auto: boolean
  frames: boolean
  taskTypes: TaskType[]
  references: { image: number; video: number; audio: number }
  audio: boolean
  /** Fields that not every model takes. */
  fields: string[]
}

export type TaskType = 't2v' | 'i2v' | 'flf2v' | 'r2v'

const NO_REFERENCES = { image: 0, video: 0, audio: 0 }
const REFERENCES_2_0 = { image: 9, video: 3, audio: 3 }
const EVERY_TASK: TaskType[] = ['t2v', 'i2v', 'flf2v', 'r2v']
const V2_0 = { generation: '2.0', minSeconds: 4, maxSeconds: 15, auto: true, frames: false, taskTypes: EVERY_TASK, references: REFERENCES_2_0, audio: true, fields: ['priority', 'tools'] } as const satisfies Partial<ArkModel>
const V1_0 = { generation: '1.0', minSeconds: 2, maxSeconds: 12, auto: false, audio: false, references: NO_REFERENCES } as const satisfies Partial<ArkModel>

const MODELS: Record<string, ArkModel> = {
  'seedance-2-5-260628': { ...V2_0, family: 'seedance-2-5', generation: '2.5', resolutions: ['720p', '480p', '1080p'], maxSeconds: 30, references: { image: 30, video: 10, audio: 10 }, fields: ['priority', 'output_format', 'omni_reference_task_type'] },
  'seedance-2-0-260128': { ...V2_0, family: 'seedance-2-0', resolutions: ['720p', '480p', '1080p', '4k'] },
  'seedance-2-0-fast-260128': { ...V2_0, family: 'seedance-2-0-fast', resolutions: ['720p', '480p'] },
  'seedance-2-0-mini-260615': { ...V2_0, family: 'seedance-2-0-mini', resolutions: ['720p', '480p'] },
  'seedance-1-5-pro-251215': { family: 'seedance-1-5-pro', generation: '1.5', resolutions: ['720p', '480p', '1080p'], minSeconds: 4, maxSeconds: 12, auto: true, frames: false, taskTypes: ['t2v', 'i2v', 'flf2v'], references: NO_REFERENCES, audio: true, fields: ['draft', 'service_tier', 'camera_fixed'] },
  'seedance-1-0-pro-250528': { ...V1_0, family: 'seedance-1-0-pro', resolutions: ['1080p', '480p', '720p'], frames: true, taskTypes: ['t2v', 'i2v', 'flf2v'], fields: ['service_tier', 'camera_fixed', 'frames', 'priority'] },
  'seedance-1-0-pro-fast-251015': { ...V1_0, family: 'seedance-1-0-pro-fast', resolutions: ['1080p', '480p', '720p'], frames: true, taskTypes: ['t2v', 'i2v'], fields: ['service_tier', 'camera_fixed', 'frames', 'priority'] },
  'seedance-1-0-lite-t2v-250428': { ...V1_0, family: 'seedance-1-0-lite-t2v', resolutions: ['720p', '480p', '1080p'], frames: false, taskTypes: ['t2v'], fields: ['service_tier', 'camera_fixed', 'priority'] },
  'seedance-1-0-lite-i2v-250428': { ...V1_0, family: 'seedance-1-0-lite-i2v', resolutions: ['720p', '480p', '1080p'], frames: false, taskTypes: ['i2v', 'flf2v', 'r2v'], references: { image: 4, video: 0, audio: 0 }, fields: ['service_tier', 'priority'] },
}

/** By an id of either cloud: `doubao-` in China, elsewhere `dreamina-` for 2.x and no prefix for 1.x. */
export function arkModel(id: string): ArkModel | undefined {
  const [, prefix, name = ''] = /^(doubao-|dreamina-)?(.*)$/.exec(id) ?? []
  const model = Object.hasOwn(MODELS, name) ? MODELS[name] : undefined
  if (model === undefined || prefix === 'doubao-') return model
  return (prefix === 'dreamina-') === model.generation.startsWith('2.') ? model : undefined
}

/** The seconds that are rendered: `frames` at 24 a second, or the duration; 5 where the model is to decide. */
export function durationOf(request: { duration?: number | undefined; frames?: number | undefined }): number {
  if (request.frames !== undefined) return request.frames / 24
  return request.duration === undefined || request.duration === -1 ? 5 : request.duration
}

type Size = readonly [number, number]

const RATIOS = ['16:9', '4:3', '1:1', '3:4', '9:16', '21:9'] as const

const PIXELS_1_0: Record<string, readonly Size[]> = {
  '480p': [[864, 480], [736, 544], [640, 640], [544, 736], [480, 864], [960, 416]],
  '720p': [[1248, 704], [1120, 832], [960, 960], [832, 1120], [704, 1248], [1504, 640]],
  '1080p': [[1920, 1088], [1664, 1248], [1440, 1440], [1248, 1664], [1088, 1920], [2176, 928]],
}
const PIXELS: Record<string, readonly Size[]> = {
  '480p': [[864, 496], [752, 560], [640, 640], [560, 752], [496, 864], [992, 432]],
  '720p': [[1280, 720], [1112, 834], [960, 960], [834, 1112], [720, 1280], [1470, 630]],
  '1080p': [[1920, 1080], [1664, 1248], [1440, 1440], [1248, 1664], [1080, 1920], [2206, 946]],
  // Nobody has published these: twice the sides of 1080p.
  '4k': [[3840, 2160], [3328, 2496], [2880, 2880], [2496, 3328], [2160, 3840], [4412, 1892]],
}

/** Derived from the vendor's own price example of October 2026; the upright one by analogy. */
const PIXELS_2_5_480P: Record<string, Size> = { '16:9': [854, 480], '9:16': [480, 854] }

/** The true pixels of a result. `adaptive` comes out as 16:9: the simulator does not look into the picture. */
export function pixelsOf(request: { resolution?: string | undefined; ratio?: string | undefined }, model: ArkModel): { ratio: string; widthPixels: number; heightPixels: number } {
  const resolution = request.resolution?.toLowerCase() ?? model.resolutions[0] ?? '720p'
  const ratio = request.ratio === undefined || request.ratio === 'adaptive' ? '16:9' : request.ratio
  const size = (model.generation === '1.0' ? PIXELS_1_0 : PIXELS)[resolution]?.[RATIOS.indexOf(ratio as (typeof RATIOS)[number])]
  if (size === undefined) throw new Error(`no pixels for ${resolution} ${ratio}`)
  const [widthPixels, heightPixels] = (model.generation === '2.5' && resolution === '480p' ? PIXELS_2_5_480P[ratio] : undefined) ?? size
  return { ratio, widthPixels, heightPixels }
}
