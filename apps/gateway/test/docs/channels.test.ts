/** The commands of docs/channels.md, as they stand there, against a gateway and an upstream that is played. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { parse } from 'yaml'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Simulator } from '../../simulators/simulator.ts'
import { simulateVolcengineArk } from '../../simulators/volcengine-ark.ts'
import { COST_CARD_SCHEMA } from '../../src/core/cost-card.ts'
import { ADMIN_TOKEN, WITH_ADMIN } from '../api/admin-client.ts'
import { finishedVideo } from '../api/client.ts'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'

const PAGE = readFileSync(resolve(import.meta.dirname, '../../../../docs/channels.md'), 'utf8')

let genlock: TestGateway
let ark: Simulator
beforeAll(async () => {
  ark = await simulateVolcengineArk({ queuedSeconds: 0.05, renderSeconds: 0.1 })
  genlock = await startTestGateway({ environment: WITH_ADMIN })
})
afterAll(async () => {
  await genlock.close()
  await ark.close()
})

function blocks(language: string): string[] {
  return [...PAGE.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map((match) => match[1]!)
}

test('every command of docs/channels.md does what the page says, in its order', { timeout: 60_000 }, async () => {
  const { id } = await finishedVideo(genlock)
  const key = String(ark.credential['api_key'])
  const script = blocks('bash').join('\n').replaceAll('https://ark.cn-beijing.volces.com/api/v3', ark.baseUrl)
  const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', script], {
    env: { PATH: process.env['PATH'] ?? '', GENLOCK: genlock.url, ADMIN: `Authorization: Bearer ${ADMIN_TOKEN}`, ARK_API_KEY: key, NEW_ARK_API_KEY: `${key}-new`, TASK: id },
    timeout: 50_000,
  })
  // Not the whole output, which says everything about every provider.
  expect(['"outcome":"ok"', '"state":"draining"', '"label":"third"', '"chosen":"ark-pool"', '"cost_known":false'].filter((words) => !stdout.includes(words))).toEqual([])
  expect(stdout.includes(key)).toBe(false)
  const { rows } = await genlock.database.pool.query('select action from admin_audit order by id')
  expect(rows.map(({ action }) => action)).toEqual([
    'channel.create', 'channel.test', 'channel.patch', 'channel.drain', 'channel.enable', 'channel.disable', 'channel.delete', 'channel.create', 'credential.add', 'credential.rotate', 'channel.unblock',
  ])
})

test('the cost card of docs/channels.md is one', () => {
  const [card] = blocks('yaml').map((text) => (parse(text) as { cost: unknown }).cost)
  expect(COST_CARD_SCHEMA.parse(card)).toEqual(card)
})
