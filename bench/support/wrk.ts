import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runProgram } from './processes.ts'

export interface WrkRequest {
  method: 'GET' | 'POST'
  path: string
  headers: Record<string, string>
  body?: string
}

export interface WrkResult {
  /** Answers, all of them successes. */
  count: number
  perSecond: number
  p50Ms: number
  p99Ms: number
}

const OVERTIME_MS = 20_000

/** Sends the requests in turn over kept-alive connections. @throws Error when an answer was no success. */
export async function wrk(url: string, requests: readonly WrkRequest[], { connections, seconds, folder }: { connections: number; seconds: number; folder: string }): Promise<WrkResult> {
  const script = join(folder, 'wrk.lua')
  await writeFile(script, luaOf(requests))
  const said = await runProgram('wrk', ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '10s', '-s', script, url], { timeoutMs: seconds * 1000 + OVERTIME_MS })
  const line = said.split('\n').find((text) => text.startsWith('RESULT '))
  if (line === undefined) throw new Error(`wrk said: ${said}`)
  const [count, microseconds, errors, p50, p99] = line.split(' ').slice(1).map(Number) as [number, number, number, number, number]
  if (errors > 0) throw new Error(`${errors} of ${count} answers were no success: ${said}`)
  return { count, perSecond: count / (microseconds / 1e6), p50Ms: p50 / 1000, p99Ms: p99 / 1000 }
}

/** Requests are put together once: wrk's own time must not count. */
function luaOf(requests: readonly WrkRequest[]): string {
  const formatted = requests.map(({ method, path, headers, body }) => {
    const table = Object.entries(headers).map(([name, value]) => `[${luaText(name)}] = ${luaText(value)}`).join(', ')
    return `    wrk.format(${luaText(method)}, ${luaText(path)}, { ${table} }, ${body === undefined ? 'nil' : luaText(body)}),`
  })
  return `
local requests, turn = {}, 0
init = function()
  requests = {
${formatted.join('\n')}
  }
end
request = function()
  turn = turn % #requests + 1
  return requests[turn]
end
done = function(summary, latency)
  local errors = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.status + summary.errors.timeout
  io.write(string.format("RESULT %d %d %d %d %d\\n", summary.requests, summary.duration, errors, latency:percentile(50), latency:percentile(99)))
end
`
}

function luaText(text: string): string {
  return `"${text.replace(/["\\]/g, (character) => `\\${character}`).replaceAll('\n', '\\n')}"`
}
