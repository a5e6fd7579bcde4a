import type { JobInput, ParentJob } from '../provider.ts'
import { refusedFor, wrong } from '../unfit.ts'

/* How either generation is given pictures, sounds and videos. */

/** "URL or raw base64 without any `data:` prefix". Plain http is read here and sent. Sounds go the same way. */
export async function fileText(input: JobInput | undefined): Promise<string | undefined> {
  if (input?.url?.startsWith('https:')) return input.url
  return input && Buffer.from((await input.read()).bytes).toString('base64')
}

export function videoUrl(input: JobInput | undefined): string | undefined {
  if (input?.url === undefined) throw refusedFor(wrong('inputs', 'A video for this model must be a URL that is publicly reachable'))
  return input.url
}

/** The vendor's id of the video that an earlier job made. */
export function keptVideoId({ kept }: Pick<ParentJob, 'kept'> = {}): string | undefined {
  const videoId = typeof kept === 'object' && kept !== null && 'videoId' in kept ? kept.videoId : undefined
  return typeof videoId === 'string' ? videoId : undefined
}

/** One after the other: what is read as bytes may be large. */
export async function inTurn<Made>(inputs: readonly JobInput[], make: (input: JobInput) => Promise<Made>): Promise<Made[]> {
  const made: Made[] = []
  for (const input of inputs) made.push(await make(input))
  return made
}
