import { GatewayError } from '../../core/errors.ts'
import type { Task } from '../../core/task.ts'
import type { Call, Draft, GatewayForDialects, ParseContext, RequestBody } from '../dialect.ts'
import { newestTasks } from '../shared/newest-tasks.ts'

/*
 * Tasks have an id of the client's own, `external_task_id`, which both wires of Kling's know.
 */

export type Parse = (body: RequestBody, context: ParseContext) => Draft

/**
 * "external_task_id must be unique per account": a second task of the same is refused, so that a create whose answer got
 * lost can be sent again without being paid twice. Clients with idempotency keys have that already.
 */
export async function createUnique({ headers }: Pick<Call, 'headers'>, external: unknown, gateway: GatewayForDialects, parse: Parse): Promise<Task> {
  if (typeof external !== 'string' || external === '' || headers['idempotency-key'] !== undefined) return gateway.create(parse)
  const { task, existed } = await gateway.createOnce(external, parse)
  if (task && !existed) return task
  throw new GatewayError('invalid_request', `external_task_id must be unique; there is a task of this one${task ? `, ${task.id}` : ''}`, { param: 'external_task_id' })
}

/** By the name it was made under; one that came with an idempotency key was made under that. */
export async function findByExternalId(id: string, gateway: GatewayForDialects): Promise<Task | undefined> {
  return (await gateway.readOnce(id)) ?? (await newestTasks(gateway)).find(({ request }) => request.echo?.['external_task_id'] === id)
}
