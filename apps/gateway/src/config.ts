import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { dirname, join, resolve } from 'node:path'
import ipaddr from 'ipaddr.js'
import { Client } from 'pg'
import { parse as parseYaml } from 'yaml'
import { z } from 'zod'
import { address, CHANNEL_SCHEMA, type ChannelDefinition } from './core/channel-definition.ts'
import { firstFault } from './core/first-fault.ts'
import { parseDollars } from './core/micros.ts'

/**
 * The environment, and `genlock.yaml`, as one frozen object. Only this reads configuration; `cli/run.ts` gives it `process.env`.
 * docs/configuration.md is written from the schema below and that of a channel (`npm run docs`).
 *
 * @throws ConfigError with one line that names the value and says what is allowed.
 */
export function readConfig(environment: Record<string, string | undefined>): Config {
  const parsed = parseEnvironment(environment)
  const dataFolder = resolve(parsed.GENLOCK_DATA)
  const file = readConfigFile(parsed.GENLOCK_CONFIG, environment)
  return Object.freeze({
    host: parsed.HOST,
    port: parsed.PORT,
    dataFolder,
    databaseUrl: parsed.DATABASE_URL,
    publicUrl: parsed.GENLOCK_PUBLIC_URL,
    role: parsed.GENLOCK_ROLE,
    secret: parsed.GENLOCK_SECRET ?? ownSecret(dataFolder, parsed.DATABASE_URL !== undefined),
    bootstrapKey: parsed.GENLOCK_BOOTSTRAP_KEY,
    startingCreditsMicros: parsed.GENLOCK_STARTING_CREDITS,
    egressAllowCidrs: parsed.GENLOCK_EGRESS_ALLOW,
    logLevel: parsed.GENLOCK_LOG_LEVEL,
    logPrompts: parsed.GENLOCK_LOG_PROMPTS,
    creditMicros: BigInt(parsed.GENLOCK_CREDIT_MICROS),
    adminToken: parsed.GENLOCK_ADMIN_TOKEN ?? (parsed.DATABASE_URL === undefined ? ownAdminToken(dataFolder) : undefined),
    adminTokenFile: parsed.GENLOCK_ADMIN_TOKEN === undefined && parsed.DATABASE_URL === undefined ? adminTokenFile(dataFolder) : undefined,
    adminPort: parsed.GENLOCK_ADMIN_PORT,
    metricsToken: parsed.GENLOCK_METRICS_TOKEN,
    retentionSeconds: parsed.GENLOCK_RETENTION_DAYS * 86_400,
    maxUploadBytes: parsed.GENLOCK_MAX_UPLOAD_MB * 1024 * 1024,
    requestsPerMinutePerKey: parsed.GENLOCK_KEY_RPM,
    maxWaitsPerKey: parsed.GENLOCK_KEY_WAITS,
    trustedProxies: parsed.GENLOCK_TRUSTED_PROXIES,
    taskDeadlineSeconds: parsed.GENLOCK_TASK_DEADLINE_SECONDS,
    reconcileSeconds: parsed.GENLOCK_RECONCILE_SECONDS,
    checkMinMs: parsed.GENLOCK_CHECK_MIN_MS,
    checkMaxMs: parsed.GENLOCK_CHECK_MAX_MS,
    upstreamTimeoutMs: parsed.GENLOCK_UPSTREAM_TIMEOUT_MS,
    enhancer: enhancerConfig(parsed),
    demoKey: parsed.GENLOCK_KEY,
    demoUrl: parsed.GENLOCK_URL,
    storage: storageConfig(parsed, dataFolder),
    channels: file.channels,
  })
}

/** The channels of a file in the form of `genlock.yaml`. @throws ConfigError */
export function readChannelsFile(path: string, environment: Record<string, string | undefined>): readonly ChannelDefinition[] {
  return readConfigFile(path, environment).channels
}

export class ConfigError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'ConfigError'
  }
}

