import { formatDollars, parseDollars } from '../core/micros.ts'
import { grantCredits, readBalance } from '../ledger/grant.ts'
import { CommandError } from './command-error.ts'
import type { Command } from './commands.ts'
import { chooseAccount, withDatabase } from './with-database.ts'

export const creditsGrant: Command = {
  usage: '<USD> [--account A] [--note TEXT]',
  summary: 'give an account credits',
  options: { account: { type: 'string' }, note: { type: 'string' } },
  async run({ config, values, positionals: [amount] }) {
    const micros = parseDollars(amount ?? '')
    if (micros === undefined || micros === 0n) throw new CommandError('say how much, in dollars: genlock credits grant 25')
    await withDatabase(config(), async (pool) => {
      const accountId = await chooseAccount(pool, values['account'] as string | undefined)
      await grantCredits(pool, { accountId, micros, note: String(values['note'] ?? 'granted by the operator') })
      console.log(`${accountId} has ${formatDollars((await readBalance(pool, accountId)) ?? 0n)}`)
    })
    return 0
  },
}
