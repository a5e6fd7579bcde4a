import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { allModels } from '../catalog/index.ts'
import { videoOperation, type GenerationRequest, type InputAsset, type InputRole } from '../core/generation-request.ts'
import { choicesOf, soundOf } from '../core/model.ts'
import { kling } from './kling.ts'
import { callbackMessage, fixtureInput, fixtureJob, scriptedHttp } from './provider.fixture.ts'
import type { JobInput, ParentJob } from './provider.ts'

/** What is sent for a request. Answers, errors and the life of a job are in the contract suite. */
interface Asking {
  model?: string
  inputs?: JobInput[]
  parent?: ParentJob
  callbackUrl?: string
}

const ID = '822330000000000001'
const created = { status: 200, body: { code: 0, data: { task_id: ID, id: ID, task_status: 'submitted', status: 'submitted' } } }

function jobOf(request: Partial<GenerationRequest>, { model = 'kling-v2-6', inputs = [], ...rest }: Asking) {
  const assets: InputAsset[] = inputs.map(({ media, role }) => ({ media, role, source: { url: 'https://example.com/x' } }))
  return fixtureJob({ request: { model: 'a-kling', operation: videoOperation(assets), inputs: assets, ...request }, upstreamModel: model, inputs, reference: 'att_1', ...rest })
}

async function sent(request: Partial<GenerationRequest> = {}, asking: Asking = {}): Promise<{ path: string; body: Record<string, unknown> }> {
  const { http, asked } = scriptedHttp([created])
  await kling.submit(jobOf(request, asking), http)
  const [call] = asked
  if (call === undefined || !('path' in call)) throw new Error('nothing was asked')
  return { path: `${call.method} ${call.path}`, body: call.json as Record<string, unknown> }
}

const FIRST = fixtureInput({ role: 'first_frame', url: 'https://example.com/first.png' })
const LAST = fixtureInput({ role: 'last_frame', url: 'https://example.com/last.png' })
const REFERENCE = fixtureInput({ url: 'https://example.com/ref.png' })
const SOURCE = fixtureInput({ media: 'video', role: 'source', url: 'https://example.com/v.mp4' })
const FEATURE = fixtureInput({ media: 'video', url: 'https://example.com/f.mp4' })

const SOUND = fixtureInput({ media: 'audio', role: 'source', mediaType: 'audio/mpeg', url: 'https://example.com/s.mp3' })
const EDIT = { kind: 'image', operation: 'image_edit' } as const

