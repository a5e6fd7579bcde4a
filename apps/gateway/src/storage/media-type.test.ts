import { expect, test } from 'vitest'
import { EXTENSIONS, extensionOfMediaType, isMediaType, mediaTypeOfExtension, sniffMediaType, type MediaType } from './media-type.ts'

const latin1 = (text: string) => Buffer.from(text, 'latin1')
const ftyp = (major: string, ...compatible: string[]) =>
  latin1(`\0\0\0${String.fromCharCode(16 + 4 * compatible.length)}ftyp${major}\0\0\x02\0${compatible.join('')}moov`)

test.each<[string, Buffer, MediaType]>([
  ['JPEG', latin1('\xff\xd8\xff\xe0\0\x10JFIF'), 'image/jpeg'],
  ['PNG', latin1('\x89PNG\r\n\x1a\n\0\0\0\rIHDR'), 'image/png'],
  ['GIF', latin1('GIF89a'), 'image/gif'],
  ['WebP', latin1('RIFF\x24\0\0\0WEBPVP8 '), 'image/webp'],
  ['MP4', ftyp('isom', 'isom', 'avc1'), 'video/mp4'],
  ['MP4 of an unknown brand that is also isom', ftyp('abcd', 'isom'), 'video/mp4'],
  ['QuickTime', ftyp('qt  ', 'qt  '), 'video/quicktime'],
  ['M4A', ftyp('M4A ', 'isom'), 'audio/mp4'],
  ['WebM', latin1('\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm'), 'video/webm'],
  ['WAV', latin1('RIFF\x24\0\0\0WAVEfmt '), 'audio/wav'],
  ['MP3 with tags', latin1('ID3\x04\0\0\0\0\0\0'), 'audio/mpeg'],
  ['MP3 without', latin1('\xff\xfb\x90\x64\0\0\0\0'), 'audio/mpeg'],
  ['AAC', latin1('\xff\xf1\x50\x80\x02\x1f\xfc'), 'audio/aac'],
  ['Ogg', latin1('OggS\0\x02'), 'audio/ogg'],
  ['FLAC', latin1('fLaC\0'), 'audio/flac'],
  ['a JPEG with a page behind its header', latin1('\xff\xd8\xff\xfe\0\x40<html><script>1</script>'), 'image/jpeg'],
])('%s is known by its content', (_name, bytes, mediaType) => {
  expect(sniffMediaType(bytes)).toBe(mediaType)
})

test.each([
  ['HTML', latin1('<!doctype html>')],
  ['SVG', latin1('<svg xmlns="http://www.w3.org/2000/svg">')],
  ['SVG as XML', latin1('<?xml version="1.0"?><svg>')],
  ['HLS', latin1('#EXTM3U\n#EXTINF:5,\nhttp://localhost/')],
  ['a concat list', latin1('ffconcat version 1.0\nfile x')],
  ['DASH', latin1('<?xml version="1.0"?><MPD>')],
  ['HEIC', ftyp('heic', 'mif1', 'isom')],
  ['AVIF', ftyp('avif', 'mif1', 'miaf')],
  ['moving AVIF', ftyp('avis', 'iso8', 'isom')],
  ['MP4 of unknown brands', ftyp('abcd', 'efgh')],
  ['Matroska', latin1('\x1a\x45\xdf\xa3\xa3\x42\x86\x81\x01\x42\x82\x88matroska')],
  ['UTF-16 text', latin1('\xff\xfe<\0h\0t\0m\0l\0')],
  ['PDF', latin1('%PDF-1.7')],
  ['ZIP', latin1('PK\x03\x04')],
  ['a page that ends like a video', latin1('<html>    ftypisom')],
  ['nothing', Buffer.alloc(0)],
  ['one byte', latin1('\xff')],
])('%s is not a medium', (_name, bytes) => {
  expect(sniffMediaType(bytes)).toBeUndefined()
})

test('every media type has one extension, and every extension leads back', () => {
  for (const mediaType of Object.keys(EXTENSIONS)) {
    expect(isMediaType(mediaType)).toBe(true)
    expect(mediaTypeOfExtension(extensionOfMediaType(mediaType as MediaType))).toBe(mediaType)
  }
  expect(mediaTypeOfExtension('jpeg')).toBe('image/jpeg')
  expect(mediaTypeOfExtension('svg')).toBeUndefined()
  expect(isMediaType('text/html')).toBe(false)
  expect(isMediaType('constructor')).toBe(false)
})
