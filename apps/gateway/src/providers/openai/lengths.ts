import { z } from 'zod'
import type { Work } from '../provider.ts'

/** "`4`, `8`, `12` …; docs also list `16` and `20`". */
const VENDOR_SECONDS: readonly number[] = [4, 8, 12, 16, 20]

/** What is asked for: the next of the vendor's lengths, which is no shorter than what is paid for. Undefined leaves it to the upstream, or is too long. */
export function secondsToAsk({ request: { durationSeconds }, settings }: Pick<Work, 'request' | 'settings'>): number | undefined {
  if (durationSeconds === undefined || durationSeconds === 'auto') return undefined
  return settings['limits'] === 'server' ? durationSeconds : VENDOR_SECONDS.find((seconds) => seconds >= durationSeconds)
}

export interface ParentVideo {
  id: string
  seconds?: number | undefined
  size?: string | undefined
}

const parentHandle = z.object({ kind: z.literal('video'), id: z.string() })
const keptVideo = z.object({ seconds: z.number().optional(), size: z.string().optional() })

/** The video to go on from, where this account made it by the model that is to go on: what has an id keeps its model. */
export function parentOf({ parent, upstreamModel }: Pick<Work, 'parent' | 'upstreamModel'>): ParentVideo | undefined {
  const handle = parentHandle.safeParse(parent?.handle)
  if (!handle.success || parent?.upstreamModel !== upstreamModel) return undefined
  return { id: handle.data.id, ...keptVideo.safeParse(parent.kept).data }
}
