import { comfyUi } from './comfyui.ts'
import { dashscope } from './dashscope.ts'
import { ideogram } from './ideogram.ts'
import { midjourney } from './midjourney.ts'
import { videoApi } from './videoapi.ts'
import { unified } from './unified.ts'
import { newApi } from './new-api.ts'
import { genlock } from './genlock.ts'
import { flat } from './flat.ts'
import { bflFlux } from './bfl-flux.ts'
import { google } from './google.ts'
import { minimax } from './minimax.ts'
import { openAi } from './openai.ts'
import { jimeng } from './jimeng.ts'
import { kling } from './kling.ts'
import { luma } from './luma.ts'
import { lumaAgents } from './luma-agents.ts'
import { vertex } from './vertex.ts'
import { xai } from './xai.ts'
import type { Provider } from './provider.ts'
import { replicate } from './replicate.ts'
import { fal } from './fal.ts'
import { runway } from './runway.ts'
import { vidu } from './vidu.ts'
import { volcengineArk } from './volcengine-ark.ts'

/** Every upstream wire that we speak, by id. Adding one is one line here (docs/add-a-provider.md). */
export const PROVIDERS = {
  google,
  luma,
  'luma-agents': lumaAgents,
  vertex,
  'volcengine-ark': volcengineArk,
  kling,
  jimeng,
  vidu,
  'bfl-flux': bflFlux,
  openai: openAi,
  runway,
  minimax,
  genlock,
  'new-api': newApi,
  flat,
  videoapi: videoApi,
  unified,
  ideogram,
  fal,
  dashscope,
  comfyui: comfyUi,
  xai,
  midjourney,
  replicate,
} as const satisfies Record<string, Provider>

export type ProviderId = keyof typeof PROVIDERS
