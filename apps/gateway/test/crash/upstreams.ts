import { simulateBflFlux } from '../../simulators/bfl-flux.ts'
import { simulateKling } from '../../simulators/kling.ts'
import { simulateOpenAi } from '../../simulators/openai.ts'
import type { Simulator, SimulatorOptions } from '../../simulators/simulator.ts'
import { simulateVolcengineArk } from '../../simulators/volcengine-ark.ts'
import type { ChannelCost } from './aftermath.ts'

/** An upstream behind a gateway that is killed, with one request that it can do. */
export interface CrashUpstream {
  simulate: (options: SimulatorOptions) => Promise<Simulator>
  /** Of a channel, without what the simulator knows. */
  channel: { provider: string; models: Record<string, string>; limits?: { concurrency: number }; cost?: { of_price: number } }
  /** Jobs at a time with each of its credentials; one without a limit unless told. */
  credentialPlaces?: readonly number[]
  path: '/v1/videos' | '/v1/images'
  /** Of a create, without the prompt. */
  model: string
  input: Record<string, unknown>
  cost?: ChannelCost
}

/** They differ in what is left to know after a crash. */
export const CRASH_UPSTREAMS = {
  /** Can be stopped while it queues, calls back, has two credentials; a lost job is only found by its callback. */
  ark: {
    simulate: simulateVolcengineArk,
    channel: { provider: 'volcengine-ark', models: { 'seedance-2.0-pro': 'doubao-seedance-2-0-260128' }, limits: { concurrency: 24 } },
    credentialPlaces: [8, 12],
    path: '/v1/videos',
    model: 'seedance-2.0-pro',
    input: { duration_seconds: 4, resolution: '480p' },
  },
  /** Its answer is the finished picture; nobody can ask for it again. */
  openai: {
    simulate: simulateOpenAi,
    channel: { provider: 'openai', models: { 'gpt-image-1-mini': 'gpt-image-1-mini' }, cost: { of_price: 0.5 } },
    path: '/v1/images',
    model: 'gpt-image-1-mini',
    input: { quality: 'low' },
    cost: { source: 'card', micros: ({ heldMicros }) => heldMicros / 2n },
  },
  /** A lost job is found by the reference that we gave it; says what it charged. */
  kling: {
    simulate: simulateKling,
    channel: { provider: 'kling', models: { 'kling-v2-5-turbo': 'kling-v2-5-turbo' } },
    path: '/v1/videos',
    model: 'kling-v2-5-turbo',
    input: { duration_seconds: 5, resolution: '720p' },
    // 0.3 units a second at $0.14, after the simulator's table of the vendor's prices.
    cost: { source: 'reported', micros: () => 210_000n },
  },
  /** Calls back, and its results are read from it when they are fetched; says what it charged. */
  flux: {
    simulate: simulateBflFlux,
    channel: { provider: 'bfl-flux', models: { 'flux-dev': 'flux-dev' } },
    path: '/v1/images',
    model: 'flux-dev',
    input: { size: '256x256' },
    // 2.5 credits at $0.01.
    cost: { source: 'reported', micros: () => 25_000n },
  },
} satisfies Record<string, CrashUpstream>

export type CrashUpstreamId = keyof typeof CRASH_UPSTREAMS

/** As in `genlock.yaml`. */
export function channelOf(id: CrashUpstreamId, { baseUrl, credential }: Simulator): Record<string, unknown> {
  const { channel, credentialPlaces }: CrashUpstream = CRASH_UPSTREAMS[id]
  const known = credentialPlaces ? { credentials: credentialPlaces.map((concurrency) => ({ credential, concurrency })) } : { credential }
  return { id, base_url: baseUrl, ...channel, ...known }
}

/** By channel, for the aftermath. */
export const CRASH_COSTS: Readonly<Record<string, ChannelCost>> = Object.fromEntries(
  Object.entries(CRASH_UPSTREAMS).flatMap(([id, { cost }]: [string, CrashUpstream]) => (cost ? [[id, cost]] : [])),
)
