import { z } from 'zod'
import { GatewayError, type ErrorCode } from '../core/errors.ts'
import { sharedRoutes, type Dialect, type DialectRoute, type RouteOwner, type SharedRoute } from '../dialects/index.ts'
import { modelSchema } from './show-model.ts'

export interface OpenApiOptions {
  /** With a subset of the dialects the document describes only those; `[genlock]` alone has no `anyOf` in it. */
  dialects: readonly Dialect[]
  /** The API's own origin, without a slash at the end. */
  origin: string
  version: string
}

type Json = Record<string, unknown>

/**
 * The OpenAPI 3.1 document of the whole API, from the schemas that validate its requests.
 *
 * Tools import it as it is. Dify reads, of a body, the last content type and the `properties` and `required` that
 * stand at the top of its schema, and takes no list of types (api/core/tools/utils/parser.py, read November 2026):
 * hence JSON comes last, and a body that several dialects share carries the first one's properties beside `anyOf`.
 */
export function openApiDocument(options: OpenApiOptions): Json {
  const schemas: Json = {}
  for (const dialect of options.dialects) {
    if (dialect.taskSchema) schemas[componentName(dialect, 'Task')] = jsonSchema(dialect.taskSchema, 'output')
    if (dialect.errorSchema) schemas[componentName(dialect, 'Error')] = jsonSchema(dialect.errorSchema, 'output')
  }
  const paths: Record<string, Json> = {}
  for (const shared of sharedRoutes(options.dialects)) {
    const path = (paths[openApiPath(shared.path)] ??= {})
    path[shared.method.toLowerCase()] = dialectOperation(shared, schemas)
  }
  for (const route of plainRoutes(options.dialects)) {
    const path = (paths[route.path] ??= {})
    path[route.method] ??= route.operation
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Genlock',
      version: options.version,
      description: 'One key for AI video and image models. Create a task, then read it until it is done; the result is a signed link.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: options.origin }],
    security: [{ bearer: [] }],
    tags: TAGS,
    paths,
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', description: 'Your API key: sk_…' } },
      schemas,
      parameters: { TaskId: TASK_ID, IdempotencyKey: IDEMPOTENCY_KEY },
      headers: { RequestId: { description: 'Name it when you ask about a request.', schema: { type: 'string' } } },
    },
  }
}

const TAGS = [
  { name: 'Videos' },
  { name: 'Images' },
  { name: 'Models' },
  { name: 'Files' },
  { name: 'Health', description: 'For load balancers.' },
]

const TASK_ID = { name: 'id', in: 'path', required: true, description: 'The id that the create answered with.', schema: { type: 'string' } }

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'The same key and body give the stored answer, and nothing is charged twice. Kept for 7 days.',
  schema: { type: 'string', maxLength: 255 },
}

function dialectOperation(shared: SharedRoute, schemas: Json): Json {
  const owner = shared.owners.find(({ route }) => route.operationId !== undefined) ?? shared.owners[0]
  const { route } = owner
  const body = requestBody(shared, schemas)
  const parameters = [...pathParameters(shared.path), ...(shared.action === 'create' || shared.action === 'remix' ? [{ $ref: '#/components/parameters/IdempotencyKey' }] : []), ...queryParameters(route.query)]
  return {
    operationId: route.operationId ?? derivedOperationId(shared),
    tags: [tagOf(shared.path)],
    summary: route.summary,
    description: route.description ?? `${route.summary}.`,
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body === undefined ? {} : { requestBody: body }),
    // A wire that answers some errors with 200 says with the same status what went well.
    responses: { ...errorResponses(shared.owners, body !== undefined), ...answers(shared) },
  }
}

/** A body's schemas, natively first; as a form too where a dialect takes one. */
function requestBody(shared: SharedRoute, schemas: Json): Json | undefined {
  const withBody = shared.owners.filter(({ route }) => route.body !== undefined)
  if (withBody.length === 0) return undefined
  for (const owner of withBody) schemas[bodyName(owner)] = jsonSchema(owner.route.body!, 'input')
  const forms = withBody.filter(({ route }) => route.fileParts !== undefined)
  return {
    required: true,
    content: {
      ...(forms[0] === undefined ? {} : { 'multipart/form-data': { schema: formSchema(forms[0], schemas) } }),
      'application/json': { schema: jsonBodySchema(withBody), ...examplesOf(withBody) },
    },
  }
}

