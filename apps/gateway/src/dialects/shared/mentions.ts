import type { DraftInput } from '../dialect.ts'

/** How all our wires mention a picture, a video or a sound in a prompt: by its number among those. */
export function mentionOf(input: DraftInput, inputs: readonly DraftInput[]): string {
  const number = inputs.filter(({ media }) => media === input.media).indexOf(input) + 1
  return `@${WORDS[input.media]}${number}`
}

const WORDS = { image: 'Image', video: 'Video', audio: 'Audio' } as const

/**
 * The prompt with `@name` as what `mentions` has for the name; the longest name first, so `@hero2` is not `@hero`. Names
 * that stand for nothing stay as they are.
 */
export function withMentions(prompt: string, mentions: ReadonlyMap<string, string>): string {
  const names = [...mentions.keys()].filter((name) => name !== '' && mentions.get(name) !== '').toSorted((a, b) => b.length - a.length)
  if (names.length === 0) return prompt
  const mention = new RegExp(`@(${names.map((name) => name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')})(?=(\\d?))`, 'g')
  return prompt.replaceAll(mention, (_, name: string, digit: string) => `${mentions.get(name)!}${digit === '' ? '' : ' '}`)
}