export interface Config {
  readonly host: string
  readonly port: number
  readonly dataFolder: string
  /** Absent: the embedded PostgreSQL. */
  readonly databaseUrl: string | undefined
  /** The API's own origin as callers reach it, without a slash at the end; absent: taken from each request. */
  readonly publicUrl: string | undefined
  readonly role: 'all' | 'api' | 'worker'
  /** At least 32 characters; key hashes, sealed credentials and signed links hang on it. */
  readonly secret: string
  readonly bootstrapKey: string | undefined
  readonly startingCreditsMicros: bigint
  readonly egressAllowCidrs: readonly string[]
  readonly logLevel: string
  readonly logPrompts: boolean
  /** What one credit is, in dialects that count in credits. */
  readonly creditMicros: bigint
  /** Absent: there is no admin API. */
  readonly adminToken: string | undefined
  /** Where it lies, when it is one of our own making. */
  readonly adminTokenFile: string | undefined
  /** Absent: the admin API is served with everything else. */
  readonly adminPort: number | undefined
  readonly metricsToken: string | undefined
  readonly retentionSeconds: number
  readonly maxUploadBytes: number
  readonly requestsPerMinutePerKey: number
  readonly maxWaitsPerKey: number
  readonly trustedProxies: readonly string[]
  readonly taskDeadlineSeconds: number
  readonly reconcileSeconds: number
  readonly checkMinMs: number
  readonly checkMaxMs: number
  readonly upstreamTimeoutMs: number
  /** What rewrites prompts in English; absent: nothing does. */
  readonly enhancer: { readonly url: string; readonly model: string; readonly key?: string } | undefined
  readonly demoKey: string | undefined
  readonly demoUrl: string | undefined
  readonly storage: StorageConfig
  readonly channels: readonly ChannelDefinition[]
}

export type StorageConfig =
  | { readonly kind: 'disk'; readonly folder: string }
  | {
      readonly kind: 's3'
      readonly bucket: string
      readonly region: string
      readonly prefix: string
      readonly forcePathStyle: boolean
      readonly endpoint?: string
      readonly accessKeyId?: string
      readonly secretAccessKey?: string
    }

const WEAK_SECRETS = new Set(['secret', 'changeme', 'password', 'genlock', 'default'])

const integer = (min: number, max: number) =>
  z.string().regex(/^\d+$/, `must be a whole number from ${min} to ${max}`).transform(Number).pipe(z.number().min(min, `must be at least ${min}`).max(max, `must be at most ${max}`))

const boolean = z.enum(['true', 'false'], 'must be true or false').transform((text) => text === 'true')

const cidrList = z.string().transform((text, context) => {
  const cidrs = text.split(',').map((part) => part.trim()).filter((part) => part !== '')
  for (const cidr of cidrs) {
    if (!ipaddr.isValidCIDR(cidr)) context.addIssue({ code: 'custom', message: `must be CIDRs separated by commas, such as 127.0.0.0/8; ${JSON.stringify(cidr)} is none` })
  }
  return cidrs
})

const HOST_NAME = /^[a-z0-9]([a-z0-9.-]{0,252}[a-z0-9])?$/i

/** Whether the driver understands it; its own error would show the password. */
function isConnectionAddress(text: string): boolean {
  try {
    return new Client({ connectionString: text }).host !== ''
  } catch {
    return false
  }
}

