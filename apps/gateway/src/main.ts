import { availableParallelism, tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import pino, { type DestinationStream, type Logger } from 'pino'
import { collectDefaultMetrics, Registry } from 'prom-client'
import packageJson from '../package.json' with { type: 'json' }
import { Authenticator } from './admission/authenticate.ts'
import { createPromptEnhancer } from './admission/enhance-prompt.ts'
import { RateLimit } from './admission/rate-limit.ts'
import { AdminApi } from './admin/admin-api.ts'
import { createApp } from './app.ts'
import { bootstrap } from './bootstrap.ts'
import type { Config } from './config.ts'
import { systemClock } from './core/clock.ts'
import { openDatabase } from './database.ts'
import { migrate } from './db/migrate.ts'
import { dialects } from './dialects/index.ts'
import { createEgress } from './egress/egress.ts'
import { Channels } from './engine/channels.ts'
import { noCrash, type ReachPoint } from './engine/crash-points.ts'
import { Engine } from './engine/engine.ts'
import { createEngineMetrics } from './engine/metrics.ts'
import type { EngineSettings } from './engine/parts.ts'
import { routedWork } from './engine/routed-work.ts'
import { TaskFeed } from './events/task-feed.ts'
import { TaskReader } from './events/task-reader.ts'
import { Waiters } from './events/waiters.ts'
import { AdminGate } from './http/admin-gate.ts'
import type { HttpParts } from './http/http-parts.ts'
import { createHttpMetrics } from './http/metrics.ts'
import { storedFileLink, TaskRenderer } from './http/render.ts'
import { DEFAULT_BODY_LIMITS } from './http/request-body.ts'
import { upstreamCallbackUrl } from './http/upstream-callbacks.ts'
import { deriveKeys, type Keys } from './keys.ts'
import { PROVIDERS } from './providers/index.ts'
import type { Provider } from './providers/provider.ts'
import { createSandbox } from './providers/sandbox.ts'
import { createRenderPool } from './providers/sandbox/render-pool.ts'
import { createStorage } from './storage/create-storage.ts'
import { createMediaProber } from './storage/probe.ts'

export interface Gateway {
  app: FastifyInstance
  /** Where it listens; a worker serves only its health there. */
  url: string
  /** Where the admin API is; undefined when there is none. */
  adminUrl: string | undefined
  /** There never was a channel, so the sandbox serves every model. */
  usesSandbox: boolean
  /** In the start that created the first account, and only then. */
  firstKey: string | undefined
  close(): Promise<void>
}

export interface GatewayOptions {
  log?: Logger
  /** For the crash suite. */
  reach?: ReachPoint
  /** For tests: upstreams beside those of the registry. */
  providers?: Record<string, Provider>
}

/** Lines are written together; a quiet server's log must not wait for the next 4 KB. */
const LOG_FLUSH_MS = 250
/** What is at work when the process is asked to stop has this long to end; the rest is taken over by others. The way out has 5 s more. */
const STOP_GRACE_MS = 5_000

/** Builds every part and starts them. The only place where parts meet. */
export async function startGateway(config: Config, { log = createLog(config), reach = noCrash, providers: more = {} }: GatewayOptions = {}): Promise<Gateway> {
  const clock = systemClock
  const keys = deriveKeys(config.secret)
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const database = await openDatabase(config, log)
  const { pool } = database
  const renderPool = createRenderPool({ workFolder: join(tmpdir(), `genlock-renders-${userInfo().uid}`), maxConcurrent: Math.max(1, availableParallelism() - 1) })
  const sandbox = createSandbox(renderPool, () => clock.nowMs())
  const providers: Record<string, Provider> = { ...PROVIDERS, ...more, sandbox }
  const storage = await createStorage(config.storage)
  const prober = createMediaProber()
  const egress = createEgress({ allowCidrs: config.egressAllowCidrs })
  const feed = new TaskFeed({ pool, connection: database.connection, log })
  const reader = new TaskReader({ pool, feed, clock })
  const waiters = new Waiters({ pool, feed, log })
  const channels = new Channels({ pool, providers, egress, sealingKey: keys.sealing, clock, log, upstreamTimeoutMs: config.upstreamTimeoutMs, builtIn: sandbox })
  const settings = {
    publicUrl: config.publicUrl, bodyLimits: { ...DEFAULT_BODY_LIMITS, maxFileBytes: config.maxUploadBytes, maxFormBytes: config.maxUploadBytes }, retentionSeconds: config.retentionSeconds,
    maxWaitsPerKey: config.maxWaitsPerKey, creditMicros: config.creditMicros, metricsToken: config.metricsToken, logPrompts: config.logPrompts, trustedProxies: config.trustedProxies, version: packageJson.version,
  }
  // For links in callbacks, which no request of a caller gives an address to.
  let origin = config.publicUrl ?? `http://${config.host}:${config.port}`
  const renderer = new TaskRenderer({ clock, linkKey: keys.fileLink, settings })
  const engine = new Engine({
    pool, channels, storage, prober, egress, clock, log, reach,
    metrics: createEngineMetrics(registry),
    webhookKey: keys.webhook,
    renderCallback(task, event) {
      const { renderTask, renderCallback } = dialects.find(({ id }) => id === task.dialect) ?? dialects[0]!
      return renderCallback ? renderCallback(task, renderer.context(origin)) : { ...event, data: renderTask(task, renderer.context(origin)) }
    },
    settings: { checkMinMs: config.checkMinMs, checkMaxMs: config.checkMaxMs, reconcileSeconds: config.reconcileSeconds, retentionSeconds: config.retentionSeconds, ...(config.publicUrl !== undefined && reachableByUpstreams(config.publicUrl, keys, () => clock.nowMs())) },
    moved: (taskId) => feed.changed(taskId),
  })

  let ready = false
  const httpParts: HttpParts = {
    pool, clock, log, reader, feed, waiters, storage, engine, registry, settings,
    authenticator: new Authenticator({ pool, hashKey: keys.apiKeyHash, clock }),
    rateLimit: new RateLimit({ perMinute: config.requestsPerMinutePerKey, clock }),
    admission: {
      pool, storage, prober, egress, clock,
      retentionSeconds: config.retentionSeconds,
      taskDeadlineSeconds: config.taskDeadlineSeconds,
      ...(config.enhancer && { enhancePrompt: createPromptEnhancer(config.enhancer, egress, (reason, cause) => log.warn({ err: cause, reason }, 'a prompt could not be rewritten in English')) }),
      reach: (model, group) => channels.reach(model, group),
      unfit: async (work) => (await channels.route(await routedWork(work, { pool, channels }))).unfit,
      atCommit: (when) => reach(`create:${when}_commit`),
    },
    metrics: createHttpMetrics(registry),
    linkKey: keys.fileLink,
    callbackKey: keys.callback,
    webhookKey: keys.webhook,
    isReady: () => ready,
  }
  const admin = config.adminToken === undefined || config.role === 'worker' ? undefined : {
    api: new AdminApi({ pool, channels, providers, egress, sealingKey: keys.sealing }),
    gate: new AdminGate({ token: config.adminToken, clock }),
  }
  const isApart = config.adminPort !== undefined
  const app = await createApp({ ...httpParts, ...(admin && !isApart && { admin }) }, { serves: config.role === 'worker' ? 'health' : 'everything' })
  const adminApp = admin && isApart ? await createApp({ ...httpParts, admin }, { serves: 'admin' }) : undefined

  let closed: Promise<void> | undefined
  const close = (): Promise<void> => (closed ??= stopAll())

  async function stopAll(): Promise<void> {
    ready = false
    waiters.stop()
    await Promise.all([closeServer(app), adminApp && closeServer(adminApp), engine.stop(STOP_GRACE_MS)])
    await feed.stop()
    await Promise.all([renderPool.close(), prober.close(), egress.close(), storage.close()])
    await database.close()
  }

  try {
    await migrate(pool)
    const { firstKey } = await bootstrap(pool, config, keys, { providers, egress })
    await feed.start()
    waiters.start()
    if (config.role !== 'api') await engine.start()
    ready = true
    const url = await app.listen({ host: config.host, port: config.port })
    const adminUrl = await adminApp?.listen({ host: config.host, port: config.adminPort! })
    if (config.publicUrl === undefined && config.role !== 'worker') origin = reachable(url)
    return { app, url, adminUrl: adminUrl ?? (admin && url), firstKey, usesSandbox: await channels.usesSandbox(), close }
  } catch (error) {
    await close().catch((cause: unknown) => log.error({ err: cause }, 'could not stop after a failed start'))
    throw error
  }
}

/** Lets the answers under way end, and cuts off those that take too long. */
async function closeServer(app: FastifyInstance): Promise<void> {
  const impatience = setTimeout(() => app.server.closeAllConnections(), STOP_GRACE_MS)
  await app.close().finally(() => clearTimeout(impatience))
}

/** An address that leads here from this machine, when we listen on all of its addresses. */
export function reachable(url: string): string {
  return url.replace('://0.0.0.0:', '://127.0.0.1:').replace('://[::]:', '://127.0.0.1:')
}

/** What upstreams may use of us once we have an address: links to inputs that we keep, and a place to call back. */
function reachableByUpstreams(origin: string, keys: Keys, nowMs: () => number): Pick<EngineSettings, 'publicLink' | 'callbackUrl'> {
  // The longest that a job waits for its turn anywhere.
  const linkLifetimeMs = 86_400_000
  return {
    publicLink: (storageKey) => storedFileLink(storageKey, nowMs() + linkLifetimeMs, origin, keys.fileLink),
    callbackUrl: (attemptId) => upstreamCallbackUrl(origin, attemptId, keys.callback),
  }
}

/** One JSON line for each event, on standard output. Keys, authorization headers and signed URLs are never among the fields. */
export function createLog(config: Pick<Config, 'logLevel'>, destination: DestinationStream = pino.destination({ sync: false, minLength: 4096, periodicFlush: LOG_FLUSH_MS, fd: 1 })): Logger {
  return pino({
    level: config.logLevel,
    base: { pid: process.pid },
    redact: { paths: ['*.authorization', '*.api_key', '*.secret', '*.credential', '*.headers', 'authorization'], censor: '[redacted]' },
    // An error's own fields may hold a request with its headers; its name, message, code and stack are enough.
    serializers: { err: (error: Error & { code?: string }) => ({ type: error.name, message: error.message, code: error.code, stack: error.stack, cause: error.cause instanceof Error ? error.cause.message : undefined }) },
  }, destination)
}
