import { z } from 'zod'
import { ENVIRONMENT_SCHEMA } from '../../src/config.ts'
import { CHANNEL_SCHEMA } from '../../src/core/channel-definition.ts'
import { formatDollars } from '../../src/core/micros.ts'
import { PROVIDERS } from '../../src/providers/index.ts'

/** The text of docs/configuration.md, from the schemas that read the configuration. */
export function configurationPage(): string {
  return `# Configuration

Written by \`npm run docs\` from \`apps/gateway/src/config.ts\` and
\`apps/gateway/src/core/channel-definition.ts\`; change it there.

Everything has a default: \`npm start\` needs no setting. A value that is not allowed, and a \`GENLOCK_…\` that is not in
this list, ends the start with one line that names it.

## Environment

| variable | default | meaning |
|---|---|---|
${Object.entries(ENVIRONMENT_SCHEMA.shape).map(([name, schema]) => row(name, schema)).join('\n')}

\`HOST\`, \`PORT\` and \`DATABASE_URL\` are what hosting platforms set. Durations carry their unit in the name.

## Channels

A channel is an account of yours at a provider. Channels stand in a YAML file that \`GENLOCK_CONFIG\` names, or are managed
through the [admin API](channels.md), which takes the same fields. Until the first one the sandbox
serves every model; from then on only channels do.

| field of a channel | default | meaning |
|---|---|---|
${Object.entries(CHANNEL_SCHEMA.shape).flatMap(([name, schema]) => rows(name, schema)).join('\n')}

Providers of this release: ${Object.keys(PROVIDERS).map((id) => `\`${id}\``).join(', ')}.

\`\`\`yaml
channels:
  - id: ark-main
    provider: volcengine-ark
    credential:
      api_key: \${ARK_API_KEY}
    models:
      seedance-2.0-pro: doubao-seedance-2-0-260128
    limits:
      concurrency: 10
\`\`\`

The file is read at each start, and the channels in the database are made the same: new ones are added, changed ones
changed, and those that are gone are given nothing more. A task that is under way is always checked with the credential that
submitted it, also when the channel has a new one. Credentials are stored sealed (AES-256-GCM, under \`GENLOCK_SECRET\`).
`
}

/** A field, and the fields inside it: \`limits.concurrency\`. */
function rows(name: string, schema: z.core.$ZodType): string[] {
  const inner = unwrapped(schema)
  return inner instanceof z.ZodObject ? [row(name, schema), ...Object.entries(inner.shape).flatMap(([field, each]) => rows(`${name}.${field}`, each))] : [row(name, schema)]
}

function row(name: string, schema: z.core.$ZodType): string {
  return `| \`${name}\` | ${defaultOf(schema)} | ${(schema as z.ZodType).description ?? ''} |`
}

function defaultOf(schema: z.core.$ZodType): string {
  if (schema instanceof z.ZodOptional) return 'unset'
  if (!(schema instanceof z.ZodDefault)) return 'required'
  const value: unknown = schema.def.defaultValue
  const text = typeof value === 'bigint' ? formatDollars(value).replace('$', '') : Array.isArray(value) ? value.join(',') : typeof value === 'object' ? '' : String(value)
  return text === '' ? 'empty' : `\`${text}\``
}

function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  return schema instanceof z.ZodOptional || schema instanceof z.ZodDefault ? unwrapped(schema.def.innerType) : schema
}
