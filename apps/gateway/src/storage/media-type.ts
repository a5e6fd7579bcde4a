/**
 * The media we store and serve, and the extension each is named by. Nothing else is a medium: HTML, SVG and playlists
 * (HLS, DASH, concat lists) run code or fetch other addresses when opened; HEIC, AVIF and Matroska are not read here.
 * Plain text is never found by sniffing, so nobody can upload it: it is only written, as the result of a task for words.
 */
export const EXTENSIONS = {
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/webp': 'webp',
  'image/gif': 'gif',
  'video/mp4': 'mp4',
  'video/quicktime': 'mov',
  'video/webm': 'webm',
  'audio/mpeg': 'mp3',
  'audio/wav': 'wav',
  'audio/mp4': 'm4a',
  'audio/aac': 'aac',
  'audio/ogg': 'ogg',
  'audio/flac': 'flac',
  'text/plain': 'txt',
} as const

export type MediaType = keyof typeof EXTENSIONS
export type MediaKind = 'image' | 'video' | 'audio' | 'text'

/** `sniffMediaType` never needs more of a file than this. */
export const SNIFF_BYTES = 4096

export function isMediaType(text: string): text is MediaType {
  return Object.hasOwn(EXTENSIONS, text)
}

export function mediaKind(mediaType: MediaType): MediaKind {
  return mediaType.slice(0, mediaType.indexOf('/')) as MediaKind
}

export function extensionOfMediaType(mediaType: MediaType): string {
  return EXTENSIONS[mediaType]
}

export function mediaTypeOfExtension(extension: string): MediaType | undefined {
  const wanted = extension === 'jpeg' ? 'jpg' : extension
  return (Object.keys(EXTENSIONS) as MediaType[]).find((mediaType) => EXTENSIONS[mediaType] === wanted)
}

/**
 * What a file is by its first bytes (up to `SNIFF_BYTES`); `undefined` for all that is not in the table above.
 * Names and content types that came with a file are not asked.
 */
export function sniffMediaType(firstBytes: Uint8Array): MediaType | undefined {
  const head = Buffer.from(firstBytes.buffer, firstBytes.byteOffset, Math.min(firstBytes.byteLength, SNIFF_BYTES))
  const text = (start: number, end: number) => head.toString('latin1', start, end)

  if (text(0, 3) === '\xff\xd8\xff') return 'image/jpeg'
  if (text(0, 8) === '\x89PNG\r\n\x1a\n') return 'image/png'
  if (text(0, 6) === 'GIF87a' || text(0, 6) === 'GIF89a') return 'image/gif'
  if (text(0, 4) === 'RIFF' && text(8, 12) === 'WEBP') return 'image/webp'
  if (text(0, 4) === 'RIFF' && text(8, 12) === 'WAVE') return 'audio/wav'
  if (text(4, 8) === 'ftyp') return sniffIsoMedia(head)
  if (text(0, 4) === '\x1a\x45\xdf\xa3') return sniffDocType(head)
  if (text(0, 4) === 'OggS') return 'audio/ogg'
  if (text(0, 4) === 'fLaC') return 'audio/flac'
  if (text(0, 3) === 'ID3') return 'audio/mpeg'
  return sniffAudioFrame(head)
}

/** Brands of the MP4 registration authority (https://mp4ra.org/registered-types/brands, read 2026-11-21). */
const VIDEO_BRAND = /^(?:iso[m2-9]|mp4[12]|avc1|hvc1|hev1|av01|dash|MSNV|M4V[ HP]|f4v |cmf[cf2])$/
const AUDIO_BRAND = /^(?:M4A |M4B )$/
/** Pictures in the same box format. They also name video brands among the compatible ones. */
const PICTURE_BRAND = /^(?:avif|avis|heic|heix|heim|heis|hevc|hevx|mif1|mif2|msf1|miaf|crx )$/

function sniffIsoMedia(head: Buffer): MediaType | undefined {
  const boxBytes = head.length >= 16 ? head.readUInt32BE(0) : 0
  const major = head.toString('latin1', 8, 12)
  if (major === 'qt  ') return 'video/quicktime'
  if (AUDIO_BRAND.test(major)) return 'audio/mp4'
  if (VIDEO_BRAND.test(major)) return 'video/mp4'
  if (PICTURE_BRAND.test(major)) return undefined
  for (let at = 16; at + 4 <= Math.min(boxBytes, head.length); at += 4) {
    if (VIDEO_BRAND.test(head.toString('latin1', at, at + 4))) return 'video/mp4'
  }
  return undefined
}

/** EBML is the frame of WebM and of Matroska; element 0x4282 (DocType, RFC 8794 section 11.2.4) tells them apart. */
function sniffDocType(head: Buffer): MediaType | undefined {
  const at = head.subarray(0, 64).indexOf(Buffer.from([0x42, 0x82, 0x84]))
  return at > 0 && head.toString('latin1', at + 3, at + 7) === 'webm' ? 'video/webm' : undefined
}

/**
 * MP3 and AAC have no signature, only frames that begin with eleven or twelve set bits; the fields behind them must make
 * sense (ISO/IEC 11172-3 2.4.2.3, 13818-7 6.2), so that a UTF-16 byte order mark (FF FE) is not taken for one.
 */
function sniffAudioFrame(head: Buffer): MediaType | undefined {
  const [first = 0, second = 0, third = 0] = head
  if (first !== 0xff || head.length < 7) return undefined
  const sampleRate = (third >> 2) & 0b11
  const bitrate = third >> 4
  const isLayer3 = (second & 0b1110_0110) === 0b1110_0010 && (second & 0b0001_1000) !== 0b0000_1000
  if (isLayer3 && bitrate !== 0 && bitrate !== 15 && sampleRate !== 3) return 'audio/mpeg'
  if ((second & 0b1111_0110) === 0b1111_0000 && ((third >> 2) & 0b1111) < 13) return 'audio/aac'
  return undefined
}
