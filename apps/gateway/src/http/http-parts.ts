import type pg from 'pg'
import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import type { AdmissionParts } from '../admission/admit.ts'
import type { Authenticator } from '../admission/authenticate.ts'
import type { RateLimit } from '../admission/rate-limit.ts'
import type { Clock } from '../core/clock.ts'
import type { Task } from '../core/task.ts'
import type { TaskReader } from '../events/task-reader.ts'
import type { TaskFeed } from '../events/task-feed.ts'
import type { Waiters } from '../events/waiters.ts'
import type { Storage } from '../storage/storage.ts'
import type { AdminParts } from './admin-routes.ts'
import type { BodyLimits } from './request-body.ts'
import type { HttpMetrics } from './metrics.ts'

/** What the routes are made of; built once, in `app.ts`. */
export interface HttpParts {
  pool: pg.Pool
  clock: Clock
  log: Logger
  authenticator: Authenticator
  rateLimit: RateLimit
  admission: AdmissionParts
  reader: TaskReader
  feed: TaskFeed
  waiters: Waiters
  storage: Storage
  /** Told of each new task; cancels. */
  engine: { created(): void; cancel(task: Task): Promise<void>; calledBack(attemptId: string, message: { body: unknown; headers: Record<string, string> }): Promise<unknown>; observe(): void }
  /** For the operator; absent without a token. */
  admin?: AdminParts
  registry: Registry
  metrics: HttpMetrics
  /** Signed links hang on it. */
  linkKey: Buffer
  /** The addresses that upstreams call back hang on it. */
  callbackKey: Buffer
  /** Signatures of callbacks hang on it. */
  webhookKey: Buffer
  /** False until everything is started, and again while stopping. */
  isReady: () => boolean
  settings: HttpSettings
}

export interface HttpSettings {
  publicUrl: string | undefined
  bodyLimits: BodyLimits
  /** How long results and uploads are kept. */
  retentionSeconds: number
  maxWaitsPerKey: number
  /** What one credit is, in dialects that count in credits. */
  creditMicros: bigint
  metricsToken: string | undefined
  /** Whether prompts may appear in the log. */
  logPrompts: boolean
  trustedProxies: readonly string[]
  version: string
}
