import type { Row } from './bench.ts'

/** A Markdown table. */
export function markdownTable(rows: readonly Row[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [
    line(['measure', 'Genlock', 'beside it', 'result', 'goal', 'met']),
    line(['---', '---', '---', '---', '---', '---']),
    ...rows.map(({ measure, genlock, beside, result, goal, met }) => line([measure, genlock, beside, result, goal, met === undefined ? '' : met ? 'yes' : '**no**'])),
  ].join('\n')
}
