/** What each Vidu model takes and costs, by route: the vendor's tables of October 2026. */
export type ViduRoute = 'text2video' | 'img2video' | 'start-end2video' | 'reference2video' | 'extend'

interface Cell {
  seconds: readonly number[]
  /** The default first. */
  resolutions: readonly string[]
}

export interface ViduModel {
  routes: Partial<Record<ViduRoute, Cell>>
  maxImages: number
  maxVideos: number
  subjects: boolean
  /** Routes that can have sound. */
  sound: readonly ViduRoute[]
  soundDefault: boolean
  style: boolean
  portraits: boolean
}

const OF_720P = ['720p', '540p', '1080p']
const between = (min: number, max: number): number[] => Array.from({ length: max - min + 1 }, (_, index) => min + index)
const cell = (min: number, max: number, resolutions: readonly string[] = OF_720P): Cell => ({ seconds: between(min, max), resolutions })
const model = (routes: ViduModel['routes'], rest: Partial<ViduModel> = {}): ViduModel => ({ routes, maxImages: 7, maxVideos: 0, subjects: true, sound: [], soundDefault: false, style: false, portraits: true, ...rest })

const EVERY_ROUTE: readonly ViduRoute[] = ['text2video', 'img2video', 'start-end2video', 'reference2video']
const Q3 = { sound: EVERY_ROUTE, soundDefault: true }
const OLD = { portraits: false, subjects: false }
const FIVE: Cell = { seconds: [5], resolutions: ['1080p'] }
const FOUR_OR_EIGHT: Cell = { seconds: [4, 8], resolutions: ['360p', '720p', '1080p'] }

const MODELS: Record<string, ViduModel> = {
  'viduq3-pro': model({ text2video: cell(1, 16), img2video: cell(1, 16, ['720p', '360p', '540p', '1080p', '2K']), 'start-end2video': cell(1, 16) }, Q3),
  'viduq3-turbo': model({ text2video: cell(1, 16), img2video: cell(1, 16), 'start-end2video': cell(1, 16), reference2video: cell(1, 16) }, Q3),
  viduq3: model({ reference2video: cell(3, 16) }, Q3),
  'viduq3-mix': model({ reference2video: cell(1, 16, ['720p', '1080p']) }, { ...Q3, subjects: false }),
  viduq2: model({ text2video: cell(1, 10), reference2video: cell(1, 10) }, { sound: ['reference2video'] }),
  'viduq2-pro': model({ img2video: cell(1, 10), 'start-end2video': cell(1, 8), reference2video: cell(1, 10), extend: cell(1, 7) }, { maxImages: 4, maxVideos: 2 }),
  'viduq2-turbo': model({ img2video: cell(1, 10), 'start-end2video': cell(2, 8), extend: cell(1, 7) }),
  'viduq2-pro-fast': model({ img2video: cell(1, 10, ['720p', '1080p']), 'start-end2video': cell(1, 8, ['720p', '1080p']) }),
  viduq1: model({ text2video: FIVE, img2video: FIVE, 'start-end2video': FIVE, reference2video: FIVE }, { style: true, portraits: false }),
  'viduq1-classic': model({ img2video: FIVE, 'start-end2video': FIVE }, OLD),
  'vidu2.0': model({ img2video: FOUR_OR_EIGHT, 'start-end2video': FOUR_OR_EIGHT, reference2video: FOUR_OR_EIGHT }, OLD),
  'vidu1.5': model({ text2video: FOUR_OR_EIGHT, img2video: FOUR_OR_EIGHT, 'start-end2video': FOUR_OR_EIGHT, reference2video: FOUR_OR_EIGHT }, { ...OLD, style: true }),
}

export function viduModel(id: string): ViduModel | undefined {
  return Object.hasOwn(MODELS, id) ? MODELS[id] : undefined
}

export function defaultSeconds({ seconds }: Cell): number {
  return seconds.includes(5) ? 5 : (seconds[0] ?? 4)
}

export interface Shape {
  model: string
  route: ViduRoute
  resolution: string
  durationSeconds: number
  audio: boolean
}

/** Credits of one task: the price page, as resellers have it. What no page has costs ten a second. */
export function creditsOf({ model: id, route, resolution, durationSeconds: seconds, audio }: Shape): number {
  const fullHd = resolution === '1080p'
  const rest = seconds - 1
  switch (id) {
    case 'viduq3-pro':
      return seconds * ({ '360p': 14, '540p': 14, '720p': 30, '1080p': 32 }[resolution] ?? 40)
    case 'viduq3-turbo':
      return seconds * (fullHd ? 16 : 12)
    case 'viduq2':
      if (route === 'reference2video') return (fullHd ? 75 + 10 * rest : 25 + 5 * rest) + (audio ? 15 : 0)
      return resolution === '540p' ? 10 + 2 * rest : fullHd ? 20 + 10 * rest : 15 + 5 * rest
    case 'viduq2-pro':
      if (route === 'extend') return (fullHd ? 60 : 30) + 10 * rest
      return fullHd ? 55 + 15 * rest : 15 + 10 * rest
    case 'viduq2-turbo':
      if (route === 'extend') return (fullHd ? 40 : 15) + 10 * rest
      return fullHd ? 35 + 10 * rest : seconds === 1 ? 8 : 10 * rest
    case 'viduq2-pro-fast':
      return fullHd ? 16 + 4 * rest : 8 + 2 * rest
    case 'viduq1':
    case 'viduq1-classic':
      return 80
    default:
      return 10 * seconds
  }
}

/** The lines of a resolution as the shorter side; 540p has 528 of them. Frames come out as 16:9. */
export function pixelsOf(resolution: string, ratio = '16:9'): { widthPixels: number; heightPixels: number } {
  const short = { '360p': 360, '540p': 528, '720p': 720, '1080p': 1080, '2K': 1440, '4K': 2160 }[resolution] ?? 720
  const [across = 16, down = 9] = ratio.split(':').map(Number)
  const long = short === 528 ? 960 : Math.round((short * Math.max(across, down)) / Math.min(across, down) / 2) * 2
  if (across === down) return { widthPixels: short, heightPixels: short }
  return across > down ? { widthPixels: long, heightPixels: short } : { widthPixels: short, heightPixels: long }
}
