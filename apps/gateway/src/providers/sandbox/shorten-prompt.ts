/** Five prompts, each shorter than the one before it, down to a single word; fewer where there are fewer words. */
export function shortenPrompt(prompt: string): string[] {
  const words = prompt.split(/\s+/).filter((word) => word !== '')
  const telling = words.filter((word) => !FILLERS.has(word.toLowerCase()))
  const kept = telling.length > 0 ? telling : words
  const lengths = Array.from({ length: SHORTER_PROMPTS }, (_, index) => Math.max(1, Math.ceil((kept.length * (SHORTER_PROMPTS - index)) / SHORTER_PROMPTS)))
  return [...new Set(lengths)].map((length) => kept.slice(0, length).join(' '))
}

const SHORTER_PROMPTS = 5
/** Words that say nothing to a picture go first. */
const FILLERS = new Set(['a', 'an', 'the', 'of', 'and', 'or', 'with', 'in', 'on', 'at', 'to', 'for', 'by', 'from', 'very', 'is', 'are', 'that', 'this', 'its', 'it'])
