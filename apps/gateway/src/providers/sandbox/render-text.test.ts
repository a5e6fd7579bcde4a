import sharp from 'sharp'
import { expect, test } from 'vitest'
import { renderText } from './render-text.ts'
import type { TextSpec } from './render-spec.ts'

async function linesOf(spec: Pick<TextSpec, 'source'> & Partial<TextSpec>): Promise<string[]> {
  const { bytes, mediaType } = await renderText({ kind: 'text', seed: 1, ...spec })
  expect(mediaType).toBe('text/plain')
  return Buffer.from(bytes).toString('utf8').split('\n')
}

test('a picture is described in four ways, by its shape and its colours', async () => {
  const source = await sharp({ create: { width: 300, height: 100, channels: 3, background: '#0000c0' } }).png().toBuffer()
  const lines = await linesOf({ source })
  expect(lines).toHaveLength(4)
  expect(lines.join()).toContain('wide')
  expect(lines.every((line) => line.includes('blue'))).toBe(true)
  expect(await linesOf({ source, seed: 2 })).not.toEqual(lines)
})

test('what is no picture is refused', async () => {
  await expect(linesOf({ source: Buffer.from('hello') })).rejects.toMatchObject({ fault: 'refused' })
})
