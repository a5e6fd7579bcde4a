import { allModels } from '../../src/catalog/index.ts'
import { BILLING_METHODS, priceExamples } from '../../src/catalog/price-examples.ts'
import { formatDollars } from '../../src/core/micros.ts'
import { choicesOf, type DurationRange, type Model } from '../../src/core/model.ts'

/** The text of docs/models.md, from the catalogue. */
export function modelsPage(): string {
  const families = Map.groupBy(allModels(), ({ family }) => family)
  return `# Models

Written by \`npm run docs\` from \`apps/gateway/src/catalog/\`; change it there. \`GET /v1/models\` says the same and more,
for the models that a key may call: every limit, and prices worked for its group.

Prices are this release's defaults, of the model's usual request. Each family says where they come from and when they
were read; "own default" is a number of ours where the vendor publishes none. Ratios and resolutions are given with the
default first; \`adaptive\` follows the input.

${[...families].map(([family, models]) => `[${family}](#${anchorOf(family)}) (${models.length})`).join(' · ')}

${[...families].map(([family, models]) => familySection(family, models)).join('\n')}`
}

function familySection(family: string, models: readonly Model[]): string {
  const named = models.filter(({ aliases = [] }) => aliases.length > 0)
  const names = named.map(({ id, aliases = [] }) => `- \`${id}\`: ${aliases.map((alias) => `\`${alias}\``).join(', ')}`)
  return `## ${family}

| model | kind | makes | length | frames | price |
|---|---|---|---|---|---|
${models.map(row).join('\n')}
${names.length === 0 ? '' : `\nOther names:\n\n${names.join('\n')}\n`}
Prices:

${sourcesOf(models).join('\n')}
`
}

function row(model: Model): string {
  const cells = [
    `\`${model.id}\`<br>${model.description.en}<br>${model.description.zh}`,
    model.kind,
    [...model.operations.map((operation) => operation.replaceAll('_', ' ')), ...(model.audio === 'never' ? [] : [model.audio === 'always' ? 'sound' : 'sound if asked'])].join(', '),
    lengthOf(model),
    framesOf(model),
    priceOf(model),
  ]
  return `| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |`
}

function lengthOf(model: Model): string {
  const { duration } = choicesOf(model, model.operations[0]!)
  return duration === undefined ? '–' : secondsOf(duration)
}

function secondsOf({ minSeconds, maxSeconds, values, ofSource }: DurationRange): string {
  if (ofSource) return `the video's, up to ${maxSeconds} s`
  if (values !== undefined) return `${values.join(', ')} s`
  return minSeconds === maxSeconds ? `${minSeconds} s` : `${minSeconds}–${maxSeconds} s`
}

function framesOf({ resolutions, aspectRatios, sizes, freeSizes }: Model): string {
  const free = freeSizes && `any size from ${freeSizes.minSidePixels} to ${freeSizes.maxSidePixels} a side`
  return [sizes?.join(', '), resolutions?.join(', '), aspectRatios?.join(', '), free].filter((part) => part !== undefined).join('; ') || '–'
}

function priceOf(model: Model): string {
  const [example] = priceExamples(model)
  return `${formatDollars(example!.micros)} for ${example!.en}<br>${BILLING_METHODS[model.price.unit].replaceAll('_', ' ')}`
}

/** Each source once, with the models it is for where a family has several. */
function sourcesOf(models: readonly Model[]): string[] {
  const bySource = [...Map.groupBy(models, ({ price }) => price.source)]
  return bySource.map(([source, priced]) => (bySource.length === 1 ? `- ${source}` : `- ${source}: ${priced.map(({ id }) => `\`${id}\``).join(', ')}`))
}

function anchorOf(heading: string): string {
  return heading.toLowerCase().replaceAll(/[^a-z0-9 -]/g, '').replaceAll(' ', '-')
}
