import type { Task } from '../../core/task.ts'
import type { RenderContext } from '../dialect.ts'

/** Signed links to the results, in their order; none until the task has succeeded. */
export function resultLinks(task: Task, context: Pick<RenderContext, 'fileLink'>): string[] {
  return task.state === 'succeeded' ? task.outputs.map(({ storageKey }) => context.fileLink(storageKey, task)) : []
}
