import type { z } from 'zod'
import type { GatewayError, Language } from '../core/errors.ts'
import type { AssetSource, GenerationRequest, InputMedia, InputRole } from '../core/generation-request.ts'
import type { Model } from '../core/model.ts'
import type { Quote } from '../core/rate-card.ts'
import type { Task } from '../core/task.ts'

/**
 * An inbound wire: which routes it owns, how a body becomes a `GenerationRequest`, and how tasks and errors look.
 * It knows no provider and no table. `http/` does what the routes' actions name.
 */
export interface Dialect {
  id: string
  routes: DialectRoute[]
  /** The header that this wire's clients put the key in, besides `Authorization: Bearer`. */
  credentialHeader?: string
  /** On a route that several dialects share: whether this body is this wire's. The first that claims gets it. */
  claims?(body: RequestBody): boolean
  renderTask(task: Task, context: RenderContext): Record<string, unknown>
  /** Headers that go with a rendered task, beside the usual ones. */
  taskHeaders?(task: Task): Record<string, string>
  renderError(error: GatewayError, context: ErrorContext): RenderedError
  renderList?(page: TaskPage, context: RenderContext): Record<string, unknown>
  /** The answer to a delete. */
  renderDeleted?(taskId: string): Record<string, unknown>
  /** What `renderTask` and `renderError` give; OpenAPI is generated from them, and tests hold the renderers to them. */
  taskSchema?: z.ZodType
  errorSchema?: z.ZodType
}

/** What a route does; `http/` has one handler for each. */
export type RouteAction =
  | 'create' | 'read' | 'list' | 'delete' | 'cancel' | 'wait' | 'events' | 'content' | 'remix'

export interface DialectRoute {
  method: 'GET' | 'POST' | 'DELETE'
  /** Fastify's form: `/v1/videos/:id`. */
  path: string
  action: RouteAction
  /** For create and remix: turns a body into a draft. Throws `GatewayError` naming the field. */
  parse?: (body: RequestBody, context: ParseContext) => Draft
  /** The schema that `parse` validates with; OpenAPI is generated from it. */
  body?: z.ZodType
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

export interface ParseContext {
  /** By public name or alias; throws `model_not_found`. */
  model(name: string): Model
  /** For remix: the task it starts from. */
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
