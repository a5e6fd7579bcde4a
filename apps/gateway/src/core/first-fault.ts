import type { z } from 'zod'

type Issue = z.core.$ZodIssue
type Path = readonly PropertyKey[]

/** What is wrong first with a value that an operator wrote, and where: `limits.rpm`; the path of the whole is empty. */
export function firstFault({ issues }: Pick<z.ZodError, 'issues'>, value: unknown): { path: string; message: string } {
  const { path, message } = faultOf(issues[0]!, value)
  return { path: path.join('.'), message }
}

function faultOf(issue: Issue, value: unknown): { path: Path; message: string } {
  const { path, code, message } = issue
  const given = path.reduce<unknown>((inner, step) => (inner as Record<PropertyKey, unknown> | null | undefined)?.[step], value)
  if (code === 'unrecognized_keys') return { path: [...path, issue.keys[0]!], message: 'is no field here' }
  if (given === undefined && path.length > 0 && code !== 'custom') return { path, message: 'is required' }
  const nearest = code === 'invalid_union' && message === UNSAID ? nearestBranch(issue.errors) : undefined
  if (nearest === undefined) return { path, message }
  const inner = faultOf(nearest, given)
  return { path: [...path, ...inner.path], message: inner.message }
}

/** What Zod says of a union that has no words of its own. */
const UNSAID = 'Invalid input'

/** The form that was meant is the one with which the least is wrong. */
function nearestBranch(branches: readonly (readonly Issue[])[]): Issue | undefined {
  const [nearest] = branches.toSorted((one, other) => one.length - other.length)
  return nearest?.[0]
}
