import { DatabaseError } from 'pg'
import { findModel } from '../catalog/index.ts'
import { quoteRequest } from '../catalog/price-request.ts'
import type { Clock } from '../core/clock.ts'
import { GatewayError } from '../core/errors.ts'
import type { GenerationRequest } from '../core/generation-request.ts'
import { newId } from '../core/ids.ts'
import type { Model } from '../core/model.ts'
import { formatDollars } from '../core/micros.ts'
import { quotedMicros, type Quote } from '../core/rate-card.ts'
import type { Task } from '../core/task.ts'
import type { ApiKey } from '../db/api-key.ts'
import { createTask, findIdempotent, type CreateOutcome } from '../db/task.ts'
import type { Draft } from '../dialects/dialect.ts'
import { readBalance } from '../ledger/grant.ts'
import { checkRequest } from './check-request.ts'
import type { EnhancePrompt } from './enhance-prompt.ts'
import { clientsName, nameOf } from './refuse.ts'
import { checkUrl, resolveInputs, storeInputs, type InputsParts, type ReadOwnLink, type ReadyInput } from './resolve-inputs.ts'

export interface AdmissionParts extends InputsParts {
  clock: Clock
  /** Whether a group reaches a model; the groups that do when it does not. */
  reach(model: string, group: string): Promise<{ reached: true; usualSeconds?: number } | { reached: false; groups: string[] }>
  /** What every channel that reaches the model says it cannot do of the request; undefined when one can. */
  unfit(work: { request: GenerationRequest; group: string; remixedFrom?: string | undefined }): Promise<{ param: string; message: string } | undefined>
  taskDeadlineSeconds: number
  /** Rewrites prompts in English; absent when none is configured. */
  enhancePrompt?: EnhancePrompt
  /** Around the create's commit; for the crash suite. */
  atCommit: (when: 'before' | 'after') => void
}

export interface AdmitRequest {
  key: ApiKey
  dialect: string
  readOwnLink: ReadOwnLink
  idempotency?: { key: string; fingerprint: string }
  /** Turns the body into a draft; called only if the request is not a replay. */
  parse(): Promise<Draft>
  /** The answer as it will be sent, to be stored with an idempotency key. */
  answer(task: Task): { status: number; body: string }
}

export interface Admitted {
  status: number
  body: string
  taskId: string
  /** The answer of an earlier request with the same idempotency key. */
  replayed: boolean
}

/**
 * Lets a request in, or says why not: parsed, allowed, checked against the catalogue, priced, and then written with its
 * hold, idempotency record and first job in one commit. Nothing is sent anywhere, and before the commit nothing is held.
 */
export async function admit(request: AdmitRequest, parts: AdmissionParts): Promise<Admitted> {
  const { key, idempotency } = request
  if (idempotency) {
    const found = await findIdempotent(parts.pool, key.accountId, idempotency.key)
    if (found) return replay(found, idempotency.fingerprint)
  }
  const draft = await request.parse()
  const { task: asked, ready } = await prepare(draft, request, parts)
  if (wantsEnglish(draft) || ready.some((input) => 'bytes' in input)) await refuseUncovered(asked, parts)
  const task = wantsEnglish(draft) ? await withEnglishPrompt(asked, draft, parts) : asked
  const inputs = await storeInputs(ready, key.accountId, task.createdAtMs, parts)
  const whole: Task = { ...task, request: { ...task.request, inputs } }
  const answer = request.answer(whole)
  parts.atCommit('before')
  const outcome = await create(whole, answer, request, parts)
  parts.atCommit('after')
  switch (outcome.outcome) {
    case 'created':
      return { ...answer, taskId: whole.id, replayed: false }
    case 'exists':
      return replay(outcome, idempotency!.fingerprint)
    case 'uncovered':
      throw uncovered(whole, outcome.by)
    case 'revoked':
      throw new GatewayError('unauthorized', 'The API key is not valid: it may be mistyped, revoked or expired.')
  }
}

/** What a request would cost, with every check of a create. */
export async function quote(request: Pick<AdmitRequest, 'key' | 'parse' | 'readOwnLink'>, parts: AdmissionParts): Promise<Quote> {
  const { task } = await prepare(await request.parse(), { ...request, dialect: 'genlock' }, parts)
  return task.quote
}

/** The model by public name or alias. @throws GatewayError `model_not_found`. */
export function modelNamed(name: string): Model {
  const model = findModel(name)
  if (!model) throw new GatewayError('model_not_found', `there is no model ${JSON.stringify(name.slice(0, 100))}; GET /v1/models lists those there are`, { param: 'model' })
  return model
}