describe('the classic wire', () => {
  test('says no more than was asked, durations as text', async () => {
    expect(await sent()).toEqual({ path: 'POST /v1/videos/text2video', body: { model_name: 'kling-v2-6', prompt: 'a boat', external_task_id: 'att_1-text2video' } })
    expect(await sent({ durationSeconds: 10, resolution: '1080p', aspectRatio: '9:16', audio: true, negativePrompt: 'rain' }, { callbackUrl: 'https://gateway.example.com/c/1' })).toMatchObject({
      body: { duration: '10', mode: 'pro', aspect_ratio: '9:16', sound: 'on', negative_prompt: 'rain', callback_url: 'https://gateway.example.com/c/1' },
    })
  })

  test('says modes where a model has a choice of them, and sound where it can make any', async () => {
    expect((await sent({ resolution: '4k', audio: false }, { model: 'kling-v3' })).body).toMatchObject({ mode: '4k', sound: 'off' })
    expect((await sent({ resolution: '1080p' }, { model: 'kling-v2-1-master' })).body).not.toHaveProperty('mode')
    expect((await sent({ audio: false }, { model: 'kling-v2-5-turbo' })).body).not.toHaveProperty('sound')
  })

  test('frames are the image and its tail, as addresses or bare base64', async () => {
    const { path, body } = await sent({ resolution: '1080p', aspectRatio: 'adaptive', prompt: '' }, { inputs: [fixtureInput({ role: 'first_frame' }), LAST] })
    expect(path).toBe('POST /v1/videos/image2video')
    expect(body).toEqual({ model_name: 'kling-v2-6', image: 'AQID', image_tail: 'https://example.com/last.png', mode: 'pro', external_task_id: 'att_1-image2video' })
    expect((await sent({}, { inputs: [fixtureInput({ role: 'first_frame', url: 'http://example.com/a.png' })] })).body['image']).toBe('AQID')
  })

  test('reference pictures of 1.6 have an endpoint of their own, without references in the prompt', async () => {
    const { path, body } = await sent({ prompt: '@Image1 waves at @image 2', aspectRatio: '1:1' }, { model: 'kling-v1-6', inputs: [REFERENCE, fixtureInput()] })
    expect(path).toBe('POST /v1/videos/multi-image2video')
    expect(body).toMatchObject({ prompt: 'image 1 waves at image 2', image_list: [{ image: 'https://example.com/ref.png' }, { image: 'AQID' }], aspect_ratio: '1:1' })
  })

  test('omni names materials by their place, references first', async () => {
    const { path, body } = await sent({ prompt: '@Image1 becomes @Image2', aspectRatio: '16:9', durationSeconds: 4 }, { model: 'kling-video-o1', inputs: [FIRST, REFERENCE] })
    expect(path).toBe('POST /v1/videos/omni-video')
    expect(body).toMatchObject({ prompt: '<<<image_2>>> becomes <<<image_1>>>', duration: '4', image_list: [{ image_url: 'https://example.com/ref.png' }, { image_url: 'https://example.com/first.png', type: 'first_frame' }] })
  })

  test('omni changes a video that keeps its length, and refers to another', async () => {
    const { body } = await sent({ prompt: 'snow on @Video1', durationSeconds: 'auto', aspectRatio: 'adaptive', audio: false, vendor: { keep_original_sound: 'no' } }, { model: 'kling-v3-omni', inputs: [SOURCE] })
    expect(body).toMatchObject({ prompt: 'snow on <<<video_1>>>', sound: 'off', video_list: [{ video_url: 'https://example.com/v.mp4', refer_type: 'base', keep_original_sound: 'no' }] })
    for (const absent of ['duration', 'aspect_ratio', 'keep_original_sound', 'image_list']) expect(body).not.toHaveProperty(absent)
    expect((await sent({ aspectRatio: '1:1', durationSeconds: 10 }, { model: 'kling-v3-omni', inputs: [FEATURE] })).body['video_list']).toEqual([{ video_url: 'https://example.com/f.mp4', refer_type: 'feature' }])
  })

  test('motion control takes who and how, and follows the video unless told', async () => {
    const { path, body } = await sent({ prompt: '', durationSeconds: 'auto', resolution: '720p', aspectRatio: 'adaptive' }, { model: 'kling-v3', inputs: [REFERENCE, SOURCE] })
    expect(path).toBe('POST /v1/videos/motion-control')
    expect(body).toEqual({ model_name: 'kling-v3', image_url: 'https://example.com/ref.png', video_url: 'https://example.com/v.mp4', mode: 'std', character_orientation: 'video', external_task_id: 'att_1-motion-control' })
    expect((await sent({ vendor: { character_orientation: 'image' } }, { model: 'kling-v3', inputs: [REFERENCE, SOURCE] })).body['character_orientation']).toBe('image')
  })

  test('a continuation names the video of the job before, and nothing that is settled by it', async () => {
    const parent = { handle: {}, upstreamModel: 'kling-v1-6', kept: { videoId: 'v-1' } }
    const { path, body } = await sent({ operation: 'extend', durationSeconds: 5, resolution: '720p', aspectRatio: 'adaptive', negativePrompt: 'rain' }, { model: 'kling-v1-6', inputs: [SOURCE], parent })
    expect(path).toBe('POST /v1/videos/video-extend')
    expect(body).toEqual({ video_id: 'v-1', prompt: 'a boat', negative_prompt: 'rain', external_task_id: 'att_1-video-extend' })
  })

  test('pictures are counted, and omni pictures are named', async () => {
    const picture = { kind: 'image', operation: 'image_edit', resolution: '2k', aspectRatio: '21:9', count: 3 } as const
    expect(await sent({ ...picture, vendor: { image_reference: 'face' } }, { model: 'kling-v1-5', inputs: [REFERENCE] })).toEqual({
      path: 'POST /v1/images/generations',
      body: { model_name: 'kling-v1-5', prompt: 'a boat', image: 'https://example.com/ref.png', image_reference: 'face', resolution: '2k', n: 3, aspect_ratio: '21:9', external_task_id: 'att_1-generations' },
    })
    const { path, body } = await sent({ ...picture, prompt: 'like @Image1' }, { model: 'kling-image-o1', inputs: [REFERENCE] })
    expect([path, body['prompt'], body['image_list']]).toEqual(['POST /v1/images/omni-image', 'like <<<image_1>>>', [{ image: 'https://example.com/ref.png' }]])
  })

  test('extras of the model and the way go along as they are', async () => {
    const vendor = { multi_shot: true, shot_type: 'intelligence', watermark_info: { enabled: true } }
    expect((await sent({ vendor }, { model: 'kling-v3' })).body).toMatchObject(vendor)
    expect((await sent({ vendor: { cfg_scale: 0 } }, { model: 'kling-v1' })).body['cfg_scale']).toBe(0)
  })
})

