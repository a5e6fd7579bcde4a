import { describe, expect, it } from 'vitest'
import { GatewayError } from '../core/errors.ts'
import { TASK_STATES, type Task } from '../core/task.ts'
import { jsonBody, ORIGIN, parseContext, RENDER_CONTEXT, taskIn } from './dialect.fixture.ts'
import { flat } from './flat.ts'
import { openAiVideoSchema } from './shared/openai-shape.ts'

const parse = (fields: Record<string, unknown>) => flat.routes.find(({ action }) => action === 'create')!.parse!(jsonBody(fields), parseContext())
const render = (task: Task) => flat.renderTask(task, RENDER_CONTEXT)

describe('what it takes', () => {
  it("the page's request", () => {
    const draft = parse({ model: 'sora-2', prompt: 'A cat', duration: 5, size: '1280x720', seed: 7 })
    expect(draft.request).toEqual({ kind: 'video', operation: 'text_to_video', model: 'sora-2', prompt: 'A cat', durationSeconds: 5, size: '1280x720', seed: 7, count: 1 })
    expect(draft).toMatchObject({ inputs: [], ignored: [], unusedFields: 'ignore' })
    expect(draft.fieldNames.durationSeconds).toBe('duration')
  })

  it('no duration: 5 s, unless the model cannot', () => {
    expect(parse({ model: 'sora-2', prompt: 'p' }).request.durationSeconds).toBe(5)
    expect(parse({ model: 'veo3-frames', prompt: 'p' }).request).not.toHaveProperty('durationSeconds')
    expect(parse({ model: 'lip-sync-1', prompt: 'p' }).request).not.toHaveProperty('durationSeconds')
  })

  it('pictures by URL', () => {
    expect(parse({ model: 'veo3-frames', prompt: 'p', images: ['a', 'b'] }).inputs.map(({ role, param }) => [role, param])).toEqual([
      ['first_frame', 'images[0]'],
      ['last_frame', 'images[1]'],
    ])
  })

  it('unknown fields, and says that it left them out', () => {
    expect(parse({ model: 'sora-2', prompt: 'p', watermark: false, user_id: 1 }).ignored).toEqual(['watermark', 'user_id'])
  })
})

it.each<[string, Record<string, unknown>, string]>([
  ['no model', { prompt: 'p' }, 'model'],
  ['no prompt', { model: 'sora-2' }, 'prompt'],
  ['a null prompt', { model: 'sora-2', prompt: null }, 'prompt'],
  ['a duration of words', { model: 'sora-2', prompt: 'p', duration: 'five' }, 'duration'],
  ['a duration of 4.999999 in text', { model: 'sora-2', prompt: 'p', duration: '4.999999' }, 'duration'],
  ['a negative duration', { model: 'sora-2', prompt: 'p', duration: -5 }, 'duration'],
  ['a crowd of unknown fields', { model: 'sora-2', prompt: 'p', ...Object.fromEntries(Array.from({ length: 65 }, (_, n) => [`x${n}`, n])) }, 'x0'],
  ['metadata that is text', { model: 'sora-2', prompt: 'p', metadata: 'x' }, 'metadata'],
])('%s is refused by name', (_, fields, param) => {
  const refused = expect(() => parse(fields))
  refused.toThrow(GatewayError)
  refused.toThrow(expect.objectContaining({ code: 'invalid_request', param }))
})

it('a wrong text is told what it must be', () => {
  expect(() => parse({ model: 'sora-2', prompt: 'p', duration: 'five' })).toThrow('duration must be a number of seconds')
  expect(() => parse({ model: 'sora-2', prompt: 'p', seed: 'many' })).toThrow('seed must be a whole number')
})

describe('how a task looks', () => {
  it('when it was just made: the id under both names, and when', () => {
    expect(render(taskIn('queued'))).toMatchObject({ id: 'vid_abc', task_id: 'vid_abc', object: 'video', model: 'sora-2', status: 'queued', created: expect.any(Number) })
  })

  it("is OpenAI's object too, in every state", () => {
    for (const state of TASK_STATES) expect(openAiVideoSchema.safeParse(render(taskIn(state))).success, state).toBe(true)
  })

  it('when it is done: the link under every name', () => {
    const url = `${ORIGIN}/v1/files/vid_abc.mp4?signed`
    expect(render(taskIn('succeeded'))).toMatchObject({ status: 'completed', data: [{ url, duration: 5 }], url, video_url: url, result_url: url })
  })

  it('has no link before', () => {
    for (const name of ['data', 'url', 'video_url', 'result_url']) expect(render(taskIn('archiving'))).not.toHaveProperty(name)
  })
})

/** The page's Python loop, as it reads an answer. */
function asThePageReads(body: Record<string, unknown>): { go: 'on' } | { go: 'stop' } | { go: 'download'; url: string } {
  const status = body['status'] as string
  if (['completed', 'succeeded', 'success'].includes(status)) {
    const data = (body['data'] ?? []) as { url: string }[]
    const url = (data.length > 0 ? data[0]!.url : undefined) ?? body['url'] ?? `/v1/videos/${String(body['id'])}/content`
    return { go: 'download', url: url as string }
  }
  return { go: ['failed', 'cancelled'].includes(status) ? 'stop' : 'on' }
}

it.each(TASK_STATES)("the page's loop does the right thing with a task that is %s", (state) => {
  const read = asThePageReads(render(taskIn(state)))
  if (state === 'succeeded') expect(read).toEqual({ go: 'download', url: `${ORIGIN}/v1/files/vid_abc.mp4?signed` })
  else expect(read).toEqual({ go: state === 'failed' || state === 'cancelled' ? 'stop' : 'on' })
})
