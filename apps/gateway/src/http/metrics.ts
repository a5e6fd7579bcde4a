import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

/** What an operator would alert on, as far as requests tell. */
export interface HttpMetrics {
  requests: Counter<'route' | 'status'>
  requestSeconds: Histogram<'route'>
  creates: Counter<'dialect' | 'outcome'>
  waits: Gauge
}

export function createHttpMetrics(registry: Registry): HttpMetrics {
  const registers = [registry]
  return {
    requests: new Counter({ name: 'genlock_http_requests_total', help: 'Requests by route and status.', labelNames: ['route', 'status'], registers }),
    requestSeconds: new Histogram({ name: 'genlock_http_request_seconds', help: 'Time to answer, without long polls and streams.', labelNames: ['route'], buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10], registers }),
    creates: new Counter({ name: 'genlock_creates_total', help: 'Creates by dialect and outcome: created, replayed, or the error code.', labelNames: ['dialect', 'outcome'], registers }),
    waits: new Gauge({ name: 'genlock_waits_open', help: 'Open /wait and /events requests.', registers }),
  }
}