describe('the versioned wire', () => {
  test('has the model in its path, and numbers as numbers', async () => {
    expect(await sent({ durationSeconds: 5, resolution: '720p', aspectRatio: '1:1', audio: true }, { model: 'kling-3.0', callbackUrl: 'https://gateway.example.com/c/1' })).toEqual({
      path: 'POST /text-to-video/kling-3.0',
      body: { prompt: 'a boat', settings: { resolution: '720p', aspect_ratio: '1:1', duration: 5, audio: 'native' }, options: { callback_url: 'https://gateway.example.com/c/1', external_task_id: 'att_1-tasks' } },
    })
  })

  test('says nothing of sound to models that always make it', async () => {
    expect((await sent({ audio: true }, { model: 'kling-3.0-turbo' })).body['settings']).toEqual({})
  })

  test('frames and motion are a list of typed contents', async () => {
    expect(await sent({ aspectRatio: 'adaptive' }, { model: 'kling-3.0', inputs: [FIRST, fixtureInput({ role: 'last_frame' })] })).toMatchObject({
      path: 'POST /image-to-video/kling-3.0',
      body: { contents: [{ type: 'prompt', text: 'a boat' }, { type: 'first_frame', url: 'https://example.com/first.png' }, { type: 'last_frame', url: 'AQID' }] },
    })
    expect(await sent({ prompt: '', vendor: { keep_original_sound: 'yes' } }, { model: 'kling-3.0', inputs: [REFERENCE, SOURCE] })).toMatchObject({
      path: 'POST /motion-control/kling-3.0',
      body: { contents: [{ type: 'image' }, { type: 'video' }], settings: { audio: 'original', character_orientation: 'video' } },
    })
  })

  test('names its references where it may, and the others by words', async () => {
    const inputs = [FIRST, REFERENCE, FEATURE]
    const request = { prompt: '@Image1, @Image2, @Video1', aspectRatio: '16:9', vendor: { element_list: [{ element_id: 7 }] } }
    expect((await sent(request, { model: 'kling-3.0-omni', inputs })).body['contents']).toEqual([
      { type: 'prompt', text: 'image 1, @Image2, video 1' },
      { type: 'refer_image', url: 'https://example.com/ref.png', id: 'Image2' },
      { type: 'first_frame', url: 'https://example.com/first.png' },
      { type: 'feature_video', url: 'https://example.com/f.mp4' },
      { type: 'element', element_id: 7, id: 'Element1' },
    ])
    const { path, body } = await sent(request, { model: 'kling-4.0', inputs })
    expect(path).toBe('POST /omni-video/kling-4.0')
    expect((body['contents'] as Record<string, unknown>[]).map(({ id, text }) => id ?? text)).toEqual(['@Image1, @Image2, @Video1', 'Image2', 'Image1', 'Video1', 'Element1'])
  })
})

