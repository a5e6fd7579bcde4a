/** What a task is to make: what both generations of requests come to. */
export interface Order {
  prompt: string
  callbackUrl: string | undefined
  externalId: string | undefined
  watermark: boolean
  makes: { videos: VideoOrder } | { pictures: PictureOrder }
  /** Set on a continuation: the id of the video that goes on. */
  parentVideo?: string
}

export interface VideoOrder {
  resolution: '720p' | '1080p' | '4k'
  ratio: string
  seconds: number
  sound: boolean
  unitsPerSecond: number
}

export interface PictureOrder {
  count: number
  resolution: '1k' | '2k' | '4k'
  ratio: string
  unitsEach?: number
}

const SHORT_SIDES = { '720p': 720, '1080p': 1080, '4k': 2160 }

/** The resolution is the shorter side. */
export function videoPixels({ resolution, ratio }: Pick<VideoOrder, 'resolution' | 'ratio'>): { widthPixels: number; heightPixels: number } {
  const short = SHORT_SIDES[resolution]
  const [width = 16, height = 9] = ratio.split(':').map(Number)
  const long = Math.round((short * Math.max(width, height)) / Math.min(width, height) / 2) * 2
  return width >= height ? { widthPixels: long, heightPixels: short } : { widthPixels: short, heightPixels: long }
}

const SIDES = { '1k': 1024, '2k': 2048, '4k': 4096 }

/** As many pixels as a square of that side. */
export function picturePixels({ resolution, ratio }: Pick<PictureOrder, 'resolution' | 'ratio'>): { widthPixels: number; heightPixels: number } {
  const [width = 1, height = 1] = ratio.split(':').map(Number)
  const side = SIDES[resolution]
  return { widthPixels: Math.round((side * Math.sqrt(width / height)) / 16) * 16, heightPixels: Math.round((side * Math.sqrt(height / width)) / 16) * 16 }
}

/** USD 0.028 a picture, twice that for 4k, at USD 0.14 the unit, unless it says otherwise; a continuation is 2 units. */
export function unitsOf(order: Order): number {
  if ('pictures' in order.makes) {
    const { count, resolution, unitsEach = resolution === '4k' ? 0.4 : 0.2 } = order.makes.pictures
    return Math.round(count * unitsEach * 100) / 100
  }
  const { seconds, unitsPerSecond } = order.makes.videos
  return order.parentVideo === undefined ? Math.round(seconds * unitsPerSecond * 100) / 100 : 2
}
