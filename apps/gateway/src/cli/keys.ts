import { createKey } from '../bootstrap.ts'
import { findModel } from '../catalog/index.ts'
import { formatDollars, parseDollars } from '../core/micros.ts'
import { listKeys, revokeKey } from '../db/api-key.ts'
import { inTransaction } from '../db/pool.ts'
import { deriveKeys } from '../keys.ts'
import { CommandError } from './command-error.ts'
import type { Command } from './commands.ts'
import { chooseAccount, withDatabase } from './with-database.ts'

export const keysCreate: Command = {
  usage: '[--name N] [--account A] [--group G] [--models a,b] [--budget USD] [--expires DATE]',
  summary: 'make a key and show it, once',
  options: { name: { type: 'string' }, account: { type: 'string' }, group: { type: 'string' }, models: { type: 'string' }, budget: { type: 'string' }, expires: { type: 'string' } },
  async run({ config, values }) {
    const settings = config()
    const budgetMicros = typeof values['budget'] === 'string' ? parseDollars(values['budget']) : undefined
    if (values['budget'] !== undefined && budgetMicros === undefined) throw new CommandError('--budget must be dollars such as 10 or 0.5')
    const expiresAt = typeof values['expires'] === 'string' ? new Date(values['expires']) : undefined
    if (expiresAt && !(expiresAt.getTime() > Date.now())) throw new CommandError('--expires must be a date to come, such as 2027-01-31')
    const models = typeof values['models'] === 'string' ? modelIds(values['models']) : undefined
    await withDatabase(settings, async (pool) => {
      const accountId = await chooseAccount(pool, values['account'] as string | undefined)
      const { id, value } = await inTransaction(pool, (client) => createKey(client, {
        accountId,
        name: String(values['name'] ?? 'key'),
        ...(typeof values['group'] === 'string' && { groupName: values['group'] }),
        ...(models && { models }),
        ...(budgetMicros !== undefined && { budgetMicros }),
        ...(expiresAt && { expiresAt }),
      }, deriveKeys(settings.secret)))
      console.log(`${id}\n${value}\n\nThe key is shown only now.`)
    })
    return 0
  },
}

export const keysList: Command = {
  usage: '',
  summary: 'list keys, without their values',
  options: {},
  async run({ config }) {
    await withDatabase(config(), async (pool) => {
      for (const key of await listKeys(pool)) {
        const facts = [
          key.revoked_at ? `revoked ${key.revoked_at.toISOString()}` : 'active',
          `group ${key.group_name}`,
          key.models && `models ${key.models.join(',')}`,
          key.budget_left_micros !== null && `budget left ${formatDollars(key.budget_left_micros)}`,
          key.expires_at && `expires ${key.expires_at.toISOString()}`,
        ].filter(Boolean)
        console.log(`${key.id}  ${key.prefix}…  ${JSON.stringify(key.name)}  ${key.account_id}  ${facts.join(', ')}`)
      }
    })
    return 0
  },
}

export const keysRevoke: Command = {
  usage: '<key id>',
  summary: 'make a key useless: at once for creates, within 2 s for reads',
  options: {},
  async run({ config, positionals: [id] }) {
    if (id === undefined) throw new CommandError('say which key: genlock keys list shows their ids')
    const revoked = await withDatabase(config(), (pool) => revokeKey(pool, id))
    if (!revoked) throw new CommandError(`there is no active key ${id}`)
    console.log(`revoked ${id}`)
    return 0
  },
}

/** By public name or alias, as a key keeps them. */
function modelIds(list: string): string[] {
  const names = list.split(',').map((name) => name.trim()).filter((name) => name !== '')
  if (names.length === 0) throw new CommandError('--models must name at least one model')
  return names.map((name) => findModel(name)?.id ?? noModel(name))
}

function noModel(name: string): never {
  throw new CommandError(`there is no model ${JSON.stringify(name)}; GET /v1/models lists those there are`)
}