/** Every variable, with the sentence that docs/configuration.md shows. */
export const ENVIRONMENT_SCHEMA = z.object({
  HOST: z.string().refine((text) => isIP(text) !== 0 || HOST_NAME.test(text), 'must be an IP address or a host name').default('127.0.0.1').describe('Address to listen on. `0.0.0.0` for all.'),
  PORT: integer(0, 65_535).default(8080).describe('Port to listen on; 0 for any free one.'),
  GENLOCK_DATA: z.string().default('./data').describe('Folder of the embedded PostgreSQL, of stored files and of the generated secret.'),
  GENLOCK_SECRET: z.string().min(32, 'must have at least 32 characters; make one with: openssl rand -hex 32').refine((text) => !WEAK_SECRETS.has(text.toLowerCase()) && new Set(text).size >= 8, 'is too easy to guess; make one with: openssl rand -hex 32').optional().describe('Key hashes, sealed credentials and signed links hang on it. With the embedded PostgreSQL one is made at the first start and kept in the data folder; with `DATABASE_URL` it must be set.'),
  DATABASE_URL: z.string().regex(/^postgres(ql)?:\/\//, 'must start with postgresql://').refine(isConnectionAddress, 'must be an address such as postgresql://user:password@host:5432/database').optional().describe('A PostgreSQL 15 or later to use instead of the embedded one.'),
  GENLOCK_PUBLIC_URL: address.optional().describe('The address under which callers reach this server; links are built on it. Unset, they are built on the `Host` of each request.'),
  GENLOCK_BOOTSTRAP_KEY: z.string().regex(/^[A-Za-z0-9_-]{16,200}$/, 'must have 16 to 200 letters, digits, _ or -').optional().describe('Value of the first key, instead of a random one that is printed once.'),
  GENLOCK_STARTING_CREDITS: z.string().transform((text, context) => {
    const micros = parseDollars(text)
    if (micros === undefined) context.addIssue({ code: 'custom', message: 'must be dollars such as 100 or 0.5' })
    return micros ?? 0n
  }).default(100_000_000n).describe('Credits of the first account, in dollars.'),
  GENLOCK_CONFIG: z.string().optional().describe('Path of a `genlock.yaml` with channels.'),
  GENLOCK_EGRESS_ALLOW: cidrList.default([]).describe('CIDRs that outgoing calls may reach although they are special (private, loopback …), separated by commas.'),
  GENLOCK_ROLE: z.enum(['all', 'api', 'worker'], 'must be all, api or worker').default('all').describe('What this process does: serve requests, work on tasks, or both.'),
  GENLOCK_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'], 'must be trace, debug, info, warn, error or silent').default('info').describe('Least severity that is logged.'),
  GENLOCK_LOG_PROMPTS: boolean.default(false).describe('`true` writes the prompt of each create into its line of the log. Otherwise no prompt is logged.'),
  GENLOCK_ADMIN_TOKEN: z.string().min(32, 'must have at least 32 characters; make one with: openssl rand -hex 32').regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces').refine((text) => new Set(text).size >= 8, 'is too easy to guess; make one with: openssl rand -hex 32').optional().describe('Bearer token of the admin API (docs/channels.md). With the embedded PostgreSQL one is made at the first start and kept in the data folder, in `admin-token`; with `DATABASE_URL` there is no admin API until it is set.'),
  GENLOCK_ADMIN_PORT: integer(0, 65_535).optional().describe('A port of its own for the admin API, which is then not served on `PORT`.'),
  GENLOCK_METRICS_TOKEN: z.string().min(16, 'must have at least 16 characters').optional().describe('Bearer token for `/metrics`. Without one it answers only on loopback.'),
  GENLOCK_CREDIT_MICROS: integer(1, 1_000_000_000).default(10_000).describe('What one credit is worth, in millionths of a US dollar, where a dialect counts in credits.'),
  GENLOCK_RETENTION_DAYS: integer(1, 3650).default(7).describe('How long results and uploads are kept.'),
  GENLOCK_MAX_UPLOAD_MB: integer(1, 2048).default(64).describe('Largest upload or request body with files.'),
  GENLOCK_KEY_RPM: integer(1, 10_000_000).default(6000).describe('Creates, cancels, deletes, lists, uploads and quotes a key may make in a minute. Reading tasks is free.'),
  GENLOCK_KEY_WAITS: integer(1, 1_000_000).default(20_000).describe('Open `/wait` and `/events` requests of one key.'),
  GENLOCK_TRUSTED_PROXIES: cidrList.default([]).describe('CIDRs of reverse proxies whose `X-Forwarded-*` headers are believed.'),
  GENLOCK_TASK_DEADLINE_SECONDS: integer(10, 604_800).default(7200).describe('When a task that has not ended is given up, and its credits returned.'),
  GENLOCK_RECONCILE_SECONDS: integer(1, 604_800).default(900).describe('How long a submission whose outcome is unknown is looked for before its task fails and its credits are returned.'),
  GENLOCK_CHECK_MIN_MS: integer(20, 60_000).default(500).describe('Least time between two looks at one upstream job.'),
  GENLOCK_CHECK_MAX_MS: integer(20, 600_000).default(15_000).describe('Most time between two looks at one upstream job.'),
  GENLOCK_UPSTREAM_TIMEOUT_MS: integer(100, 600_000).default(60_000).describe('Time-out of one upstream call.'),
  GENLOCK_ENHANCER_URL: address.optional().describe('Base address of an OpenAI-compatible API, such as `https://api.openai.com/v1`, whose chat rewrites prompts in English for requests with `enhance_prompt`. Unset, prompts stay as they are. A private address must be among `GENLOCK_EGRESS_ALLOW`.'),
  GENLOCK_ENHANCER_KEY: z.string().regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces').optional().describe('Its API key; unset, none is sent.'),
  GENLOCK_ENHANCER_MODEL: z.string().min(1).optional().describe('Its chat model; needed with `GENLOCK_ENHANCER_URL`.'),
  GENLOCK_STORAGE: z.enum(['disk', 's3'], 'must be disk or s3').default('disk').describe('Where files are kept.'),
  S3_BUCKET: z.string().min(1).optional().describe('Bucket, with `GENLOCK_STORAGE=s3`.'),
  S3_REGION: z.string().min(1).default('us-east-1').describe('Region of the bucket.'),
  S3_ENDPOINT: address.optional().describe('Address of an S3-speaking server other than AWS.'),
  S3_PREFIX: z.string().regex(/^([A-Za-z0-9_-][A-Za-z0-9_.-]*\/)*$/, 'must be empty or path parts that end in /').default('').describe('Put before every object name.'),
  S3_ACCESS_KEY_ID: z.string().min(1).optional().describe('Access key; unset, the AWS SDK looks in its usual places.'),
  S3_SECRET_ACCESS_KEY: z.string().min(1).optional().describe('Secret of the access key.'),
  GENLOCK_KEY: z.string().min(1).optional().describe('For `npm run demo`: the key to use. Unset, it makes one in the database of this configuration and revokes it afterwards.'),
  GENLOCK_URL: address.optional().describe('For `npm run demo`: the server to use, if not the one of this configuration.'),
  S3_FORCE_PATH_STYLE: boolean.default(false).describe('`true` for servers without a host name per bucket.'),
})

const CONFIG_FILE_SCHEMA = z.strictObject({
  channels: z.array(CHANNEL_SCHEMA).default([]),
}).superRefine(({ channels }, context) => {
  const seen = new Set<string>()
  channels.forEach(({ id }, index) => {
    if (seen.has(id)) context.addIssue({ code: 'custom', path: ['channels', index, 'id'], message: `${JSON.stringify(id)} is there twice; ids must differ` })
    seen.add(id)
  })
})

type Environment = z.infer<typeof ENVIRONMENT_SCHEMA>

/** Ours by name; a typo in one of these must not be passed over in silence. */
const OWN_PREFIX = /^GENLOCK_/

function parseEnvironment(environment: Record<string, string | undefined>): Environment {
  const known: Record<string, string> = {}
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined || value === '') continue
    if (Object.hasOwn(ENVIRONMENT_SCHEMA.shape, name)) known[name] = value
    else if (OWN_PREFIX.test(name)) throw new ConfigError(`${name} is not a setting; see docs/configuration.md for those there are`)
  }
  const result = ENVIRONMENT_SCHEMA.safeParse(known)
  if (!result.success) {
    const issue = result.error.issues[0]!
    throw new ConfigError(`${issue.path.join('.')} ${issue.message}`)
  }
  const parsed = result.data
  if (parsed.GENLOCK_CHECK_MIN_MS > parsed.GENLOCK_CHECK_MAX_MS) throw new ConfigError('GENLOCK_CHECK_MIN_MS must not be more than GENLOCK_CHECK_MAX_MS')
  return parsed
}

