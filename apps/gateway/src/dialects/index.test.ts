import { describe, expect, it } from 'vitest'
import { formBody, jsonBody, picturePart } from './dialect.fixture.ts'
import { dialects, fallbackOwner, ownerOfBody, ownerOfTask, sharedRoutes, type SharedRoute } from './index.ts'
import type { Dialect } from './dialect.ts'

const shared = sharedRoutes(dialects)

function at(method: string, path: string): SharedRoute {
  return shared.find((route) => route.method === method && route.path === path)!
}

describe('POST /v1/videos', () => {
  it.each([
    ['an input object', 'genlock', jsonBody({ model: 'm', input: { prompt: 'p' } })],
    ['an input object beside seconds', 'genlock', jsonBody({ input: {}, seconds: '4' })],
    ['an input that is text', 'flat', jsonBody({ model: 'm', input: 'p' })],
    ['an input that is a list', 'flat', jsonBody({ model: 'm', input: [] })],
    ['seconds', 'openai-videos', jsonBody({ model: 'm', prompt: 'p', seconds: '4' })],
    ['an input_reference', 'openai-videos', jsonBody({ model: 'm', prompt: 'p', input_reference: { image_url: 'u' } })],
    ['a form', 'openai-videos', formBody({ model: 'm', prompt: 'p' })],
    ['a form with duration', 'openai-videos', formBody({ model: 'm', prompt: 'p', duration: '5' })],
    ['a form with a picture', 'openai-videos', formBody({ prompt: 'p' }, [picturePart('image')])],
    ['duration', 'flat', jsonBody({ model: 'm', prompt: 'p', duration: 5 })],
    ['neither input nor seconds', 'flat', jsonBody({ model: 'm', prompt: 'p' })],
    ['nothing', 'flat', jsonBody({})],
  ])('with %s is %s', (_, id, body) => {
    expect(ownerOfBody(at('POST', '/v1/videos'), body).dialect.id).toBe(id)
  })

  it('says what went wrong before the dialect is known in the words of openai-videos', () => {
    expect(fallbackOwner(at('POST', '/v1/videos')).dialect.id).toBe('openai-videos')
  })
})

describe('a task', () => {
  it.each([
    ['GET', '/v1/videos/:id', 'genlock', 'genlock'],
    ['GET', '/v1/videos/:id', 'openai-videos', 'openai-videos'],
    ['GET', '/v1/videos/:id', 'flat', 'flat'],
    ['GET', '/v1/videos/:id', 'midjourney', 'openai-videos'],
    ['POST', '/v1/videos/:id/cancel', 'flat', 'flat'],
    ['POST', '/v1/videos/:id/cancel', 'chat', 'openai-videos'],
    ['GET', '/v1/videos/:id/wait', 'flat', 'genlock'],
    ['GET', '/v1/videos', 'genlock', 'openai-videos'],
    ['GET', '/v1/images/:id', 'openai-images', 'openai-images'],
    ['GET', '/v1/images/:id', 'genlock', 'genlock'],
    ['GET', '/v1/images/:id', 'midjourney', 'openai-images'],
  ] as const)('at %s %s, born in %s, is rendered by %s', (method, path, born, rendered) => {
    expect(ownerOfTask(at(method, path), { dialect: born }).dialect.id).toBe(rendered)
  })
})

it('every route that several dialects share names one fallback', () => {
  for (const route of shared.filter(({ owners }) => owners.length > 1)) {
    expect(route.owners.filter(({ route: own }) => own.fallback === true), route.path).toHaveLength(1)
  }
})

it('two dialects that disagree on what a route does are a mistake of ours', () => {
  const odd: Dialect = { ...dialects[0]!, id: 'odd', routes: [{ method: 'GET', path: '/v1/videos/:id', action: 'delete', summary: '' }] }
  expect(() => sharedRoutes([...dialects, odd])).toThrow('both read and delete')
})
