import { SIMULATORS } from '../../apps/gateway/simulators/index.ts'

export interface SimulatorOptions {
  provider: string
}

export interface SimulatorTold {
  baseUrl: string
  credential: Record<string, unknown>
}

/** Plays one upstream, without a wait. Run by relay.ts. */
const { provider } = JSON.parse(process.argv[2]!) as SimulatorOptions
const { baseUrl, credential } = await SIMULATORS[provider]!({ queuedSeconds: 0, renderSeconds: 0 })
process.on('disconnect', () => process.exit())
process.send!({ baseUrl, credential } satisfies SimulatorTold)
