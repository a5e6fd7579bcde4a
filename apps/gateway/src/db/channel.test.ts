import type pg from 'pg'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../test/support/database.ts'
import { blockCredential, eraseRetired, putCredential, readChannel, readChannels, syncConfiguredChannels, writeChannel, type ChannelToStore, type CredentialToStore } from './channel.ts'
import { inTransaction } from './pool.ts'

let database: TestDatabase
let pool: pg.Pool

beforeEach(async () => {
  database = await createTestDatabase()
  pool = database.pool
})
afterEach(() => database.drop())

describe('the channels of the configuration file', () => {
  test('are made exactly those; one that is gone is not read any more, and comes back as it was', async () => {
    await sync([channel('a'), channel('b')])
    expect((await readChannels(pool)).map(({ id }) => id)).toEqual(['a', 'b'])
    const before = (await readChannel(pool, 'b'))!.credentials
    await sync([channel('a')])
    expect((await readChannels(pool)).map(({ id }) => id)).toEqual(['a'])
    expect(await readChannel(pool, 'b')).toMatchObject({ deleted: true, credentials: before })
    await sync([channel('a'), { ...channel('b'), priority: 7 }])
    expect(await readChannel(pool, 'b')).toMatchObject({ deleted: false, priority: 7, credentials: before })
  })

  test('keep what an operator switched, and are tried again when they were blocked', async () => {
    await sync([channel('a')])
    await pool.query('update channel set enabled = false, draining = true')
    expect(await blockCredential(pool, { channelId: 'a', credentialId: 'a-key', reason: 'no money' })).toBe(true)
    expect(await readChannel(pool, 'a')).toMatchObject({ blockedReason: 'no money', credentials: [{ blockedReason: 'no money' }] })
    await sync([channel('a')])
    const row = (await readChannel(pool, 'a'))!
    expect(row).toMatchObject({ enabled: false, draining: true })
    expect([row.blockedReason, row.credentials[0]!.blockedReason]).toEqual([undefined, undefined])
  })

  test('leave alone what was made through the admin API, and say which it is', async () => {
    await inTransaction(pool, (client) => writeChannel(client, channel('mine'), 'admin'))
    expect(await sync([channel('a'), channel('mine')])).toBe('mine')
    expect((await readChannels(pool)).map(({ id, managedBy }) => [id, managedBy])).toEqual([['mine', 'admin']])
    expect(await sync([channel('a')])).toBeUndefined()
    expect((await readChannels(pool)).map(({ id }) => id)).toEqual(['a', 'mine'])
  })
})

describe('a credential', () => {
  test('that is another under the same label stands in for the old one; at another provider it is nobody\'s heir', async () => {
    await sync([channel('a')])
    await sync([{ ...channel('a'), credentials: [credential('second', 'other')] }])
    expect((await readChannel(pool, 'a'))!.credentials).toMatchObject([{ id: 'second', label: 'default', lineage: 'a-key' }])
    await sync([{ ...channel('a'), credentials: [{ ...credential('third', 'other'), label: 'renamed' }] }])
    expect((await readChannel(pool, 'a'))!.credentials).toMatchObject([{ id: 'third', label: 'renamed', lineage: 'third' }])
    await sync([{ ...channel('a'), provider: 'another', credentials: [{ ...credential('fourth', 'more'), label: 'renamed' }] }])
    expect((await readChannel(pool, 'a'))!.credentials).toMatchObject([{ id: 'fourth', lineage: 'fourth' }])
  })

  test('blocks its channel only when it was the last', async () => {
    await sync([{ ...channel('a'), credentials: [{ ...credential('one', '1'), label: 'one' }, { ...credential('two', '2'), label: 'two' }] }])
    expect(await blockCredential(pool, { channelId: 'a', credentialId: 'one', reason: 'refused' })).toBe(false)
    expect(await blockCredential(pool, { channelId: 'a', credentialId: 'two', reason: 'refused' })).toBe(true)
  })

  test('that was retired is erased when no task can need it any more', async () => {
    await sync([channel('a'), channel('deleted')])
    await inTransaction(pool, (client) => putCredential(client, channel('a'), credential('a-next', 'next')))
    await pool.query(`insert into attempt (id, task_id, number, channel_id, credential_id, provider, upstream_model, outcome, job_id) values ('att', 'task', 1, 'a', 'a-key', 'p', 'm', 'accepted', gen_random_uuid())`)
    await pool.query(`update channel set deleted_at = now() where id = 'deleted'`)
    const retire = (id: string, ago: string): Promise<unknown> => pool.query(`update channel_credential set retired_at = now() - $2::interval where id = $1`, [id, ago])
    await retire('a-key', '9 days')
    await retire('deleted-key', '59 minutes')
    expect(await eraseRetired(pool)).toBe(0)
    await pool.query('update attempt set ended_at = now()')
    await retire('deleted-key', '61 minutes')
    expect(await eraseRetired(pool)).toBe(2)
    expect(await eraseRetired(pool)).toBe(0)
    expect((await pool.query(`select id from channel_credential where sealed <> ''`)).rows).toEqual([{ id: 'a-next' }])
  })
})

function channel(id: string): ChannelToStore & { credentials: CredentialToStore[] } {
  return { id, name: '', provider: 'played', settings: {}, priority: 0, weight: 1, credentials: [credential(`${id}-key`, id)] }
}

function credential(id: string, secret: string): CredentialToStore {
  return { id, label: 'default', sealed: Buffer.from(`sealed ${secret}`), fingerprint: Buffer.from(secret) }
}

function sync(channels: (ChannelToStore & { credentials: CredentialToStore[] })[]): Promise<string | undefined> {
  return inTransaction(pool, (client) => syncConfiguredChannels(client, channels))
}
