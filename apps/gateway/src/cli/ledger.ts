import { formatDollars } from '../core/micros.ts'
import { verifyLedger } from '../ledger/verify.ts'
import type { Command } from './commands.ts'
import { withDatabase } from './with-database.ts'

export const ledgerVerify: Command = {
  usage: '',
  summary: 'prove the books on the live database',
  options: {},
  async run({ config }) {
    const { counts, totals, violations } = await withDatabase(config(), (pool) => verifyLedger(pool))
    console.log(`${counts.tasks} tasks, ${counts.postings} postings, ${counts.entries} entries, ${counts.openHolds} open holds, ${counts.recomputedCharges} prices computed again`)
    console.log(`granted ${formatDollars(totals.grantedMicros)} = customers ${formatDollars(totals.customersMicros)} + held ${formatDollars(totals.heldMicros)} + revenue ${formatDollars(totals.revenueMicros)}; cost ${formatDollars(totals.costMicros)}; loss ${formatDollars(totals.lossMicros)}`)
    for (const { invariant, text, examples } of violations) console.log(`BROKEN ${invariant}: ${text}\n  ${examples.join('\n  ')}`)
    console.log(violations.length === 0 ? 'The books balance.' : `The books do not balance: ${violations.length} invariants are broken.`)
    return violations.length === 0 ? 0 : 1
  },
}