/** Everything but storing: the task without its stored inputs. */
async function prepare(draft: Draft, { key, dialect, readOwnLink }: Pick<AdmitRequest, 'key' | 'dialect' | 'readOwnLink'>, parts: AdmissionParts): Promise<{ task: Task; ready: ReadyInput[] }> {
  const model = modelNamed(draft.request.model)
  const { usualSeconds = model.usualSeconds } = await requireReach(model, key, parts)
  const { request, ignored } = checkRequest(draft, model, { enhancer: parts.enhancePrompt !== undefined })
  const callbackUrl = request.callbackUrl === undefined ? undefined : checkUrl(request.callbackUrl, draft.fieldNames.callbackUrl ?? 'callback_url', parts.egress)
  const ready = await resolveInputs(draft.inputs, model, key.accountId, readOwnLink, parts)
  const whole: GenerationRequest = { ...request, ...(callbackUrl === undefined ? {} : { callbackUrl }), inputs: ready.map(asAsset) }
  await refuseUnfit(whole, draft, key, parts)
  const price = quoteRequest(whole, model, key.priceMultiplierPpm)
  const nowMs = parts.clock.nowMs()
  const task: Task = {
    id: newId(model.kind),
    accountId: key.accountId,
    keyId: key.id,
    dialect,
    state: 'queued',
    request: whole,
    quote: price,
    heldMicros: quotedMicros(price),
    ignored,
    usualSeconds,
    outputs: [],
    extras: [],
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    ...(draft.remixedFrom === undefined ? {} : { remixedFrom: draft.remixedFrom }),
  }
  return { task, ready }
}

async function requireReach(model: Model, key: ApiKey, parts: AdmissionParts): Promise<{ usualSeconds?: number }> {
  if (key.models && !key.models.includes(model.id)) {
    throw new GatewayError('forbidden', `this key may not call ${model.id}; it may call ${key.models.join(', ')}`, { param: 'model' })
  }
  const reach = await parts.reach(model.id, key.groupName)
  if (reach.reached) return reach
  if (reach.groups.length === 0) throw new GatewayError('model_not_found', `no channel serves ${model.id}`, { param: 'model' })
  throw new GatewayError('forbidden', `this key's group ${JSON.stringify(key.groupName)} does not include ${model.id}; it needs a key of the group ${reach.groups.map((group) => JSON.stringify(group)).join(' or ')}`, { param: 'model' })
}

/** The model can do it, but no channel there is: said before anything is held, in the client's own spelling. */
async function refuseUnfit(request: GenerationRequest, draft: Draft, { groupName }: ApiKey, parts: AdmissionParts): Promise<void> {
  const unfit = await parts.unfit({ request, group: groupName, remixedFrom: draft.remixedFrom })
  if (unfit) throw new GatewayError('invalid_request', unfit.message, { param: clientsName(draft, unfit.param) })
}

async function create(task: Task, answer: { status: number; body: string }, { key, idempotency }: AdmitRequest, parts: AdmissionParts): Promise<CreateOutcome> {
  try {
    return await createTask(parts.pool, {
      task,
      groupName: key.groupName,
      hasBudget: key.hasBudget,
      deadlineAtMs: task.createdAtMs + parts.taskDeadlineSeconds * 1000,
      ...(idempotency && { idempotency: { ...idempotency, status: answer.status, answer: answer.body } }),
    })
  } catch (error) {
    // The statement's time ran out while it waited for the commit of the first request with this idempotency key.
    if (idempotency && error instanceof DatabaseError && error.code === QUERY_CANCELED) {
      throw new GatewayError('idempotency_conflict', 'a request with this Idempotency-Key is still running', { retryAfterSeconds: 1, cause: error })
    }
    throw error
  }
}

const QUERY_CANCELED = '57014'

function wantsEnglish({ request, englishPrompt }: Draft): boolean {
  return englishPrompt === true && request.enhancePrompt === true && request.prompt.trim() !== ''
}

/** Checked and priced before: what is paid for does not hang on the words. Where it cannot be rewritten, the task says so. */
async function withEnglishPrompt(task: Task, draft: Draft, { enhancePrompt }: AdmissionParts): Promise<Task> {
  const { prompt, model } = task.request
  const enhancedPrompt = await enhancePrompt?.(prompt, { maxCharacters: modelNamed(model).maxPromptCharacters })
  if (enhancedPrompt === prompt) return task
  if (enhancedPrompt === undefined) return { ...task, ignored: [...new Set([...task.ignored, nameOf(draft, 'enhancePrompt')])] }
  return { ...task, request: { ...task.request, enhancedPrompt } }
}

/** Before bytes are stored for it, or others asked for help: an account without credits must cost nothing. The create decides. */
async function refuseUncovered(task: Task, parts: AdmissionParts): Promise<void> {
  const balance = await readBalance(parts.pool, task.accountId)
  if (balance === undefined || balance < task.heldMicros) throw uncovered(task, 'balance')
}

function uncovered(task: Task, by: 'balance' | 'budget'): GatewayError {
  const what = by === 'budget' ? 'the budget of this key' : 'the account\'s credits'
  return new GatewayError('insufficient_credits', `${what} cannot cover ${formatDollars(task.heldMicros)}; nothing was started`)
}

function replay(found: CreateOutcome & { outcome: 'exists' }, fingerprint: string): Admitted {
  if (found.fingerprint !== fingerprint) {
    throw new GatewayError('idempotency_mismatch', 'this Idempotency-Key was used before, with another request')
  }
  return { status: found.status, body: found.answer, taskId: found.taskId, replayed: true }
}

/** Inputs that are not stored yet count for the price like those that are. */
function asAsset(input: ReadyInput): GenerationRequest['inputs'][number] {
  const { media, role } = input
  if ('source' in input) return { media, role, source: input.source }
  return { media, role, source: { storageKey: '', mediaType: input.mediaType, bytes: input.bytes.byteLength, ...(input.durationSeconds !== undefined && { durationSeconds: input.durationSeconds }) } }
}
