import { z } from 'zod'
import { COST_CARD_SCHEMA } from './cost-card.ts'

/** An http or https address without user, query and fragment, and without a slash at the end. */
export const address = z.string().transform((text, context) => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash || url.username) {
    context.addIssue({ code: 'custom', message: 'must be an http or https address, such as https://api.example.com' })
    return z.NEVER
  }
  return url.href.replace(/\/+$/, '')
})

const identifier = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must have 1 to 64 letters, digits, ., _ or -')
const credential = z.record(z.string(), z.unknown())
const group = z.string().min(1).max(64)
const name = z.string().max(200)
const settings = z.record(z.string(), z.unknown())
const models = z.union([
  z.record(z.string().min(1), z.string().min(1)).refine((given) => Object.keys(given).length > 0, 'must name at least one model'),
  z.array(z.string().min(1)).min(1, 'must name at least one model'),
], { error: 'must be a list of public model names, or a map of them to the upstream\'s names' })
const groups = z.array(group).min(1)
const priority = z.int().min(-1000).max(1000)
const weight = z.int().min(0).max(1_000_000)
const limit = z.int().min(1).max(1_000_000)

/** One way to be known at the upstream. */
export const CREDENTIAL_SCHEMA = z.strictObject({
  label: identifier.optional().describe('Your name for it; unset, its place in the list.'),
  credential: credential.describe('As `credential` of the channel.'),
  concurrency: limit.optional().describe('Jobs at a time with this one.'),
})

/**
 * A channel as an operator describes it: an entry of `channels` in `genlock.yaml`, and the body of `POST /admin/channels`.
 * What hangs on the provider (credential, settings, models) is checked by bootstrap and the admin API.
 */
export const CHANNEL_SCHEMA = z.strictObject({
  id: identifier.describe('Your name for the channel; tasks in flight are tied to it.'),
  name: name.default('').describe('What people read.'),
  provider: z.string().min(1).describe('Which wire it speaks: see `genlock doctor` for the list.'),
  base_url: address.optional().describe('Address of the API, when it is not the vendor\'s usual one.'),
  credential: credential.optional().describe('What the provider needs to know you: for `volcengine-ark` an `api_key`. `${NAME}` is replaced by that environment variable.'),
  credentials: z.array(CREDENTIAL_SCHEMA).min(1).max(100).optional().describe('Instead of `credential`: several, among which the load is spread; each has a `credential`, and if you wish a `label` and a `concurrency`.'),
  settings: settings.default({}).describe('What else the provider lets you say: a workflow, a project. Nothing secret.'),
  models: models.optional().describe('Public model names, as a list or with the upstream\'s name for each; unset, all that the provider can make.'),
  groups: groups.optional().describe('Groups of keys that reach it; unset, all.'),
  priority: priority.default(0).describe('Higher is tried first.'),
  weight: weight.default(1).describe('Share among channels of one priority.'),
  limits: z.strictObject({
    concurrency: limit.optional().describe('Jobs at a time.'),
    rpm: limit.optional().describe('Submissions in a minute.'),
  }).default({}).describe('What the account there allows.'),
  cost: COST_CARD_SCHEMA.optional().describe('What the upstream charges you, for costs and margins: see docs/channels.md.'),
}).superRefine((channel, context) => {
  const { credential: only, credentials: several } = channel
  if (only === undefined && several === undefined) context.addIssue({ code: 'custom', path: ['credential'], message: 'is required, or credentials in its place' })
  if (only !== undefined && several !== undefined) context.addIssue({ code: 'custom', path: ['credential'], message: 'cannot stand beside credentials' })
  const labels = channel.credentials?.map(({ label }, index) => label ?? String(index + 1)) ?? []
  const twice = labels.findIndex((label, index) => labels.indexOf(label) !== index)
  if (twice !== -1) context.addIssue({ code: 'custom', path: ['credentials', twice, 'label'], message: `${JSON.stringify(labels[twice])} is there twice; labels must differ` })
})

/** What can be changed of a channel that is there; null takes back what was said. */
export const CHANNEL_PATCH_SCHEMA = z.strictObject({
  name,
  base_url: address.nullable(),
  settings,
  models: models.nullable(),
  groups: groups.nullable(),
  priority,
  weight,
  limits: z.strictObject({ concurrency: limit.nullable(), rpm: limit.nullable() }).partial(),
  cost: COST_CARD_SCHEMA.nullable(),
}).partial()

export type ChannelDefinition = z.infer<typeof CHANNEL_SCHEMA>
export type ChannelPatch = z.infer<typeof CHANNEL_PATCH_SCHEMA>
export type CredentialDefinition = z.infer<typeof CREDENTIAL_SCHEMA>

/** Its credentials by label, however they were written. */
export function credentialsOf({ credential: only, credentials = [] }: Pick<ChannelDefinition, 'credential' | 'credentials'>): (CredentialDefinition & { label: string })[] {
  if (only !== undefined) return [{ label: ONLY_LABEL, credential: only }]
  return credentials.map((each, index) => ({ ...each, label: each.label ?? String(index + 1) }))
}

/** Of a credential that stands alone. */
const ONLY_LABEL = 'default'
