/**
 * How the suites speak a dialect: requests as its clients send them, and where things stand in the answers. One file in
 * `samples/` for each dialect of the registry.
 */
export interface DialectSample {
  dialect: string
  /** A create that works on a fresh installation, with this prompt. */
  create(prompt: string): WireRequest
  /** A create with one wrong value; `names` is what the error's message must name. */
  wrong: { request: WireRequest; names: string }
  /** In the answer to the create. Where the wire shows none, the suites take the header `x-task-id`. */
  idOf?(answer: unknown): string
  /** Absent where the wire has no way to read a task. */
  read?(id: string): WireRequest
  cancel?(id: string): WireRequest
  /** How the task stands, from what `read` answered; for synchronous wires from what the create answered. */
  outcomeOf(answer: unknown): 'pending' | 'done' | 'failed' | 'cancelled'
  /** Links to the results, from the same: `data:` links, and paths that need the key, too. */
  linksOf(answer: unknown): string[]
  /** In an error. */
  messageOf(answer: unknown): string
  /** The create is answered when the task has ended, and a failed task is answered as an error. */
  synchronous?: true
  /** HTTP statuses of errors that are not those of core/errors.ts in this dialect. */
  errorStatuses?: Partial<Record<'unauthorized' | 'insufficient_credits' | 'not_found' | 'invalid_request' | 'model_not_found' | 'idempotency_mismatch' | 'content_policy' | 'not_cancellable', number>>
}

export interface WireRequest {
  method: string
  /** With its query string. */
  path: string
  headers?: Record<string, string>
  json?: unknown
  form?: () => FormData
}

/** Sends a request of a sample with an API key, in the dialect's own header unless it names none. */
export function send(origin: string, request: WireRequest, key: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(origin + request.path, {
    method: request.method,
    headers: { authorization: `Bearer ${key}`, ...(request.json !== undefined && { 'content-type': 'application/json' }), ...request.headers, ...headers },
    ...(request.json !== undefined && { body: JSON.stringify(request.json) }),
    ...(request.form && { body: request.form() }),
  })
}
