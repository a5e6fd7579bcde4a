import { webhookSecretText } from '../core/secrets.ts'
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
    console.log(webhookSecretText(deriveKeys(settings.secret).webhook, accountId))
    return 0
  },
}
