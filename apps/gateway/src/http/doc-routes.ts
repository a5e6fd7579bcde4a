import { readFile } from 'node:fs/promises'
import type { FastifyInstance } from 'fastify'
import { GatewayError } from '../core/errors.ts'
import { nativeDialect } from './errors.ts'

const FOLDER = new URL('../../../../docs/', import.meta.url)
const PAGE = /^[a-z0-9][a-z0-9-]{0,63}$/

/** The pages of `docs/` to read in a browser: every error links to its paragraph, `/docs/errors#not_found`. */
export function registerDocRoutes(app: FastifyInstance): void {
  app.get<{ Params: { page: string } }>('/docs/:page', { config: { dialect: nativeDialect() } }, async (request, reply) => {
    const { page } = request.params
    const text = PAGE.test(page) ? await readFile(new URL(`${page}.md`, FOLDER), 'utf8').catch(() => undefined) : undefined
    if (text === undefined) throw new GatewayError('not_found', 'there is no such page')
    return reply
      .header('content-type', 'text/html; charset=utf-8')
      .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
      .header('cache-control', 'public, max-age=300')
      .send(asHtml(page, text))
  })
}

/** Markdown as it stands, which reads well; only its headings are made such, so that links can lead to them. */
function asHtml(page: string, markdown: string): string {
  const body = escapeHtml(markdown).replaceAll(/^(#{1,4}) +(.+)$/gm, (_, marks: string, title: string) => {
    const words = title.replaceAll('`', '')
    return `<h${marks.length} id="${words.toLowerCase().replaceAll(/[^\p{L}\p{N}_]+/gu, '-').replaceAll(/^-|-$/g, '')}">${words}</h${marks.length}>`
  })
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Genlock: ${page}</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:48em;margin:2em auto;padding:0 1em;white-space:pre-wrap}h1,h2,h3,h4{margin:0}:target{background:#ff8}</style>
<body>${body}</body></html>`
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
