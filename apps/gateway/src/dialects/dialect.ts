import type { z } from 'zod'
import type { GatewayError, Language } from '../core/errors.ts'
import type { AssetSource, GenerationRequest, InputMedia, InputRole, MediaKind } from '../core/generation-request.ts'
import type { Micros } from '../core/micros.ts'
import type { Model } from '../core/model.ts'
import type { Quote } from '../core/rate-card.ts'
import type { Output, Task } from '../core/task.ts'

/**
 * An inbound wire: which routes it owns, how a body becomes a `GenerationRequest`, and how tasks and errors look.
 * It knows no provider and no table. `http/` does what the routes' actions name.
 */
export interface Dialect {
  id: string
  routes: DialectRoute[]
  /** Headers that this wire's clients put the key in, besides `Authorization: Bearer`; `authorization` allows the key alone there. */
  credentialHeaders?: readonly string[]
  /**
   * On a route that several dialects share: whether this body is this wire's. The first that claims gets it. Headers
   * tell a vendor's client whose body does not.
   */
  claims?(body: RequestBody, headers: Call['headers']): boolean
  renderTask(task: Task, context: RenderContext): Record<string, unknown>
  /** Where a rendered task says how it stands (`data.status`), and every word that it may say there. */
  statusWords: { at: string; words: readonly (string | number | boolean)[] }
  /**
   * What a task's `callback_url` is sent when the task has ended. Without it that is our own event, around the task as
   * this dialect shows it. Either way the Standard Webhooks headers go with it.
   */
  renderCallback?(task: Task, context: RenderContext): Record<string, unknown>
  /** HTTP status of a task that is read, in wires that answer with another one than 200 until it has ended. */
  taskStatus?(task: Task): number
  /** Headers that go with a rendered task, beside the usual ones. */
  taskHeaders?(task: Task): Record<string, string>
  renderError(error: GatewayError, context: ErrorContext): RenderedError
  renderList?(page: TaskPage, context: RenderContext): Record<string, unknown>
  /** The answer to a delete. */
  renderDeleted?(taskId: string): Record<string, unknown>
  /** How an uploaded file is shown at `GET /v1/files/{id}`; the first dialect that knows shows it. */
  renderFile?(file: Omit<UploadedFile, 'sha256'>): Record<string, unknown>
  /** What `GET /v1/models` holds for this wire's clients beside OpenAI's list. */
  listModels?(models: readonly Model[], origin: string): Record<string, unknown>
  /** What `renderTask` and `renderError` give; OpenAPI is generated from them, and tests hold the renderers to them. */
  taskSchema?: z.ZodType
  errorSchema?: z.ZodType
}

/** What a route does; `http/` has one handler for each. `custom` is what the route's own `answer` says. */
export type RouteAction =
  | 'create' | 'read' | 'list' | 'delete' | 'cancel' | 'wait' | 'events' | 'content' | 'remix' | 'custom'

export interface DialectRoute {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Fastify's form: `/v1/videos/:id`; a `*` at the end is the parameter `*`. */
  path: string
  action: RouteAction
  /** For create and remix: turns a body into a draft. Throws `GatewayError` naming the field. */
  parse?: (body: RequestBody, context: ParseContext) => Draft
  /** The schema that `parse` validates with; OpenAPI is generated from it. */
  body?: z.ZodType
  /** Where the task's id stands, when it is not the parameter `id`. */
  taskId?: (call: Call) => string | undefined
  /** A header that says what is asked for, as paths do elsewhere: with another one, an idempotency key's request is another. */
  targetHeader?: string
  /** How this route shows a task, where that is not the dialect's usual way. */
  render?: (task: Task, context: RenderContext) => Record<string, unknown>
  /**
   * The whole answer, for `custom` routes and for creates that do not simply answer with the new task: those that wait
   * for its end, stream, or wrap it. What it throws is rendered as an error of this dialect.
   */
  answer?: (call: Call, gateway: GatewayForDialects) => Promise<Answer>
  /** For OpenAPI: what `answer` gives with 200. A create that may also give the new task says so by its `createdStatus`. */
  answerSchema?: z.ZodType
  /** `answer` holds the request until a task ends: it counts as an open wait of the key. */
  waits?: boolean
  /** The body may also be a form: the same names as text parts, and file parts of these names. */
  fileParts?: readonly string[]
  /** For list, wait and content: what the query string may hold. `parseQuery` applies it. */
  query?: z.ZodObject
  /** HTTP status of the answer to a create; 200 unless it says so. */
  createdStatus?: number
  /**
   * On a route that several dialects share: this one renders the tasks that were born in none of them, and the errors
   * that happen before the dialect is known.
   */
  fallback?: boolean
  /** For OpenAPI: the operation's name and sentences (tools show them to people), and bodies that `parse` accepts. */
  operationId?: string
  summary: string
  description?: string
  examples?: Record<string, Record<string, unknown>>
}

/** A parsed body: JSON, or the text parts of a form with brackets unfolded (`metadata[a]`), and its file parts. */
export interface RequestBody {
  fields: Record<string, unknown>
  files: UploadedPart[]
  multipart: boolean
}

export interface UploadedPart {
  field: string
  fileName: string
  /** Sniffed from the content, not believed. */
  mediaType: string
  bytes: Uint8Array
}

/** A request as it came, after its key was found good. */
export interface Call {
  /** Of the path, decoded. */
  params: Readonly<Record<string, string | undefined>>
  /** Every value is text, or a list of texts where a name comes twice. */
  query: Readonly<Record<string, unknown>>
  /** By lower-case name. */
  headers: Readonly<Record<string, string | string[] | undefined>>
  /** Without fields where none was sent. */
  body: RequestBody
}