describe('tools of the classic wire', () => {
  const lipSync = { operation: 'lip_sync', durationSeconds: 'auto', aspectRatio: 'adaptive', audio: true } as const

  test('lips are moved by words with a voice, or by a sound, which goes before words', async () => {
    expect(await sent({ ...lipSync, vendor: { voice_id: 'v', voice_language: 'en', voice_speed: 0.8, watermark_info: { enabled: true } } }, { model: 'kling-lip-sync', inputs: [SOURCE], callbackUrl: 'https://gateway.example.com/c/1' })).toEqual({
      path: 'POST /v1/videos/lip-sync',
      body: {
        input: { mode: 'text2video', video_url: 'https://example.com/v.mp4', text: 'a boat', voice_id: 'v', voice_language: 'en', voice_speed: 0.8 },
        watermark_info: { enabled: true }, callback_url: 'https://gateway.example.com/c/1', external_task_id: 'att_1-lip-sync',
      },
    })
    const spoken = async (sound: JobInput) => (await sent(lipSync, { model: 'kling-lip-sync', inputs: [SOURCE, sound] })).body['input']
    expect(await spoken(SOUND)).toEqual({ mode: 'audio2video', video_url: 'https://example.com/v.mp4', audio_type: 'url', audio_url: 'https://example.com/s.mp3' })
    expect(await spoken(fixtureInput({ media: 'audio', role: 'source' }))).toEqual({ mode: 'audio2video', video_url: 'https://example.com/v.mp4', audio_type: 'file', audio_file: 'AQID' })
  })

  test('lips of a video without an address are moved where Kling made it, and nowhere else', async () => {
    const inputs = [fixtureInput({ media: 'video', role: 'source' }), SOUND]
    const parent = { handle: {}, upstreamModel: 'kling-3.0', kept: { videoId: 'v-1' } }
    expect((await sent(lipSync, { model: 'kling-lip-sync', inputs, parent })).body['input']).toMatchObject({ video_id: 'v-1' })
    await expect(sent(lipSync, { model: 'kling-lip-sync', inputs })).rejects.toMatchObject({ kind: 'refused', param: 'inputs' })
  })

  test('effects take one person, or two with a mode', async () => {
    const effect = { aspectRatio: 'adaptive', resolution: '720p', durationSeconds: 5 }
    expect(await sent({ ...effect, vendor: { effect_scene: 'squish' } }, { model: 'kling-effects', inputs: [REFERENCE] })).toEqual({
      path: 'POST /v1/videos/effects',
      body: { effect_scene: 'squish', input: { image: 'https://example.com/ref.png', duration: '5' }, external_task_id: 'att_1-effects' },
    })
    const two = { ...effect, resolution: '1080p', durationSeconds: 10, vendor: { effect_scene: 'hug', model_name: 'kling-v1-6' } }
    expect((await sent(two, { model: 'kling-effects', inputs: [REFERENCE, fixtureInput()] })).body).toMatchObject({
      effect_scene: 'hug', input: { model_name: 'kling-v1-6', mode: 'pro', images: ['https://example.com/ref.png', 'AQID'], duration: '10' },
    })
    // It is required.
    expect((await sent({ vendor: { effect_scene: 'squish' } }, { model: 'kling-effects', inputs: [REFERENCE] })).body['input']).toMatchObject({ duration: '5' })
  })

  test('a portrait speaks to a sound, here or there', async () => {
    expect(await sent({ resolution: '1080p', aspectRatio: 'adaptive', audio: true, durationSeconds: 'auto' }, { model: 'kling-avatar', inputs: [FIRST, fixtureInput({ media: 'audio', role: 'source' })] })).toEqual({
      path: 'POST /v1/videos/avatar/image2video',
      body: { image: 'https://example.com/first.png', sound_file: 'AQID', prompt: 'a boat', mode: 'pro', external_task_id: 'att_1-avatar-image2video' },
    })
    expect((await sent({ prompt: '', vendor: { audio_id: 'a-1' } }, { model: 'kling-avatar', inputs: [FIRST] })).body).toEqual({ image: 'https://example.com/first.png', audio_id: 'a-1', external_task_id: 'att_1-avatar-image2video' })
  })

  test('of several pictures some are the scene and the style, by their number', async () => {
    const inputs = ['a', 'b', 'c'].map((name) => fixtureInput({ url: `https://example.com/${name}.png` }))
    const { path, body } = await sent({ ...EDIT, prompt: '@Image1 at @Image2', count: 2, aspectRatio: '3:2', vendor: { scene_image: 2, model_name: 'kling-v2-1' } }, { model: 'kling-multi-image2image', inputs })
    expect(path).toBe('POST /v1/images/multi-image2image')
    expect(body).toEqual({
      model_name: 'kling-v2-1', prompt: 'image 1 at image 2', subject_image_list: [{ subject_image: 'https://example.com/a.png' }, { subject_image: 'https://example.com/c.png' }],
      scene_image: 'https://example.com/b.png', n: 2, aspect_ratio: '3:2', external_task_id: 'att_1-multi-image2image',
    })
  })

  test('a picture goes beyond its sides by shares, all four of which are said', async () => {
    expect(await sent({ ...EDIT, operation: 'reframe', aspectRatio: 'adaptive', vendor: { left_expansion_ratio: 0.5 } }, { model: 'kling-image-expand', inputs: [REFERENCE] })).toEqual({
      path: 'POST /v1/images/editing/expand',
      body: { image: 'https://example.com/ref.png', up_expansion_ratio: 0, down_expansion_ratio: 0, left_expansion_ratio: 0.5, right_expansion_ratio: 0, prompt: 'a boat', n: 1, external_task_id: 'att_1-editing-expand' },
    })
  })

  test('a picture comes to the middle of the shape that it is expanded to', async () => {
    const picture = async (width: number, height: number) => fixtureInput({ bytes: await sharp({ create: { width, height, channels: 3, background: '#fff' } }).png().toBuffer() })
    const expanded = async (image: JobInput, aspectRatio: string) => (await sent({ ...EDIT, operation: 'reframe', aspectRatio }, { model: 'kling-image-expand', inputs: [image] })).body
    expect(await expanded(await picture(90, 90), '16:9')).toMatchObject({ up_expansion_ratio: 0, down_expansion_ratio: 0, left_expansion_ratio: 0.3889, right_expansion_ratio: 0.3889 })
    expect(await expanded(await picture(160, 90), '1:1')).toMatchObject({ up_expansion_ratio: 0.3889, down_expansion_ratio: 0.3889, left_expansion_ratio: 0, right_expansion_ratio: 0 })
    await expect(expanded(await picture(90, 160), '16:9')).rejects.toMatchObject({ kind: 'refused', param: 'aspectRatio', message: expect.stringContaining('3.2 times') as string })
    await expect(expanded(fixtureInput(), '16:9')).rejects.toMatchObject({ kind: 'refused', param: 'inputs' })
  })

  test('clothes are the reference, or else the second picture', async () => {
    const person = fixtureInput({ role: 'source', url: 'https://example.com/person.png' })
    const expected = { model_name: 'kolors-virtual-try-on-v1-5', human_image: 'https://example.com/person.png', cloth_image: 'https://example.com/ref.png', external_task_id: 'att_1-kolors-virtual-try-on' }
    expect(await sent({ ...EDIT, prompt: '' }, { model: 'kolors-virtual-try-on-v1-5', inputs: [REFERENCE, person] })).toEqual({ path: 'POST /v1/images/kolors-virtual-try-on', body: expected })
    expect((await sent(EDIT, { model: 'kolors-virtual-try-on-v1-5', inputs: [person, fixtureInput({ role: 'source', url: 'https://example.com/ref.png' })] })).body).toEqual(expected)
  })
})

