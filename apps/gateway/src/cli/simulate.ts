import { stringify } from 'yaml'
import { SIMULATORS } from '../../simulators/index.ts'
import type { Simulator } from '../../simulators/simulator.ts'
import { CommandError } from './command-error.ts'
import type { Command } from './commands.ts'

export const simulate: Command = {
  usage: '<provider> [--port N]',
  summary: `play an upstream on this machine: ${Object.keys(SIMULATORS).join(', ')}`,
  options: { port: { type: 'string' } },
  async run({ values, positionals: [provider] }) {
    const create = provider === undefined ? undefined : SIMULATORS[provider]
    if (!create) throw new CommandError(`say which upstream to play: ${Object.keys(SIMULATORS).join(', ')}`)
    const port = values['port'] === undefined ? 0 : Number(values['port'])
    if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new CommandError('--port must be a number from 0 to 65535')
    const simulator = await create({ port })
    console.log(howToUse(simulator))
    await new Promise<void>((resolve) => {
      process.once('SIGINT', resolve)
      process.once('SIGTERM', resolve)
    })
    await simulator.close()
    return 0
  },
}

/** A channel to copy, and what can be made to go wrong. */
function howToUse({ provider, baseUrl, credential, settings, sentinels }: Simulator): string {
  const channel = { id: `simulated-${provider}`, provider, base_url: baseUrl, credential, ...(settings && { settings }) }
  return `${provider} plays at ${baseUrl}

As a channel, for a gateway that is started with GENLOCK_EGRESS_ALLOW=127.0.0.0/8. Write it to a file that GENLOCK_CONFIG
names, or give the file to a gateway that runs, with "npm run genlock -- channels add --file channels.yaml":

${stringify({ channels: [channel] })}
Words in a prompt ask for an ending: ${Object.values(sentinels).join(' ')}
It falls ill with: curl -X POST ${new URL(baseUrl).origin}/_simulator/brownout -H 'content-type: application/json' -d '{"serverErrors":0.3,"timeouts":0.2}'
and is well again with: curl -X POST ${new URL(baseUrl).origin}/_simulator/brownout -H 'content-type: application/json' -d '{}'`
}
