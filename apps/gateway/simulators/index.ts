import { simulateBflFlux } from './bfl-flux.ts'
import { simulateComfyUi } from './comfyui.ts'
import { simulateDashscope } from './dashscope.ts'
import { simulateFal } from './fal.ts'
import { simulateFlat } from './flat.ts'
import { simulateGenlock } from './genlock.ts'
import { simulateGoogle } from './google.ts'
import { simulateIdeogram } from './ideogram.ts'
import { simulateJimeng } from './jimeng.ts'
import { simulateKling } from './kling.ts'
import { simulateLuma } from './luma.ts'
import { simulateLumaAgents } from './luma-agents.ts'
import { simulateMidjourney } from './midjourney.ts'
import { simulateMinimax } from './minimax.ts'
import { simulateNewApi } from './new-api.ts'
import { simulateOpenAi } from './openai.ts'
import { simulateOpenRouter } from './openrouter.ts'
import { simulateReplicate } from './replicate.ts'
import { simulateRunway } from './runway.ts'
import type { Simulator, SimulatorOptions } from './simulator.ts'
import { simulateUnified } from './unified.ts'
import { simulateVertex } from './vertex.ts'
import { simulateVideoApi } from './videoapi.ts'
import { simulateVidu } from './vidu.ts'
import { simulateVolcengineArk } from './volcengine-ark.ts'
import { simulateXai } from './xai.ts'

/** Every upstream that can be played, by the id of the provider that speaks to it. */
export const SIMULATORS: Record<string, (options?: SimulatorOptions) => Promise<Simulator>> = {
  'bfl-flux': simulateBflFlux,
  comfyui: simulateComfyUi,
  dashscope: simulateDashscope,
  fal: simulateFal,
  flat: simulateFlat,
  genlock: simulateGenlock,
  google: simulateGoogle,
  ideogram: simulateIdeogram,
  jimeng: simulateJimeng,
  kling: simulateKling,
  luma: simulateLuma,
  'luma-agents': simulateLumaAgents,
  midjourney: simulateMidjourney,
  minimax: simulateMinimax,
  'new-api': simulateNewApi,
  openai: simulateOpenAi,
  openrouter: simulateOpenRouter,
  replicate: simulateReplicate,
  runway: simulateRunway,
  unified: simulateUnified,
  vertex: simulateVertex,
  videoapi: simulateVideoApi,
  vidu: simulateVidu,
  'volcengine-ark': simulateVolcengineArk,
  xai: simulateXai,
}
