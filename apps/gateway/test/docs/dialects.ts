import { dialects } from '../../src/dialects/index.ts'

/** The part of docs/dialects.md that follows from the registry. */
export const DIALECTS_PART = /(<!-- dialects, written by npm run docs -->\n)[\s\S]*?(<!-- end -->)/

/** The page with its table of dialects as the registry has them. */
export function withDialectsTable(page: string): string {
  return page.replace(DIALECTS_PART, (_, start: string, end: string) => `${start}${dialectsTable()}\n${end}`)
}

function dialectsTable(): string {
  const rows = dialects.map(({ id, routes }) => {
    const creates = routes.filter(({ action }) => action === 'create').map(({ path }) => `\`${path}\``)
    return `| [\`${id}\`](dialects/${id}.md) | ${creates.slice(0, MOST_SHOWN).join(', ')}${creates.length > MOST_SHOWN ? `, and ${creates.length - MOST_SHOWN} more` : ''} |`
  })
  return `| dialect | creates with \`POST\` |\n|---|---|\n${rows.join('\n')}`
}

const MOST_SHOWN = 3
