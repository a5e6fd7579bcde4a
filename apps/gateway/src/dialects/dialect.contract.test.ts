import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ERROR_CODES, GatewayError, type ErrorCode } from '../core/errors.ts'
import { TASK_STATES } from '../core/task.ts'
import type { DialectRoute } from './dialect.ts'
import { ERROR_CONTEXT, formBody, IMAGE_OUTPUT, jsonBody, NOW_MS, parseContext, picturePart, RENDER_CONTEXT, taskIn, VIDEO_OUTPUT } from './dialect.fixture.ts'
import { dialects, ownerOfBody, sharedRoutes } from './index.ts'

const shared = sharedRoutes(dialects)
/** Proxies, clients and those who watch a server go by these. */
const REAL_STATUS: ReadonlySet<ErrorCode> = new Set(['unauthorized', 'forbidden', 'insufficient_credits', 'not_found', 'rate_limited', 'overloaded', 'internal'])

describe.each(dialects.map((dialect) => [dialect.id, dialect] as const))('%s', (_, dialect) => {
  const parsing = dialect.routes.filter((route): route is DialectRoute & Required<Pick<DialectRoute, 'parse' | 'body'>> => route.parse !== undefined)

  it('has a schema for every body that it parses', () => {
    for (const route of dialect.routes) if (route.parse) expect(route.body, route.path).toBeDefined()
  })

  it.each(TASK_STATES)('renders a task that is %s as its schema says, as JSON', (state) => {
    for (const task of [
      taskIn(state),
      taskIn(state, { request: { durationSeconds: 'auto', aspectRatio: '16:9', metadata: { a: 1 }, endUserId: 'u' }, ignored: ['x'], remixedFrom: 'vid_b' }),
      taskIn(state, { id: 'img_abc', request: { kind: 'image', operation: 'text_to_image' }, outputs: state === 'succeeded' ? [IMAGE_OUTPUT, IMAGE_OUTPUT] : [] }),
      taskIn(state, { request: { inputs: [{ media: 'image', role: 'first_frame', source: { url: 'https://a.example/b.png' } }, { media: 'video', role: 'source', source: { storageKey: 'upl_1.mp4', mediaType: 'video/mp4', bytes: 1 } }] } }),
    ]) {
      const rendered: unknown = JSON.parse(JSON.stringify(dialect.renderTask(task, RENDER_CONTEXT)))
      if (dialect.taskSchema) expect(dialect.taskSchema.parse(rendered)).toEqual(rendered)
      const word = dialect.statusWords.at.split('.').reduce<unknown>((value, name) => (value as Record<string, unknown>)[name], rendered)
      expect(dialect.statusWords.words).toContain(word)
      expect(JSON.stringify(dialect.taskHeaders?.(task) ?? {})).toMatch(/^\{/)
    }
  })

  it.each(Object.keys(ERROR_CODES) as ErrorCode[])('renders the error %s as its schema says, in both languages, without its cause', (code) => {
    const error = new GatewayError(code, 'what happened', { param: 'prompt', cause: new Error('secret') })
    for (const language of ['en', 'zh'] as const) {
      const { status, body } = dialect.renderError(error, { ...ERROR_CONTEXT, language })
      // Some wires answer what is wrong with a request in a body of its own, with 200; never who asks, nor what is ours.
      expect(status === 200 && !REAL_STATUS.has(code) ? 400 : status).toBeGreaterThanOrEqual(400)
      if (dialect.errorSchema) expect(dialect.errorSchema.parse(body)).toEqual(body)
      expect(JSON.stringify(body)).toContain(language === 'en' ? 'what happened' : ERROR_CODES[code].zh)
      expect(JSON.stringify(body)).not.toContain('secret')
    }
  })

  it('claims and parses its own examples', () => {
    for (const route of parsing) {
      const address = shared.find(({ method, path }) => method === route.method && path === route.path)!
      for (const example of Object.values(route.examples ?? {})) {
        const body = jsonBody(example)
        expect(ownerOfBody(address, body).dialect.id).toBe(dialect.id)
        expect(() => route.parse(body, parseContext(taskIn('succeeded')))).not.toThrow()
      }
    }
  })

  it('answers any body at all with a draft or a GatewayError that names a field of it', () => {
    const value = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        fc.constantFrom<unknown>(null, true, NaN, 1e308, -5, 4.999999, 2 ** 63, 'NaN', '4', 'constructor', 'sora-2', 'seedance-2.0-pro', 'gpt-image-1', '', 'x'.repeat(40_000), '\u202E', '99999x1', '16x9', 'https://a.example/b.png'),
        fc.string({ unit: 'binary' }),
        fc.double(),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(fc.oneof(fc.constantFrom('url', 'role', 'image_url', 'file_id', '__proto__', 'constructor', 'toString'), fc.string()), tie('value'), { maxKeys: 4 }),
      ),
    })).value
    for (const route of parsing) {
      const names = fieldNames(route)
      const object = fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.constantFrom('__proto__', 'constructor', 'role', 'balance'), fc.string()), value, { maxKeys: 8 })
      const likely = fc.record({ model: fc.constantFrom<unknown>('sora-2', 'seedance-2.0-pro', 'gpt-image-1', 'veo3-frames'), prompt: fc.constant<unknown>('p'), input: fc.oneof(fc.dictionary(fc.constantFrom('prompt', 'images', 'n', 'seed', 'duration_seconds', 'videos'), value), value) }, { requiredKeys: [] })
      fc.assert(
        fc.property(object, likely, fc.boolean(), fc.array(fc.constantFrom('image', 'input_reference', 'other')), (fields, more, multipart, files) => {
          const all = { ...fields, ...more }
          const body = multipart ? formBody(all, files.map((field) => picturePart(field))) : jsonBody(all)
          try {
            const draft = route.parse(body, parseContext(taskIn('succeeded')))
            expect(draft.request.count).toBeGreaterThanOrEqual(1)
            expect(typeof draft.request.durationSeconds === 'number' ? draft.request.durationSeconds : 1).toBeGreaterThan(0)
            expect(draft.request.prompt.length).toBeLessThanOrEqual(32_000)
          } catch (error) {
            expect(error).toBeInstanceOf(GatewayError)
            expect((error as GatewayError).param).toBeTypeOf('string')
          }
        }),
        { numRuns: 300 },
      )
    }
  })

  it('reads its own rendering of a finished task without a look at the clock', () => {
    const task = taskIn('succeeded', { outputs: [VIDEO_OUTPUT] })
    expect(dialect.renderTask(task, RENDER_CONTEXT)).toEqual(dialect.renderTask(task, { ...RENDER_CONTEXT, nowMs: NOW_MS + 86_400_000 }))
  })
})

function fieldNames(route: DialectRoute): string[] {
  const shape = route.body !== undefined && 'shape' in route.body ? (route.body.shape as Record<string, unknown>) : {}
  return Object.keys(shape)
}
