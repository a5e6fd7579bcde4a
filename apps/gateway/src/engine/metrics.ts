import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

/** What an operator would alert on, as far as the engine knows it. */
export interface EngineMetrics {
  moves: Counter<'to'>
  submissions: Counter<'channel' | 'outcome'>
  submitSeconds: Histogram<'channel'>
  checks: Counter<'provider' | 'outcome'>
  checkLagSeconds: Histogram
  unknownWords: Counter<'provider'>
  archiveSeconds: Histogram
  archiveFailures: Counter<'reason'>
  taskSeconds: Histogram<'model' | 'state'>
  lost: Counter<'channel'>
  deadlines: Counter<'state'>
  jobsActive: Gauge<'queue'>
  channelOpen: Gauge<'channel'>
  revenueDollars: Counter<'channel' | 'model'>
  costDollars: Counter<'channel' | 'model'>
  lossDollars: Counter<'channel' | 'model'>
}

export function createEngineMetrics(registry: Registry): EngineMetrics {
  const registers = [registry]
  return {
    moves: new Counter({ name: 'genlock_task_moves_total', help: 'Tasks that took a state.', labelNames: ['to'], registers }),
    submissions: new Counter({ name: 'genlock_submissions_total', help: 'Submissions to upstreams by outcome.', labelNames: ['channel', 'outcome'], registers }),
    submitSeconds: new Histogram({ name: 'genlock_submit_seconds', help: 'How long upstreams take to answer a submission.', labelNames: ['channel'], buckets: [0.1, 0.3, 1, 3, 10, 30, 60], registers }),
    checks: new Counter({ name: 'genlock_checks_total', help: 'Looks at upstream jobs by what was seen.', labelNames: ['provider', 'outcome'], registers }),
    checkLagSeconds: new Histogram({ name: 'genlock_check_lag_seconds', help: 'How late due checks are claimed.', buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60], registers }),
    unknownWords: new Counter({ name: 'genlock_unknown_status_words_total', help: 'Status words of upstreams that are not in our tables.', labelNames: ['provider'], registers }),
    archiveSeconds: new Histogram({ name: 'genlock_archive_seconds', help: 'Fetching, checking and storing of one result.', buckets: [0.1, 0.3, 1, 3, 10, 30, 120], registers }),
    archiveFailures: new Counter({ name: 'genlock_archive_failures_total', help: 'Results that could not be stored, by reason.', labelNames: ['reason'], registers }),
    taskSeconds: new Histogram({ name: 'genlock_task_seconds', help: 'From create to end.', labelNames: ['model', 'state'], buckets: [1, 3, 10, 30, 60, 120, 300, 900, 3600], registers }),
    lost: new Counter({ name: 'genlock_lost_submissions_total', help: 'Submissions whose outcome is unknown. Each may have cost money.', labelNames: ['channel'], registers }),
    deadlines: new Counter({ name: 'genlock_deadlines_total', help: 'Tasks given up at their deadline, by the state they were in.', labelNames: ['state'], registers }),
    channelOpen: new Gauge({ name: 'genlock_channel_open', help: '1 while something may be sent to the channel, as this process sees it; 0 while it is disabled, drained, blocked or rests.', labelNames: ['channel'], registers }),
    revenueDollars: new Counter({ name: 'genlock_revenue_dollars_total', help: 'Charged for tasks that succeeded.', labelNames: ['channel', 'model'], registers }),
    costDollars: new Counter({ name: 'genlock_cost_dollars_total', help: 'What upstreams charge for tasks, as far as they or the cost cards say.', labelNames: ['channel', 'model'], registers }),
    lossDollars: new Counter({ name: 'genlock_loss_dollars_total', help: 'Booked for submissions whose outcome stayed unknown.', labelNames: ['channel', 'model'], registers }),
    jobsActive: new Gauge({ name: 'genlock_jobs_active', help: 'Jobs at work in this process.', labelNames: ['queue'], registers }),
  }
}