/** The answer of a route that makes its own. */
export type Answer =
  | { status?: number; headers?: Record<string, string>; body: unknown }
  /** Nothing but a status: 204. */
  | { status: number; headers?: Record<string, string> }
  /** Text as it comes, server-sent events unless `headers` say otherwise. */
  | { status?: number; headers?: Record<string, string>; stream: AsyncIterable<string> }
  /** A finished task's file, with ranges and conditions. */
  | { content: Task; index: number }

/** What a dialect's own answer may ask of the gateway. Everything happens in the name of the caller's account. */
export interface GatewayForDialects {
  parsing: ParseContext
  /** As of the moment it is asked for. */
  readonly rendering: RenderContext
  /**
   * Makes a task of what the route's `parse` (or `parse` given here) makes of the body: checked, priced, held, and
   * committed when this resolves. Under an `Idempotency-Key` that was used before it gives that task as it is now.
   */
  create(parse?: (body: RequestBody, context: ParseContext) => Draft): Promise<Task>
  /**
   * The same for what happens once only, under a name that the dialect gives it: `existed` when there was a task of this
   * name, which then is given as it is now, or as undefined when it was deleted. Names are kept as long as idempotency keys.
   */
  createOnce(name: string, parse: (body: RequestBody, context: ParseContext) => Draft): Promise<{ task: Task | undefined; existed: boolean }>
  /** The task that `createOnce` made under this name. */
  readOnce(name: string): Promise<Task | undefined>
  /** Undefined for an id that is not known, or not theirs. Costs nothing. */
  read(taskId: string): Promise<Task | undefined>
  /** The same; throws `not_found`. */
  need(taskId: string | undefined): Promise<Task>
  /** Newest first unless `order` says otherwise. Throws `invalid_request` for an `after` that is none of theirs. */
  list(query: { limit: number; after?: string; kind?: MediaKind; order?: 'asc' | 'desc' }): Promise<TaskPage>
  /** Resolves to the cancelled task; throws `not_cancellable`. */
  cancel(task: Task): Promise<Task>
  /** Throws `not_cancellable` for a task that has not ended. */
  delete(task: Task): Promise<void>
  /** Resolves when the task has ended or the time is up. The route must say that it `waits`. */
  wait(task: Task, timeoutSeconds: number): Promise<Task>
  /** The task now, at each change, and at least every `everyMs`, until it has ended. The route must say that it `waits`. */
  follow(task: Task, everyMs: number): AsyncIterable<Task>
  /** Judges files by their content and keeps them as inputs for later. Throws `unsupported_media`. */
  upload(files: readonly UploadedPart[]): Promise<UploadedFile[]>
  /** A place for a file that is to come: it is sent to `uploadUrl` by PUT, soon and without a key, and then is at `fileUrl`. */
  expectUpload(file: { fileName: string; mediaType: string }): { uploadUrl: string; fileUrl: string }
  /** A file that was kept as an input, by its id; undefined when it is not there, expired, or not theirs. */
  uploaded(id: string): Promise<Omit<UploadedFile, 'sha256'> | undefined>
  /** A stored result, whole. */
  bytesOf(output: Output): Promise<Buffer>
  /** Those that the key may call. */
  models(): Promise<Model[]>
  /** What the account may spend now. */
  balance(): Promise<Micros>
  /** `whsec_…`: what this account's callbacks are signed with. */
  webhookSecret(): string
}

/** A file that was kept as an input. */
export interface UploadedFile {
  id: string
  fileName: string
  mediaType: string
  bytes: number
  sha256: string
  storageKey: string
  /** Signed; whoever has it has the file. */
  url: string
  createdAtMs: number
  expiresAtMs: number
}

export interface ParseContext extends Pick<Call, 'params' | 'query' | 'headers'> {
  /** By public name or alias; throws `model_not_found`. */
  model(name: string): Model
  /** The same; undefined when there is none. */
  findModel(name: string): Model | undefined
  /** For remix, and for answers that ask for it: the task it starts from. */
  parent?: Task
}

/**
 * A request as a dialect understood it, before it is checked against the catalogue: its inputs are still as the
 * client gave them. `admission/` resolves, checks, prices and stores them.
 */
export interface Draft {
  request: Omit<GenerationRequest, 'inputs'>
  inputs: DraftInput[]
  /** Fields left out because the model has no use for them. */
  ignored: string[]
  /** What to do with a field that the model has no use for: refuse it by name, or list it in `ignored`. */
  unusedFields: 'refuse' | 'ignore'
  /** The client's name of each canonical field, so that an error names what the client sent. */
  fieldNames: Partial<Record<keyof GenerationRequest, string>>
  remixedFrom?: string
  /** With `enhancePrompt`: the wire promises a prompt in English, whatever the model's own switch does. */
  englishPrompt?: boolean
}

export interface DraftInput {
  media: InputMedia
  role: InputRole
  /** An https URL, a data URI, bare base64, an uploaded file's URL or id; a form's file part; or a result of ours. */
  source: { text: string } | { part: UploadedPart } | { stored: StoredAsset }
  /** As the client named it: `input.images[0]`. */
  param: string
}

export type StoredAsset = Extract<AssetSource, { storageKey: string }>

export interface RenderContext {
  nowMs: number
  /** The API's own origin, without a slash at the end: links are built on it. */
  origin: string
  /** A signed link to a stored file. */
  fileLink(storageKey: string, task: Task): string
  /** This answer is the one to the create. */
  creating?: boolean
  /** What one credit is, in dialects that show prices in credits. */
  creditMicros: bigint
}

export interface ErrorContext {
  requestId: string
  language: Language
  origin: string
}

export interface RenderedError {
  status: number
  body: Record<string, unknown>
}

export interface TaskPage {
  tasks: Task[]
  hasMore: boolean
}

export type { Quote }
