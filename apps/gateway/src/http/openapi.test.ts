import { Validator } from '@seriousme/openapi-schema-validator'
import { describe, expect, it } from 'vitest'
import { dialects, sharedRoutes } from '../dialects/index.ts'
import { openApiDocument } from './openapi.ts'

type Json = Record<string, unknown>
interface Operation {
  operationId: string
  summary: string
  description?: string
  parameters?: { name?: string; in?: string; schema?: Json }[]
  requestBody?: { content: Record<string, { schema: Json; examples?: Record<string, { value: Json }> }> }
  responses: Record<string, { description: string; content?: Json }>
}
interface Document {
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, Json> }
  servers: { url: string }[]
}

const document = openApiDocument({ dialects, origin: 'https://api.example.com', version: '1.2.3' }) as unknown as Document
const operations = Object.entries(document.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ path, method, operation })))

it('is valid OpenAPI 3.1, in whole and for each dialect alone', async () => {
  for (const some of [dialects, ...dialects.map((dialect) => [dialect])]) {
    const validator = new Validator()
    const asRead = JSON.parse(JSON.stringify(openApiDocument({ dialects: some, origin: 'https://api.example.com', version: '1.2.3' }))) as Json
    expect(await validator.validate(asRead)).toEqual({ valid: true })
    expect(validator.version).toBe('3.1')
  }
})

it('refers to nothing that is not there', () => {
  for (const [, name] of JSON.stringify(document).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) expect(Object.keys(document.components.schemas)).toContain(name)
})

it('has every route of every dialect, and those beside them', () => {
  const addresses = new Set(operations.map(({ path, method }) => `${method.toUpperCase()} ${path}`))
  for (const { method, path } of sharedRoutes(dialects)) expect(addresses).toContain(`${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`)
  for (const address of ['GET /v1/models', 'GET /v1/models/{id}', 'POST /v1/quotes', 'POST /api/upload', 'GET /v1/files/{name}', 'GET /healthz', 'GET /readyz']) expect(addresses).toContain(address)
})

it('names every operation once, in a way that tools can use, and says what it does', () => {
  const names = operations.map(({ operation }) => operation.operationId)
  expect(new Set(names).size).toBe(names.length)
  for (const { operation } of operations) {
    expect(operation.operationId).toMatch(/^[a-zA-Z][a-zA-Z0-9_]{0,63}$/)
    expect(operation.summary).not.toBe('')
  }
  expect(names).toEqual(expect.arrayContaining(['createVideo', 'getVideo', 'waitForVideo', 'listVideos', 'deleteVideo', 'remixVideo', 'cancelVideo', 'createImage', 'getImage']))
})

describe('POST /v1/videos', () => {
  const { operation } = operations.find(({ path, method }) => path === '/v1/videos' && method === 'post')!
  const content = operation.requestBody!.content

  it('takes the body of any of the three dialects, the native first, and a form', () => {
    expect(content['application/json']!.schema['anyOf']).toEqual(['GenlockV1VideosBody', 'OpenaiVideosV1VideosBody', 'FlatV1VideosBody'].map((name) => ({ $ref: `#/components/schemas/${name}` })))
    expect(content['multipart/form-data']!.schema['properties']).toMatchObject({ seconds: {}, input_reference: { type: 'string' } })
  })

  it('answers 202 or 200, and each error with its status', () => {
    expect(Object.keys(operation.responses).map(Number)).toEqual(expect.arrayContaining([200, 202, 400, 401, 402, 403, 404, 409, 413, 415, 422, 429, 500, 503]))
    expect(operation.responses['422']!.description).toContain('invalid_request')
  })

  it('has an example of each, the first that of the documented third-party set-up', () => {
    const examples = content['application/json']!.examples!
    expect(Object.keys(examples)).toEqual(expect.arrayContaining(['textToVideo', 'openAi', 'flat']))
    expect(Object.values(examples)[0]!.value).toEqual({ model: 'seedance-2.0-pro', input: { prompt: 'A cinematic product reveal', duration_seconds: 5, resolution: '720p' } })
  })
})

/** What Dify makes of an operation (langgenius/dify api/core/tools/utils/parser.py): the last content type's top-level properties. */
function parametersInDify(operation: Operation): string[] {
  const content = operation.requestBody?.content ?? {}
  const last = Object.values(content).at(-1)?.schema ?? {}
  const reference = last['$ref'] as string | undefined
  const schema = reference === undefined ? last : document.components.schemas[reference.split('/').at(-1)!]!
  const properties = (schema['properties'] ?? {}) as Record<string, Json>
  for (const property of Object.values(properties)) expect(Array.isArray(property['type'])).toBe(false)
  return Object.keys(properties)
}

it('shows Dify the fields of a create', () => {
  const create = operations.find(({ operation }) => operation.operationId === 'createVideo')!.operation
  expect(parametersInDify(create)).toEqual(expect.arrayContaining(['model', 'input']))
  expect(parametersInDify(operations.find(({ operation }) => operation.operationId === 'createImage')!.operation)).toEqual(expect.arrayContaining(['model', 'input']))
})

const parameters = (id: string) => operations.find(({ operation }) => operation.operationId === id)!.operation.parameters!

it('says what the query of a wait and of a list may hold', () => {
  expect(parameters('waitForVideo')).toContainEqual(expect.objectContaining({ name: 'timeout', in: 'query', schema: { type: 'integer', minimum: 1, maximum: 300, default: 50 } }))
  expect(parameters('listVideos').map(({ name }) => name)).toEqual(['limit', 'after', 'order'])
})
