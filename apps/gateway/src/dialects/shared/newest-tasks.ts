import type { MediaKind } from '../../core/generation-request.ts'
import type { Task } from '../../core/task.ts'
import type { GatewayForDialects } from '../dialect.ts'

/** How many tasks a list with filters looks through. */
const MAX_LISTED = 500
const TASKS_PER_READ = 100

/** The newest tasks of the account, for wires whose lists have filters and numbered pages. */
export async function newestTasks(gateway: Pick<GatewayForDialects, 'list'>, kind?: MediaKind): Promise<Task[]> {
  const tasks: Task[] = []
  while (tasks.length < MAX_LISTED) {
    const after = tasks.at(-1)?.id
    const page = await gateway.list({ limit: TASKS_PER_READ, ...(kind && { kind }), ...(after !== undefined && { after }) })
    tasks.push(...page.tasks)
    if (!page.hasMore) break
  }
  return tasks
}
