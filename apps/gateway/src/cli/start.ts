import { createLog, reachable, startGateway } from '../main.ts'
import type { Command } from './commands.ts'

const OLDEST_NODE_MAJOR = 24
const LAST_GASP_MS = 500

export const start: Command = {
  usage: '',
  summary: 'serve requests and work on tasks',
  options: {},
  async run({ config }) {
    if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE_MAJOR) {
      console.error(`genlock: Node ${OLDEST_NODE_MAJOR} or later is needed, and this is ${process.version}. npm brings it along on Linux and Windows: start with "npm start". Elsewhere install Node ${OLDEST_NODE_MAJOR}.`)
      return 1
    }
    const settings = config()
    const log = createLog(settings)
    const { url, adminUrl, firstKey, usesSandbox, close } = await startGateway(settings, { log })
    const ended = new Promise<number>((resolve) => {
      let stopping = false
      for (const signal of ['SIGINT', 'SIGTERM'] as const) {
        process.on(signal, () => {
          if (stopping) return
          stopping = true
          console.error(`Stopping on ${signal} …`)
          void close().then(() => resolve(0), (error: unknown) => {
            log.error({ err: error }, 'could not stop cleanly')
            resolve(1)
          })
        })
      }
    })
    console.error(welcome(settings.publicUrl ?? reachable(url), { firstKey, sandbox: usesSandbox, adminTokenFile: settings.adminTokenFile, adminUrl: adminUrl && reachable(adminUrl) }))
    const code = await ended
    log.flush()
    // Everything that matters is closed; whatever else still holds the process must not keep it.
    setTimeout(() => process.exit(code), LAST_GASP_MS).unref()
    return code
  },
}

/** On standard error, where people look: standard output carries the log. */
function welcome(url: string, { firstKey, sandbox, adminUrl, adminTokenFile }: { firstKey: string | undefined; sandbox: boolean; adminUrl: string | undefined; adminTokenFile: string | undefined }): string {
  const key = firstKey ?? '$GENLOCK_KEY'
  return [
    '',
    `  Genlock is ready: ${url}`,
    ...(firstKey === undefined
      ? ['  The key was shown at the first start; "npm run genlock -- keys create" makes another.']
      : [`  Your key, shown only now: ${firstKey}`]),
    // Its place, and only once: it need not stand in every log.
    ...(firstKey !== undefined && adminUrl !== undefined && adminTokenFile !== undefined ? [`  The admin API is at ${adminUrl}/admin; its token lies in ${adminTokenFile}`] : []),
    ...(sandbox ? ['  No channel is configured: the sandbox draws every model\'s results, marked SANDBOX.'] : []),
    '',
    '  Make a video and save it:',
    '',
    `  curl -s ${url}/v1/videos -H "Authorization: Bearer ${key}" -H "Content-Type: application/json" -d '{"model":"seedance-2.0-pro","input":{"prompt":"A cinematic product reveal","duration_seconds":5,"resolution":"720p"}}' | sed 's/.*"id":"\\([^"]*\\)".*/\\1/' | xargs -I{} sh -c 'curl -s ${url}/v1/videos/{}/wait -H "Authorization: Bearer ${key}" > /dev/null; curl -s ${url}/v1/videos/{}/content -H "Authorization: Bearer ${key}" -o video.mp4 && ls -l video.mp4'`,
    '',
  ].join('\n')
}
