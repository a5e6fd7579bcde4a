import { simulateComfyUi } from './comfyui.ts'
import { simulateDashscope } from './dashscope.ts'
import { simulateFlat } from './flat.ts'
import { simulateGenlock } from './genlock.ts'
import { simulateIdeogram } from './ideogram.ts'
import { simulateMidjourney } from './midjourney.ts'
import { simulateNewApi } from './new-api.ts'
import { simulateUnified } from './unified.ts'
import { simulateVideoApi } from './videoapi.ts'
import { simulateGoogle } from './google.ts'
import { simulateLuma } from './luma.ts'
import { simulateLumaAgents } from './luma-agents.ts'
import { simulateVertex } from './vertex.ts'
import { simulateBflFlux } from './bfl-flux.ts'
import { simulateMinimax } from './minimax.ts'
import { simulateOpenAi } from './openai.ts'
import { simulateRunway } from './runway.ts'
import { simulateJimeng } from './jimeng.ts'
import { simulateKling } from './kling.ts'
import { simulateFal } from './fal.ts'
import { simulateXai } from './xai.ts'
import { simulateReplicate } from './replicate.ts'
import type { Simulator, SimulatorOptions } from './simulator.ts'
import { simulateVidu } from './vidu.ts'
import { simulateVolcengineArk } from './volcengine-ark.ts'

/** Every upstream that can be played, by the id of the provider that speaks to it. */
export const SIMULATORS: Record<string, (options?: SimulatorOptions) => Promise<Simulator>> = {
  google: simulateGoogle,
  luma: simulateLuma,
  'luma-agents': simulateLumaAgents,
  vertex: simulateVertex,
  'volcengine-ark': simulateVolcengineArk,
  kling: simulateKling,
  jimeng: simulateJimeng,
  vidu: simulateVidu,
  'bfl-flux': simulateBflFlux,
  openai: simulateOpenAi,
  runway: simulateRunway,
  minimax: simulateMinimax,
  genlock: simulateGenlock,
  'new-api': simulateNewApi,
  flat: simulateFlat,
  videoapi: simulateVideoApi,
  unified: simulateUnified,
  ideogram: simulateIdeogram,
  fal: simulateFal,
  dashscope: simulateDashscope,
  comfyui: simulateComfyUi,
  xai: simulateXai,
  midjourney: simulateMidjourney,
  replicate: simulateReplicate,
}
