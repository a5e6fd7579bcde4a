import { SIMULATORS } from '../../simulators/index.ts'
import type { Simulator, SimulatorOptions } from '../../simulators/simulator.ts'
import { PROVIDERS } from '../../src/providers/index.ts'
import type { Provider } from '../../src/providers/provider.ts'
import { startTestGateway, type TestGateway, type TestGatewayOptions } from '../support/gateway.ts'
import { modelsFor } from './pairs.ts'

/** A gateway with every provider's simulator behind it, each reached by a group and an account of its own. */
export interface AllChannels {
  genlock: TestGateway
  simulators: ReadonlyMap<string, Simulator>
  /** By provider: the key of the account whose tasks go there. */
  keys: ReadonlyMap<string, string>
  close(): Promise<void>
}

const CREDITS_MICROS = 1_000_000_000n

export async function startAllChannels({ simulation, ...options }: TestGatewayOptions & { simulation: SimulatorOptions }, providers: readonly Provider[] = Object.values(PROVIDERS)): Promise<AllChannels> {
  const simulators = new Map(await Promise.all(providers.map(async ({ id }) => [id, await SIMULATORS[id]!(simulation)] as const)))
  const genlock = await startTestGateway({
    ...options,
    channels: providers.map((provider) => {
      const { baseUrl, credential, settings } = simulators.get(provider.id)!
      return { id: provider.id, provider: provider.id, base_url: baseUrl, credential, ...(settings && { settings }), models: modelsFor(provider), groups: [provider.id] }
    }),
    environment: { GENLOCK_KEY_RPM: '1000000', ...options.environment },
  })
  const keys = new Map<string, string>()
  for (const { id } of providers) keys.set(id, (await genlock.addAccount(CREDITS_MICROS, id)).key)
  return {
    genlock,
    simulators,
    keys,
    async close() {
      await genlock.close()
      await Promise.all([...simulators.values()].map((simulator) => simulator.close()))
    },
  }
}
