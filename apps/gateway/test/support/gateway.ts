import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { createKey } from '../../src/bootstrap.ts'
import { readConfig, type Config } from '../../src/config.ts'
import { newId } from '../../src/core/ids.ts'
import { inTransaction } from '../../src/db/pool.ts'
import { deriveKeys } from '../../src/keys.ts'
import { grantCredits, openAccount } from '../../src/ledger/grant.ts'
import { createLog, startGateway, type Gateway, type GatewayOptions } from '../../src/main.ts'
import { createTestDatabase, type TestDatabase } from './database.ts'

export const TEST_KEY = 'sk_test_key_of_the_first_account'
export const TEST_SECRET = 'a secret for tests that is 0123456789 long'

export interface TestGateway {
  url: string
  /** Of the first account. */
  key: string
  database: TestDatabase
  gateway: Gateway
  config: Config
  /** Another account with a key of its own, in the default group or another. */
  addAccount(credits: bigint, groupName?: string): Promise<{ accountId: string; key: string }>
  /** `fetch` with the first account's key, or another. */
  call(path: string, init?: RequestInit & { key?: string }): Promise<Response>
  /** A second process's worth of gateway on the same database. */
  another(environment?: Record<string, string>): Promise<Gateway>
  close(): Promise<void>
}

export interface TestGatewayOptions extends GatewayOptions {
  /** As in `genlock.yaml`; none means the sandbox serves everything. */
  channels?: unknown[]
  environment?: Record<string, string>
}

/** The environment of a test gateway: any port, quick checks, its own data folder. */
export function testEnvironment(databaseUrl: string, dataFolder: string): Record<string, string> {
  return {
    PORT: '0',
    DATABASE_URL: databaseUrl,
    GENLOCK_DATA: dataFolder,
    GENLOCK_SECRET: TEST_SECRET,
    GENLOCK_BOOTSTRAP_KEY: TEST_KEY,
    GENLOCK_STARTING_CREDITS: '100',
    GENLOCK_EGRESS_ALLOW: '127.0.0.0/8',
    GENLOCK_LOG_LEVEL: 'silent',
    GENLOCK_CHECK_MIN_MS: '50',
    GENLOCK_CHECK_MAX_MS: '500',
  }
}

/** A whole gateway in this process, on a database of its own. */
export async function startTestGateway({ channels, environment = {}, ...options }: TestGatewayOptions = {}): Promise<TestGateway> {
  const database = await createTestDatabase()
  const dataFolder = await mkdtemp(join(tmpdir(), 'genlock-test-data-'))
  const settings = { ...testEnvironment(database.url, dataFolder), ...environment }
  if (channels) {
    settings['GENLOCK_CONFIG'] = join(dataFolder, 'genlock.yaml')
    await writeFile(settings['GENLOCK_CONFIG'], stringify({ channels }))
  }
  const config = readConfig(settings)
  const log = options.log ?? createLog(config)
  const gateway = await startGateway(config, { ...options, log })
  const others: Gateway[] = []
  const url = gateway.url!
  return {
    url,
    key: TEST_KEY,
    database,
    gateway,
    config,
    async addAccount(credits, groupName = 'default') {
      const accountId = newId('account')
      const { value } = await inTransaction(database.pool, async (client) => {
        await openAccount(client, { id: accountId, name: 'another' })
        await client.query('insert into key_group (name) values ($1) on conflict do nothing', [groupName])
        if (credits > 0n) await grantCredits(client, { accountId, micros: credits, note: 'test' })
        return createKey(client, { accountId, name: 'another key', groupName }, deriveKeys(config.secret))
      })
      return { accountId, key: value }
    },
    call: (path, { key = TEST_KEY, ...init } = {}) => fetch(url + path, { ...init, headers: { authorization: `Bearer ${key}`, ...(typeof init.body === 'string' && { 'content-type': 'application/json' }), ...(init.headers as Record<string, string>) } }),
    async another(more = {}) {
      const other = await startGateway(readConfig({ ...settings, ...more }), { log })
      others.push(other)
      return other
    },
    async close() {
      await Promise.all([gateway, ...others].map((each) => each.close()))
      await database.drop()
      await rm(dataFolder, { recursive: true, force: true })
    },
  }
}
