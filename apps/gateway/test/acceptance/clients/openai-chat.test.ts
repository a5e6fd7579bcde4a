/** OpenAI's own JavaScript client, talking to video and image models. */
import OpenAI, { APIError, NotFoundError } from 'openai'
import type { ChatCompletionMessageParam } from 'openai/resources/chat/completions'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../../support/gateway.ts'
import { isMp4, picture } from '../pictures.ts'

let genlock: TestGateway
let openai: OpenAI
/** What the vendor's types do not know goes beside what they do. */
const SMALL = { duration: 2, resolution: '480p' }
const SHORT = { duration: 4 }
const MODEL = 'seedance-1.0-pro-fast'

beforeAll(async () => {
  genlock = await startTestGateway({ environment: { GENLOCK_STARTING_CREDITS: '1000' } })
  openai = new OpenAI({ apiKey: genlock.key, baseURL: `${genlock.url}/v1` })
})
afterAll(() => genlock?.close())

test('a question waits for its video', async () => {
  const completion = await openai.chat.completions.create({ model: MODEL, messages: [{ role: 'user', content: 'A paper boat' }], ...SMALL })
  expect(completion.id).toMatch(/^chatcmpl-vid_/)
  expect(completion.choices[0]!.finish_reason).toBe('stop')
  expect(isMp4(await fileIn(completion.choices[0]!.message.content!))).toBe(true)
  const again = await openai.chat.completions.retrieve(completion.id)
  expect(again.choices[0]!.message.content).toMatch(/^\[video\]\(http/)
})

test('a streamed question shows progress, then the link', async () => {
  const stream = await openai.chat.completions.create({ model: MODEL, messages: [{ role: 'user', content: 'A paper boat' }], stream: true, stream_options: { include_usage: true }, ...SMALL })
  let said = ''
  const ends: string[] = []
  for await (const { choices } of stream) {
    said += choices[0]?.delta.content ?? ''
    if (choices[0]?.finish_reason) ends.push(choices[0].finish_reason)
  }
  expect(said).toMatch(/^> (vid_\w+ is queued|\d+%)\n/)
  expect(isMp4(await fileIn(said))).toBe(true)
  expect(ends).toEqual(['stop'])
})

test('the vendor’s helpers read the stream', async () => {
  const completion = await openai.chat.completions.stream({ model: MODEL, messages: [{ role: 'user', content: 'A paper boat' }], ...SMALL } as Parameters<typeof openai.chat.completions.stream>[0]).finalChatCompletion()
  expect(completion.choices[0]!.message.content).toMatch(/\[video\]\(http.+\.mp4\)/)
})

test('a picture of the question starts the video', async () => {
  const url = `data:image/png;base64,${(await picture()).toString('base64')}`
  const { id } = await openai.chat.completions.create({ model: MODEL, messages: [{ role: 'user', content: [{ type: 'text', text: 'She smiles' }, { type: 'image_url', image_url: { url } }] }], ...SMALL })
  expect(await requestOf(id)).toMatchObject({ operation: 'image_to_video', prompt: 'She smiles' })
})

test('a further question remixes or extends the video where the model can, and else begins anew', async () => {
  const messages: ChatCompletionMessageParam[] = [{ role: 'user', content: 'A calico cat on a stage' }]
  const first = await openai.chat.completions.create({ model: 'sora-2', messages, ...SHORT })
  messages.push({ role: 'assistant', content: first.choices[0]!.message.content }, { role: 'user', content: 'The same at night' })
  const remix = await openai.chat.completions.create({ model: 'sora-2', messages })
  expect(await requestOf(remix.id)).toMatchObject({ operation: 'remix', prompt: 'The same at night' })
  expect(isMp4(await fileIn(remix.choices[0]!.message.content!))).toBe(true)
  const longer = await openai.chat.completions.create({ model: 'sora-2', messages: [...messages.slice(0, 2), { role: 'user', content: 'Continue: she bows' }] })
  expect(await requestOf(longer.id)).toMatchObject({ operation: 'extend', prompt: 'Continue: she bows' })
  const other = await openai.chat.completions.create({ model: MODEL, messages, ...SMALL })
  expect(await requestOf(other.id)).toMatchObject({ operation: 'text_to_video', prompt: 'A calico cat on a stage\nThe same at night' })
})

test('pictures come as pictures, and the next question edits them', async () => {
  const messages: ChatCompletionMessageParam[] = [{ role: 'user', content: 'A paper boat' }]
  const first = await openai.chat.completions.create({ model: 'gpt-image-1', messages })
  const shown = first.choices[0]!.message.content!
  expect(shown).toMatch(/^!\[image\]\(http.+\.png\)$/)
  expect((await fileIn(shown)).subarray(1, 4).toString()).toBe('PNG')
  const next = await openai.chat.completions.create({ model: 'gpt-image-1', messages: [...messages, { role: 'assistant', content: shown }, { role: 'user', content: 'Paint it red' }] })
  expect(next.choices[0]!.message.content).toMatch(/^!\[image\]/)
  expect((await requestOf(next.id)).operation).toBe('image_edit')
})

test('a failed task is an error, also in a stream', async () => {
  const messages: ChatCompletionMessageParam[] = [{ role: 'user', content: 'A boat [[fail:content_policy]]' }]
  await expect(openai.chat.completions.create({ model: MODEL, messages, ...SMALL })).rejects.toMatchObject({ status: 400, code: 'content_policy' })
  const stream = await openai.chat.completions.create({ model: MODEL, messages, stream: true, ...SMALL })
  const reading = (async () => {
    for await (const _ of stream) continue
  })()
  await expect(reading).rejects.toThrow(APIError)
  await expect(reading).rejects.toMatchObject({ code: 'content_policy' })
})

test('a task that takes longer than the client waits says where to read it', async () => {
  const completion = await openai.chat.completions.create({ model: MODEL, messages: [{ role: 'user', content: 'A boat [[slow:60]]' }], ...SMALL }, { headers: { prefer: 'wait=1' } })
  expect(completion.choices[0]).toMatchObject({ finish_reason: 'length', message: { content: expect.stringContaining(`${genlock.url}/v1/videos/vid_`) } })
  await openai.videos.retrieve(completion.id.replace('chatcmpl-', ''))
  await genlock.call(`/v1/videos/${completion.id.replace('chatcmpl-', '')}/cancel`, { method: 'POST' })
})

test('a text model is not found', async () => {
  await expect(openai.chat.completions.create({ model: 'gpt-4o', messages: [{ role: 'user', content: 'Hello' }] })).rejects.toThrow(NotFoundError)
  await expect(openai.chat.completions.create({ model: 'gpt-4o', messages: [{ role: 'user', content: 'Hello' }] })).rejects.toMatchObject({ code: 'model_not_found' })
})

async function fileIn(markdown: string): Promise<Buffer> {
  const link = /\((http[^)]+)\)/.exec(markdown)![1]!
  return Buffer.from(await (await fetch(link)).arrayBuffer())
}

/** What became of a question. */
async function requestOf(completionId: string): Promise<{ operation: string; prompt: string }> {
  const { rows: [row] } = await genlock.database.pool.query<{ request: { operation: string; prompt: string } }>('select request from task where id = $1', [completionId.replace('chatcmpl-', '')])
  return row!.request
}
