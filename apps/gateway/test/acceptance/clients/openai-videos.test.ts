/** The newer video routes of OpenAI's own client against a running gateway: edits, extensions, characters. */
import OpenAI, { BadRequestError, NotFoundError, toFile } from 'openai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../../support/gateway.ts'
import { isMp4, picture } from '../pictures.ts'

const MAX_POLLS = 1500
const POLL_EVERY_MS = 100

let genlock: TestGateway
let openai: OpenAI
/** A finished video of four seconds. */
let first: string
let firstBytes: Uint8Array

beforeAll(async () => {
  genlock = await startTestGateway()
  openai = new OpenAI({ apiKey: genlock.key, baseURL: `${genlock.url}/v1` })
  first = (await openai.videos.create({ prompt: 'A paper boat', seconds: '4', size: '1280x720' })).id
  await ended(first)
  firstBytes = await bytesOf(first)
})
afterAll(() => genlock?.close())

describe('edit', () => {
  test('a finished video by its id, on its model and in its size', async () => {
    const created = await openai.videos.edit({ prompt: 'The same boat at night', video: { id: first } })
    expect(created).toMatchObject({ object: 'video', status: 'queued', model: 'sora-2', seconds: '4', size: '1280x720', remixed_from_video_id: first })
    expect((await ended(created.id)).status).toBe('completed')
    expect(isMp4(await bytesOf(created.id))).toBe(true)
  })

  test('a file', async () => {
    const created = await openai.videos.edit({ prompt: 'The same boat at night', video: await toFile(firstBytes, 'boat.mp4', { type: 'video/mp4' }) })
    expect((await ended(created.id)).status).toBe('completed')
  })

  test('a picture, an unknown id and another account’s are refused', async () => {
    await expect(openai.videos.edit({ prompt: 'x', video: await toFile(await picture(), 'a.png') })).rejects.toMatchObject({ status: 415, param: 'video' })
    await expect(openai.videos.edit({ prompt: 'x', video: { id: 'vid_nobody' } })).rejects.toMatchObject({ status: 404, param: 'video.id' })
    const stranger = new OpenAI({ apiKey: (await genlock.addAccount(1_000_000n)).key, baseURL: `${genlock.url}/v1` })
    await expect(stranger.videos.edit({ prompt: 'x', video: { id: first } })).rejects.toMatchObject({ status: 404, param: 'video.id' })
  })
})

describe('extend', () => {
  test('a finished video by so many seconds', async () => {
    const created = await openai.videos.extend({ prompt: 'It reaches the shore', video: { id: first }, seconds: '8' })
    expect(created).toMatchObject({ seconds: '8', size: '1280x720', remixed_from_video_id: first })
    expect((await ended(created.id)).status).toBe('completed')
  })

  test('a length that the model does not add', async () => {
    await expect(openai.videos.extend({ prompt: 'x', video: { id: first }, seconds: '99' as '4' })).rejects.toMatchObject({ status: 400, param: 'seconds' })
  })

  test('a model that cannot go on from a video says so', async () => {
    const { id } = await openai.videos.create({ model: 'seedance-1.0-pro-fast' as 'sora-2', prompt: 'A boat', seconds: '2' as '4' })
    await ended(id)
    const error: unknown = await openai.videos.extend({ prompt: 'x', video: { id }, seconds: '4' }).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(BadRequestError)
    expect(error).toMatchObject({ param: 'video.id' })
  })
})

describe('characters', () => {
  test('are kept, read again, and play in videos of models that take videos as references', async () => {
    const created = await openai.videos.createCharacter({ name: 'Mossy', video: await toFile(firstBytes, 'clip.mp4', { type: 'video/mp4' }) })
    expect(created).toEqual({ id: expect.stringMatching(/^upl_/), name: 'Mossy', created_at: expect.any(Number) })
    expect(await openai.videos.getCharacter(created.id!)).toEqual(created)
    const withCharacter = { prompt: 'Mossy dances', characters: [{ id: created.id! }] }
    const video = await openai.videos.create({ model: 'seedance-2.0-pro' as 'sora-2', ...withCharacter })
    expect((await ended(video.id)).status).toBe('completed')
    const refused: unknown = await openai.videos.create({ model: 'sora-2', ...withCharacter }).catch((caught: unknown) => caught)
    expect(refused).toMatchObject({ status: 400, param: 'characters[0].id' })
  })

  test('are not everybody’s, and nothing but clips', async () => {
    await expect(openai.videos.getCharacter('upl_nobody')).rejects.toBeInstanceOf(NotFoundError)
    await expect(openai.videos.createCharacter({ name: 'x', video: await toFile(await picture(), 'a.png') })).rejects.toMatchObject({ status: 415, param: 'video' })
    await expect(openai.videos.createCharacter({ name: '', video: await toFile(firstBytes, 'clip.mp4') })).rejects.toMatchObject({ status: 400, param: 'name' })
  })
})

async function ended(id: string): Promise<OpenAI.Videos.Video> {
  for (let polls = 0; polls < MAX_POLLS; polls += 1) {
    const video = await openai.videos.retrieve(id)
    if (video.status === 'completed' || video.status === 'failed') return video
    await new Promise((resolve) => setTimeout(resolve, POLL_EVERY_MS))
  }
  throw new Error(`${id} has not ended`)
}

async function bytesOf(id: string): Promise<Uint8Array> {
  return new Uint8Array(await (await openai.videos.downloadContent(id)).arrayBuffer())
}
