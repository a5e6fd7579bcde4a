import { bflFlux } from './bfl-flux.ts'
import { google } from './google.ts'
import { openAi } from './openai.ts'
import { kling } from './kling.ts'
import type { Provider } from './provider.ts'
import { runway } from './runway.ts'
import { vidu } from './vidu.ts'
import { volcengineArk } from './volcengine-ark.ts'

/** Every upstream wire that we speak, by id. Adding one is one line here (docs/add-a-provider.md). */
export const PROVIDERS = {
  google,
  'volcengine-ark': volcengineArk,
  kling,
  vidu,
  'bfl-flux': bflFlux,
  runway,
  openai: openAi,
} as const satisfies Record<string, Provider>

export type ProviderId = keyof typeof PROVIDERS
