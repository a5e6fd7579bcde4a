import { describe, expect, it } from 'vitest'
import { GatewayError } from '../core/errors.ts'
import type { Model } from '../core/model.ts'
import type { Task } from '../core/task.ts'
import { chat } from './chat.ts'
import type { Answer, GatewayForDialects } from './dialect.ts'
import { IMAGE_OUTPUT, jsonBody, MODELS, ORIGIN, parseContext, RENDER_CONTEXT, taskIn, VIDEO_OUTPUT } from './dialect.fixture.ts'

const createRoute = chat.routes[0]!
const user = (content: unknown) => ({ role: 'user', content })
const assistant = (content: unknown) => ({ role: 'assistant', content })
const text = (words: string) => ({ type: 'text', text: words })
const image = (url: string) => ({ type: 'image_url', image_url: { url } })
const LINK = `${ORIGIN}/v1/files/vid_abc.mp4?signed`
const MADE = taskIn('succeeded', { outputs: [VIDEO_OUTPUT], request: { size: '1280x720' } })
const extending: Model = { ...MODELS['sora-2']!, id: 'extending', operations: ['text_to_video', 'remix', 'extend'] }

function parse(messages: unknown, fields: Record<string, unknown> = {}, parent?: Task) {
  const context = parseContext(parent)
  return createRoute.parse!(jsonBody({ model: 'sora-2', messages, ...fields }), { ...context, model: (name) => (name === 'extending' ? extending : context.model(name)) })
}

describe('a first question', () => {
  it('is the prompt', () => {
    const draft = parse([{ role: 'system', content: 'You are helpful.' }, user('A cat')], { temperature: 1, duration: 8, aspect_ratio: '16:9', n: 1, user: 'u' })
    expect(draft.request).toEqual({ kind: 'video', operation: 'text_to_video', model: 'sora-2', prompt: 'A cat', durationSeconds: 8, aspectRatio: '16:9', count: 1, endUserId: 'u' })
    expect(draft).toMatchObject({ inputs: [], ignored: ['temperature', 'messages[0]'], unusedFields: 'ignore' })
  })

  it('has pictures among its parts', () => {
    const draft = parse([user([text('She smiles'), image('https://a.example/1.png')])])
    expect(draft.request).toMatchObject({ prompt: 'She smiles', operation: 'image_to_video' })
    expect(draft.inputs).toEqual([{ media: 'image', role: 'first_frame', source: { text: 'https://a.example/1.png' }, param: 'messages[0].content[1].image_url' }])
  })

  it('has videos and sounds too, and a bare URL where the vendor has an object', () => {
    const draft = parse([user([text('p'), { type: 'image_url', image_url: 'https://a.example/1.png' }, { type: 'video_url', video_url: { url: 'https://a.example/v.mp4' } }, { type: 'input_audio', input_audio: { data: 'AAAA', format: 'mp3' } }])], { model: 'seedance-2.0-pro' })
    expect(draft.inputs.map(({ media, source }) => [media, source])).toEqual([['image', { text: 'https://a.example/1.png' }], ['video', { text: 'https://a.example/v.mp4' }], ['audio', { text: 'AAAA' }]])
  })
})

