import { UpstreamError } from '../core/errors.ts'
import type { InputMedia, InputRole } from '../core/generation-request.ts'

/** A piece of material that a prompt speaks of. */
export interface NamedReference<Input> {
  media: InputMedia
  /** From 1, among the materials of its medium, as the caller counted. */
  number: number
  input: Input
}

/**
 * The prompt with each `@Image1`, `@Video2`, `@Audio 1` in the upstream's own form. Numbers count the materials of one
 * medium in the order in which the caller gave them, masks left out.
 *
 * @throws UpstreamError refused, naming the prompt, for a number that has no material. Where there is no material of that
 *   medium at all the words are somebody's own (`@image1` may be a person), and stay.
 */
export function translateReferences<Input extends { media: InputMedia; role: InputRole }>(
  prompt: string,
  inputs: readonly Input[],
  form: (reference: NamedReference<Input>) => string,
): string {
  return prompt.replace(REFERENCE, (token: string, word: string, digits: string) => {
    const media = word.toLowerCase() as InputMedia
    const ofMedium = inputs.filter((input) => input.media === media && input.role !== 'mask')
    const number = Number(digits)
    const input = ofMedium[number - 1]
    if (input) return form({ media, number, input })
    if (ofMedium.length === 0) return token
    throw new UpstreamError('refused', `The prompt speaks of ${token}, and there ${ofMedium.length === 1 ? 'is 1 such input' : `are ${ofMedium.length} such inputs`}`, { code: 'invalid_request', param: 'prompt' })
  })
}

/**
 * Not `me@Image2.com`; a longer number is no reference, and neither is a word that goes on (`@image1st`). Chinese goes on
 * without a space: `让@Image1跳舞`.
 */
const REFERENCE = /(?<![\w.])@(image|video|audio) ?(\d{1,3})(?![\p{Script=Latin}\p{N}_])/giu

/** `image 1` for upstreams that know nothing of references: the words without the sign. */
export function plainReference({ media, number }: Pick<NamedReference<unknown>, 'media' | 'number'>): string {
  return `${media} ${number}`
}
