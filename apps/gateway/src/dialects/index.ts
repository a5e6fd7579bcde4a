import { ark } from './ark.ts'
import { bfl } from './bfl.ts'
import { chat } from './chat.ts'
import { dashscope } from './dashscope.ts'
import type { Call, Dialect, DialectRoute, RequestBody, RouteAction } from './dialect.ts'
import { fal } from './fal.ts'
import { flat } from './flat.ts'
import { gemini } from './gemini.ts'
import { genlock } from './genlock.ts'
import { ideogram } from './ideogram.ts'
import { jimeng } from './jimeng.ts'
import { kling } from './kling.ts'
import { luma } from './luma.ts'
import { midjourney } from './midjourney.ts'
import { minimax } from './minimax.ts'
import { minimaxV2 } from './minimax-v2.ts'
import { newApi } from './new-api.ts'
import { openAiImages } from './openai-images.ts'
import { openAiVideos } from './openai-videos.ts'
import { openRouter } from './openrouter.ts'
import { relay } from './relay.ts'
import { replicate } from './replicate.ts'
import { runway } from './runway.ts'
import { unified } from './unified.ts'
import { videoApi } from './videoapi.ts'
import { vercelGateway } from './vercel-gateway.ts'
import { vidu } from './vidu.ts'
import { xai } from './xai.ts'

export type * from './dialect.ts'
export type { ContentQuery, ListQuery, WaitQuery } from './shared/queries.ts'
export { parseQuery } from './shared/fields.ts'

/** Every inbound wire, in the order in which they claim bodies on the routes that they share. */
export const dialects: readonly Dialect[] = [
  genlock,
  openAiVideos,
  flat,
  ark,
  dashscope,
  runway,
  kling,
  jimeng,
  vidu,
  minimax,
  minimaxV2,
  luma,
  ideogram,
  bfl,
  openAiImages,
  relay,
  xai,
  gemini,
  replicate,
  fal,
  unified,
  chat,
  openRouter,
  videoApi,
  newApi,
  midjourney,
  vercelGateway,
]

export interface RouteOwner {
  dialect: Dialect
  route: DialectRoute
}

/** A method and path, with the dialects that share it, in the order in which they claim. */
export interface SharedRoute {
  method: DialectRoute['method']
  path: string
  action: RouteAction
  owners: readonly [RouteOwner, ...RouteOwner[]]
}

/** One entry per method and path. Throws when dialects disagree on what a shared route does: a mistake of ours. */
export function sharedRoutes(from: readonly Dialect[]): SharedRoute[] {
  const byAddress = new Map<string, SharedRoute>()
  for (const dialect of from) {
    for (const route of dialect.routes) {
      const address = `${route.method} ${route.path}`
      const shared = byAddress.get(address)
      if (shared !== undefined && shared.action !== route.action) throw new Error(`${address} is both ${shared.action} and ${route.action}`)
      const owner = { dialect, route }
      byAddress.set(address, { method: route.method, path: route.path, action: route.action, owners: shared ? [...shared.owners, owner] : [owner] })
    }
  }
  return [...byAddress.values()]
}

/** Whose wire this body is. */
export function ownerOfBody(shared: SharedRoute, body: RequestBody, headers: Call['headers'] = {}): RouteOwner {
  if (shared.owners.length === 1) return shared.owners[0]
  return shared.owners.find(({ dialect }) => dialect.claims?.(body, headers) === true) ?? fallbackOwner(shared)
}

/** Who renders a task here: the dialect of its birth if it shares the route, else the route's fallback. */
export function ownerOfTask(shared: SharedRoute, task: { dialect: string }): RouteOwner {
  return shared.owners.find(({ dialect }) => dialect.id === task.dialect) ?? fallbackOwner(shared)
}

/** Who renders what happens before the dialect is known: a missing key, a body that is not JSON. */
export function fallbackOwner(shared: SharedRoute): RouteOwner {
  return shared.owners.find(({ route }) => route.fallback === true) ?? shared.owners[0]
}
