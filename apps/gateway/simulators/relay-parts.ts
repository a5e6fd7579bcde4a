import type { z } from 'zod'
import { evenSides } from './even-sides.ts'
import { endingOf, sentinelIn, type Answer, type IncomingCall, type Phase, type Route, type SimulatedJob, type Wire, type World } from './simulator.ts'

/** What a relay's job is, whatever wire asked for it. */
export interface RelayJob {
  kind: 'video' | 'image'
  model: string
  prompt: string
  widthPixels: number
  heightPixels: number
  durationSeconds: number
  audio: boolean
  count: number
  /** As it came, for what only one wire shows. */
  body: Record<string, unknown>
  failure?: { code: string; message: string }
  /** Whether a success forgets to say where its result is. */
  empty: boolean
}

export type Job = SimulatedJob<RelayJob>

/** A refusal before each wire puts it into its envelope. */
export class RelayRefusal extends Error {
  readonly status: number
  readonly code: string
  readonly param: string | undefined

  constructor(status: number, code: string, message: string, param?: string) {
    super(message)
    this.name = 'RelayRefusal'
    this.status = status
    this.code = code
    this.param = param
  }
}

/** What differs between the relays, as their pages say it. */
export interface RelayHabits {
  key: string
  envelope(refusal: RelayRefusal): Answer
  /** Status and code for a field that is wrong, for a model that is unknown, for an empty purse, for an unknown task. */
  invalid: readonly [number, string]
  unknownModel: readonly [number, string]
  noMoney: readonly [number, string]
  unknownTask: readonly [number, string]
  /** Result links need the key too. */
  guardedLinks?: true
}

export interface Relay {
  guarded(answer: (call: IncomingCall) => Answer | Promise<Answer>): Route['answer']
  /** The body by its schema, in the relay's words when it does not fit. */
  parse<Shape>(schema: z.ZodType<Shape>, body: unknown): Shape
  invalid(param: string, message: string): RelayRefusal
  /** Begins a job, unless its prompt asks for a refusal. */
  accept(id: string, asked: Omit<RelayJob, 'failure' | 'empty'>, options?: { immediate?: true }): Job
  find(id: string | undefined): Job
  links(job: Job): string[]
  files: Route
  models: Route
  trouble: Wire<RelayJob>['trouble']
}

/** Of every wire of this kind; endings that one of them cannot have are left out there. */
export const RELAY_SENTINELS = {
  input_moderation: '[[sim:input_moderation]]',
  output_moderation: '[[sim:output_moderation]]',
  rate_limited: '[[sim:rate_limited]]',
  no_money: '[[sim:no_money]]',
  server_error: '[[sim:server_error]]',
  late_parameter_error: '[[sim:late_parameter_error]]',
  render_failure: '[[sim:render_failure]]',
  no_result: '[[sim:no_result]]',
  stall: '[[sim:stall]]',
} as const

/** Models that no relay here has; any other name is known. */
const UNKNOWN_MODEL = /^no-such-/

const MIN_SIDE_PIXELS = 64
const MAX_SIDE_PIXELS = 4096

