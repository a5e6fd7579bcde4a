import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { ConfigError, ENVIRONMENT_SCHEMA, readConfig } from './config.ts'

const folder = mkdtempSync(join(tmpdir(), 'genlock-config-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const SECRET = '0123456789abcdef0123456789abcdef'

function read(environment: Record<string, string>): ReturnType<typeof readConfig> {
  return readConfig({ GENLOCK_DATA: join(folder, 'data'), GENLOCK_SECRET: SECRET, ...environment })
}

function refusal(environment: Record<string, string>): string {
  try {
    read(environment)
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError)
    return (error as Error).message
  }
  throw new Error(`not refused: ${JSON.stringify(environment)}`)
}

const INTEGERS = {
  PORT: [0, 65_535], GENLOCK_RETENTION_DAYS: [1, 3650], GENLOCK_MAX_UPLOAD_MB: [1, 2048], GENLOCK_KEY_RPM: [1, 10_000_000], GENLOCK_KEY_WAITS: [1, 1_000_000],
  GENLOCK_TASK_DEADLINE_SECONDS: [10, 604_800], GENLOCK_RECONCILE_SECONDS: [1, 604_800], GENLOCK_CHECK_MIN_MS: [20, 60_000], GENLOCK_CHECK_MAX_MS: [20, 600_000], GENLOCK_UPSTREAM_TIMEOUT_MS: [100, 600_000],
  GENLOCK_CREDIT_MICROS: [1, 1_000_000_000], GENLOCK_ADMIN_PORT: [0, 65_535],
} as const

/** What is wrong for each setting, and what its line says is allowed. */
const WRONG: Record<string, [values: string[], says: RegExp]> = {
  ...Object.fromEntries(Object.entries(INTEGERS).map(([name, [min, max]]) => [name, [['abc', '-1', '1.5', '1e3', ' 7', String(max + 1), ...(min > 0 ? [String(min - 1)] : [])], /must be (a whole number from|at least|at most) \d+/]])),
  HOST: [['not a host', 'http://x', 'a/b'], /an IP address or a host name/],
  GENLOCK_SECRET: [['short', 'a'.repeat(64)], /openssl rand/],
  DATABASE_URL: [['mysql://x', 'localhost', 'postgresql://user:secret@host:port/db'], /postgresql:\/\//],
  GENLOCK_PUBLIC_URL: [['api.example.com', 'ftp://x', 'https://user@x', 'https://x/?a=1'], /https:\/\/api\.example\.com/],
  GENLOCK_BOOTSTRAP_KEY: [['short', 'with space and more of it'], /16 to 200/],
  GENLOCK_STARTING_CREDITS: [['-1', 'a lot', '$5', '1e6', '0.0000001'], /dollars such as/],
  GENLOCK_CONFIG: [['/there/is/none.yaml'], /readable file/],
  GENLOCK_EGRESS_ALLOW: [['10.0.0.0', '10.0.0.0/33', 'localhost', '10.0.0.0/8;::1/128'], /CIDRs/],
  GENLOCK_TRUSTED_PROXIES: [['all', '1.2.3.4'], /CIDRs/],
  GENLOCK_ROLE: [['server', 'ALL'], /all, api or worker/],
  GENLOCK_LOG_LEVEL: [['loud', 'INFO'], /trace, debug, info/],
  GENLOCK_LOG_PROMPTS: [['yes', '1', 'TRUE'], /true or false/],
  GENLOCK_ADMIN_TOKEN: [['short', 'a'.repeat(64), `${'0123456789'.repeat(4)} with spaces`], /openssl rand|without spaces/],
  GENLOCK_METRICS_TOKEN: [['short'], /16 characters/],
  GENLOCK_ENHANCER_URL: [['api.openai.com', 'ftp://x'], /https:\/\/api\.example\.com/],
  GENLOCK_ENHANCER_KEY: [['with a space', 'ключ'], /printable ASCII/],
  GENLOCK_STORAGE: [['ftp', 'S3'], /disk or s3/],
  GENLOCK_URL: [['x'], /https/],
  S3_ENDPOINT: [['minio:9000'], /https/],
  S3_PREFIX: [['/a', 'a', '../a/'], /parts that end in/],
  S3_FORCE_PATH_STYLE: [['yes'], /true or false/],
}

/** Any text will do for these. */
const FREE = ['GENLOCK_DATA', 'S3_BUCKET', 'S3_REGION', 'S3_ACCESS_KEY_ID', 'S3_SECRET_ACCESS_KEY', 'GENLOCK_KEY', 'GENLOCK_ENHANCER_MODEL']

test('every setting is tried here', () => {
  expect([...Object.keys(WRONG), ...FREE].toSorted()).toEqual(Object.keys(ENVIRONMENT_SCHEMA.shape).toSorted())
})

describe.each(Object.entries(WRONG))('%s', (name, [values, says]) => {
  test.each(values)('%j is refused in one line that names the setting and says what is allowed', (value) => {
    const line = refusal({ [name]: value })
    expect(line).toMatch(new RegExp(`^${name} `))
    expect(line).toMatch(says)
    expect(line).not.toContain('\n')
    if (/SECRET|DATABASE|KEY|TOKEN/.test(name) && !/^\d|^-/.test(value)) expect(line.replace(name, '')).not.toContain(value)
  })
})

test.each(Object.entries(INTEGERS))('%s may be its bounds', (name, [min, max]) => {
  const other = name === 'GENLOCK_CHECK_MIN_MS' ? { GENLOCK_CHECK_MAX_MS: '600000' } : name === 'GENLOCK_CHECK_MAX_MS' ? { GENLOCK_CHECK_MIN_MS: '20' } : {}
  for (const value of [min, max]) read({ ...other, [name]: String(value) })
})

test('nothing set is something to start with, and cannot be changed afterwards', () => {
  const config = readConfig({ GENLOCK_DATA: join(folder, 'fresh') })
  expect(config).toMatchObject({ host: '127.0.0.1', port: 8080, role: 'all', logPrompts: false, egressAllowCidrs: [], channels: [], storage: { kind: 'disk' } })
  expect(Object.isFrozen(config)).toBe(true)
  expect(config.secret).toMatch(/^[0-9a-f]{64}$/)
  expect(readFileSync(join(folder, 'fresh', 'secret'), 'utf8').trim()).toBe(config.secret)
  expect(statSync(join(folder, 'fresh', 'secret')).mode & 0o777).toBe(0o600)
  expect(readConfig({ GENLOCK_DATA: join(folder, 'fresh') }).secret).toBe(config.secret)
  expect(readFileSync(config.adminTokenFile!, 'utf8').trim()).toBe(config.adminToken)
  expect(config.adminToken).toMatch(/^[0-9a-f]{64}$/)
  expect(config.adminToken).not.toBe(config.secret)
  expect(statSync(join(folder, 'fresh', 'admin-token')).mode & 0o777).toBe(0o600)
})

test('with another PostgreSQL there is no admin API until its token is set', () => {
  const shared = { GENLOCK_DATA: join(folder, 'shared'), DATABASE_URL: 'postgresql://localhost/x', GENLOCK_SECRET: '0123456789'.repeat(4) }
  expect(readConfig(shared)).toMatchObject({ adminToken: undefined, adminTokenFile: undefined })
  const token = 'abcdefghij'.repeat(4)
  expect(readConfig({ ...shared, GENLOCK_ADMIN_TOKEN: token })).toMatchObject({ adminToken: token, adminTokenFile: undefined })
})

test('an empty variable is as if it were not there', () => {
  expect(read({ PORT: '', GENLOCK_ROLE: '' })).toMatchObject({ port: 8080, role: 'all' })
})

test('a setting of ours that there is not is refused; other programs\' variables are none of our business', () => {
  expect(refusal({ GENLOCK_PORT: '80' })).toMatch(/^GENLOCK_PORT is not a setting/)
  expect(refusal({ GENLOCK_constructor: 'x' })).toMatch(/^GENLOCK_constructor is not a setting/)
  read({ PATH: '/bin', constructor: 'x', S3_OTHER: 'x' })
})

test('settings that contradict each other are refused', () => {
  expect(refusal({ GENLOCK_CHECK_MIN_MS: '2000', GENLOCK_CHECK_MAX_MS: '1000' })).toMatch(/^GENLOCK_CHECK_MIN_MS must not be more/)
  expect(refusal({ GENLOCK_STORAGE: 's3' })).toMatch(/^S3_BUCKET must be set/)
  expect(refusal({ GENLOCK_SECRET: '', DATABASE_URL: 'postgresql://localhost/x' })).toMatch(/^GENLOCK_SECRET must be set/)
  expect(existsSync(join(folder, 'data', 'secret'))).toBe(false)
})

test('a secret in the data folder that was cut short is not made anew', () => {
  readConfig({ GENLOCK_DATA: join(folder, 'broken') })
  writeFileSync(join(folder, 'broken', 'secret'), 'half')
  expect(() => readConfig({ GENLOCK_DATA: join(folder, 'broken') })).toThrow(/restore it from a backup/)
})

describe('genlock.yaml', () => {
  const channel = 'id: a\n    provider: volcengine-ark\n    credential: { api_key: x }\n    models: { m: n }'
  const yaml = (text: string, environment: Record<string, string> = {}): Record<string, string> => {
    const path = join(folder, 'genlock.yaml')
    writeFileSync(path, text)
    return { GENLOCK_CONFIG: path, ...environment }
  }

  test('gives channels, with variables put in', () => {
    expect(read(yaml('channels:\n  - id: a\n    provider: volcengine-ark\n    credential: { api_key: "${ARK_KEY}" }\n    models: { m: n }', { ARK_KEY: 'secret-value' })).channels).toEqual([
      { id: 'a', provider: 'volcengine-ark', credential: { api_key: 'secret-value' }, models: { m: 'n' }, name: '', settings: {}, priority: 0, weight: 1, limits: {} },
    ])
    expect(read(yaml('')).channels).toEqual([])
  })

  test.each([
    ['a word too many', `channels:\n  - ${channel}\n    colour: red`, /channels\.0\.colour: is no field/],
    ['a wrong type', `channels:\n  - ${channel}\n    weight: heavy`, /channels\.0\.weight: /],
    ['a limit of none', `channels:\n  - ${channel}\n    limits: { concurrency: 0 }`, /channels\.0\.limits\.concurrency: /],
    ['no models', 'channels:\n  - id: a\n    provider: p\n    credential: {}\n    models: {}', /channels\.0\.models: must name at least one/],
    ['something missing', 'channels:\n  - id: a', /channels\.0\./],
    ['no credential', 'channels:\n  - id: a\n    provider: p\n    models: { m: n }', /channels\.0\.credential: is required/],
    ['a credential and several', `channels:\n  - ${channel}\n    credentials: [{ credential: { api_key: y } }]`, /channels\.0\.credential: cannot stand beside credentials/],
    ['two credentials of one label', 'channels:\n  - id: a\n    provider: p\n    credentials: [{ label: x, credential: {} }, { label: x, credential: {} }]', /channels\.0\.credentials\.1\.label: "x" is there twice/],
    ['a cost without an end', `channels:\n  - ${channel}\n    cost: { models: { m: { unit: call, rates: [{ usd: 1, when: { audio: true } }] } } }`, /channels\.0\.cost\.models\.m/],
    ['an odd id', `channels:\n  - ${channel.replace('id: a', 'id: "a b"')}`, /channels\.0\.id: must have/],
    ['the same id twice', `channels:\n  - ${channel}\n  - ${channel}`, /channels\.1\.id: "a" is there twice/],
    ['a list where there is none', '- a', /the file: /],
    ['an unknown section', 'chanels: []', /chanels/],
    ['no YAML', 'channels: [', /is not YAML/],
    ['a variable that is not set', `channels:\n  - ${channel.replace('api_key: x', 'api_key: "${NOT_SET}"')}`, /NOT_SET is not set/],
    ['an address that is none', `channels:\n  - ${channel}\n    base_url: example`, /channels\.0\.base_url: must be/],
  ])('with %s is refused in one line that names the place', (_, text, says) => {
    const line = refusal(yaml(text))
    expect(line).toContain('genlock.yaml')
    expect(line).toMatch(says)
    expect(line).not.toContain('\n')
  })
})

test('the enhancer is an address and a model, or nothing', () => {
  expect(read({}).enhancer).toBeUndefined()
  const url = { GENLOCK_ENHANCER_URL: 'https://chat.example/v1/' }
  expect(read({ ...url, GENLOCK_ENHANCER_MODEL: 'small-1' }).enhancer).toEqual({ url: 'https://chat.example/v1', model: 'small-1' })
  expect(read({ ...url, GENLOCK_ENHANCER_MODEL: 'small-1', GENLOCK_ENHANCER_KEY: 'sk-1' }).enhancer).toMatchObject({ key: 'sk-1' })
  expect(refusal(url)).toMatch(/^GENLOCK_ENHANCER_MODEL must be set/)
  expect(refusal({ GENLOCK_ENHANCER_MODEL: 'small-1' })).toMatch(/^GENLOCK_ENHANCER_URL must be set/)
})