function enhancerConfig(parsed: Environment): Config['enhancer'] {
  const { GENLOCK_ENHANCER_URL: url, GENLOCK_ENHANCER_KEY: key, GENLOCK_ENHANCER_MODEL: model } = parsed
  if (url === undefined) {
    if (model !== undefined || key !== undefined) throw new ConfigError('GENLOCK_ENHANCER_URL must be set when GENLOCK_ENHANCER_MODEL or GENLOCK_ENHANCER_KEY is')
    return undefined
  }
  if (model === undefined) throw new ConfigError('GENLOCK_ENHANCER_MODEL must be set when GENLOCK_ENHANCER_URL is')
  return { url, model, ...(key !== undefined && { key }) }
}

function storageConfig(parsed: Environment, dataFolder: string): StorageConfig {
  if (parsed.GENLOCK_STORAGE === 'disk') return { kind: 'disk', folder: join(dataFolder, 'files') }
  if (parsed.S3_BUCKET === undefined) throw new ConfigError('S3_BUCKET must be set when GENLOCK_STORAGE is s3')
  return {
    kind: 's3',
    bucket: parsed.S3_BUCKET,
    region: parsed.S3_REGION,
    prefix: parsed.S3_PREFIX,
    forcePathStyle: parsed.S3_FORCE_PATH_STYLE,
    ...(parsed.S3_ENDPOINT === undefined ? {} : { endpoint: parsed.S3_ENDPOINT }),
    ...(parsed.S3_ACCESS_KEY_ID === undefined ? {} : { accessKeyId: parsed.S3_ACCESS_KEY_ID }),
    ...(parsed.S3_SECRET_ACCESS_KEY === undefined ? {} : { secretAccessKey: parsed.S3_SECRET_ACCESS_KEY }),
  }
}

