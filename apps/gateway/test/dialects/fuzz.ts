import { parseArgs } from 'node:util'
import { fuzzDialects } from './fuzzing.ts'

/* `npm run test:fuzz -- --bodies 100000 [--dialect flat] [--seed 1]`: random bodies for every dialect. Exits with 1 on any fault. */

const { values } = parseArgs({ options: { bodies: { type: 'string', default: '100000' }, dialect: { type: 'string', multiple: true }, seed: { type: 'string', default: String(Date.now() % 2 ** 31) } } })
const bodies = Number(values.bodies)
if (!Number.isInteger(bodies) || bodies < 1) throw new Error('--bodies must be a whole number of at least 1')

console.log(`seed ${values.seed}`)
const report = await fuzzDialects({ bodies, ...(values.dialect && { only: values.dialect }), seed: Number(values.seed), log: console.log })
console.log(`${report.requests} requests: ${Object.entries(report.byStatus).map(([status, count]) => `${count} × ${status}`).join(', ')}`)
if (report.slowBatches > 0) console.log(`${report.slowBatches} batches were slow as a whole: the machine was busy`)
for (const fault of report.faults) console.log(`FAULT: ${fault}`)
console.log(`${report.faults.length} faults`)
process.exitCode = report.faults.length === 0 ? 0 : 1
