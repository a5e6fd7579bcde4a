import { readAudit } from '../db/audit.ts'
import { costsBy, readTaskHistory, type CostKey } from '../db/cost.ts'
import { readTaskForEngine } from '../db/task.ts'
import { GatewayError } from '../core/errors.ts'
import { routedWork, type WorkToRoute } from '../engine/routed-work.ts'
import { ChannelAdmin, type ChannelAdminParts } from './channel-admin.ts'
import { explainRoute } from './explain-route.ts'
import { listProviders } from './list-providers.ts'
import { showCosts, showTaskHistory } from './show-costs.ts'
import { iso } from './show-channel.ts'

/** Everything that an operator may ask and do. What it returns is JSON, without secrets. */
export class AdminApi {
  readonly channels: ChannelAdmin
  readonly #parts: ChannelAdminParts

  constructor(parts: ChannelAdminParts) {
    this.#parts = parts
    this.channels = new ChannelAdmin(parts)
  }

  providers(): Record<string, unknown>[] {
    return listProviders(this.#parts.providers)
  }

  /** @throws GatewayError `invalid_request` when the task that it would go on from is none */
  async explain(work: WorkToRoute): Promise<Record<string, unknown>> {
    if (work.remixedFrom !== undefined && !(await readTaskForEngine(this.#parts.pool, work.remixedFrom))) {
      throw new GatewayError('invalid_request', `remixed_from: there is no task ${JSON.stringify(work.remixedFrom.slice(0, 64))}`, { param: 'remixed_from' })
    }
    return explainRoute(await routedWork(work, this.#parts), this.#parts)
  }

  /** @throws GatewayError `not_found` */
  async task(id: string): Promise<Record<string, unknown>> {
    const task = await readTaskHistory(this.#parts.pool, id)
    if (!task) throw new GatewayError('not_found', 'there is no task with this id')
    return showTaskHistory(task)
  }

  async costs(by: CostKey, period: { from: Date; to: Date }): Promise<Record<string, unknown>> {
    return { from: period.from.toISOString(), to: period.to.toISOString(), ...showCosts(by, await costsBy(this.#parts.pool, by, period)) }
  }

  /** Newest first; `next` asks for those before. */
  async audit({ channelId, before, limit }: { channelId?: string | undefined; before?: bigint | undefined; limit: number }): Promise<Record<string, unknown>> {
    const rows = await readAudit(this.#parts.pool, { channelId, before, limit })
    return {
      data: rows.map((row) => ({ id: Number(row.id), at: iso(row.atMs), actor: row.actor, action: row.action, channel: row.channelId ?? null, before: row.before ?? null, after: row.after ?? null })),
      next: rows.length === limit ? Number(rows.at(-1)!.id) : null,
    }
  }
}
