import { SIMULATORS } from '../../simulators/index.ts'
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
    console.log(`${provider} plays at ${simulator.baseUrl}`)
    await new Promise<void>((resolve) => {
      process.once('SIGINT', resolve)
      process.once('SIGTERM', resolve)
    })
    await simulator.close()
    return 0
  },
}
