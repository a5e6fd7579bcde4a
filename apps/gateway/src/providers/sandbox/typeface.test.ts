import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { installTypeface, unwrapWoff } from './typeface.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'genlock-typeface-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true })
})

test('the font is installed once, whole, by however many ask for it', async () => {
  const paths = await Promise.all([installTypeface(folder), installTypeface(folder)])
  expect(new Set(paths)).toEqual(new Set([join(folder, 'unifontex.ttf')]))
  expect(await readdir(folder)).toEqual(['unifontex.ttf'])
  const font = await readFile(paths[0])
  expect(font.readUInt32BE(0)).toBe(0x00010000)
})

test('with it, Chinese is drawn as strokes instead of boxes of code points', async () => {
  const fontfile = await installTypeface(folder)
  // One stroke against thirty-six: boxes with four digits would be nearly alike.
  const [one, many] = [await countInk('一', fontfile), await countInk('齉', fontfile)]
  expect(one).toBeGreaterThan(0)
  expect(many / one).toBeGreaterThan(3)
})

test('what is not a WOFF is refused', () => {
  expect(() => unwrapWoff(Buffer.from('wOF2 and so on'))).toThrow('not a WOFF')
})

async function countInk(text: string, fontfile: string): Promise<number> {
  const { data } = await sharp({ text: { text, fontfile, font: 'UnifontExMono 32', dpi: 72 } }).raw().toBuffer({ resolveWithObject: true })
  return data.reduce((sum, value) => sum + (value > 127 ? 1 : 0), 0)
}
