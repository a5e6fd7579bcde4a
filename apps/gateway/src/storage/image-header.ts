import { MediaError } from './media-error.ts'

export interface ImageHeader {
  /** As stored: an EXIF orientation that turns the picture is not applied. */
  widthPixels: number
  heightPixels: number
  /** 1 for a still. */
  frames: number
}

export type ImageMediaType = 'image/jpeg' | 'image/png' | 'image/gif' | 'image/webp'

/** As many as the sandbox, the upstreams and the browsers decode without trouble; a 65k × 65k PNG has 4,290 million. */
const MAX_PIXELS = 100_000_000
const MAX_FRAMES = 300
/** EXIF, ICC, XMP, text. The largest honest ones (CMYK profiles, edit histories) stay under a few MB. */
const MAX_METADATA_BYTES = 16 * 1024 * 1024
/** PNG writers cut at 8 KB and more: enough for 800 MB, and no time for a file of empty chunks. */
const MAX_CHUNKS = 100_000

/**
 * Reads a whole image file without decoding a pixel: its size, its frames, and whether its end is there.
 * Throws `MediaError`. Costs one walk over the file's blocks, a few ms for the largest.
 */
export function readImageHeader(file: Buffer, mediaType: ImageMediaType): ImageHeader {
  const header = readBlocks(file, mediaType)
  const { widthPixels, heightPixels, frames } = header
  if (widthPixels < 1 || heightPixels < 1 || frames < 1) throw new MediaError('implausible', 'The image has no pixels.')
  if (widthPixels * heightPixels > MAX_PIXELS) {
    throw new MediaError('too_large', `The image has ${widthPixels} × ${heightPixels} pixels; ${MAX_PIXELS / 1e6} million are allowed.`)
  }
  if (frames > MAX_FRAMES) throw new MediaError('too_large', `The image has more than ${MAX_FRAMES} frames.`)
  return header
}

function readBlocks(file: Buffer, mediaType: ImageMediaType): ImageHeader {
  try {
    switch (mediaType) {
      case 'image/jpeg':
        return readJpeg(file)
      case 'image/png':
        return readPng(file)
      case 'image/gif':
        return readGif(file)
      case 'image/webp':
        return readWebp(file)
    }
  } catch (error) {
    // Every reader below asks for bytes until it has met the end of the image; Buffer throws when there are none.
    if (error instanceof RangeError) throw new MediaError('truncated', 'The end of the image is missing.', error)
    throw error
  }
}

const EOI = Buffer.from([0xff, 0xd9])

/** ITU-T T.81 annex B: segments up to the first scan; then only entropy-coded data, of which we look for the end. */
function readJpeg(file: Buffer): ImageHeader {
  let size: ImageHeader | undefined
  for (let at = 2, metadataBytes = 0; ;) {
    if (file.readUInt8(at) !== 0xff) throw new MediaError('not_media', 'The JPEG is not made of segments.')
    const marker = file.readUInt8(at + 1)
    if (marker === 0xff || marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7)) {
      // Fill bytes and markers without a length.
      at += marker === 0xff ? 1 : 2
      continue
    }
    const segmentBytes = file.readUInt16BE(at + 2)
    const isFrameHeader = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc
    if (isFrameHeader) {
      size = { heightPixels: file.readUInt16BE(at + 5), widthPixels: file.readUInt16BE(at + 7), frames: 1 }
    } else if (marker === 0xda) {
      if (size === undefined) throw new MediaError('not_media', 'The JPEG has a scan before its size.')
      if (file.lastIndexOf(EOI) < at) throw new MediaError('truncated', 'The end of the image is missing.')
      return size
    } else {
      metadataBytes += segmentBytes
    }
    if (segmentBytes < 2 || marker === 0xd9) throw new MediaError('not_media', 'The JPEG holds no image.')
    assertMetadata(metadataBytes)
    at += 2 + segmentBytes
  }
}

