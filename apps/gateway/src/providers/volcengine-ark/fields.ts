import { z } from 'zod'

export function isChinese(text: string): boolean {
  return /\p{Script=Han}/u.test(text)
}

/** Numbers come as strings from some of the vendor's own services. */
export const lenientNumber = z.union([z.number(), z.string().transform(Number)]).optional().catch(undefined)

/** `-1` stands for a duration that the model was to decide. */
export function countOf(number: number | undefined): number | undefined {
  return number !== undefined && Number.isFinite(number) && number >= 0 ? number : undefined
}
