import { UpstreamError } from '../core/errors.ts'
import type { JobInput } from './provider.ts'

/** OpenAI, "png/webp/jpg", for first frames and for edits; Ideogram, "Files: JPEG, PNG, WebP". */
const EXTENSIONS = new Map([['image/png', 'png'], ['image/jpeg', 'jpg'], ['image/webp', 'webp']])

/** A picture as a part of a form. Throws `UpstreamError` refused for a kind that these wires do not take. */
export async function pictureFile(input: JobInput, name: string): Promise<File> {
  const { bytes, mediaType } = await input.read()
  const type = mediaType.toLowerCase()
  const extension = EXTENSIONS.get(type)
  if (extension === undefined) throw new UpstreamError('refused', `A picture for this model must be PNG, JPEG or WebP, not ${type.slice(0, 40)}`, { code: 'unsupported_media', param: 'inputs' })
  return new File([new Uint8Array(bytes)], `${name}.${extension}`, { type })
}
