import { expect, test } from 'vitest'
import { shortenPrompt } from './shorten-prompt.ts'

test('a prompt becomes shorter line by line', () => {
  const lines = shortenPrompt('a very old lighthouse on the cliff in the fog at dawn')
  expect(lines[0]).toBe('old lighthouse cliff fog dawn')
  expect(lines.at(-1)).toBe('old')
  expect(lines.map((line) => line.length)).toEqual(lines.map((line) => line.length).toSorted((a, b) => b - a))
})

test('even a prompt of one word, or of fillers, gives a line', () => {
  expect(shortenPrompt('fog')).toEqual(['fog'])
  expect(shortenPrompt('the')).toEqual(['the'])
})
