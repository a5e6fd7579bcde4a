import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import type { GenerationRequest } from '../core/generation-request.ts'
import { dashscope } from './dashscope.ts'
import { fixtureInput, fixtureJob, scriptedHttp } from './provider.fixture.ts'
import type { Job, JobInput } from './provider.ts'

function jobOf(model: string, request: Partial<GenerationRequest>, inputs: JobInput[]): Job {
  const assets = inputs.map(({ media, role, url }) => ({ media, role, source: { url: url ?? 'https://example.com/stored' } }))
  return fixtureJob({ request: { model, inputs: assets, ...request }, upstreamModel: model, inputs })
}

/** What is sent for a request. Answers, errors and the life of a job are in the contract suite. */
async function sentFor(model: string, request: Partial<GenerationRequest> = {}, inputs: JobInput[] = []) {
  const scripted = scriptedHttp([{ status: 200, body: { output: { task_id: '0385dc79', task_status: 'PENDING', choices: [] }, request_id: 'r' } }])
  await dashscope.submit(jobOf(model, request, inputs), scripted.http)
  expect(scripted.asked).toHaveLength(1)
  const [call] = scripted.asked
  if (!call || !('path' in call)) throw new Error('nothing was asked')
  const { input, parameters, model: said } = call.json as { model: string; input: Record<string, unknown>; parameters: Record<string, unknown> }
  expect(said).toBe(model)
  return { service: call.path.replace('/api/v1/services/aigc/', ''), isAsync: call.headers?.['x-dashscope-async'] === 'enable', input, parameters }
}

const refusal = (model: string, request: Partial<GenerationRequest>, inputs: JobInput[] = []) => dashscope.unfit?.(jobOf(model, request, inputs))?.param

const FIRST = fixtureInput({ role: 'first_frame', url: 'https://example.com/first.png' })
const LAST = fixtureInput({ role: 'last_frame', url: 'https://example.com/last.png' })
const HERO = fixtureInput({ url: 'https://example.com/hero.png' })
const STORED = fixtureInput()
const WALK = fixtureInput({ media: 'video', url: 'https://example.com/walk.mp4' })
const CLIP = fixtureInput({ media: 'video', role: 'source', url: 'https://example.com/clip.mp4' })
const SONG = fixtureInput({ media: 'audio', role: 'source', url: 'https://example.com/song.mp3' })
const SOURCE = fixtureInput({ role: 'source', url: 'https://example.com/source.png' })
const VIDEO = 'video-generation/video-synthesis'
const AT = { first: 'https://example.com/first.png', last: 'https://example.com/last.png', hero: 'https://example.com/hero.png', walk: 'https://example.com/walk.mp4', clip: 'https://example.com/clip.mp4', song: 'https://example.com/song.mp3' }

