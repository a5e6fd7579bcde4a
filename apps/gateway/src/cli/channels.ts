import pino from 'pino'
import type { Config } from '../config.ts'
import { readChannelsFile } from '../config.ts'
import { ChannelAdmin } from '../admin/channel-admin.ts'
import { GatewayError } from '../core/errors.ts'
import { systemClock } from '../core/clock.ts'
import { createEgress } from '../egress/egress.ts'
import { Channels } from '../engine/channels.ts'
import { deriveKeys } from '../keys.ts'
import { PROVIDERS } from '../providers/index.ts'
import { createSandbox } from '../providers/sandbox.ts'
import { CommandError } from './command-error.ts'
import type { Command } from './commands.ts'
import { withDatabase } from './with-database.ts'

/** Who did it, in the audit. */
const ACTOR = 'cli'

export const channelsList: Command = {
  usage: '',
  summary: 'list channels, with their state and credentials',
  options: {},
  async run({ config }) {
    await withChannels(config(), async (channels) => {
      const all = await channels.list()
      if (all.length === 0) console.log('none; until the first one the sandbox serves every model')
      for (const each of all) {
        const { id, provider, state, serves, in_flight: inFlight, blocked_reason: blocked, credentials } = each as unknown as ListedChannel
        console.log(`${id}  ${provider}  ${[state, `${serves} models`, `${inFlight} in flight`, blocked !== null && `BLOCKED: ${blocked}`].filter(Boolean).join(', ')}`)
        for (const credential of credentials) {
          console.log(`  ${credential.id}  ${credential.label}  ${[`fingerprint ${credential.fingerprint}`, `${credential.open_attempts} open`, credential.blocked_reason !== null && `BLOCKED: ${credential.blocked_reason}`].filter(Boolean).join(', ')}`)
        }
      }
    })
    return 0
  },
}

export const channelsAdd: Command = {
  usage: '--file CHANNELS.yaml',
  summary: 'add the channels of a file in the form of genlock.yaml; the gateway sees them within 2 s',
  options: { file: { type: 'string' } },
  async run({ config, values }) {
    const path = values['file']
    if (typeof path !== 'string') throw new CommandError('say which file: genlock channels add --file channels.yaml')
    const definitions = readChannelsFile(path, process.env)
    if (definitions.length === 0) throw new CommandError(`${path} has no channels`)
    await withChannels(config(), async (channels) => {
      for (const definition of definitions) {
        await channels.create(definition, ACTOR)
        console.log(`added ${definition.id}`)
      }
    })
    return 0
  },
}

export const channelsTest: Command = {
  usage: '<channel id>',
  summary: 'ask its upstream something that costs nothing, with each credential',
  options: {},
  async run({ config, positionals: [id] }) {
    const { ok, results } = (await withChannels(config(), (channels) => channels.test(needId(id), ACTOR))) as unknown as TestedChannel
    for (const { label, outcome, duration_ms: ms, message, error } of results) {
      console.log(`${outcome === 'ok' ? 'ok   ' : outcome === 'failed' ? 'FAIL ' : '-    '} ${label}${ms === undefined ? '' : `  ${ms} ms`}${error === undefined ? '' : `  ${error.kind}: ${error.message}`}${message === undefined ? '' : `  ${message}`}`)
    }
    return ok ? 0 : 1
  },
}

export const channelsEnable = switchCommand('give it new tasks again', (channels, id) => channels.enable(id, ACTOR))
export const channelsDisable = switchCommand('give it nothing new', (channels, id) => channels.disable(id, ACTOR))
export const channelsDrain = switchCommand('give it nothing new, and say how much is in flight', (channels, id) => channels.drain(id, ACTOR))

interface ListedChannel {
  id: string
  provider: string
  state: string
  serves: number
  in_flight: number
  blocked_reason: string | null
  credentials: { id: string; label: string; fingerprint: string; open_attempts: number; blocked_reason: string | null }[]
}

interface TestedChannel {
  ok: boolean
  results: { label: string; outcome: string; duration_ms?: number; message?: string; error?: { kind: string; message: string } }[]
}

function switchCommand(summary: string, work: (channels: ChannelAdmin, id: string) => Promise<Record<string, unknown>>): Command {
  return {
    usage: '<channel id>',
    summary,
    options: {},
    async run({ config, positionals: [id] }) {
      const shown = await withChannels(config(), (channels) => work(channels, needId(id)))
      console.log(`${String(shown['id'])} is ${String(shown['state'])}, with ${String(shown['in_flight'])} tasks in flight`)
      return 0
    },
  }
}

function needId(id: string | undefined): string {
  if (id === undefined) throw new CommandError('say which channel: genlock channels list shows their ids')
  return id
}

/** The same functions as the admin API's, on the live database. */
async function withChannels<T>(config: Config, work: (channels: ChannelAdmin) => Promise<T>): Promise<T> {
  const egress = createEgress({ allowCidrs: config.egressAllowCidrs })
  // Channels are only described here; nothing is ever drawn.
  const providers = { ...PROVIDERS, sandbox: createSandbox({ render: () => Promise.reject(new Error('the command line draws nothing')) }, () => systemClock.nowMs()) }
  const sealingKey = deriveKeys(config.secret).sealing
  try {
    return await withDatabase(config, (pool) => {
      const channels = new Channels({ pool, providers, egress, sealingKey, clock: systemClock, log: pino({ level: 'silent' }), upstreamTimeoutMs: config.upstreamTimeoutMs, builtIn: null })
      return work(new ChannelAdmin({ pool, channels, providers, egress, sealingKey }))
    })
  } catch (error) {
    if (error instanceof GatewayError) throw new CommandError(error.message, { cause: error })
    throw error
  } finally {
    await egress.close()
  }
}