/** W3C PNG, third edition, 5.3: length, type, data, CRC; IHDR first, IEND last. acTL tells the frames of an animation. */
function readPng(file: Buffer): ImageHeader {
  const IHDR = 8
  if (file.readUInt32BE(IHDR) !== 13 || file.toString('latin1', IHDR + 4, IHDR + 8) !== 'IHDR') {
    throw new MediaError('not_media', 'The PNG does not begin with its header.')
  }
  const size = { widthPixels: file.readUInt32BE(IHDR + 8), heightPixels: file.readUInt32BE(IHDR + 12), frames: 1 }
  let hasPixels = false
  for (let at = IHDR, chunks = 0, metadataBytes = 0; chunks < MAX_CHUNKS; chunks += 1) {
    const dataBytes = file.readUInt32BE(at)
    const type = file.toString('latin1', at + 4, at + 8)
    // Asked for so that a chunk which is cut short is noticed, IEND too.
    file.readUInt32BE(at + 8 + dataBytes)
    if (type === 'IEND') {
      if (!hasPixels) throw new MediaError('not_media', 'The PNG holds no image.')
      return size
    }
    if (type === 'acTL') size.frames = file.readUInt32BE(at + 8)
    if (type === 'IDAT') hasPixels = true
    else if (type !== 'fdAT') metadataBytes += dataBytes
    assertMetadata(metadataBytes)
    at += 12 + dataBytes
  }
  throw new MediaError('implausible', 'The PNG is cut into too many pieces.')
}

/** GIF89a specification, appendix A. */
function readGif(file: Buffer): ImageHeader {
  const size = { widthPixels: file.readUInt16LE(6), heightPixels: file.readUInt16LE(8), frames: 0 }
  const afterSubBlocks = (start: number) => {
    let at = start
    for (let bytes = file.readUInt8(at); bytes > 0; bytes = file.readUInt8(at)) at += 1 + bytes
    return at + 1
  }

  for (let at = 13 + colourTableBytes(file.readUInt8(10)), metadataBytes = 0; size.frames <= MAX_FRAMES;) {
    const block = file.readUInt8(at)
    if (block === 0x3b) return size
    if (block === 0x2c) {
      size.frames += 1
      at = afterSubBlocks(at + 11 + colourTableBytes(file.readUInt8(at + 9)))
    } else if (block === 0x21) {
      const next = afterSubBlocks(at + 2)
      metadataBytes += next - at
      assertMetadata(metadataBytes)
      at = next
    } else {
      throw new MediaError('not_media', 'The GIF is not made of blocks.')
    }
  }
  return size
}

function colourTableBytes(flags: number): number {
  return (flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 0x07) + 1)
}

/** RFC 9649: one VP8 or VP8L chunk, or VP8X with the canvas and then the chunks of a still or of an animation. */
function readWebp(file: Buffer): ImageHeader {
  const end = 8 + file.readUInt32LE(4)
  if (end > file.length) throw new MediaError('truncated', 'The end of the image is missing.')
  let canvas: ImageHeader | undefined
  let still: ImageHeader | undefined
  let frames = 0
  for (let at = 12, metadataBytes = 0; at + 8 <= end;) {
    const type = file.toString('latin1', at, at + 4)
    const dataBytes = file.readUInt32LE(at + 4)
    const data = at + 8
    if (data + dataBytes > end) throw new MediaError('truncated', 'The end of the image is missing.')
    if (type === 'VP8X') canvas = { widthPixels: file.readUIntLE(data + 4, 3) + 1, heightPixels: file.readUIntLE(data + 7, 3) + 1, frames: 1 }
    else if (type === 'VP8 ') still = readVp8(file, data)
    else if (type === 'VP8L') still = readVp8Lossless(file, data)
    else if (type === 'ANMF') frames += 1
    else if (type !== 'ALPH') metadataBytes += dataBytes
    if (frames > MAX_FRAMES) break
    assertMetadata(metadataBytes)
    at = data + dataBytes + (dataBytes % 2)
  }
  const header = canvas ?? still
  if (header === undefined || (still === undefined && frames === 0)) throw new MediaError('not_media', 'The WebP holds no image.')
  return { ...header, frames: Math.max(frames, 1) }
}

/** RFC 6386 section 9.1: three bytes of frame tag, a start code, two sizes of 14 bits. */
function readVp8(file: Buffer, at: number): ImageHeader {
  if (file.readUIntBE(at + 3, 3) !== 0x9d012a) throw new MediaError('not_media', 'The WebP holds no key frame.')
  return { widthPixels: file.readUInt16LE(at + 6) & 0x3fff, heightPixels: file.readUInt16LE(at + 8) & 0x3fff, frames: 1 }
}

/** RFC 9649 section 3.4: a signature byte, two sizes less one of 14 bits. */
function readVp8Lossless(file: Buffer, at: number): ImageHeader {
  if (file.readUInt8(at) !== 0x2f) throw new MediaError('not_media', 'The WebP holds no lossless image.')
  const bits = file.readUInt32LE(at + 1)
  return { widthPixels: (bits & 0x3fff) + 1, heightPixels: ((bits >>> 14) & 0x3fff) + 1, frames: 1 }
}

function assertMetadata(bytes: number): void {
  if (bytes > MAX_METADATA_BYTES) throw new MediaError('too_large', 'The image carries too much besides the picture.')
}