function readConfigFile(path: string | undefined, environment: Record<string, string | undefined>): z.infer<typeof CONFIG_FILE_SCHEMA> {
  if (path === undefined) return { channels: [] }
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new ConfigError(`GENLOCK_CONFIG or --file must be the path of a readable file: ${(error as Error).message}`)
  }
  let value: unknown
  try {
    value = parseYaml(text) ?? {}
  } catch (error) {
    throw new ConfigError(`${path} is not YAML: ${(error as Error).message.split('\n')[0]}`)
  }
  const written = replaceVariables(value, path, environment)
  const result = CONFIG_FILE_SCHEMA.safeParse(written)
  if (!result.success) {
    const fault = firstFault(result.error, written)
    throw new ConfigError(`${path}: ${fault.path || 'the file'}: ${fault.message}`)
  }
  return result.data
}

/** `${NAME}` in any string of the file, so that credentials need not stand in it. */
function replaceVariables(value: unknown, path: string, environment: Record<string, string | undefined>): unknown {
  if (typeof value === 'string') {
    return value.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (_, name: string) => {
      const found = environment[name]
      if (found === undefined) throw new ConfigError(`${path}: the environment variable ${name} is not set`)
      return found
    })
  }
  if (Array.isArray(value)) return value.map((item) => replaceVariables(item, path, environment))
  if (value !== null && typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, replaceVariables(item, path, environment)]))
  return value
}

/** The secret of a server that nobody configured: made once, readable by its owner only. */
function ownSecret(dataFolder: string, sharedDatabase: boolean): string {
  if (sharedDatabase) throw new ConfigError('GENLOCK_SECRET must be set when DATABASE_URL is: every process of one database needs the same; make one with: openssl rand -hex 32')
  return ownFile(join(dataFolder, 'secret'), 'restore it from a backup, without it sealed credentials and keys are lost')
}

/** The token of an admin API that nobody configured, made in the same way. */
function ownAdminToken(dataFolder: string): string {
  return ownFile(adminTokenFile(dataFolder), 'delete the file, and the next start makes another')
}

function adminTokenFile(dataFolder: string): string {
  return join(dataFolder, 'admin-token')
}

function ownFile(path: string, otherwise: string): string {
  if (!existsSync(path)) {
    mkdirSync(dirname(path), { recursive: true })
    try {
      writeFileSync(path, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flag: 'wx' })
    } catch (error) {
      // Another process made it at the same moment.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
  chmodSync(path, 0o600)
  const secret = readFileSync(path, 'utf8').trim()
  if (secret.length < 32) throw new ConfigError(`${path} must hold a secret of at least 32 characters; ${otherwise}`)
  return secret
}