describe('a further question', () => {
  const talk = [user([text('A cat'), image('https://a.example/1.png')]), assistant(`[video](${LINK})`), user('Now at night')]

  it('remixes the video that was made, with its measures', () => {
    const draft = parse(talk, {}, MADE)
    expect(draft).toMatchObject({
      request: { operation: 'remix', prompt: 'Now at night', durationSeconds: 5, size: '1280x720' },
      inputs: [{ media: 'video', role: 'source', source: { stored: { storageKey: 'vid_abc.mp4' } } }],
      remixedFrom: 'vid_abc',
    })
  })

  it('keeps no measure that it replaces', () => {
    const { request } = parse(talk, { aspect_ratio: '9:16', duration: 8 }, MADE)
    expect(request).toMatchObject({ aspectRatio: '9:16', durationSeconds: 8 })
    expect(request).not.toHaveProperty('size')
  })

  it.each([['Continue: she leaves the room', 'extend'], ['延长五秒', 'extend'], ['Now at night', 'remix']])('%s: %s', (words, operation) => {
    expect(parse([user('A cat'), assistant(LINK), user(words)], { model: 'extending' }, MADE).request.operation).toBe(operation)
  })

  it('makes a new one of all that was said where the model can go on from nothing', () => {
    const draft = parse(talk, { model: 'veo3-frames' }, MADE)
    expect(draft.request).toMatchObject({ prompt: 'A cat\nNow at night', operation: 'image_to_video' })
    expect(draft.inputs).toMatchObject([{ source: { text: 'https://a.example/1.png' } }])
    expect(draft).not.toHaveProperty('remixedFrom')
  })

  it('makes a new one when nothing was made yet, and of its own pictures', () => {
    expect(parse(talk).request).toMatchObject({ prompt: 'A cat\nNow at night', operation: 'image_to_video' })
    const draft = parse([...talk.slice(0, 2), user([text('Like this'), image('https://a.example/2.png')])], {}, MADE)
    expect(draft.request.operation).toBe('image_to_video')
    expect(draft.inputs).toMatchObject([{ source: { text: 'https://a.example/2.png' } }])
  })

  it('edits a picture that was made, or opens a video with it', () => {
    const picture = taskIn('succeeded', { id: 'img_abc', request: { kind: 'image', model: 'gpt-image-1' }, outputs: [IMAGE_OUTPUT] })
    expect(parse(talk, { model: 'gpt-image-1' }, picture)).toMatchObject({ request: { kind: 'image', operation: 'image_edit', prompt: 'Now at night' }, inputs: [{ role: 'source', source: { stored: { storageKey: 'img_abc.png' } } }] })
    expect(parse(talk, {}, picture)).toMatchObject({ request: { kind: 'video', operation: 'image_to_video' }, inputs: [{ role: 'first_frame' }] })
  })
})

it.each<[string, unknown, Record<string, unknown>, string]>([
  ['no messages', undefined, {}, 'messages'],
  ['messages of words', 'A cat', {}, 'messages'],
  ['an empty list', [], {}, 'messages'],
  ['no word of the user', [assistant('Hello')], {}, 'messages'],
  ['a text model', [user('A cat')], { model: 'gpt-4o' }, 'model'],
  ['a part of another kind', [user([{ type: 'file', file: {} }])], {}, 'messages[0].content[0].type'],
  ['a picture without a URL', [user([{ type: 'image_url' }])], {}, 'messages[0].content[0].image_url'],
  ['too many words', [user('x'.repeat(20_000)), user('y'.repeat(20_000))], {}, 'messages'],
  ['a duration of words', [user('A cat')], { duration: 'long' }, 'duration'],
  ['two durations', [user('A cat')], { duration: 4, seconds: 8 }, 'duration'],
])('%s is refused by name', (_, messages, fields, param) => {
  const refused = expect(() => parse(messages, fields))
  refused.toThrow(GatewayError)
  refused.toThrow(expect.objectContaining({ param }))
})

it('an empty prompt is missed where it would stand', () => {
  expect(parse([assistant('Hello'), user('')]).fieldNames.prompt).toBe('messages[1].content')
})

