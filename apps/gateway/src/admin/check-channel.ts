import { z } from 'zod'
import { findModel } from '../catalog/index.ts'
import type { ChannelDefinition, CredentialDefinition } from '../core/channel-definition.ts'
import { firstFault } from '../core/first-fault.ts'
import { newId } from '../core/ids.ts'
import { keyedHash, seal } from '../core/secrets.ts'
import type { ChannelToStore, CredentialToStore } from '../db/channel.ts'
import { EgressError } from '../egress/egress-error.ts'
import type { Egress } from '../egress/egress.ts'
import { servedModels } from '../engine/channel-models.ts'
import { BUILT_IN_CHANNEL } from '../engine/channels.ts'
import type { Provider } from '../providers/provider.ts'

export interface CheckParts {
  providers: Record<string, Provider>
  egress: Pick<Egress, 'checkUrl'>
  sealingKey: Buffer
}

/** Something about a channel that cannot be, and where it stands: `models`, `credentials.0.credential.api_key`. */
export class ChannelProblem extends Error {
  override readonly name = 'ChannelProblem'
  readonly param: string

  constructor(param: string, message: string) {
    super(message)
    this.param = param
  }
}

/** A channel as it is stored, held against its provider and the catalogue. @throws ChannelProblem */
export function checkedChannel(definition: Omit<ChannelDefinition, 'credential' | 'credentials'>, parts: CheckParts): ChannelToStore {
  const provider = providerNamed(definition.provider, parts)
  const { base_url: baseUrl, models, groups, limits, cost } = definition
  if (baseUrl !== undefined) checkAddress(baseUrl, parts)
  else if (provider.baseUrl === undefined && provider.id !== BUILT_IN_CHANNEL) throw new ChannelProblem('base_url', `is required: ${provider.name} has no usual address`)
  checkSettings(definition.settings, provider)
  const served = servedModels(models, provider)
  if (served.problems[0] !== undefined) throw new ChannelProblem('models', served.problems[0])
  if (served.models.size === 0) throw new ChannelProblem('models', `is required: the catalogue does not say how ${provider.name} calls any model`)
  const unknown = Object.keys(cost?.models ?? {}).find((name) => findModel(name)?.id !== name)
  if (unknown !== undefined) throw new ChannelProblem(`cost.models.${unknown}`, 'is no public model name; GET /v1/models lists those there are')
  return {
    id: definition.id,
    name: definition.name,
    provider: provider.id,
    settings: definition.settings,
    priority: definition.priority,
    weight: definition.weight,
    ...(baseUrl === undefined ? {} : { baseUrl }),
    ...(models === undefined ? {} : { models }),
    ...(groups === undefined ? {} : { groups }),
    ...(limits.concurrency === undefined ? {} : { maxConcurrency: limits.concurrency }),
    ...(limits.rpm === undefined ? {} : { maxRequestsPerMinute: limits.rpm }),
    ...(cost === undefined ? {} : { costCard: cost }),
  }
}

/** A credential as it is stored: what the provider's schema makes of it, sealed. `at` says where it stood. @throws ChannelProblem */
export function sealedCredential(definition: CredentialDefinition & { label: string }, channel: Pick<ChannelToStore, 'id' | 'provider' | 'baseUrl'>, at: string, parts: CheckParts): CredentialToStore {
  const parsed = strictly(providerNamed(channel.provider, parts).credential).safeParse(definition.credential)
  if (!parsed.success) {
    const { path, message } = firstFault(parsed.error, definition.credential)
    throw new ChannelProblem(path === '' ? at : `${at}.${path}`, message)
  }
  checkSecrets(parsed.data, at)
  return {
    id: newId('credential'),
    label: definition.label,
    sealed: seal(parts.sealingKey, parsed.data, channel.id),
    fingerprint: keyedHash(parts.sealingKey, JSON.stringify([channel.provider, channel.baseUrl, parsed.data])),
    ...(definition.concurrency !== undefined && { maxConcurrency: definition.concurrency }),
  }
}

function providerNamed(name: string, { providers }: CheckParts): Provider {
  const provider = Object.hasOwn(providers, name) ? providers[name] : undefined
  if (!provider) throw new ChannelProblem('provider', `must be one of ${Object.keys(providers).join(', ')}; ${JSON.stringify(name)} is none`)
  return provider
}

/** By its form, and by its address where that is written out; where a name leads is judged at each call. */
function checkAddress(baseUrl: string, { egress }: CheckParts): void {
  try {
    egress.checkUrl(baseUrl, 'any')
  } catch (error) {
    if (!(error instanceof EgressError)) throw error
    throw new ChannelProblem('base_url', `leads where nothing may be called (${error.reason})${error.reason === 'special_address' ? '; GENLOCK_EGRESS_ALLOW allows private addresses' : ''}`)
  }
}

function checkSettings(settings: Record<string, unknown>, provider: Provider): void {
  if (!provider.settings) {
    if (Object.keys(settings).length > 0) throw new ChannelProblem('settings', `${provider.name} has none`)
    return
  }
  const parsed = strictly(provider.settings).safeParse(settings)
  if (parsed.success) return
  const { path, message } = firstFault(parsed.error, settings)
  throw new ChannelProblem(path === '' ? 'settings' : `settings.${path}`, message)
}

/**
 * With this, a misspelt field that a schema would leave out is refused: an operator would think that it was heard. A
 * schema that expects others beside its own (`looseObject`) stays as it is.
 */
function strictly(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodUnion) return z.union((schema.options as z.ZodType[]).map(strictly))
  return schema instanceof z.ZodObject && schema.def.catchall === undefined ? schema.strict() : schema
}

/** Every part of a credential ends in a header or in a signature: with another character no call could ever be made. */
function checkSecrets(value: unknown, at: string): void {
  if (typeof value === 'string') {
    if (value.length > MAX_SECRET_CHARACTERS) throw new ChannelProblem(at, `must have at most ${MAX_SECRET_CHARACTERS} characters`)
    if (!ONE_LINE.test(value) && !value.trimStart().startsWith(PEM)) throw new ChannelProblem(at, 'must be one line of letters, digits and signs of ASCII')
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, member] of Object.entries(value)) checkSecrets(member, `${at}.${name}`)
  }
}

/** Servers refuse requests whose headers have some 16 KB; keys have hundreds of characters, private ones two or three thousand. */
const MAX_SECRET_CHARACTERS = 8_192
const ONE_LINE = /^[\t\x20-\x7e]*$/
/** A private key, which has lines. It is used to sign, and is in no header. */
const PEM = '-----BEGIN '
