import { simulateBflFlux } from './bfl-flux.ts'
import { simulateGoogle } from './google.ts'
import { simulateRunway } from './runway.ts'
import { simulateOpenAi } from './openai.ts'
import { simulateKling } from './kling.ts'
import type { Simulator, SimulatorOptions } from './simulator.ts'
import { simulateVidu } from './vidu.ts'
import { simulateVolcengineArk } from './volcengine-ark.ts'

/** Every upstream that can be played, by the id of the provider that speaks to it. */
export const SIMULATORS: Record<string, (options?: SimulatorOptions) => Promise<Simulator>> = {
  google: simulateGoogle,
  'volcengine-ark': simulateVolcengineArk,
  kling: simulateKling,
  vidu: simulateVidu,
  'bfl-flux': simulateBflFlux,
  runway: simulateRunway,
  openai: simulateOpenAi,
}
