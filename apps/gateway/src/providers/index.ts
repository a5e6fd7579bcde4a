import { bflFlux } from './bfl-flux.ts'
import { comfyUi } from './comfyui.ts'
import { dashscope } from './dashscope.ts'
import { fal } from './fal.ts'
import { flat } from './flat.ts'
import { genlock } from './genlock.ts'
import { google } from './google.ts'
import { ideogram } from './ideogram.ts'
import { jimeng } from './jimeng.ts'
import { kling } from './kling.ts'
import { luma } from './luma.ts'
import { lumaAgents } from './luma-agents.ts'
import { midjourney } from './midjourney.ts'
import { minimax } from './minimax.ts'
import { newApi } from './new-api.ts'
import { openAi } from './openai.ts'
import { openRouter } from './openrouter.ts'
import type { Provider } from './provider.ts'
import { replicate } from './replicate.ts'
import { runway } from './runway.ts'
import { unified } from './unified.ts'
import { vertex } from './vertex.ts'
import { videoApi } from './videoapi.ts'
import { vidu } from './vidu.ts'
import { volcengineArk } from './volcengine-ark.ts'
import { xai } from './xai.ts'

/** Every upstream wire that we speak, by id. Adding one is one line here (docs/add-a-provider.md). */
export const PROVIDERS = {
  'bfl-flux': bflFlux,
  comfyui: comfyUi,
  dashscope,
  fal,
  flat,
  genlock,
  google,
  ideogram,
  jimeng,
  kling,
  luma,
  'luma-agents': lumaAgents,
  midjourney,
  minimax,
  'new-api': newApi,
  openai: openAi,
  openrouter: openRouter,
  replicate,
  runway,
  unified,
  vertex,
  videoapi: videoApi,
  vidu,
  'volcengine-ark': volcengineArk,
  xai,
} as const satisfies Record<string, Provider>

export type ProviderId = keyof typeof PROVIDERS
