import { allModels } from '../catalog/index.ts'
import { PROVIDERS } from '../providers/index.ts'
import { createStorage } from '../storage/create-storage.ts'
import { Readable } from 'node:stream'
import { hadChannels, readChannels } from '../db/channel.ts'
import type { Command } from './commands.ts'
import { withDatabase } from './with-database.ts'

export const doctor: Command = {
  usage: '',
  summary: 'look whether everything that is needed works',
  options: {},
  async run({ config }) {
    let ok = true
    const look = async (what: string, work: () => Promise<string>): Promise<void> => {
      try {
        console.log(`ok    ${what}: ${await work()}`)
      } catch (error) {
        ok = false
        console.log(`FAIL  ${what}: ${(error as Error).message}`)
      }
    }
    const settings = config()
    console.log(`node  ${process.version}`)
    await look('database', () => withDatabase(settings, async (pool) => (await pool.query<{ v: string }>('select version() as v')).rows[0]!.v.split(' on ')[0]!))
    await look(`storage (${settings.storage.kind})`, async () => {
      const storage = await createStorage(settings.storage)
      try {
        const key = 'probes/doctor.txt'
        await storage.put(key, Readable.from([Buffer.from('ok')]), { mediaType: 'text/plain', maxBytes: 16 })
        await storage.delete(key)
        return 'written and deleted'
      } finally {
        await storage.close()
      }
    })
    await look('channels', () => withDatabase(settings, async (pool) => {
      const channels = await readChannels(pool)
      if (channels.length === 0) return (await hadChannels(pool)) ? 'none any more' : 'none yet: the sandbox serves every model'
      return channels.map(({ id, provider, enabled, draining, blockedReason }) => `${id} (${[provider, !enabled && 'disabled', draining && 'draining', blockedReason !== undefined && `BLOCKED: ${blockedReason}`].filter(Boolean).join(', ')})`).join(', ')
    }))
    console.log(`providers: ${[...Object.keys(PROVIDERS), 'sandbox'].join(', ')}`)
    console.log(`models: ${allModels().length}`)
    return ok ? 0 : 1
  },
}
