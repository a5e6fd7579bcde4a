import type pg from 'pg'
import { hashApiKey } from './admission/authenticate.ts'
import { allModels, findModel } from './catalog/index.ts'
import { ConfigError, type Config, type ConfiguredChannel } from './config.ts'
import { newId, randomText } from './core/ids.ts'
import { keyedHash, seal } from './core/secrets.ts'
import { insertKey, type NewKey } from './db/api-key.ts'
import { syncConfiguredChannels, type ChannelToSync } from './db/channel.ts'
import { inTransaction } from './db/pool.ts'
import { storeRateCards } from './db/rate-card.ts'
import { grantCredits, openAccount, openBudget } from './ledger/grant.ts'
import type { Provider } from './providers/provider.ts'
import type { Keys } from './keys.ts'

const MIN_KEY_CHARACTERS = 40

/**
 * Brings the rows that a start needs: rate cards of this release, the channels of the configuration file, and on an
 * empty database the first account. Any number of processes may do it at once.
 *
 * @returns the first key, in the start that made it: it is shown once.
 */
export async function bootstrap(pool: pg.Pool, config: Config, keys: Keys, providers: Record<string, Provider>): Promise<{ firstKey?: string }> {
  const channels = config.channels.map((channel, index) => checkChannel(channel, index, keys, providers))
  await storeRateCards(pool, allModels().map((model) => ({ model: model.id, card: model.price })))
  await inTransaction(pool, (client) => syncConfiguredChannels(client, channels))
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
function checkChannel(channel: ConfiguredChannel, index: number, keys: Keys, providers: Record<string, Provider>): ChannelToSync {
  const at = `channels.${index} (${channel.id})`
  const provider = providers[channel.provider]
  if (!provider) throw new ConfigError(`${at}: provider must be one of ${Object.keys(providers).join(', ')}; ${JSON.stringify(channel.provider)} is none`)
  const credential = provider.credential.safeParse(channel.credential)
  if (!credential.success) {
    const issue = credential.error.issues[0]!
    throw new ConfigError(`${at}: credential.${issue.path.join('.')} ${issue.message}`)
  }
  const models: Record<string, string> = {}
  for (const [name, upstreamName] of Object.entries(channel.models)) {
    const model = findModel(name)
    if (!model) throw new ConfigError(`${at}: models: there is no model ${JSON.stringify(name)}; GET /v1/models lists those there are`)
    if (!provider.kinds.includes(model.kind)) throw new ConfigError(`${at}: models: ${name} makes ${model.kind}s, and ${provider.id} makes only ${provider.kinds.join('s and ')}s`)
    models[model.id] = upstreamName
  }
  return {
    id: channel.id,
    provider: provider.id,
    models,
    priority: channel.priority,
    weight: channel.weight,
    credential: {
      id: newId('credential'),
      sealed: seal(keys.sealing, credential.data, channel.id),
      fingerprint: keyedHash(keys.sealing, JSON.stringify([provider.id, channel.base_url, credential.data])),
    },
    ...(channel.base_url === undefined ? {} : { baseUrl: channel.base_url }),
    ...(channel.groups === undefined ? {} : { groups: channel.groups }),
    ...(channel.limits.concurrency === undefined ? {} : { maxConcurrency: channel.limits.concurrency }),
    ...(channel.limits.rpm === undefined ? {} : { maxRequestsPerMinute: channel.limits.rpm }),
  }
}