function jsonBodySchema(owners: readonly RouteOwner[]): Json {
  const references = owners.map((owner) => reference(bodyName(owner)))
  if (owners.length === 1) return references[0]!
  return { type: 'object', properties: jsonSchema(owners[0]!.route.body!, 'input')['properties'], anyOf: references }
}

function formSchema(owner: RouteOwner, schemas: Json): Json {
  const schema = schemas[bodyName(owner)] as Json
  const files = Object.fromEntries((owner.route.fileParts ?? []).map((name) => [name, { type: 'string', contentMediaType: 'application/octet-stream' }]))
  return { ...schema, properties: { ...(schema['properties'] as Json), ...files } }
}

function examplesOf(owners: readonly RouteOwner[]): Json {
  const examples = owners.flatMap(({ route }) => Object.entries(route.examples ?? {}))
  return examples.length === 0 ? {} : { examples: Object.fromEntries(examples.map(([name, value]) => [name, { value }])) }
}

function answers(shared: SharedRoute): Json {
  const task = anyOf(shared.owners.map(({ dialect }) => (dialect.taskSchema ? reference(componentName(dialect, 'Task')) : { type: 'object' })))
  switch (shared.action) {
    case 'create':
    case 'remix': {
      const results = shared.owners.flatMap(({ route }): Json[] => (route.answerSchema ? [jsonSchema(route.answerSchema, 'output')] : []))
      const statuses = new Set(shared.owners.flatMap(({ route }) => createdStatusOf(route) ?? []))
      if (results.length > 0 && statuses.has(200)) results.push(taskOfStatus(shared, 200))
      return {
        ...Object.fromEntries([...statuses].map((status) => [String(status), jsonAnswer('The task, accepted and paid for by a hold.', taskOfStatus(shared, status))])),
        ...(results.length > 0 && { 200: jsonAnswer('The result.', anyOf(results)) }),
      }
    }
    case 'read':
    case 'wait':
    case 'cancel':
      return { 200: jsonAnswer('The task as it is now.', task) }
    case 'list':
      return { 200: jsonAnswer('A page of tasks.', listSchema(task)) }
    case 'delete':
      return { 200: jsonAnswer('It is gone.', DELETED) }
    case 'events':
      return { 200: { description: 'One event for each change of the task, until it ends.', content: { 'text/event-stream': { schema: { type: 'string' } } } } }
    case 'custom':
      return { 200: jsonAnswer(`${shared.owners[0].route.summary}.`, anyOf(shared.owners.map(({ route }) => (route.answerSchema ? jsonSchema(route.answerSchema, 'output') : { type: 'object' })))) }
    case 'content': {
      const media = tagOf(shared.path) === 'Images' ? 'image/*' : 'video/mp4'
      const content = { [media]: { schema: { type: 'string', contentMediaType: 'application/octet-stream' } } }
      return { 200: { description: 'The file.', content }, 206: { description: 'The part of the file that Range asked for.', content } }
    }
  }
}

/** What a create that starts a task answers with; undefined when it answers with the result only. */
function createdStatusOf({ createdStatus, answerSchema }: DialectRoute): number | undefined {
  return createdStatus ?? (answerSchema ? undefined : 200)
}

function taskOfStatus(shared: SharedRoute, status: number): Json {
  const owners = shared.owners.filter(({ route }) => createdStatusOf(route) === status)
  return anyOf(owners.map(({ dialect }) => (dialect.taskSchema ? reference(componentName(dialect, 'Task')) : { type: 'object' })))
}

const DELETED = {
  type: 'object',
  properties: { id: { type: 'string' }, object: { type: 'string' }, deleted: { type: 'boolean' } },
  required: ['id', 'object', 'deleted'],
}

function listSchema(item: Json): Json {
  return {
    type: 'object',
    properties: {
      object: { const: 'list' },
      data: { type: 'array', items: item },
      first_id: { type: ['string', 'null'] },
      last_id: { type: ['string', 'null'] },
      has_more: { type: 'boolean' },
    },
    required: ['object', 'data', 'first_id', 'last_id', 'has_more'],
  }
}

