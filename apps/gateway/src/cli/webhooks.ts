import { webhookSecret } from '../engine/deliver.ts'
import { deriveKeys } from '../keys.ts'
import type { Command } from './commands.ts'
import { chooseAccount, withDatabase } from './with-database.ts'

export const webhooksSecret: Command = {
  usage: '[--account A]',
  summary: 'show the secret that signs an account\'s callbacks',
  options: { account: { type: 'string' } },
  async run({ config, values }) {
    const settings = config()
    const accountId = await withDatabase(settings, (pool) => chooseAccount(pool, values['account'] as string | undefined))
    console.log(`whsec_${webhookSecret(deriveKeys(settings.secret).webhook, accountId).toString('base64')}`)
    return 0
  },
}