describe('each family has its path, its place for materials and its way to say the frame', () => {
  test.each<[string, Partial<GenerationRequest>, JobInput[], { service?: string; input: Record<string, unknown>; parameters: Record<string, unknown> }]>([
    ['wan2.5-t2v-preview', { resolution: '480p', aspectRatio: '1:1', size: '624x624', durationSeconds: 10, negativePrompt: 'blur', seed: 0, enhancePrompt: false }, [SONG],
      { input: { prompt: 'a boat', negative_prompt: 'blur', audio_url: AT.song }, parameters: { size: '624*624', duration: 10, seed: 0, prompt_extend: false } }],
    ['wan2.6-t2v', { resolution: '1080p', aspectRatio: '4:3', durationSeconds: 15, vendor: { shot_type: 'multi', watermark: true, size: 'x', negative_prompt: 'y' } }, [],
      { input: { prompt: 'a boat' }, parameters: { size: '1632*1248', duration: 15, shot_type: 'multi', watermark: true } }],
    ['wan2.6-i2v-flash', { operation: 'image_to_video', resolution: '720p', aspectRatio: 'adaptive', durationSeconds: 2, audio: false }, [FIRST, SONG],
      { input: { prompt: 'a boat', img_url: AT.first, audio_url: AT.song }, parameters: { resolution: '720P', duration: 2, audio: false } }],
    ['wan2.2-t2v-plus', { resolution: '480p', aspectRatio: '16:9', size: '832x480', durationSeconds: 5 }, [], { input: { prompt: 'a boat' }, parameters: { size: '832*480' } }],
    ['wanx2.1-i2v-turbo', { operation: 'image_to_video', prompt: '', durationSeconds: 3, vendor: { template: 'flying' } }, [fixtureInput({ role: 'first_frame' })],
      { input: { img_url: 'data:image/png;base64,AQID', template: 'flying' }, parameters: { duration: 3 } }],
    ['wan2.2-kf2v-flash', { operation: 'first_last_frame', resolution: '1080p', durationSeconds: 5 }, [LAST, FIRST],
      { service: 'image2video/video-synthesis', input: { prompt: 'a boat', first_frame_url: AT.first, last_frame_url: AT.last }, parameters: { resolution: '1080P' } }],
    ['wan2.2-s2v', { operation: 'image_to_video', prompt: '', durationSeconds: 'auto', resolution: '480p', audio: true }, [FIRST, SONG],
      { service: 'image2video/video-synthesis', input: { image_url: AT.first, audio_url: AT.song }, parameters: { resolution: '480P' } }],
    ['wan2.2-animate-move', { operation: 'video_to_video', prompt: '', durationSeconds: 'auto', quality: 'wan-pro', vendor: { watermark: true, check_image: false } }, [HERO, CLIP],
      { service: 'image2video/video-synthesis', input: { watermark: true, image_url: AT.hero, video_url: AT.clip }, parameters: { check_image: false, mode: 'wan-pro' } }],
    ['wanx2.1-vace-plus', { operation: 'reference_to_video', resolution: '720p', aspectRatio: '16:9', durationSeconds: 5, vendor: { obj_or_bg: ['obj'] } }, [HERO],
      { input: { function: 'image_reference', prompt: 'a boat', ref_images_url: [AT.hero] }, parameters: { obj_or_bg: ['obj'], size: '1280*720' } }],
    ['wanx2.1-vace-plus', { operation: 'video_to_video' }, [CLIP], { input: { function: 'video_repainting', prompt: 'a boat', video_url: AT.clip }, parameters: { control_condition: 'depth' } }],
    ['wan2.7-i2v', { operation: 'extend', resolution: '720p', aspectRatio: 'adaptive', durationSeconds: 15 }, [CLIP, LAST],
      { input: { prompt: 'a boat', media: [{ type: 'first_clip', url: AT.clip }, { type: 'last_frame', url: AT.last }] }, parameters: { resolution: '720P', duration: 15 } }],
    ['wan2.7-i2v', { operation: 'image_to_video' }, [FIRST, SONG], { input: { prompt: 'a boat', media: [{ type: 'first_frame', url: AT.first }, { type: 'driving_audio', url: AT.song }] }, parameters: {} }],
    ['wan2.7-videoedit', { operation: 'video_to_video', resolution: '1080p', aspectRatio: 'adaptive', durationSeconds: 'auto', vendor: { audio_setting: 'origin' } }, [CLIP, HERO],
      { input: { prompt: 'a boat', media: [{ type: 'video', url: AT.clip }, { type: 'reference_image', url: AT.hero }] }, parameters: { resolution: '1080P', duration: 0, audio_setting: 'origin' } }],
    ['wan3.0-video', { operation: 'first_last_frame', resolution: '480p', aspectRatio: 'adaptive', durationSeconds: 30, audio: true, seed: -1 }, [FIRST, LAST],
      { input: { prompt: 'a boat', media: [{ type: 'first_frame', url: AT.first }, { type: 'last_frame', url: AT.last }] }, parameters: { resolution: '480P', ratio: 'adaptive', duration: 30, seed: -1, audio: true } }],
    ['happyhorse-1.1-t2v', { resolution: '720p', aspectRatio: '9:21', durationSeconds: 3 }, [], { input: { prompt: 'a boat' }, parameters: { watermark: false, resolution: '720P', ratio: '9:21', duration: 3 } }],
    ['happyhorse-1.0-video-edit', { operation: 'video_to_video', resolution: '720p', durationSeconds: 'auto', vendor: { watermark: true } }, [CLIP], { input: { prompt: 'a boat', media: [{ type: 'video', url: AT.clip }] }, parameters: { watermark: true, resolution: '720P' } }],
  ])('%s %j', async (model, request, inputs, { service = VIDEO, ...sent }) => {
    expect(await sentFor(model, request, inputs)).toEqual({ service, isAsync: true, ...sent })
  })

  const drawn = (fields: Partial<GenerationRequest>): Partial<GenerationRequest> => ({ kind: 'image', operation: 'text_to_image', ...fields })
  const edited = (fields: Partial<GenerationRequest>): Partial<GenerationRequest> => ({ kind: 'image', operation: 'image_edit', ...fields })
  test.each<[string, Partial<GenerationRequest>, JobInput[], { service: string; isAsync?: boolean; input: Record<string, unknown>; parameters: Record<string, unknown> }]>([
    ['wan2.2-t2i-plus', drawn({ count: 4, size: '512x1440', negativePrompt: 'blur' }), [], { service: 'text2image/image-synthesis', input: { prompt: 'a boat', negative_prompt: 'blur' }, parameters: { size: '512*1440', n: 4 } }],
    ['wan2.5-i2i-preview', edited({ count: 1, size: '1280x1280' }), [SOURCE, STORED], { service: 'image2image/image-synthesis', input: { prompt: 'a boat', images: ['https://example.com/source.png', 'data:image/png;base64,AQID'] }, parameters: { size: '1280*1280', n: 1 } }],
    ['wanx2.1-imageedit', edited({ aspectRatio: 'adaptive', vendor: { strength: 0.4 } }), [SOURCE], { service: 'image2image/image-synthesis', input: { function: 'description_edit', prompt: 'a boat', base_image_url: 'https://example.com/source.png' }, parameters: { strength: 0.4, n: 1 } }],
    ['wanx2.1-imageedit', edited({ vendor: { function: 'stylization_all' } }), [SOURCE], { service: 'image2image/image-synthesis', input: { function: 'stylization_all', prompt: 'a boat', base_image_url: 'https://example.com/source.png' }, parameters: { n: 1 } }],
    ['wan2.7-image-pro', drawn({ count: 2, resolution: '4K', aspectRatio: '1:1', size: '4096x4096', negativePrompt: 'blur', enhancePrompt: true }), [],
      { service: 'image-generation/generation', input: { messages: [{ role: 'user', content: [{ text: 'a boat' }] }] }, parameters: { size: '4096*4096', prompt_extend: true, n: 2, negative_prompt: 'blur' } }],
    ['wan2.6-image', edited({ resolution: '1K' }), [SOURCE], { service: 'image-generation/generation', input: { messages: [{ role: 'user', content: [{ image: 'https://example.com/source.png' }, { text: 'a boat' }] }] }, parameters: { size: '1K', n: 1 } }],
    ['qwen-image', drawn({ size: '1664x928', seed: 7 }), [], { service: 'multimodal-generation/generation', isAsync: false, input: { messages: [{ role: 'user', content: [{ text: 'a boat' }] }] }, parameters: { size: '1664*928', seed: 7 } }],
    ['qwen-image-edit', edited({ aspectRatio: 'adaptive' }), [SOURCE, HERO], { service: 'multimodal-generation/generation', isAsync: false, input: { messages: [{ role: 'user', content: [{ image: 'https://example.com/source.png' }, { image: AT.hero }, { text: 'a boat' }] }] }, parameters: {} }],
  ])('%s %j', async (model, request, inputs, { isAsync = true, ...sent }) => {
    expect(await sentFor(model, request, inputs)).toEqual({ isAsync, ...sent })
  })

  test('a mask is white where it changes, whoever drew it', async () => {
    const transparent = await sharp({ create: { width: 2, height: 2, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } } }).png().toBuffer()
    const { input } = await sentFor('wanx2.1-imageedit', edited({}), [SOURCE, fixtureInput({ role: 'mask', bytes: new Uint8Array(transparent) })])
    expect(input['function']).toBe('description_edit_with_mask')
    const [head, data = ''] = String(input['mask_image_url']).split(',')
    expect(head).toBe('data:image/png;base64')
    expect([...(await sharp(Buffer.from(data, 'base64')).greyscale().raw().toBuffer())]).toEqual([255, 255, 255, 255])
  })
})

