import { createHash } from 'node:crypto'
import { z } from 'zod'

/** "a hashed end-user id", at most 64 characters. */
export function hashedEndUser(endUserId: string | undefined): string | undefined {
  return endUserId === undefined ? undefined : createHash('sha256').update(endUserId).digest('hex')
}

export function isChinese(text: string): boolean {
  return /\p{Script=Han}/u.test(text)
}

/** Numbers come as strings from some of the vendor's own services. */
export const lenientNumber = z.union([z.number(), z.string().transform(Number)]).optional().catch(undefined)

/** `-1` stands for a duration that the model was to decide. */
export function countOf(number: number | undefined): number | undefined {
  return number !== undefined && Number.isFinite(number) && number >= 0 ? number : undefined
}
