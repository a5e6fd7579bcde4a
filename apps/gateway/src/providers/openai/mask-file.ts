import sharp from 'sharp'
import { maskChanging } from '../mask.ts'
import type { Job, JobInput } from '../provider.ts'

/** A mask in the vendor's form: "png, < 4 MB, same size as first image, transparent = editable". Throws `UpstreamError` refused for what is no picture. */
export async function maskFile(mask: JobInput, request: Job['request']): Promise<File> {
  const black = await maskChanging('black', mask, request)
  const { data, info: { width, height } } = await sharp(black).extractChannel(0).raw().toBuffer({ resolveWithObject: true })
  const png = await sharp({ create: { width, height, channels: 3, background: '#000' } }).joinChannel(data, { raw: { width, height, channels: 1 } }).png().toBuffer()
  return new File([new Uint8Array(png)], 'mask.png', { type: 'image/png' })
}
