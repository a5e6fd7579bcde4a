import sharp from 'sharp'

/** A plain PNG of a size that every model with first frames takes. */
export function picture(): Promise<Buffer> {
  return sharp({ create: { width: 1280, height: 720, channels: 3, background: '#2a6f97' } }).png().toBuffer()
}

/** The first box of an ISO media file says `ftyp`, after its length. */
export function isMp4(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(4, 8)).toString('latin1') === 'ftyp'
}
