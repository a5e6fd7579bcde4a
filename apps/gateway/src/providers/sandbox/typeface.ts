import { randomUUID } from 'node:crypto'
import { readFile, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inflateSync } from 'node:zlib'

/**
 * Puts a font that has a glyph for nearly every script (UnifontEX, OFL-1.1, from npm) into `folder` and returns its path.
 *
 * The system's own fonts come first; this one fills what they lack, so that a Chinese prompt is legible on a server without
 * Chinese fonts, and anything at all on one without fonts. The package holds it as WOFF, which the Pango inside sharp does not
 * open (tried with sharp 0.35.5: boxes), so it is unwrapped once per folder, in about 0.1 s.
 */
export async function installTypeface(folder: string): Promise<string> {
  const path = join(folder, 'unifontex.ttf')
  const installed = await stat(path).catch(() => undefined)
  if (installed !== undefined) return path
  const woff = await readFile(fileURLToPath(import.meta.resolve('@fontsource/unifontex/files/unifontex-latin-400-normal.woff')))
  // Written aside and renamed, since two children may arrive here together.
  const part = `${path}.${randomUUID()}.part`
  await writeFile(part, unwrapWoff(woff))
  await rename(part, path)
  return path
}

const WOFF_HEADER_BYTES = 44
const WOFF_ENTRY_BYTES = 20
const SFNT_HEADER_BYTES = 12
const SFNT_ENTRY_BYTES = 16

/**
 * WOFF 1.0 → the TrueType file inside it: the same tables, each deflated if that made it smaller
 * (https://www.w3.org/TR/WOFF/, sections 3 to 5, read November 2026).
 */
export function unwrapWoff(woff: Buffer): Buffer {
  if (woff.toString('latin1', 0, 4) !== 'wOFF') throw new Error('not a WOFF file')
  const tableCount = woff.readUInt16BE(12)
  const head = Buffer.alloc(SFNT_HEADER_BYTES + SFNT_ENTRY_BYTES * tableCount)
  const searchSteps = Math.floor(Math.log2(tableCount))
  woff.copy(head, 0, 4, 8)
  head.writeUInt16BE(tableCount, 4)
  head.writeUInt16BE(16 << searchSteps, 6)
  head.writeUInt16BE(searchSteps, 8)
  head.writeUInt16BE(tableCount * 16 - (16 << searchSteps), 10)

  const parts: Buffer[] = [head]
  let offset = head.length
  for (let index = 0; index < tableCount; index++) {
    const from = WOFF_HEADER_BYTES + WOFF_ENTRY_BYTES * index
    const start = woff.readUInt32BE(from + 4)
    const storedLength = woff.readUInt32BE(from + 8)
    const length = woff.readUInt32BE(from + 12)
    const stored = woff.subarray(start, start + storedLength)
    const table = storedLength < length ? inflateSync(stored, { maxOutputLength: length }) : stored
    const padding = (4 - (length % 4)) % 4

    const to = SFNT_HEADER_BYTES + SFNT_ENTRY_BYTES * index
    woff.copy(head, to, from, from + 4)
    woff.copy(head, to + 4, from + 16, from + 20)
    head.writeUInt32BE(offset, to + 8)
    head.writeUInt32BE(length, to + 12)
    parts.push(table, Buffer.alloc(padding))
    offset += length + padding
  }
  return Buffer.concat(parts)
}
