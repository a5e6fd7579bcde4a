import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import h264 from 'h264-mp4-encoder'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDiskStorage } from './disk.ts'
import { makeVideo, makeWav, withBox, words } from './media.fixture.ts'
import { createMediaProber, type MediaProber } from './probe.ts'

let folder: string
let prober: MediaProber

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'genlock-probe-'))
  prober = createMediaProber()
})

afterAll(async () => {
  await prober.close()
  await rm(folder, { recursive: true, force: true })
})

describe('a good file', () => {
  test.each([
    ['mp4', 'video/mp4'], ['mp4 in fragments', 'video/mp4'], ['mov', 'video/quicktime'], ['webm', 'video/webm'],
  ] as const)('%s: size, length, rate and sound are read from the file', async (container, mediaType) => {
    const file = await makeVideo({ container, durationSeconds: 3, framesPerSecond: 30, withSound: true })
    const facts = await prober.probe(file, 'video')
    expect(facts).toMatchObject({ mediaType, bytes: file.length, widthPixels: 320, heightPixels: 180, hasVideo: true, hasAudio: true })
    expect(facts.durationSeconds).toBeCloseTo(3, 1)
    expect(facts.framesPerSecond).toBeCloseTo(30, 0)
  })

  test('a silent video has no sound', async () => {
    expect(await prober.probe(await makeVideo())).toMatchObject({ hasAudio: false, durationSeconds: 2, framesPerSecond: 24 })
  })

  test('a video of the sandbox encoder, with its index at the end, is read', async () => {
    const encoder = await h264.createH264MP4Encoder()
    Object.assign(encoder, { width: 64, height: 48, frameRate: 12 })
    encoder.initialize()
    for (let frame = 0; frame < 12; frame += 1) encoder.addFrameRgba(new Uint8Array(64 * 48 * 4).fill(frame * 20))
    encoder.finalize()
    const file = encoder.FS.readFile(encoder.outputFilename)
    encoder.delete()
    expect(await prober.probe(file, 'video/mp4')).toMatchObject({ widthPixels: 64, heightPixels: 48, durationSeconds: 1, framesPerSecond: 12 })
  })

  test('a sound file is read', async () => {
    expect(await prober.probe(makeWav(2), 'audio')).toMatchObject({ mediaType: 'audio/wav', durationSeconds: 2, hasAudio: true, hasVideo: false })
  })

  test('a path, a stored file and bytes give the same facts', async () => {
    const file = await makeVideo({ withSound: true })
    await writeFile(join(folder, 'a.mp4'), file)
    const storage = await createDiskStorage({ folder: join(folder, 'files') })
    await storage.put('outputs/a.mp4', Readable.from([file]), { mediaType: 'video/mp4', maxBytes: 1e6 })
    const facts = await prober.probe(file)
    expect(await prober.probe({ path: join(folder, 'a.mp4') })).toEqual(facts)
    expect(await prober.probe({ storage, key: 'outputs/a.mp4' })).toEqual(facts)
  })

  test('many files at once are each answered', async () => {
    const file = await makeVideo()
    const facts = await Promise.all(Array.from({ length: 20 }, () => prober.probe(file)))
    expect(facts.every(({ widthPixels }) => widthPixels === 320)).toBe(true)
  })
})

describe('not what it says', () => {
  test.each([
    ['an HLS playlist', '#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nhttp://169.254.169.254/latest\n'],
    ['a concat list', 'ffconcat version 1.0\nfile /etc/passwd\n'],
    ['a page', '<!doctype html><script>1</script>'],
    ['a drawing with a script', '<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>'],
    ['an empty file', ''],
  ])('%s is no medium', async (_what, content) => {
    await expect(prober.probe(Buffer.from(content), 'video')).rejects.toMatchObject({ reason: 'not_media' })
  })

  test('a video where an image is wanted, or another container than claimed, is a mismatch', async () => {
    const file = await makeVideo()
    await expect(prober.probe(file, 'image')).rejects.toMatchObject({ reason: 'mismatch' })
    await expect(prober.probe(file, 'video/webm')).rejects.toMatchObject({ reason: 'mismatch' })
  })

  test('an MP4 with sound and no picture is not a video', async () => {
    const file = await makeVideo({ withSound: true })
    // The first handler box is the video track's.
    const soundOnly = withBox(file, 'hdlr', Buffer.concat([words(0, 0), Buffer.from('meta'), words(0, 0, 0), Buffer.from('\0')]))
    await expect(prober.probe(soundOnly, 'video')).rejects.toMatchObject({ reason: 'mismatch' })
  })

  test('the first words of an MP4 and then anything is no medium', async () => {
    const start = (await makeVideo()).subarray(0, 24)
    await expect(prober.probe(Buffer.concat([start, Buffer.alloc(5_000, '<html>')]))).rejects.toMatchObject({ name: 'MediaError' })
  })
})

