import type { JobInput } from './provider.ts'

/**
 * The material as most upstreams take it: its public https address, or else its bytes as `data:image/png;base64,…`.
 * Plain http is refused by most of them, and what is behind it can be read and sent.
 */
export async function urlOrDataUri(input: JobInput): Promise<string> {
  if (input.url !== undefined && !input.url.startsWith('http:')) return input.url
  return dataUri(await input.read())
}

export function dataUri({ bytes, mediaType }: { bytes: Uint8Array; mediaType: string }): string {
  return `data:${mediaType.toLowerCase()};base64,${Buffer.from(bytes).toString('base64')}`
}
