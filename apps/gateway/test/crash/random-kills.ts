import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startEmbeddedPostgres } from '../../src/db/embedded-postgres.ts'
import { connectionUrl, createPool, withDatabase, type DatabaseConnection } from '../../src/db/pool.ts'
import { runStorm, type StormReport } from './storm.ts'

/*
 * `npm run test:crash -- --kills 200`: kills a gateway that many times under load and checks what is left. On the server
 * of DATABASE_URL, in a database of its own, or on an embedded PostgreSQL. Exits with 1 on any fault.
 */

const { values } = parseArgs({ options: { kills: { type: 'string', default: '200' } } })
const kills = Number(values.kills)
if (!Number.isInteger(kills) || kills < 1) throw new Error('--kills must be a whole number of at least 1')

const server = process.env['DATABASE_URL'] ? { connection: process.env['DATABASE_URL'], stop: async () => undefined } : await startTemporary()
const report = await onOwnDatabase(server.connection, (databaseUrl) => runStorm({ databaseUrl, kills, log: (line) => console.error(line) })).finally(() => server.stop())
console.log(summary(report))
for (const fault of report.faults) console.log(`FAULT: ${fault}`)
process.exitCode = report.faults.length === 0 ? 0 : 1

function summary(report: StormReport): string {
  return [
    `${report.kills} kills (${report.killsDuringStart} during a start) in ${report.seconds} s, ${report.creates} creates, ${report.repeats} repeated, ${report.refusedForCredit} refused for credit, ${report.unanswered} never answered`,
    `${report.tasks} tasks: ${Object.entries(report.byState).map(([state, count]) => `${count} ${state}`).join(', ')}; ${report.unresolved} were unresolved at some time and ${report.found} of them found again, ${report.callbacks} callbacks came through, loss booked ${dollars(report.lossMicros)}`,
    ...Object.entries(report.byUpstream).map(([id, { tasks, succeeded, accepted, chargedMicros, costMicros }]) =>
      `${id}: ${tasks} tasks, ${accepted} accepted, ${succeeded} succeeded; ${chargedMicros === undefined ? '' : `charged ${dollars(chargedMicros)}, `}booked ${dollars(costMicros)}`),
    `${report.faults.length} faults`,
  ].join('\n')
}

function dollars(micros: bigint): string {
  return `$${(Number(micros) / 1e6).toFixed(4)}`
}

async function onOwnDatabase(connection: DatabaseConnection, work: (databaseUrl: string) => Promise<StormReport>): Promise<StormReport> {
  const name = `genlock_storm_${randomBytes(4).toString('hex')}`
  const admin = createPool(connection, { max: 1 })
  try {
    await admin.query(`create database ${name}`)
    try {
      return await work(connectionUrl(withDatabase(connection, name)))
    } finally {
      await admin.query(`drop database ${name} with (force)`)
    }
  } finally {
    await admin.end()
  }
}

async function startTemporary(): Promise<{ connection: DatabaseConnection; stop(): Promise<void> }> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'genlock-storm-postgres-'))
  const postgres = await startEmbeddedPostgres({ dataFolder })
  return {
    connection: postgres.connection,
    stop: async () => {
      await postgres.stop()
      await rm(dataFolder, { recursive: true, force: true })
    },
  }
}
