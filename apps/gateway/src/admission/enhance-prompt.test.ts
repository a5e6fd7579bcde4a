import { describe, expect, test } from 'vitest'
import type { CallAnswer, CallRequest } from '../egress/egress.ts'
import { EgressError } from '../egress/egress-error.ts'
import { createPromptEnhancer } from './enhance-prompt.ts'

const LIMITS = { maxCharacters: 100 }

function enhancerThat(answer: (request: CallRequest) => Partial<CallAnswer> | string, key?: string) {
  const requests: CallRequest[] = []
  const failures: string[] = []
  const enhance = createPromptEnhancer(
    { url: 'https://chat.example/v1', model: 'small-1', ...(key !== undefined && { key }) },
    {
      call(request) {
        requests.push(request)
        const given = answer(request)
        const body = typeof given === 'string' ? chat(given) : (given.body ?? new Uint8Array())
        return Promise.resolve({ status: 200, headers: {}, ...(typeof given === 'object' && given), body })
      },
    },
    (reason) => failures.push(reason),
  )
  return { enhance, requests, failures }
}

const chat = (content: unknown): Uint8Array => Buffer.from(JSON.stringify({ choices: [{ message: { role: 'assistant', content } }] }))

test('a prompt in another language is rewritten by the chat endpoint', async () => {
  const { enhance, requests } = enhancerThat(() => '  A cat on the beach.\n', 'sk-1')
  expect(await enhance('一只猫在海滩上', LIMITS)).toBe('A cat on the beach.')
  expect(requests).toHaveLength(1)
  expect(requests[0]).toMatchObject({ method: 'POST', url: 'https://chat.example/v1/chat/completions', headers: { authorization: 'Bearer sk-1' } })
  expect(JSON.parse(requests[0]!.body as string)).toMatchObject({ model: 'small-1', stream: false, messages: [{ role: 'system' }, { role: 'user', content: '一只猫在海滩上' }] })
})

test('without a key no authorization is sent', async () => {
  const { enhance, requests } = enhancerThat(() => 'A cat')
  await enhance('猫', LIMITS)
  expect(requests[0]!.headers).not.toHaveProperty('authorization')
})

test.each(['A cat walking on the beach at sunset', '16:9, 4', 'Neon city, camera glides through the rain'])('a prompt that is English already is left alone and costs no call: %s', async (prompt) => {
  const { enhance, requests } = enhancerThat(() => 'something else')
  expect(await enhance(prompt, LIMITS)).toBe(prompt)
  expect(requests).toEqual([])
})

test.each(['Eine Katze am Strand', 'Un café à Paris', 'Кошка', '海辺の猫 with a hat'])('is asked about: %s', async (prompt) => {
  const { enhance } = enhancerThat(() => 'rewritten')
  expect(await enhance(prompt, LIMITS)).toBe('rewritten')
})

describe('a prompt stays as it is when', () => {
  test.each<[string, (request: CallRequest) => Partial<CallAnswer> | string]>([
    ['the answer is an error', () => ({ status: 500 })],
    ['the answer is no JSON', () => ({ body: Buffer.from('<html>') })],
    ['the answer is no chat', () => ({ body: Buffer.from('{"choices":[]}') })],
    ['the content is no text', () => ({ body: chat(null) })],
    ['the answer is empty', () => '  '],
    ['the answer is longer than the model takes', () => 'x'.repeat(101)],
    ['nobody answers', () => { throw new EgressError('not_sent', 'timeout') }],
  ])('%s', async (_, answer) => {
    const { enhance, failures } = enhancerThat(answer)
    expect(await enhance('猫', LIMITS)).toBeUndefined()
    expect(failures).toHaveLength(1)
    expect(failures[0]).not.toContain('猫')
  })

  test('a reference to material got lost, or was made up', async () => {
    const kept = enhancerThat(() => 'The cat of @Image1 and the dog of @Image2')
    expect(await kept.enhance('@Image2 的狗和 @Image1 的猫', LIMITS)).toContain('@Image1')
    const lost = enhancerThat(() => 'The cat of the picture')
    expect(await lost.enhance('@Image1 的猫', LIMITS)).toBeUndefined()
    const made = enhancerThat(() => 'The cat of @Image1')
    expect(await made.enhance('猫', LIMITS)).toBeUndefined()
  })
})

test('the wait and the answer are bounded', async () => {
  const { enhance, requests } = enhancerThat(() => 'A cat')
  await enhance('猫', LIMITS)
  expect(requests[0]!.timeoutMs).toBeLessThanOrEqual(20_000)
  expect(requests[0]!.maxResponseBytes).toBeLessThanOrEqual(1024 * 1024)
})