describe('references in the prompt', () => {
  const promptOf = (model: string, prompt: string, inputs: JobInput[], operation: GenerationRequest['operation'] = 'reference_to_video') => sentFor(model, { operation, prompt }, inputs).then(({ input }) => input['prompt'])

  test('are characters in one row for 2.6, pictures and videos alike', async () => {
    const { input } = await sentFor('wan2.6-r2v', { operation: 'reference_to_video', prompt: '@Image1 meets @Video1 and @Image2' }, [HERO, WALK, STORED])
    expect(input).toEqual({ prompt: 'character1 meets character2 and character3', reference_urls: [AT.hero, AT.walk, 'data:image/png;base64,AQID'] })
  })

  test('are characters for HappyHorse', async () => {
    expect(await promptOf('happyhorse-1.1-r2v', '@Image2 follows', [HERO, STORED])).toBe('character2 follows')
  })

  test('are counted by kind for 2.7, in the language of the prompt, and a frame is none of them', async () => {
    expect(await promptOf('wan2.7-r2v', '@Image2 sees @Video1 in @Image1', [FIRST, HERO, WALK])).toBe('Image 1 sees Video 1 in the first frame')
    expect(await promptOf('wan2.7-r2v', '@Image2看着@Video1', [FIRST, HERO, WALK])).toBe('图1看着视频1')
  })

  test('are English words for 3.0', async () => {
    expect(await promptOf('wan3.0-video', '@Image1跟着@Audio1', [HERO, { ...SONG, role: 'reference' }])).toBe('Image 1跟着Audio 1')
  })

  test('are plain words elsewhere', async () => {
    expect(await promptOf('wan2.5-i2v-preview', '@Image1 comes alive', [FIRST], 'image_to_video')).toBe('image 1 comes alive')
  })

  test('to nothing are refused, naming the prompt', async () => {
    await expect(promptOf('wan2.6-r2v', '@Image2 waves', [HERO])).rejects.toMatchObject({ kind: 'refused', param: 'prompt' })
  })
})

