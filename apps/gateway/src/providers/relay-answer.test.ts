import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { UpstreamError } from '../core/errors.ts'
import type { UpstreamHttp, UpstreamTarget } from './provider.ts'
import { openLink } from './relay-answer.ts'

const link = { kind: 'provider', reference: { url: 'https://cdn.example.com/a.mp4' }, role: 'output' } as const

function downloads(answer: () => Promise<Readable>): { http: UpstreamHttp; asked: UpstreamTarget[] } {
  const asked: UpstreamTarget[] = []
  return { asked, http: { call: () => Promise.reject(new Error('nothing is called')), download: (target) => (asked.push(target), answer()) } }
}

test("a link on the upstream's own origin is opened with the key", async () => {
  const stream = Readable.from(['film'])
  expect(await openLink(link, downloads(() => Promise.resolve(stream)).http)).toBe(stream)
})

test("anybody else's link never sees the key, and is given on to be fetched without", async () => {
  const { http } = downloads(() => Promise.reject(new UpstreamError('garbled', 'The upstream named an address that is not its own')))
  expect(await openLink(link, http)).toEqual({ url: link.reference.url })
})

test('a file that its own upstream does not give is no reason to go there without the key', async () => {
  const { http } = downloads(() => Promise.reject(new UpstreamError('refused', 'gone', { httpStatus: 404 })))
  await expect(openLink(link, http)).rejects.toMatchObject({ httpStatus: 404 })
})

test('a result without a link is asked for by its path', async () => {
  const { http, asked } = downloads(() => Promise.resolve(Readable.from(['film'])))
  await openLink({ kind: 'provider', reference: { path: '/videos/a/content' }, role: 'output' }, http)
  expect(asked).toEqual([{ path: '/videos/a/content' }])
})