describe('what Kling cannot do is said before it is asked', () => {
  test.each<[string, Partial<GenerationRequest>, Asking, string]>([
    ['a size alone', { size: '1280x720' }, {}, 'size'],
    ['seconds in parts', { durationSeconds: 5.5 }, { model: 'kling-v3' }, 'durationSeconds'],
    ['"auto" where nothing is followed', { durationSeconds: 'auto' }, { model: 'kling-v3' }, 'durationSeconds'],
    ['11 s beside a video', { durationSeconds: 11, aspectRatio: '1:1' }, { model: 'kling-v3-omni', inputs: [FEATURE] }, 'durationSeconds'],
    ['two frames in 10 s of 1.0', { durationSeconds: 10 }, { model: 'kling-v1', inputs: [FIRST, LAST] }, 'durationSeconds'],
    ['a last frame for a master', {}, { model: 'kling-v2-master', inputs: [FIRST, LAST] }, 'operation'],
    ['a last frame alone, of omni', { operation: 'first_last_frame' }, { model: 'kling-video-o1', inputs: [LAST] }, 'inputs'],
    ['a last frame among many pictures', { aspectRatio: '1:1' }, { model: 'kling-video-o1', inputs: [FIRST, LAST, REFERENCE] }, 'inputs'],
    ['frames of a video that is changed', {}, { model: 'kling-video-o1', inputs: [FIRST, SOURCE] }, 'inputs'],
    ['two videos', {}, { model: 'kling-v3-omni', inputs: [SOURCE, FEATURE] }, 'inputs'],
    ['motion without a picture', {}, { model: 'kling-v3', inputs: [SOURCE] }, 'inputs'],
    ['a mask', { kind: 'image', operation: 'image_edit' }, { model: 'kling-image-o1', inputs: [REFERENCE, fixtureInput({ role: 'mask' })] }, 'inputs'],
    ['sound between two frames', { audio: true, resolution: '1080p' }, { inputs: [FIRST, LAST] }, 'audio'],
    ['silence of a model that is never silent', { audio: false }, { model: 'kling-3.0-turbo' }, 'audio'],
    ['shots of the classic kind on the new wire', { vendor: { multi_prompt: [] } }, { model: 'kling-3.0' }, 'vendor.multi_prompt'],
    ['two elements that move', { vendor: { element_list: [{}, {}] } }, { model: 'kling-v3', inputs: [REFERENCE, SOURCE] }, 'vendor.element_list'],
    ['the sound of no video', { aspectRatio: '1:1', vendor: { keep_original_sound: 'yes' } }, { model: 'kling-v3-omni' }, 'vendor.keep_original_sound'],
    ['faces of a model that knows none', { kind: 'image', operation: 'image_edit', vendor: { image_reference: 'face' } }, { model: 'kling-v2', inputs: [REFERENCE] }, 'vendor.image_reference'],
    ['no words at all', { prompt: '' }, {}, 'prompt'],
    ['no words at all for a frame of omni', { prompt: '' }, { model: 'kling-video-o1', inputs: [FIRST] }, 'prompt'],
    ['a video that a later model made', { operation: 'extend' }, { model: 'kling-v1', inputs: [SOURCE], parent: { handle: {}, upstreamModel: 'kling-v2-6', kept: { videoId: 'v-1' } } }, 'inputs'],
    ['a picture that speaks', { operation: 'lip_sync' }, { model: 'kling-lip-sync', inputs: [FIRST] }, 'inputs'],
    ['nothing to say', { operation: 'lip_sync', prompt: ' ' }, { model: 'kling-lip-sync', inputs: [SOURCE] }, 'prompt'],
    ['more words than it speaks', { operation: 'lip_sync', prompt: '猫'.repeat(121), vendor: { voice_id: 'v' } }, { model: 'kling-lip-sync', inputs: [SOURCE] }, 'prompt'],
    ['a resolution of what is as its video', { operation: 'lip_sync', resolution: '720p', vendor: { voice_id: 'v' } }, { model: 'kling-lip-sync', inputs: [SOURCE] }, 'resolution'],
    ['an effect of three people', { vendor: { effect_scene: 'new_one' } }, { model: 'kling-effects', inputs: [REFERENCE, REFERENCE, REFERENCE] }, 'inputs'],
    ['an effect of a video', { operation: 'reference_to_video', vendor: { effect_scene: 'new_one' } }, { model: 'kling-effects', inputs: [FEATURE] }, 'inputs'],
    ['a portrait for so long', { durationSeconds: 5 }, { model: 'kling-avatar', inputs: [FIRST, SOUND] }, 'durationSeconds'],
    ['two portraits', { operation: 'image_to_video' }, { model: 'kling-avatar', inputs: [FIRST, LAST, SOUND] }, 'inputs'],
    ['a style that is no number', { ...EDIT, vendor: { style_image: 'https://example.com/style.png' } }, { model: 'kling-multi-image2image', inputs: [REFERENCE, REFERENCE] }, 'vendor.style_image'],
    ['a scene and a style and no subject', { ...EDIT, vendor: { scene_image: 1, style_image: 2 } }, { model: 'kling-multi-image2image', inputs: [REFERENCE, REFERENCE] }, 'inputs'],
    ['a shape and margins', { ...EDIT, aspectRatio: '16:9', vendor: { up_expansion_ratio: 1 } }, { model: 'kling-image-expand', inputs: [REFERENCE] }, 'aspectRatio'],
    ['a shape that it does not go to', { ...EDIT, aspectRatio: '5:4' }, { model: 'kling-image-expand', inputs: [REFERENCE] }, 'aspectRatio'],
    ['a margin in words', { ...EDIT, vendor: { up_expansion_ratio: '0.5' } }, { model: 'kling-image-expand', inputs: [REFERENCE] }, 'vendor.up_expansion_ratio'],
    ['a mask of clothes', EDIT, { model: 'kolors-virtual-try-on-v1', inputs: [REFERENCE, fixtureInput({ role: 'mask' })] }, 'inputs'],
    ['a video by a model of pictures', {}, { model: 'kling-image-o1' }, 'model'],
  ])('%s', async (_about, request, asking, param) => {
    const job = jobOf(request, asking)
    expect(kling.unfit?.(job)).toMatchObject({ param })
    await expect(kling.submit(job, scriptedHttp([]).http)).rejects.toMatchObject({ kind: 'refused', code: 'invalid_request', param })
  })

  test('a video without a public address', async () => {
    await expect(sent({}, { model: 'kling-v3-omni', inputs: [fixtureInput({ media: 'video', role: 'source' })] })).rejects.toMatchObject({ kind: 'refused', param: 'inputs' })
  })
})

