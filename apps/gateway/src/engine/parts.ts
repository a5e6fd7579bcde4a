import type pg from 'pg'
import type { Logger } from 'pino'
import type { Clock } from '../core/clock.ts'
import type { Task } from '../core/task.ts'
import type { Egress } from '../egress/egress.ts'
import type { MediaProber } from '../storage/probe.ts'
import type { Storage } from '../storage/storage.ts'
import type { CallsUnderWay } from './calls-under-way.ts'
import type { CallbacksSeen } from './callbacks-seen.ts'
import type { Channels } from './channels.ts'
import type { ReachPoint } from './crash-points.ts'
import type { EngineMetrics } from './metrics.ts'
import type { Moves } from './move.ts'
import type { UsualDurations } from './usual-duration.ts'

/** What the engine's steps are made of; built once, in `engine.ts`. */
export interface EngineParts {
  pool: pg.Pool
  moves: Moves
  channels: Channels
  durations: UsualDurations
  callbacks: CallbacksSeen
  calls: CallsUnderWay
  /** Checks became due out of turn: the tracker of this process looks now. */
  wakeTracker: () => void
  storage: Storage
  prober: MediaProber
  egress: Egress
  clock: Clock
  log: Logger
  metrics: EngineMetrics
  reach: ReachPoint
  settings: EngineSettings
  /** What a task's callback is sent, in the shape of the dialect of its birth. */
  renderCallback: (task: Task, event: { id: string; type: string; timestamp: string }) => Record<string, unknown>
  /** Callback signatures hang on it. */
  webhookKey: Buffer
}

export interface EngineSettings {
  checkMinMs: number
  checkMaxMs: number
  reconcileSeconds: number
  retentionSeconds: number
  /** A public link to one of our stored files, when upstreams can reach us. */
  publicLink?: (storageKey: string) => string
  /** Where the upstream of an attempt may call back, when it can reach us. */
  callbackUrl?: (attemptId: string) => string
}