test('videos and sounds without a public address are refused by name, and nothing is sent', async () => {
  await expect(sentFor('wan2.7-videoedit', { operation: 'video_to_video' }, [fixtureInput({ media: 'video', role: 'source' })])).rejects.toMatchObject({ kind: 'refused', param: 'inputs', message: expect.stringContaining('video') })
  await expect(sentFor('wan2.6-t2v', {}, [fixtureInput({ media: 'audio', role: 'source' })])).rejects.toMatchObject({ kind: 'refused', param: 'inputs', message: expect.stringContaining('audio') })
})

describe('what it cannot do is seen before anything is sent', () => {
  test.each<[string, string, Partial<GenerationRequest>, JobInput[], string]>([
    ['another model', 'wan9.9-t2v', {}, [], 'model'],
    ['another operation', 'wan2.6-t2v', { operation: 'extend' }, [CLIP], 'operation'],
    ['a missing frame', 'wan2.5-i2v-preview', { operation: 'image_to_video' }, [], 'inputs'],
    ['one of two frames', 'wan2.2-kf2v-flash', { operation: 'first_last_frame' }, [FIRST], 'inputs'],
    ['a picture from words', 'wan2.6-t2v', {}, [HERO], 'inputs'],
    ['frames beside references', 'wan3.0-video', { operation: 'reference_to_video' }, [HERO, FIRST], 'inputs'],
    ['a clip beside a frame', 'wan2.7-i2v', { operation: 'extend' }, [CLIP, FIRST], 'inputs'],
    ['a face without a sound', 'wan2.2-s2v', { operation: 'image_to_video', prompt: '' }, [FIRST], 'inputs'],
    ['words for a face', 'wan2.2-s2v', { operation: 'image_to_video' }, [FIRST, SONG], 'prompt'],
    ['a motion without a person', 'wan2.2-animate-mix', { operation: 'video_to_video', prompt: '' }, [CLIP], 'inputs'],
    ['a mask alone', 'wanx2.1-imageedit', { kind: 'image', operation: 'image_edit' }, [fixtureInput({ role: 'mask' })], 'inputs'],
    ['a mask for another function', 'wanx2.1-imageedit', { kind: 'image', operation: 'image_edit', vendor: { function: 'colorization' } }, [SOURCE, fixtureInput({ role: 'mask' })], 'vendor.function'],
    ['a function of videos for pictures', 'wanx2.1-vace-plus', { operation: 'reference_to_video', vendor: { function: 'video_edit' } }, [HERO], 'vendor.function'],
    ['a length of a list', 'wan2.5-t2v-preview', { durationSeconds: 7 }, [], 'durationSeconds'],
    ['a length of its own choice', 'wan2.6-t2v', { durationSeconds: 'auto' }, [], 'durationSeconds'],
    ['a length of what is as long as its sound', 'wan2.2-s2v', { operation: 'image_to_video', prompt: '', durationSeconds: 5 }, [FIRST, SONG], 'durationSeconds'],
    ['a resolution', 'wan2.7-t2v', { resolution: '480p' }, [], 'resolution'],
    ['a ratio that has no size', 'wan2.5-t2v-preview', { resolution: '480p', aspectRatio: '4:3' }, [], 'aspectRatio'],
    ['a ratio where the picture decides', 'wan2.6-i2v', { operation: 'image_to_video', aspectRatio: '16:9' }, [FIRST], 'aspectRatio'],
    ['a size alone where a resolution is said', 'wan2.7-t2v', { size: '1280x720' }, [], 'size'],
    ['a negative prompt of 3.0', 'wan3.0-video', { negativePrompt: 'blur' }, [], 'negativePrompt'],
    ['a rewritten prompt of HappyHorse', 'happyhorse-1.0-t2v', { enhancePrompt: true }, [], 'enhancePrompt'],
    ['several shots without rewriting', 'wan2.6-t2v', { enhancePrompt: false, vendor: { shot_type: 'multi' } }, [], 'vendor.shot_type'],
    ['silence of 2.7', 'wan2.7-t2v', { audio: false }, [], 'audio'],
    ['sound of 2.2', 'wan2.2-t2v-plus', { audio: true }, [], 'audio'],
    ['a seed below 0', 'wan2.6-t2v', { seed: -1 }, [], 'seed'],
    ['a quality', 'wan2.6-t2v', { quality: 'high' }, [], 'quality'],
    ['two videos', 'wan2.6-t2v', { count: 2 }, [], 'count'],
    ['4K of the plain model', 'wan2.7-image', { kind: 'image', operation: 'text_to_image', resolution: '4K' }, [], 'resolution'],
    ['13 pictures in a row', 'wan2.7-image', { kind: 'image', operation: 'text_to_image', count: 13, vendor: { enable_sequential: true } }, [], 'count'],
  ])('%s: %s', (_about, model, request, inputs, param) => {
    expect(refusal(model, request, inputs)).toBe(param)
  })
})

test('a handle is nothing that could climb out of a path', () => {
  for (const id of ['..', 'a/b', 'a?b', '', 'x'.repeat(129), 'a b', '%2e%2e']) expect(dashscope.handle.safeParse({ id }).success, id).toBe(false)
})

test('a credential is a key, and a workspace where there is one', () => {
  const call = { method: 'GET', url: new URL('https://example.com'), body: undefined, contentType: undefined, nowMs: 0 } as const
  expect(dashscope.credential.parse({ api_key: ' sk-1\n' })).toEqual({ api_key: 'sk-1' })
  expect(dashscope.authorize({ api_key: 'sk-1' }, call)).toEqual({ authorization: 'Bearer sk-1' })
  expect(dashscope.authorize({ api_key: 'sk-1', workspace_id: 'ws-1' }, call)).toEqual({ authorization: 'Bearer sk-1', 'x-dashscope-workspace': 'ws-1' })
  expect(dashscope.credential.safeParse({ api_key: 'sk-1', workspace_id: 'a b' }).success).toBe(false)
})