type Material = readonly [InputAsset['media'], InputRole]
const ROLES: Partial<Record<GenerationRequest['operation'], Material[]>> = {
  image_to_video: [['image', 'first_frame']],
  first_last_frame: [['image', 'first_frame'], ['image', 'last_frame']],
  reference_to_video: [['image', 'reference']],
  video_to_video: [['video', 'source']],
  extend: [['video', 'source']],
  lip_sync: [['video', 'source']],
  image_edit: [['image', 'source']],
  reframe: [['image', 'source']],
}
/** What a tool cannot do without. */
const NEEDS: Record<string, { materials?: Material[]; vendor?: Record<string, unknown> }> = {
  'kling-v2-6-motion-control': { materials: [['image', 'reference']] },
  'kling-v3-motion-control': { materials: [['image', 'reference']] },
  'kling-lip-sync': { vendor: { voice_id: 'v' } },
  'kling-effects': { materials: [['image', 'reference']], vendor: { effect_scene: 'hug' } },
  'kling-avatar': { materials: [['audio', 'source']] },
  'kling-virtual-try-on': { materials: [['image', 'reference']] },
  'kolors-virtual-try-on-v1': { materials: [['image', 'reference']] },
}

test('whatever the catalogue promises of a model at Kling can be asked for', () => {
  const refused: unknown[] = []
  for (const model of allModels()) {
    const upstreamModel = model.upstreamNames?.['kling']
    if (upstreamModel === undefined) continue
    for (const operation of model.operations) {
      for (const resolution of choicesOf(model, operation).resolutions ?? [undefined]) {
        const { aspectRatios = [undefined], duration } = choicesOf(model, operation, resolution)
        const { materials = [], vendor } = NEEDS[model.id] ?? {}
        const roles = [...(ROLES[operation] ?? []), ...materials]
        const request = {
          kind: model.kind, operation, model: model.id, prompt: 'a boat', count: model.maxCount, ...(resolution !== undefined && { resolution }), ...(vendor && { vendor }),
          inputs: roles.map(([media, role]): InputAsset => ({ media, role, source: { url: 'https://example.com/x' } })),
          ...(soundOf(model, operation, resolution) !== 'never' && { audio: true }),
        }
        const parent = { handle: {}, upstreamModel, kept: { videoId: 'v-1' } }
        for (const aspectRatio of aspectRatios) {
          // By a share of a side where it is to no shape.
          const margins = model.id === 'kling-image-expand' && aspectRatio === 'adaptive' ? { up_expansion_ratio: 1 } : undefined
          for (const durationSeconds of duration === undefined ? [undefined] : duration.ofSource ? ['auto' as const] : [duration.minSeconds, duration.maxSeconds]) {
            const unfit = kling.unfit?.({ request: { ...request, ...(aspectRatio !== undefined && { aspectRatio }), ...(margins && { vendor: margins }), ...(durationSeconds !== undefined && { durationSeconds }) }, upstreamModel, settings: {}, parent })
            if (unfit) refused.push([model.id, operation, resolution, aspectRatio, durationSeconds, unfit])
          }
        }
      }
    }
  }
  expect(refused).toEqual([])
})

