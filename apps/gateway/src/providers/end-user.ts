import { createHash } from 'node:crypto'

/** Somebody's end user, told apart from others and not told of: 64 characters. */
export function hashedEndUser(endUserId: string | undefined): string | undefined {
  return endUserId === undefined ? undefined : createHash('sha256').update(endUserId).digest('hex')
}
