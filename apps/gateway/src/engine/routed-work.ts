import type pg from 'pg'
import type { GenerationRequest } from '../core/generation-request.ts'
import { attemptsOf } from '../db/attempt.ts'
import type { Channels } from './channels.ts'
import type { RoutedWork } from './routing.ts'

export interface WorkToRoute {
  request: GenerationRequest
  /** Of the key. */
  group: string
  /** The task that it goes on from. */
  remixedFrom?: string | undefined
}

/** The request with the job that it goes on from, if there is one and an account of ours made it. */
export async function routedWork({ request, group, remixedFrom }: WorkToRoute, { pool, channels }: { pool: pg.Pool; channels: Pick<Channels, 'lineageOf'> }): Promise<RoutedWork> {
  const parent = remixedFrom === undefined ? undefined : (await attemptsOf(pool, remixedFrom)).findLast(({ outcome, handle }) => outcome === 'accepted' && handle !== undefined)
  if (parent?.credentialId === undefined) return { request, group }
  const lineage = await channels.lineageOf(parent.credentialId)
  if (lineage === undefined) return { request, group }
  const job = { handle: parent.handle, upstreamModel: parent.upstreamModel, ...(parent.kept !== undefined && { kept: parent.kept }) }
  return { request, group, parent: { lineage, job } }
}
