import { z } from 'zod'
import type { GenerationRequest } from '../../core/generation-request.ts'

export const REFERENCE_KINDS = ['style', 'character'] as const
type Kind = (typeof REFERENCE_KINDS)[number] | 'source' | 'mask'

const given = z.array(z.object({ kind: z.enum([...REFERENCE_KINDS, 'source', 'mask']) }))

/** What each input is for, in their order (`vendor.references`). Undefined when it does not say so of every reference. */
export function referenceKinds({ vendor, inputs }: Pick<GenerationRequest, 'vendor' | 'inputs'>): Kind[] | undefined {
  if (!inputs.some(({ role }) => role === 'reference')) return inputs.map(({ role }) => (role === 'mask' ? 'mask' : 'source'))
  const { data } = given.safeParse(vendor?.['references'])
  const isWhole = data?.length === inputs.length && inputs.every(({ role }, index) => role !== 'reference' || (REFERENCE_KINDS as readonly Kind[]).includes(data[index]!.kind))
  return isWhole ? data.map(({ kind }) => kind) : undefined
}