/** What can go wrong anywhere, and what can go wrong only where something is asked for. */
const COMMON_ERRORS: ErrorCode[] = ['unauthorized', 'forbidden', 'not_found', 'rate_limited', 'internal', 'overloaded']
const BODY_ERRORS: ErrorCode[] = ['invalid_request', 'insufficient_credits', 'model_not_found', 'too_large', 'unsupported_media', 'idempotency_conflict', 'idempotency_mismatch', 'upstream_busy']

/** By HTTP status, as each dialect that shares the route renders it. */
function errorResponses(owners: readonly RouteOwner[], hasBody: boolean): Json {
  const byStatus = new Map<number, { codes: Set<string>; schemas: Map<string, Json> }>()
  const codes = hasBody ? [...COMMON_ERRORS, ...BODY_ERRORS] : COMMON_ERRORS
  for (const { dialect } of owners) {
    for (const code of codes) {
      const { status } = dialect.renderError(new GatewayError(code, code), { requestId: '', language: 'en', origin: '' })
      const entry = byStatus.get(status) ?? { codes: new Set(), schemas: new Map() }
      entry.codes.add(code)
      entry.schemas.set(dialect.id, dialect.errorSchema ? reference(componentName(dialect, 'Error')) : { type: 'object' })
      byStatus.set(status, entry)
    }
  }
  return Object.fromEntries([...byStatus].map(([status, { codes, schemas }]) => [String(status), jsonAnswer([...codes].join(', '), anyOf([...schemas.values()]))]))
}

function plainRoutes(dialects: readonly Dialect[]): { path: string; method: 'get' | 'post'; operation: Json }[] {
  const errors = (hasBody: boolean) => errorResponses(dialects[0] === undefined ? [] : [{ dialect: dialects[0], route: dialects[0].routes[0]! }], hasBody)
  const createVideo = sharedRoutes(dialects).find(({ method, path }) => method === 'POST' && path === '/v1/videos')
  const quoted = createVideo?.owners ?? []
  const model = jsonSchema(modelSchema, 'output')
  const open = { security: [] }
  return [
    {
      path: '/v1/models',
      method: 'get',
      operation: {
        operationId: 'listModels',
        tags: ['Models'],
        summary: 'List the models that the key may use',
        description: 'With what each one takes and costs. Without a key, those of the group `default`.',
        parameters: [{ name: 'type', in: 'query', required: false, description: 'Only models of this kind.', schema: { enum: ['video', 'image', 'text'] } }],
        responses: { 200: jsonAnswer('The models.', { type: 'object', properties: { object: { const: 'list' }, data: { type: 'array', items: model } }, required: ['object', 'data'] }), ...errors(false) },
      },
    },
    {
      path: '/v1/models/{id}',
      method: 'get',
      operation: {
        operationId: 'getModel',
        tags: ['Models'],
        summary: 'Read what a model takes and costs',
        parameters: [{ ...TASK_ID, description: 'The name of the model.' }],
        responses: { 200: jsonAnswer('The model.', model), ...errors(false) },
      },
    },
    {
      path: '/v1/quotes',
      method: 'post',
      operation: {
        operationId: 'quoteVideo',
        tags: ['Videos'],
        summary: 'Say what a request would cost',
        description: 'Takes the body of a create and answers with its price. Nothing is started.',
        requestBody: {
          required: true,
          content: {
            'application/json': {
              schema: quoted.length === 0 ? { type: 'object' } : jsonBodySchema(quoted),
              ...examplesOf(quoted),
            },
          },
        },
        responses: { 200: jsonAnswer('The price.', QUOTE), ...errors(true) },
      },
    },
    {
      path: '/api/upload',
      method: 'post',
      operation: {
        operationId: 'uploadFiles',
        tags: ['Files'],
        summary: 'Upload pictures, videos or sounds to use as inputs',
        requestBody: {
          required: true,
          content: {
            'multipart/form-data': {
              schema: { type: 'object', properties: { files: { type: 'array', items: { type: 'string', contentMediaType: 'application/octet-stream' } } }, required: ['files'] },
            },
          },
        },
        responses: { 200: jsonAnswer('The files, with the links to use.', UPLOADED), ...errors(true) },
      },
    },
    {
      path: '/v1/files/{name}',
      method: 'get',
      operation: {
        operationId: 'getFile',
        tags: ['Files'],
        summary: 'Download a stored file by its signed link',
        parameters: [
          { name: 'name', in: 'path', required: true, description: 'As it stands in the link.', schema: { type: 'string' } },
          { name: 'Range', in: 'header', required: false, description: 'A part of the file.', schema: { type: 'string' } },
        ],
        ...open,
        responses: {
          200: { description: 'The file.', content: { '*/*': { schema: { type: 'string', contentMediaType: 'application/octet-stream' } } } },
          206: { description: 'The part of the file that Range asked for.', content: { '*/*': { schema: { type: 'string', contentMediaType: 'application/octet-stream' } } } },
          ...errors(false),
        },
      },
    },
    { path: '/healthz', method: 'get', operation: { operationId: 'isAlive', tags: ['Health'], summary: 'Whether the process is alive', ...open, responses: { 200: { description: 'It is.' } } } },
    {
      path: '/readyz',
      method: 'get',
      operation: { operationId: 'isReady', tags: ['Health'], summary: 'Whether requests can be served', ...open, responses: { 200: { description: 'They can.' }, 503: { description: 'Not now.' } } },
    },
  ]
}