describe('a lost submission', () => {
  const absent = { status: 404, body: { code: 1203, message: 'none' } }

  test('is looked for family by family, by an id that says the family', async () => {
    const { http, asked } = scriptedHttp([absent, { status: 200, body: { code: 0, data: { task_id: ID, task_status: 'submitted', task_info: { external_task_id: 'att_1-image2video' } } } }])
    expect(await kling.find?.('att_1', http)).toEqual({ path: 'videos/image2video', id: ID })
    expect(asked.map((call) => 'path' in call && call.path)).toEqual(['/v1/videos/text2video/att_1-text2video', '/v1/videos/image2video/att_1-image2video'])
  })

  test('may be on the versioned wire, where a filter that was passed over finds nothing', async () => {
    const noRight = { status: 403, body: { code: 1103, message: 'no right' } }
    const task = (external: string) => ({ status: 200, body: { code: 0, data: [{ id: ID, status: 'processing', external_id: external }] } })
    const before = [...Array.from({ length: 13 }, () => absent), noRight]
    expect(await kling.find?.('att_1', scriptedHttp([...before, task('att_1-tasks')]).http)).toEqual({ path: 'tasks', id: ID })
    expect(await kling.find?.('att_1', scriptedHttp([...before, task('att_2-tasks')]).http)).toBeUndefined()
  })

  test('is not given up because one family did not answer', async () => {
    await expect(kling.find?.('att_1', scriptedHttp([{ status: 500, body: { code: 5000 } }]).http)).rejects.toMatchObject({ kind: 'lost' })
  })
})

