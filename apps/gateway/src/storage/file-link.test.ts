import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { readFileName, signFileName } from './file-link.ts'

const SECRET = 'a secret of at least thirty-two bytes'
const NOW_MS = Date.UTC(2026, 10, 21)
const LINK = { subject: 'vid_abc-0', extension: 'mp4', expiresAtMs: NOW_MS + 7 * 86_400_000 }

test('a link says its file and its end, in one path segment that ends in the extension', () => {
  const name = signFileName(LINK, SECRET)
  expect(name).toMatch(/^vid_abc-0-[0-9a-z]+-[0-9a-f]{32}\.mp4$/)
  expect(readFileName(name, SECRET, NOW_MS)).toEqual(LINK)
})

test('a link dies at its end, and not before', () => {
  const name = signFileName(LINK, SECRET)
  expect(readFileName(name, SECRET, LINK.expiresAtMs - 1)).toEqual(LINK)
  expect(readFileName(name, SECRET, LINK.expiresAtMs)).toBeUndefined()
})

test('every character of a link counts', () => {
  const name = signFileName(LINK, SECRET)
  for (let at = 0; at < name.length; at += 1) {
    for (const other of ['0', 'a', '-', 'A', '/']) {
      const changed = name.slice(0, at) + other + name.slice(at + 1)
      if (changed !== name) expect(readFileName(changed, SECRET, NOW_MS)).toBeUndefined()
    }
  }
})

test('parts cannot be moved from one place of a link to another', () => {
  const [name, other] = [signFileName(LINK, SECRET), signFileName({ ...LINK, subject: 'vid_abd-0' }, SECRET)]
  expect(readFileName(name.replace('.mp4', '.html'), SECRET, NOW_MS)).toBeUndefined()
  expect(readFileName(name.replace('vid_abc-0', 'vid_abd-0'), SECRET, NOW_MS)).toBeUndefined()
  expect(readFileName(name.slice(0, -36) + other.slice(-36), SECRET, NOW_MS)).toBeUndefined()
  expect(readFileName(name.replace('vid_abc-0-', 'vid_abc-0-0'), SECRET, NOW_MS)).toBeUndefined()
})

test('another secret makes another link', () => {
  expect(readFileName(signFileName(LINK, SECRET), `${SECRET}!`, NOW_MS)).toBeUndefined()
})

test('a short secret is refused', () => {
  expect(() => signFileName(LINK, 'short')).toThrow('32 bytes')
})

test.each(['Vid', '../x', 'a/b', '', 'a b', '-a', 'a'.repeat(81)])('%j is no subject', (subject) => {
  expect(() => signFileName({ ...LINK, subject }, SECRET)).toThrow('No link')
})

test.each(['', '../../etc/passwd', 'a-b-c.mp4', '%2e%2e', 'x\0', `${'-'.repeat(100_000)}.mp4`])('%j is read as no link', (name) => {
  expect(readFileName(name, SECRET, NOW_MS)).toBeUndefined()
})

test('whatever was signed is read as it was', () => {
  const subject = fc.stringMatching(/^[a-z0-9][a-z0-9_-]{0,79}$/)
  const extension = fc.stringMatching(/^[a-z0-9]{1,8}$/)
  const seconds = fc.integer({ min: NOW_MS / 1_000 + 1, max: 4_102_444_800 })
  fc.assert(fc.property(subject, extension, seconds, (subject, extension, expiry) => {
    const link = { subject, extension, expiresAtMs: expiry * 1_000 }
    expect(readFileName(signFileName(link, SECRET), SECRET, NOW_MS)).toEqual(link)
  }))
})