export function createRelay(world: World<RelayJob>, habits: RelayHabits): Relay {
  const { envelope } = habits
  const unauthorized = new RelayRefusal(401, 'invalid_api_key', 'The API key is missing or invalid.')
  const refuse = ([status, code]: readonly [number, string], message: string, param?: string) => new RelayRefusal(status, code, message, param)

  const atTheDoor: Record<string, () => RelayRefusal> = {
    input_moderation: () => new RelayRefusal(400, 'content_policy_violation', 'content policy violation'),
    rate_limited: () => new RelayRefusal(429, 'rate_limited', 'Too many requests, try again later.'),
    no_money: () => refuse(habits.noMoney, 'The balance of user 2100123456 does not cover this request.'),
    server_error: () => new RelayRefusal(500, 'internal_error', 'Something went wrong on our side.'),
  }
  const onTheWay: Record<string, RelayJob['failure']> = {
    output_moderation: { code: 'content_policy', message: 'The result was blocked by content policy.' },
    late_parameter_error: { code: 'invalid_request', message: 'The model does not take this combination.' },
    render_failure: { code: 'upstream_failed', message: 'The model failed.' },
  }

  const relay: Relay = {
    guarded: (answer) => async (call) => {
      try {
        if (call.headers.authorization !== `Bearer ${habits.key}`) throw unauthorized
        return await answer(call)
      } catch (error) {
        if (error instanceof RelayRefusal) return envelope(error)
        throw error
      }
    },

    parse(schema, body) {
      const parsed = schema.safeParse(body)
      if (parsed.success) return parsed.data
      const [issue] = parsed.error.issues
      throw relay.invalid(issue?.path.join('.') ?? '', issue?.message ?? 'the body must be a JSON object')
    },

    invalid: (param, message) => refuse(habits.invalid, `${param}: ${message}`, param),

    accept(id, asked, options = {}) {
      if (UNKNOWN_MODEL.test(asked.model)) throw refuse(habits.unknownModel, `there is no model ${asked.model}`, 'model')
      if (asked.prompt.trim() === '') throw relay.invalid('prompt', 'is required')
      const sentinel = sentinelIn(asked.prompt) ?? ''
      const refusal = atTheDoor[sentinel]
      if (refusal) throw refusal()
      const failure = onTheWay[sentinel]
      const ending = endingOf(sentinel, failure !== undefined)
      return world.accept({ id, body: asked.body, ending, details: { ...asked, ...(failure && { failure }), empty: sentinel === 'no_result' }, ...options })
    },

    find(id) {
      const job = world.jobs.get(id ?? '')
      if (job === undefined) throw refuse(habits.unknownTask, 'The task does not exist.')
      return job
    },

    links({ id, details: { kind, count, empty } }) {
      if (empty) return []
      return Array.from({ length: count }, (_, index) => `${world.origin()}/results/${encodeURIComponent(id)}/${index}.${kind === 'video' ? 'mp4' : 'png'}`)
    },

    files: {
      method: 'GET',
      path: '/results/{id}/{name}',
      operation: 'download',
      async answer({ params, headers }) {
        if (habits.guardedLinks && headers.authorization !== `Bearer ${habits.key}`) return { status: 403, json: {} }
        const job = world.jobs.get(params['id'] ?? '')
        if (job === undefined || world.phaseOf(job) !== 'succeeded') return { status: 404, json: {} }
        return { status: 200, file: await fileOf(world, job.details) }
      },
    },

    models: {
      method: 'GET',
      path: '/v1/models',
      operation: 'list',
      // Lists are long and differ; one without entries says nothing of any model.
      answer: (call) => relay.guarded(() => ({ status: 200, json: { object: 'list', data: [] } }))(call),
    },

    trouble: {
      server_error: envelope(new RelayRefusal(500, 'internal_error', 'Something went wrong on our side.')),
      busy: envelope(new RelayRefusal(429, 'rate_limited', '当前分组上游负载已饱和，请稍后再试')),
      unauthorized: envelope(unauthorized),
      not_found: envelope(refuse(habits.unknownTask, 'The task does not exist.')),
    },
  }
  return relay
}

async function fileOf(world: World<RelayJob>, { kind, widthPixels, heightPixels, durationSeconds, audio }: RelayJob): Promise<NonNullable<Answer['file']>> {
  if (kind === 'image') return { bytes: await world.media.png({ widthPixels, heightPixels }), mediaType: 'image/png' }
  return { bytes: await world.media.video({ widthPixels, heightPixels, durationSeconds, audio }), mediaType: 'video/mp4' }
}

/** The relay's own words for the phases of a job. */
export type RelayWords = Record<'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled', string>

/** `expired` does not happen here: no wire of this kind has a word for it. */
export function wordOf(words: RelayWords, phase: Phase): string {
  return words[phase === 'expired' ? 'failed' : phase]
}

/** `1280x720`, both sides even and within bounds; undefined for anything else. */
export function sidesOf(size: string): { widthPixels: number; heightPixels: number } | undefined {
  const match = /^(\d{1,5})x(\d{1,5})$/.exec(size)
  const [widthPixels, heightPixels] = [Number(match?.[1]), Number(match?.[2])]
  const fits = [widthPixels, heightPixels].every((side) => side >= MIN_SIDE_PIXELS && side <= MAX_SIDE_PIXELS && side % 2 === 0)
  return fits ? { widthPixels, heightPixels } : undefined
}

const LINES: Record<string, number> = { '480p': 480, '720p': 720, '1080p': 1080, '4k': 2160 }
const RATIOS: Record<string, number> = { '16:9': 16 / 9, '9:16': 9 / 16, '1:1': 1, '4:3': 4 / 3, '3:4': 3 / 4, '21:9': 21 / 9, auto: 16 / 9, adaptive: 16 / 9 }

/** The sides that a resolution and a ratio come to; undefined for words that no relay knows. */
export function namedSides(resolution = '720p', aspectRatio = '16:9'): { widthPixels: number; heightPixels: number } | undefined {
  const [lines, ratio] = [LINES[resolution], RATIOS[aspectRatio]]
  if (lines === undefined || ratio === undefined) return undefined
  const [widthPixels, heightPixels] = evenSides(lines, ratio)
  return { widthPixels, heightPixels }
}