describe('a callback', () => {
  test('of either shape names its task, and its place by our own id', () => {
    const classic = { task_id: ID, task_status: 'succeed', task_info: { external_task_id: 'att_1-omni-video' } }
    expect(kling.callback?.(callbackMessage(classic))).toEqual({ handle: { path: 'videos/omni-video', id: ID } })
    const expanded = { task_id: ID, task_status: 'succeed', task_info: { external_task_id: 'att_1-editing-expand' } }
    expect(kling.callback?.(callbackMessage(expanded))).toEqual({ handle: { path: 'images/editing/expand', id: ID } })
    expect(kling.callback?.(callbackMessage({ id: ID, status: 'succeeded', external_id: 'att_1-tasks' }))).toEqual({ handle: { path: 'tasks', id: ID } })
  })

  test.each([
    { task_id: ID, task_status: 'succeed' },
    { task_id: ID, task_status: 'succeed', task_info: { external_task_id: 'att_1-account' } },
    { task_id: '../../account', task_status: 'succeed', task_info: { external_task_id: 'att_1-omni-video' } },
  ])('without a place, or with an id that is none, names nothing: %j', (body) => {
    expect(kling.callback?.(callbackMessage(body))).toEqual({})
  })
})

test('a token is signed as in the worked example of the documentation', () => {
  const call = { method: 'GET', url: new URL('https://example.com'), body: undefined, contentType: undefined, nowMs: 1_785_571_200_000 } as const
  expect(kling.authorize({ access_key: 'ak-test-0001', secret_key: 'sk-test-0123456789abcdef' }, call)).toEqual({
    authorization:
      'Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJhay10ZXN0LTAwMDEiLCJleHAiOjE3ODU1NzMwMDAsIm5iZiI6MTc4NTU3MTE5NX0.WeqaaARuIj-MNDer2Vp2EOXlDbxCWDYhWvYnV1ld_7I',
  })
  expect(kling.authorize({ api_key: 'api-key-kling-1' }, call)).toEqual({ authorization: 'Bearer api-key-kling-1' })
})

test('a credential is a static key, or both of the older keys', () => {
  expect(kling.credential.parse({ api_key: ' k\n' })).toEqual({ api_key: 'k' })
  expect(kling.credential.parse({ access_key: 'a', secret_key: 'b' })).toEqual({ access_key: 'a', secret_key: 'b' })
  expect(kling.credential.safeParse({ access_key: 'a' }).success).toBe(false)
})

test('a handle is nothing that could climb out of a path', () => {
  for (const id of ['..', 'a/b', 'a?b', '', 'x'.repeat(129)]) expect(kling.handle.safeParse({ path: 'tasks', id }).success, id).toBe(false)
  expect(kling.handle.safeParse({ path: 'account', id: ID }).success).toBe(false)
})
