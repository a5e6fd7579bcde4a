import type { JobInput } from './provider.ts'

/** The material as most upstreams take it: its public address, or else its bytes as `data:image/png;base64,…`. */
export async function urlOrDataUri(input: JobInput): Promise<string> {
  if (input.url !== undefined) return input.url
  const { bytes, mediaType } = await input.read()
  return `data:${mediaType.toLowerCase()};base64,${Buffer.from(bytes).toString('base64')}`
}
