/**
 * Sets the times of creation and modification in an MP4 to zero ("unknown"), in place: they are the only bytes that would make
 * two renders of one spec differ. ISO/IEC 14496-12: mvhd, tkhd and mdhd are full boxes that begin with both times, as 32 bits
 * each in version 0 and 64 bits in version 1.
 */
export function clearDates(bytes: Uint8Array): void {
  clearWithin(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
}

const CONTAINERS = new Set(['moov', 'trak', 'mdia'])
const DATED = new Set(['mvhd', 'tkhd', 'mdhd'])
const BOX_HEADER_BYTES = 8

function clearWithin(boxes: Buffer): void {
  for (const { type, content } of iterateBoxes(boxes)) {
    if (CONTAINERS.has(type)) clearWithin(content)
    if (DATED.has(type)) content.fill(0, 4, content[0] === 1 ? 20 : 12)
  }
}

/** The boxes side by side in `bytes`. Stops at what is not a box with a 32-bit size; only the last, `mdat`, may be larger. */
export function* iterateBoxes(bytes: Buffer): Generator<{ type: string; content: Buffer }> {
  let offset = 0
  while (offset + BOX_HEADER_BYTES <= bytes.length) {
    const size = bytes.readUInt32BE(offset)
    const type = bytes.toString('latin1', offset + 4, offset + 8)
    yield { type, content: bytes.subarray(offset + BOX_HEADER_BYTES, size >= BOX_HEADER_BYTES ? offset + size : undefined) }
    if (size < BOX_HEADER_BYTES) return
    offset += size
  }
}