const QUOTE = {
  type: 'object',
  properties: {
    object: { const: 'quote' },
    model: { type: 'string' },
    estimated_cost_cents: { type: 'number' },
    currency: { const: 'USD' },
    rate_card: { type: 'string', description: 'The version of the price list.' },
    multiplier: { type: 'number', description: "Of the key's group." },
    lines: { type: 'array', items: { type: 'object', properties: { text: { type: 'string' }, cost_cents: { type: 'number' } }, required: ['text', 'cost_cents'] } },
  },
  required: ['object', 'model', 'estimated_cost_cents', 'currency', 'rate_card', 'multiplier', 'lines'],
}

const UPLOADED = {
  type: 'object',
  properties: {
    data: {
      type: 'array',
      items: {
        type: 'object',
        properties: { id: { type: 'string' }, filename: { type: 'string' }, content_type: { type: 'string' }, size: { type: 'integer' }, key: { type: 'string' }, url: { type: 'string' }, expires_at: { type: 'integer' } },
        required: ['filename', 'content_type', 'size', 'key', 'url'],
      },
    },
  },
  required: ['data'],
}

function jsonAnswer(description: string, schema: Json): Json {
  return { description, headers: { 'x-request-id': { $ref: '#/components/headers/RequestId' } }, content: { 'application/json': { schema } } }
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  return rest
}

function pathParameters(path: string): Json[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, name]) => (name === 'id' ? { $ref: '#/components/parameters/TaskId' } : { name, in: 'path', required: true, schema: { type: 'string' } }))
}

function queryParameters(query: z.ZodObject | undefined): Json[] {
  if (query === undefined) return []
  const { properties = {}, required = [] } = jsonSchema(query, 'input') as { properties?: Record<string, Json>; required?: string[] }
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({ name, in: 'query', required: required.includes(name), description, schema }))
}

function openApiPath(path: string): string {
  return path.replaceAll(/:(\w+)/g, '{$1}')
}

/** `GET /v1/video/query` of action `read` is `read_v1_video_query`. */
function derivedOperationId(shared: SharedRoute): string {
  const verb = shared.action === 'custom' ? shared.method.toLowerCase() : shared.action
  return `${verb}${shared.path.replace('*', 'rest').replaceAll(/[^A-Za-z0-9]+/g, '_')}`.replace(/_$/, '').slice(0, MAX_OPERATION_ID_CHARACTERS)
}

/** What tools that call operations by name take. */
const MAX_OPERATION_ID_CHARACTERS = 64

function tagOf(path: string): string {
  return /image|generate|edit|reframe|mj/.test(path) && !path.startsWith('/v1/videos/') ? 'Images' : 'Videos'
}

function bodyName({ dialect, route }: RouteOwner): string {
  return componentName(dialect, `${pascal(route.path)}Body`)
}

function componentName(dialect: Dialect, what: string): string {
  return `${pascal(dialect.id)}${what}`
}

function pascal(text: string): string {
  return text.replaceAll(/(?:^[^A-Za-z0-9]*|[^A-Za-z0-9]+)([A-Za-z0-9]?)/g, (_, letter: string) => letter.toUpperCase())
}

function reference(name: string): Json {
  return { $ref: `#/components/schemas/${name}` }
}

function anyOf(schemas: readonly Json[]): Json {
  return schemas.length === 1 ? schemas[0]! : { anyOf: schemas }
}
