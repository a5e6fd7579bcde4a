import type pg from 'pg'
import type { GenerationRequest } from '../core/generation-request.ts'
import type { Channels } from './channels.ts'
import { parentAttempt, parentJobAt } from './job-inputs.ts'
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
  const parent = remixedFrom === undefined ? undefined : await parentAttempt({ remixedFrom }, pool)
  const job = parentJobAt(parent, parent?.credentialId)
  if (parent?.credentialId === undefined || job === undefined) return { request, group }
  const lineage = await channels.lineageOf(parent.credentialId)
  return { request, group, ...(lineage !== undefined && { parent: { lineage, job } }) }
}