describe('damaged or impossible', () => {
  test.each(['mp4', 'mov', 'webm'] as const)('a %s without its end is truncated', async (container) => {
    const file = await makeVideo({ container })
    await expect(prober.probe(file.subarray(0, file.length - 1_000))).rejects.toMatchObject({ reason: 'truncated' })
  })

  test('a sound file without its end is truncated', async () => {
    await expect(prober.probe(makeWav(2).subarray(0, 20_000))).rejects.toMatchObject({ reason: 'truncated' })
  })

  test('15 kB that claim ten hours are implausible', async () => {
    // 48 frames of 750 s each, in the track's own time scale.
    const file = await makeVideo()
    const timeScale = file.readUInt32BE(file.indexOf('mdhd') + 16)
    const tenHours = withBox(file, 'stts', words(0, 1, 48, 750 * timeScale))
    await expect(prober.probe(tenHours)).rejects.toMatchObject({ reason: 'implausible' })
  })

  test('a video of more than an hour is too large, of no time implausible', async () => {
    const file = await makeVideo({ durationSeconds: 40 })
    const timeScale = file.readUInt32BE(file.indexOf('mdhd') + 16)
    const long = withBox(file, 'stts', words(0, 1, 960, 4 * timeScale))
    await expect(prober.probe(long)).rejects.toMatchObject({ reason: 'too_large' })
    await expect(prober.probe(withBox(file, 'stts', words(0, 1, 960, 0)))).rejects.toMatchObject({ reason: 'implausible' })
  })

  test('absurd picture sizes are implausible', async () => {
    await expect(prober.probe(await makeVideo({ widthPixels: 40_000, heightPixels: 2 }))).rejects.toMatchObject({ reason: 'implausible' })
  })

  test('a table that would fill the memory, or be counted for minutes, is cut off, and the next file is read as ever', async () => {
    const file = await makeVideo()
    const memory = withBox(withBox(file, 'stss', words(0, 1, 1, 10), 'ctts'), 'stts', words(0, 1, 0xffff_ffff, 1))
    const counting = withBox(file, 'stss', words(0, 2_000, ...Array.from({ length: 2_000 }, () => [0xffff_ffff, 10]).flat()), 'ctts')
    const strict = createMediaProber({ timeoutMs: 2_000, maxHeapMegabytes: 64 })
    const answers = [memory, file, counting, file].map((bytes) => strict.probe(bytes).then(({ durationSeconds }) => durationSeconds, ({ reason }) => reason))
    expect(await Promise.all(answers)).toEqual(['implausible', 2, 'implausible', 2])
    await strict.close()
  })

  test('a file whose tables are larger than what may be read is refused', async () => {
    const frugal = createMediaProber({ maxReadBytes: 100 })
    await expect(frugal.probe(await makeVideo())).rejects.toMatchObject({ reason: 'implausible' })
    await frugal.close()
  })
})

test('a failure of the storage is not blamed on the file', async () => {
  const storage = await createDiskStorage({ folder: join(folder, 'gone') })
  await expect(prober.probe({ storage, key: 'outputs/none.mp4' })).rejects.toMatchObject({ kind: 'not_found' })
  await expect(prober.probe({ path: join(folder, 'none.mp4') })).rejects.toMatchObject({ code: 'ENOENT' })
})
