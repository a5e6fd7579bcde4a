import sharp, { type Sharp } from 'sharp'
import { UpstreamError } from '../core/errors.ts'
import type { GenerationRequest } from '../core/generation-request.ts'
import type { JobInput } from './provider.ts'

/** No upstream takes pictures of more, and a PNG of some kilobytes may claim to have them. */
const MAX_PIXELS = 100_000_000

/**
 * The mask as a PNG of two shades, with this one where the picture is to change.
 *
 * Callers draw it in three ways: transparent where it changes (OpenAI's), black (where the request says so, as
 * Ideogram's do), and white, which is everybody else's.
 *
 * @throws UpstreamError refused, for a file that is no picture.
 */
export async function maskChanging(shade: 'white' | 'black', mask: Pick<JobInput, 'read'>, request: Pick<GenerationRequest, 'vendor'>): Promise<Uint8Array<ArrayBuffer>> {
  const { bytes } = await mask.read()
  try {
    const picture = sharp(bytes, { limitInputPixels: MAX_PIXELS })
    const { changes, grey } = await drawn(picture, request)
    return new Uint8Array(await (changes === shade ? grey : grey.negate()).png().toBuffer())
  } catch (error) {
    throw new UpstreamError('refused', 'The mask cannot be read as a picture', { code: 'unsupported_media', param: 'inputs', cause: error })
  }
}

/** A material's bytes for an upstream that takes white for what is to change; all but a mask is as it came. */
export async function readWithWhiteMask(input: JobInput, request: Pick<GenerationRequest, 'vendor'>): Promise<{ bytes: Uint8Array; mediaType: string }> {
  return input.role === 'mask' ? { bytes: await maskChanging('white', input, request), mediaType: 'image/png' } : input.read()
}

async function drawn(picture: Sharp, { vendor }: Pick<GenerationRequest, 'vendor'>): Promise<{ changes: 'white' | 'black'; grey: Sharp }> {
  if (vendor?.['mask_changes'] === 'black') return { changes: 'black', grey: picture.flatten({ background: '#fff' }).greyscale() }
  const { isOpaque } = await picture.stats()
  // Of the alpha channel, what is transparent is black.
  return isOpaque ? { changes: 'white', grey: picture.removeAlpha().greyscale() } : { changes: 'black', grey: picture.extractChannel('alpha') }
}
