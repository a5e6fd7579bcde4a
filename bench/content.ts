import { randomFillSync } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { createDiskStorage } from '../apps/gateway/src/storage/disk.ts'
import type { DownloadsAsked, DownloadsTold } from './load/downloads.ts'
import type { Bench } from './support/bench.ts'
import { EVERY_PROGRAM, Helper, startProgram, stopProcess, type RunningProgram } from './support/processes.ts'
import { FIRST_KEY, freePort, onStage } from './support/stage.ts'
import { compare, showRatio, showWhole, withRange } from './support/statistics.ts'
import { createTasks, moveTo } from './support/tasks.ts'

const MEBIBYTE = 2 ** 20
const FILE_BYTES = 50 * MEBIBYTE
const PARALLEL = 8
const GOAL = 0.7
const START_TIMEOUT_MS = 10_000
const DOWNLOADS_TIMEOUT_MS = 60_000

export const content: Bench = {
  name: 'content',
  about: `Downloads: \`GET /v1/videos/{id}/content\` of a file of 50 MB, ${PARALLEL} at a time on kept-alive connections, with the key checked, against nginx with sendfile serving the same file from the same disk (one process, no access log). The file is in the page cache.`,
  needs: ['nginx'],
  run: ({ quick, say }) => onStage(async (stage) => {
    const gateway = await stage.startGateway({ environment: { GENLOCK_ROLE: 'api' } })
    const files = join(stage.dataFolder, 'files')
    const storage = await createDiskStorage({ folder: files })
    const ids = await createTasks(gateway.url, 1)
    const storageKey = `outputs/${ids[0]!}/0.mp4`
    const stored = await storage.put(storageKey, Readable.from([randomFillSync(Buffer.alloc(FILE_BYTES))]), { mediaType: 'video/mp4', maxBytes: FILE_BYTES })
    await storage.close()
    await moveTo(stage.pool, ids, 'succeeded', () => ({ storageKey, mediaType: 'video/mp4', ...stored }))

    const nginx = await startNginx(join(stage.dataFolder, 'nginx'), files)
    const clients = new Helper<DownloadsAsked, DownloadsTold>('downloads', {})
    try {
      const ours = `${gateway.url}/v1/videos/${ids[0]!}/content`
      const beside = `${nginx.url}/${storageKey}`
      const downloads = quick ? 40 : 120
      await download(clients, ours, PARALLEL)
      await download(clients, beside, PARALLEL)
      const compared = await compare(quick ? 2 : 5, { ours: () => download(clients, ours, downloads), beside: () => download(clients, beside, downloads) })
      say(`${compared.ours.map(showWhole).join(' ')} against ${compared.beside.map(showWhole).join(' ')} MB/s`)
      const ratio = withRange(compared.ratios, showRatio)
      return [{
        measure: `content, 50 MB, ${PARALLEL} at a time`,
        genlock: `${withRange(compared.ours, showWhole)} MB/s`,
        beside: `${withRange(compared.beside, showWhole)} MB/s (nginx)`,
        result: ratio,
        goal: `≥ ${GOAL}`,
        met: Number(ratio.split(' ')[0]) >= GOAL,
      }]
    } finally {
      await clients.stop()
      await stopProcess(nginx.program.child)
    }
  }),
}

/** `count` whole downloads: MB/s over all of them. @throws Error when one was no whole 200. */
async function download(clients: Helper<DownloadsAsked, DownloadsTold>, url: string, count: number): Promise<number> {
  const told = clients.next((each) => each, DOWNLOADS_TIMEOUT_MS)
  clients.tell({ url, key: FIRST_KEY, count, parallel: PARALLEL, bytes: FILE_BYTES })
  const result = await told
  if ('failed' in result) throw new Error(`a download from ${url} failed: ${result.failed}`)
  return count * FILE_BYTES / MEBIBYTE / result.seconds
}

interface Nginx {
  url: string
  program: RunningProgram
}

/** One process, as the gateway is one; everything that it writes is in `folder`. */
async function startNginx(folder: string, root: string): Promise<Nginx> {
  await mkdir(folder)
  const port = await freePort()
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `  ${name}_temp_path ${folder}/${name};`)
  await writeFile(join(folder, 'nginx.conf'), `
daemon off;
master_process off;
pid ${folder}/nginx.pid;
events { worker_connections 256; }
http {
${temporary.join('\n')}
  access_log off;
  sendfile on;
  tcp_nopush on;
  types { video/mp4 mp4; }
  server {
    listen 127.0.0.1:${port};
    root ${root};
  }
}
`)
  const program = startProgram('sh', ['-c', EVERY_PROGRAM, 'nginx', '-e', 'stderr', '-p', folder, '-c', join(folder, 'nginx.conf')])
  const url = `http://127.0.0.1:${port}`
  const endMs = Date.now() + START_TIMEOUT_MS
  while (!(await fetch(url).then(() => true, () => false))) {
    if (program.child.exitCode !== null || Date.now() > endMs) throw new Error(`nginx does not answer: ${program.lastWords()}`)
    await sleep(50)
  }
  return { url, program }
}
