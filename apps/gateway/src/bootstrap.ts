import type pg from 'pg'
import { ChannelProblem, checkedChannel, sealedCredential, type CheckParts } from './admin/check-channel.ts'
import { hashApiKey } from './admission/authenticate.ts'
import { allModels } from './catalog/index.ts'
import { ConfigError, type Config } from './config.ts'
import { credentialsOf, type ChannelDefinition } from './core/channel-definition.ts'
import { newId, randomText } from './core/ids.ts'
import { insertKey, type NewKey } from './db/api-key.ts'
import { syncConfiguredChannels, type ChannelToStore, type CredentialToStore } from './db/channel.ts'
import { inTransaction } from './db/pool.ts'
import { storeRateCards } from './db/rate-card.ts'
import { grantCredits, openAccount, openBudget } from './ledger/grant.ts'
import type { Keys } from './keys.ts'

const MIN_KEY_CHARACTERS = 40

/**
 * Brings the rows that a start needs: rate cards of this release, the channels of the configuration file, and on an
 * empty database the first account. Any number of processes may do it at once.
 *
 * @returns the first key, in the start that made it: it is shown once.
 */
export async function bootstrap(pool: pg.Pool, config: Config, keys: Keys, parts: Pick<CheckParts, 'providers' | 'egress'>): Promise<{ firstKey?: string }> {
  const channels = config.channels.map((channel, index) => checkConfigured(channel, index, { ...parts, sealingKey: keys.sealing }))
  await storeRateCards(pool, allModels().map((model) => ({ model: model.id, card: model.price })))
  const taken = await inTransaction(pool, (client) => syncConfiguredChannels(client, channels))
  if (taken !== undefined) throw new ConfigError(`the channel ${taken} was made through the admin API: give the one of the file another id`)
  return createFirstAccount(pool, config, keys)
}

export interface KeyRequest {
  accountId: string
  name: string
  groupName?: string
  models?: string[]
  budgetMicros?: bigint
  expiresAt?: Date
  /** Instead of a random one. */
  value?: string
}

/** Creates a key, and gives it back: only its hash is kept. */
export async function createKey(client: pg.ClientBase, request: KeyRequest, keys: Pick<Keys, 'apiKeyHash'>): Promise<{ id: string; value: string }> {
  const value = request.value ?? `sk_${randomText(MIN_KEY_CHARACTERS)}`
  const key: NewKey = {
    id: newId('key'),
    accountId: request.accountId,
    name: request.name,
    secretHash: hashApiKey(keys.apiKeyHash, value),
    prefix: value.slice(0, 8),
    groupName: request.groupName ?? 'default',
    hasBudget: request.budgetMicros !== undefined,
    ...(request.models && { models: request.models }),
    ...(request.expiresAt && { expiresAt: request.expiresAt }),
  }
  await insertKey(client, key)
  if (request.budgetMicros !== undefined) await openBudget(client, { keyId: key.id, accountId: request.accountId, micros: request.budgetMicros })
  return { id: key.id, value }
}

async function createFirstAccount(pool: pg.Pool, config: Config, keys: Keys): Promise<{ firstKey?: string }> {
  return inTransaction(pool, async (client) => {
    await client.query(`select pg_advisory_xact_lock(hashtextextended('first_account', 0))`)
    const { rowCount } = await client.query('select from account limit 1')
    if (rowCount !== 0) return {}
    const accountId = newId('account')
    await openAccount(client, { id: accountId, name: 'First account' })
    if (config.startingCreditsMicros > 0n) await grantCredits(client, { accountId, micros: config.startingCreditsMicros, note: 'starting credits' })
    const { value } = await createKey(client, { accountId, name: 'First key', ...(config.bootstrapKey === undefined ? {} : { value: config.bootstrapKey }) }, keys)
    return { firstKey: value }
  })
}

/** @throws ConfigError naming the value, and what is allowed. */
function checkConfigured(definition: ChannelDefinition, index: number, parts: CheckParts): ChannelToStore & { credentials: CredentialToStore[] } {
  try {
    const channel = checkedChannel(definition, parts)
    const at = (place: number): string => (definition.credential === undefined ? `credentials.${place}.credential` : 'credential')
    return { ...channel, credentials: credentialsOf(definition).map((credential, place) => sealedCredential(credential, channel, at(place), parts)) }
  } catch (error) {
    if (!(error instanceof ChannelProblem)) throw error
    throw new ConfigError(`channels.${index} (${definition.id}): ${error.param} ${error.message}`)
  }
}
