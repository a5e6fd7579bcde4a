import type { Output, Task } from '../../core/task.ts'
import type { GatewayForDialects } from '../dialect.ts'

/*
 * For wires that name results apart from tasks (`video_id`, `file_id`, creations): the task's own id for the first one.
 */

export interface NamedResult {
  task: Task
  output: Output
}

export function resultId({ id }: Pick<Task, 'id'>, index: number): string {
  return index === 0 ? id : `${id}-${index}`
}

/** The result of this name; undefined when there is none, or it is not theirs, or it is not there yet. */
export async function findResult(gateway: Pick<GatewayForDialects, 'read'>, name: string): Promise<NamedResult | undefined> {
  const [, id, index] = /^([a-z]{3}_[a-z0-9]{1,36})(?:-(\d{1,2}))?$/.exec(name) ?? []
  const task = id === undefined ? undefined : await gateway.read(id)
  const output = task?.outputs[Number(index ?? 0)]
  return task && output && { task, output }
}