describe('the answer', () => {
  it('is a Markdown link', async () => {
    const { body } = (await answer([user('A cat')], [MADE])) as { body: Record<string, unknown> }
    expect(body).toMatchObject({ id: 'chatcmpl-vid_abc', object: 'chat.completion', status: 'completed', choices: [{ message: { role: 'assistant', content: `[video](${LINK})` }, finish_reason: 'stop' }], urls: [LINK] })
  })

  it('shows pictures', () => {
    const { choices } = chat.renderTask(taskIn('succeeded', { outputs: [IMAGE_OUTPUT, IMAGE_OUTPUT] }), RENDER_CONTEXT) as { choices: { message: { content: string } }[] }
    expect(choices[0]!.message.content).toBe(`![image](${ORIGIN}/v1/files/img_abc.png?signed)\n\n![image](${ORIGIN}/v1/files/img_abc.png?signed)`)
  })

  it('is where to read the task when the time runs out', async () => {
    const { body } = (await answer([user('A cat')], [taskIn('running')])) as { body: Record<string, unknown> }
    expect(body).toMatchObject({ status: 'in_progress', choices: [{ message: { content: expect.stringContaining(`${ORIGIN}/v1/videos/vid_abc`) }, finish_reason: 'length' }] })
  })

  it('is an error when the task failed or was cancelled', async () => {
    await expect(answer([user('A cat')], [taskIn('failed')])).rejects.toMatchObject({ code: 'content_policy' })
    await expect(answer([user('A cat')], [taskIn('cancelled')])).rejects.toMatchObject({ code: 'cancelled' })
  })

  it('waits no longer than it is asked to, nor than it may', async () => {
    const waits: number[] = []
    await answer([user('A cat')], [MADE], { prefer: 'respond-async, wait=5' }, waits)
    await answer([user('A cat')], [MADE], { prefer: 'wait=99999' }, waits)
    await answer([user('A cat')], [MADE], {}, waits)
    expect(waits).toEqual([5, 540, 540])
  })

  it('looks for what was made in earlier answers only, the latest first', async () => {
    const [old, latest] = ['vid_aaaaaaaaaaaaaaaaaaaaaaaaaa', 'vid_bbbbbbbbbbbbbbbbbbbbbbbbbb']
    const read: string[] = []
    await answer([user(`vid_${'c'.repeat(26)}`), assistant(`[video](https://x/v1/files/${old}-0-abc-def.mp4)`), assistant([{ type: 'text', text: `done: ${latest}` }]), user('again')], [MADE], {}, [], read)
    expect(read).toEqual([latest, old])
  })
})

describe('a stream', () => {
  it('has the role, progress, the link, the end', async () => {
    const events = await stream([taskIn('queued'), taskIn('running'), taskIn('running'), MADE], { stream_options: { include_usage: true } })
    expect(events.at(-1)).toBe('[DONE]')
    const chunks = events.filter((each) => each.startsWith('{')).map((each) => JSON.parse(each) as { object: string; choices: { delta: { content?: string }; finish_reason: string | null }[]; usage?: object })
    expect(chunks.every(({ object }) => object === 'chat.completion.chunk')).toBe(true)
    expect(chunks[0]!.choices[0]!.delta).toEqual({ role: 'assistant', content: '' })
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe(`> vid_abc is queued\n> 50%\n\n[video](${LINK})`)
    expect(chunks.map(({ choices }) => choices[0]?.finish_reason).filter(Boolean)).toEqual(['stop'])
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: 0 } })
    expect(events).toContain(': still here')
  })

  it('ends with the error of a task that failed', async () => {
    const events = await stream([taskIn('running'), taskIn('failed')])
    expect(JSON.parse(events.at(-2)!)).toEqual({ error: { message: 'Refused by the upstream.', type: 'invalid_request_error', code: 'content_policy', param: 'prompt', task_id: 'vid_abc' } })
    expect(events.at(-1)).toBe('[DONE]')
  })

  it('says where to read a task that goes on', async () => {
    const events = await stream([taskIn('running')])
    expect(events.join('')).toContain(`${ORIGIN}/v1/videos/vid_abc`)
    expect(events.join('')).toContain('"finish_reason":"length"')
  })
})

/** The route's answer with a gateway whose task goes through these states. */
function answer(messages: unknown[], tasks: Task[], headers: Record<string, string> = {}, waits: number[] = [], read: string[] = [], fields: Record<string, unknown> = {}): Promise<Answer> {
  const body = jsonBody({ model: 'sora-2', messages, ...fields })
  const gateway: Partial<GatewayForDialects> = {
    rendering: RENDER_CONTEXT,
    create: () => Promise.resolve(tasks[0]!),
    read(id) {
      read.push(id)
      return Promise.resolve(undefined)
    },
    wait(_, seconds) {
      waits.push(seconds)
      return Promise.resolve(tasks.at(-1)!)
    },
    async *follow() {
      yield* tasks
    },
  }
  return createRoute.answer!({ params: {}, query: {}, headers, body }, gateway as GatewayForDialects)
}

async function stream(tasks: Task[], fields: Record<string, unknown> = {}): Promise<string[]> {
  const { stream: chunks } = (await answer([user('A cat')], tasks, {}, [], [], { stream: true, ...fields })) as { stream: AsyncIterable<string> }
  const events: string[] = []
  for await (const chunk of chunks) events.push(chunk.replace(/^data: /, '').trim())
  return events
}
