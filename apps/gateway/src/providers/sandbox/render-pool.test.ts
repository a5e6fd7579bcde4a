import { spawnSync } from 'node:child_process'
import { access, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { createRenderPool, type RenderPool, type RenderPoolOptions } from './render-pool.ts'
import type { ImageSpec } from './render-spec.ts'

let workFolder: string
let pool: RenderPool

beforeAll(async () => {
  workFolder = await mkdtemp(join(tmpdir(), 'genlock-pool-test-'))
})
afterEach(async () => {
  await pool.close()
  expect(await readdir(workFolder)).toEqual([])
})
afterAll(async () => {
  await rm(workFolder, { recursive: true })
})

const still: ImageSpec = { kind: 'image', prompt: 'a lake', widthPixels: 96, heightPixels: 64, seed: 1, format: 'png' }

describe('with the real child', () => {
  test('a film and a picture come out as files of their own, drawn by one warm child', async () => {
    pool = createRenderPool({ workFolder, maxConcurrent: 1 })
    const [film, picture] = await Promise.all([
      pool.render({ ...still, kind: 'video', framesPerSecond: 12, durationSeconds: 0.5, audio: true }),
      pool.render(still),
    ])
    expect(film).toMatchObject({ mediaType: 'video/mp4', widthPixels: 96, heightPixels: 64, durationSeconds: 0.5, framesPerSecond: 12 })
    expect((await readFile(film.path)).length).toBe(film.sizeBytes)
    expect(await sharp(film.poster).metadata()).toMatchObject({ format: 'png', width: 96, height: 64 })
    expect(await sharp(picture.path).metadata()).toMatchObject({ format: 'png', width: 96, height: 64 })
  })

  test('a picture that cannot be decoded is refused, and the child lives on', async () => {
    pool = createRenderPool({ workFolder, maxConcurrent: 1 })
    await expect(pool.render({ ...still, source: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>') })).rejects.toMatchObject({ fault: 'refused' })
    await expect(pool.render(still)).resolves.toMatchObject({ mediaType: 'image/png' })
  })

  test('the folder of a process that was killed is removed by the next pool', async () => {
    const { pid } = spawnSync(process.execPath, ['--version'])
    await mkdir(join(workFolder, `renders-${pid}-abc`))
    pool = createRenderPool({ workFolder, maxConcurrent: 1 })
    await pool.render(still)
    expect((await readdir(workFolder)).filter((name) => name.includes(`-${pid}-`))).toEqual([])
  })

  test('a spec out of bounds is refused before any child is started', async () => {
    pool = createRenderPool({ workFolder, maxConcurrent: 1, childModule: new URL('file:///nowhere.ts') })
    await expect(pool.render({ ...still, widthPixels: 1_000_000 })).rejects.toMatchObject({ fault: 'refused' })
  })
})

describe('when children misbehave', () => {
  test('a render that does not end is killed after its time, and leaves no file', async () => {
    pool = createMisbehavingPool({ timeoutMs: 400 })
    await expect(pool.render({ ...still, prompt: 'hang' })).rejects.toMatchObject({ fault: 'timeout' })
    expect(await leftovers()).toEqual([])
  })

  test('a crash fails only its own render', async () => {
    pool = createMisbehavingPool({ maxConcurrent: 2 })
    const [crashed, ...others] = await Promise.allSettled([{ ...still, prompt: 'crash' }, still, still, still].map((spec) => pool.render(spec)))
    expect(crashed).toMatchObject({ status: 'rejected', reason: { fault: 'crashed' } })
    expect(others.map((other) => other.status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled'])
    expect((await leftovers()).length).toBe(3)
  })

  test('a child that eats memory dies of it, alone', async () => {
    pool = createMisbehavingPool({ maxOldSpaceMb: 32 })
    await expect(pool.render({ ...still, prompt: 'fill the memory' })).rejects.toMatchObject({ fault: 'crashed', cause: { message: /heap/i } })
    await expect(pool.render(still)).resolves.toBeDefined()
  })

  test('a child that cannot be started fails the render', async () => {
    pool = createRenderPool({ workFolder, maxConcurrent: 1, childModule: new URL('file:///nowhere.ts') })
    await expect(pool.render(still)).rejects.toMatchObject({ fault: 'crashed' })
  })

  test('calling a render off ends it, whether it runs or waits', async () => {
    pool = createMisbehavingPool({})
    const caller = new AbortController()
    const running = pool.render({ ...still, prompt: 'hang' }, { signal: caller.signal })
    const queued = pool.render(still, { signal: caller.signal })
    const outcomes = Promise.allSettled([running, queued, pool.render(still)])
    await vi.waitFor(async () => expect(await leftovers()).toHaveLength(1), { timeout: 10_000 })
    caller.abort()
    expect(await outcomes).toMatchObject([{ reason: { fault: 'aborted' } }, { reason: { fault: 'aborted' } }, { status: 'fulfilled' }])
    await expect(pool.render(still, { signal: caller.signal })).rejects.toMatchObject({ fault: 'aborted' })
  })
})

describe('bounds', () => {
  test('no more renders wait than allowed', async () => {
    pool = createMisbehavingPool({ maxQueued: 1 })
    const accepted = [pool.render(still), pool.render(still)]
    await expect(pool.render(still)).rejects.toMatchObject({ fault: 'busy' })
    expect((await Promise.all(accepted)).length).toBe(2)
  })

  test('a child is reused, but only so many times', async () => {
    pool = createMisbehavingPool({ maxRendersPerChild: 2 })
    const pids: (string | undefined)[] = []
    for (let i = 0; i < 4; i++) pids.push((await read(pool)).split(' ')[0])
    expect(pids[1]).toBe(pids[0])
    expect(pids[2]).not.toBe(pids[1])
    expect(pids[3]).toBe(pids[2])
  })

  test('a child inherits no environment, so no secrets', async () => {
    pool = createMisbehavingPool({})
    // Some systems add variables of their own to every process.
    expect((await read(pool)).split(' ')[1]?.split(',')).not.toContain('PATH')
  })

  test('closing ends what runs and what waits', async () => {
    pool = createMisbehavingPool({})
    const running = pool.render({ ...still, prompt: 'hang' })
    const queued = pool.render(still)
    const outcomes = Promise.allSettled([running, queued])
    await pool.close()
    expect(await outcomes).toMatchObject([{ reason: { fault: 'closed' } }, { reason: { fault: 'closed' } }])
    await expect(pool.render(still)).rejects.toMatchObject({ fault: 'closed' })
    await expect(access(workFolder)).resolves.toBeUndefined()
  })
})

function createMisbehavingPool(options: Partial<RenderPoolOptions>): RenderPool {
  return createRenderPool({ workFolder, maxConcurrent: 1, childModule: new URL('./fixtures/misbehaving-child.ts', import.meta.url), ...options })
}

async function read(from: RenderPool): Promise<string> {
  return await readFile((await from.render(still)).path, 'utf8')
}

async function leftovers(): Promise<string[]> {
  const names = await readdir(workFolder, { recursive: true })
  return names.filter((name) => name.includes('.'))
}
