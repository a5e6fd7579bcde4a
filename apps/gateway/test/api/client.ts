import sharp from 'sharp'
import type { TestGateway } from '../support/gateway.ts'

/** Small conveniences of the tests in this folder; nothing here knows how the gateway works. */

export interface Answer<Body = Record<string, unknown>> {
  status: number
  headers: Headers
  body: Body
  text: string
}

export interface TaskAnswer {
  id: string
  status: string
  progress: number
  estimated_cost_cents: number
  cost_cents?: number
  error?: { code: string; message: string }
  refunded?: boolean
  input: Record<string, unknown> & { images?: { url: string }[] }
  output?: { url: string; video_url: string; content_type: string; bytes: number; sha256: string; width: number; height: number; duration_seconds: number; expires_at: number; images?: { url: string }[] }
  links: Record<string, string>
}

type Init = RequestInit & { key?: string }

export async function call<Body = Record<string, unknown>>(genlock: TestGateway, path: string, init: Init = {}): Promise<Answer<Body>> {
  return read(await genlock.call(path, init))
}

export function post<Body = Record<string, unknown>>(genlock: TestGateway, path: string, body: unknown, init: Init = {}): Promise<Answer<Body>> {
  return call(genlock, path, { method: 'POST', body: JSON.stringify(body), ...init })
}

export async function read<Body = Record<string, unknown>>(response: Response): Promise<Answer<Body>> {
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, body: (text.startsWith('{') ? JSON.parse(text) : {}) as Body }
}

/** The cheapest video there is, in the native wire. */
export const VIDEO = { model: 'seedance-2.0-pro', input: { prompt: 'A paper boat', duration_seconds: 4, resolution: '480p' } }

export function video(input: Record<string, unknown> = {}, rest: Record<string, unknown> = {}): Record<string, unknown> {
  return { ...VIDEO, ...rest, input: { ...VIDEO.input, ...input } }
}

export async function createVideo(genlock: TestGateway, input: Record<string, unknown> = {}, init: Init = {}): Promise<TaskAnswer> {
  const { status, body, text } = await post<TaskAnswer>(genlock, '/v1/videos', video(input), init)
  if (status !== 202) throw new Error(`not created: ${status} ${text}`)
  return body
}

export async function finishedVideo(genlock: TestGateway, input: Record<string, unknown> = {}): Promise<TaskAnswer> {
  const { id } = await createVideo(genlock, input)
  const { body } = await call<TaskAnswer>(genlock, `/v1/videos/${id}/wait?timeout=50`)
  if (body.status !== 'succeeded') throw new Error(`not finished: ${JSON.stringify(body)}`)
  return body
}

export function picture({ width = 640, height = 360 } = {}): Promise<Buffer> {
  return sharp({ create: { width, height, channels: 3, background: '#2a6f97' } }).png().toBuffer()
}

export function form(parts: Record<string, string | { bytes: Uint8Array; name: string; type?: string }>): FormData {
  const data = new FormData()
  for (const [name, value] of Object.entries(parts)) {
    if (typeof value === 'string') data.append(name, value)
    else data.append(name, new Blob([new Uint8Array(value.bytes)], { type: value.type ?? 'application/octet-stream' }), value.name)
  }
  return data
}

/** What a refused request must leave as it was. */
export async function books(genlock: TestGateway): Promise<Record<string, unknown>> {
  const { rows: [row] } = await genlock.database.pool.query<Record<string, unknown>>(`select
    (select sum(balance_micros) from ledger_account where id like 'customer:%') as balance,
    (select count(*) from task) as tasks, (select count(*) from posting) as postings, (select count(*) from upload) as uploads,
    (select count(*) from idempotency) as idempotency, (select count(*) from pgboss.job where name = 'submit') as jobs`)
  return row!
}

/** The addresses that nobody may make the server call (bar S18), with an allowance for 127.0.0.0/8 or without. */
export const FORBIDDEN_URLS = [
  'http://localhost/x.png', 'http://localhost./x.png', 'http://0/x', 'http://[::1]/x', 'http://[::ffff:169.254.169.254]/x', 'http://[64:ff9b::a9fe:a9fe]/x',
  'http://[2002:a9fe:a9fe::]/x', 'http://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/x', 'http://169.254.169.254/latest/meta-data/', 'http://metadata.google.internal/x',
  'http://100.100.100.200/x', 'http://[fd00::1]/x', 'http://[fe80::1%25eth0]/x', 'http://10.0.0.1/x', 'http://192.168.1.1/x', 'http://172.16.0.1/x',
  'http://user@example.com/x', 'http://user:pass@example.com/x', 'http://a@b', 'http://a\\@b/x', 'http://a#@b/x', 'http://example.com%00.evil.com/x', 'http://example。com/x',
  'http://exa\tmple.com/x', 'http://example.com/\r\nX: y', 'file:///etc/passwd', 'gopher://example.com/x', 'ftp://example.com/x', 'http://example.com:22/x',
  'http://example.com:2375/x', 'http://example.com:6379/x', 'javascript:alert(1)', 'unix:///var/run/docker.sock', '//169.254.169.254/x',
]

/** These mean loopback, which the test gateways' GENLOCK_EGRESS_ALLOW lets through. */
export const LOOPBACK_URLS = ['http://127.0.0.1/x', 'http://0x7f.1/x', 'http://2130706433/x', 'http://127.1/x', 'http://017700000001/x', 'http://[::ffff:127.0.0.1]/x']
