import { createHmac } from 'node:crypto'
import { webhookSecret } from '../core/secrets.ts'
import { phaseOf } from '../core/task.ts'
import { readTaskForEngine } from '../db/task.ts'
import type { EngineParts } from './parts.ts'

const TIMEOUT_MS = 15_000
const MAX_ANSWER_BYTES = 64 * 1024

/**
 * Tells a task's `callback_url` that it has ended, as Standard Webhooks describes it (standardwebhooks.com, read
 * 2026-11-21): `webhook-id`, `webhook-timestamp`, `webhook-signature: v1,<base64 HMAC-SHA256 of id.timestamp.body>`.
 * Runs as a job: anything but a 2xx is tried again, with back-off, for about eight hours.
 */
export async function deliverCallback(taskId: string, parts: EngineParts): Promise<void> {
  const found = await readTaskForEngine(parts.pool, taskId)
  const url = found?.task.request.callbackUrl
  if (!found || url === undefined) return
  const { task } = found
  const timestamp = Math.floor(parts.clock.nowMs() / 1000)
  // One event for each task's end, so its id is fixed: whoever gets it twice can tell.
  const eventId = `evt_${task.id}`
  const body = JSON.stringify(parts.renderCallback(task, { id: eventId, type: `${task.request.kind}.${phaseOf(task.state)}`, timestamp: new Date(task.endedAtMs ?? task.updatedAtMs).toISOString() }))
  const answer = await parts.egress.call({
    method: 'POST',
    url,
    headers: {
      'content-type': 'application/json',
      'webhook-id': eventId,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': `v1,${createHmac('sha256', webhookSecret(parts.webhookKey, task.accountId)).update(`${eventId}.${timestamp}.${body}`).digest('base64')}`,
    },
    body,
    timeoutMs: TIMEOUT_MS,
    maxResponseBytes: MAX_ANSWER_BYTES,
  })
  if (answer.status < 200 || answer.status > 299) throw new Error(`the callback answered ${answer.status}`)
  parts.log.info({ task: task.id, status: answer.status }, 'callback delivered')
}
