import type { GenerationRequest } from '../../src/core/generation-request.ts'
import { imageSample, videoSample } from '../sample.ts'
import type { Refusal, Sample, SampleInput } from '../simulator.ts'

const BYTES = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a)
/** A PNG of one pixel. */
const SQUARE = Uint8Array.from(Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64'))
const REFERENCE: SampleInput = { media: 'image', role: 'reference', mediaType: 'image/png', bytes: BYTES }
const HOSTED: SampleInput = { media: 'image', role: 'reference', mediaType: 'image/jpeg', url: 'https://example.com/hat.jpg' }
const FIRST: SampleInput = { ...REFERENCE, role: 'first_frame' }
const LAST: SampleInput = { ...HOSTED, role: 'last_frame' }
const VIDEO: SampleInput = { media: 'video', role: 'source', mediaType: 'video/mp4', url: 'https://example.com/walk.mp4' }
const FEATURE: SampleInput = { ...VIDEO, role: 'reference' }
const SOUND: SampleInput = { media: 'audio', role: 'source', mediaType: 'audio/mpeg', url: 'https://example.com/hello.mp3' }
const RECORDED: SampleInput = { media: 'audio', role: 'source', mediaType: 'audio/wav', bytes: BYTES }
const PERSON: SampleInput = { ...REFERENCE, role: 'source' }

/** One job of each operation, in both generations. The first is what a continuation goes on from. */
export function klingSamples(): Sample[] {
  return [
    video('kling-v1', { durationSeconds: 5, resolution: '720p', aspectRatio: '1:1', negativePrompt: 'rain', vendor: { cfg_scale: 0.5 } }),
    video('kling-v1', { operation: 'extend', durationSeconds: 5, resolution: '720p', aspectRatio: 'adaptive' }, [VIDEO], 0),
    video('kling-v2-5-turbo', { durationSeconds: 5, resolution: '720p', aspectRatio: 'adaptive', prompt: '' }, [FIRST]),
    video('kling-v2-6', { durationSeconds: 10, resolution: '1080p', aspectRatio: 'adaptive' }, [FIRST, LAST]),
    video('kling-v2-1-master', { durationSeconds: 5, resolution: '1080p', aspectRatio: '16:9' }),
    video('kling-v1-6', { durationSeconds: 5, resolution: '720p', aspectRatio: '9:16', prompt: '@Image1 wears @Image2' }, [REFERENCE, HOSTED]),
    video('kling-v3', { durationSeconds: 15, resolution: '720p', aspectRatio: '16:9', audio: true, vendor: { multi_shot: true, shot_type: 'customize', multi_prompt: [{ index: 1, prompt: 'a boat', duration: '8' }, { index: 2, prompt: 'the sea', duration: '7' }] } }),
    video('kling-video-o1', { durationSeconds: 3, resolution: '720p', aspectRatio: '16:9', prompt: '@Image2 sits on @Image1' }, [FIRST, REFERENCE, HOSTED]),
    video('kling-v3-omni', { durationSeconds: 'auto', resolution: '720p', aspectRatio: 'adaptive', audio: false, prompt: 'Make @Video1 snow', vendor: { keep_original_sound: 'no' } }, [VIDEO]),
    video('kling-v2-6', { operation: 'video_to_video', durationSeconds: 'auto', resolution: '720p', aspectRatio: 'adaptive', prompt: '' }, [REFERENCE, VIDEO]),
    video('kling-3.0-turbo', { durationSeconds: 3, resolution: '720p', aspectRatio: '9:16', audio: true, vendor: { watermark_info: { enabled: true } } }),
    video('kling-3.0', { durationSeconds: 4, resolution: '720p', aspectRatio: 'adaptive', audio: false }, [FIRST, LAST]),
    video('kling-3.0', { operation: 'video_to_video', durationSeconds: 'auto', resolution: '720p', aspectRatio: 'adaptive', prompt: '' }, [REFERENCE, VIDEO]),
    video('kling-3.0-omni', { durationSeconds: 3, resolution: '720p', aspectRatio: '1:1', audio: false, prompt: '@Image1 moves as in @Video1', vendor: { element_list: [{ element_id: 81 }] } }, [REFERENCE, FEATURE]),
    video('kling-4.0', { durationSeconds: 3, resolution: '720p', aspectRatio: '21:9', audio: true, prompt: '@Image1 moves as in @Video1' }, [REFERENCE, FEATURE]),
    image('kling-v1', { resolution: '1k', aspectRatio: '16:9', count: 9, negativePrompt: 'rain' }),
    image('kling-v1-5', { resolution: '1k', aspectRatio: '1:1', operation: 'image_edit', vendor: { image_reference: 'face', image_fidelity: 0.5, human_fidelity: 0.45 } }, [REFERENCE]),
    image('kling-image-o1', { resolution: '2k', aspectRatio: '21:9', operation: 'image_edit', prompt: 'Put @Image2 on @Image1' }, [REFERENCE, HOSTED]),
    ...toolSamples(),
  ]
}

function toolSamples(): Sample[] {
  return [
    lipSync({ prompt: 'h'.repeat(120), vendor: { voice_id: 'genshin_vindi2', voice_language: 'en', voice_speed: 2 } }, [VIDEO]),
    lipSync({ prompt: '' }, [VIDEO, SOUND]),
    // Of a video that has no address, but was made there.
    { ...lipSync({ prompt: '' }, [{ media: 'video', role: 'source', mediaType: 'video/mp4', bytes: BYTES }, RECORDED]), parent: 0 },
    video('kling-effects', { durationSeconds: 5, resolution: '720p', aspectRatio: 'adaptive', prompt: '', vendor: { effect_scene: 'squish' } }, [REFERENCE]),
    video('kling-effects', { durationSeconds: 10, resolution: '1080p', aspectRatio: 'adaptive', vendor: { effect_scene: 'fight', model_name: 'kling-v1-6' } }, [REFERENCE, HOSTED]),
    video('kling-effects', { durationSeconds: 5, resolution: '720p', vendor: { effect_scene: 'of_next_month' } }, [HOSTED]),
    video('kling-avatar', { operation: 'image_to_video', durationSeconds: 'auto', resolution: '1080p', aspectRatio: 'adaptive', audio: true, prompt: 'Nods' }, [FIRST, RECORDED]),
    video('kling-avatar', { operation: 'image_to_video', durationSeconds: 'auto', resolution: '720p', prompt: '', vendor: { audio_id: '80133' } }, [FIRST]),
    edit('kling-multi-image2image', { aspectRatio: '21:9', count: 9, prompt: '@Image1 beside @Image3', vendor: { scene_image: 2, style_image: 6, model_name: 'kling-v2-1' } }, many(6)),
    edit('kling-multi-image2image', { aspectRatio: '1:1', prompt: '' }, [REFERENCE, HOSTED]),
    edit('kling-image-expand', { operation: 'reframe', aspectRatio: 'adaptive', count: 9, prompt: '', vendor: { up_expansion_ratio: 2 } }, [HOSTED]),
    edit('kling-image-expand', { operation: 'reframe', aspectRatio: '16:9' }, [{ ...PERSON, bytes: SQUARE }]),
    edit('kolors-virtual-try-on-v1-5', {}, [HOSTED, PERSON]),
    edit('kolors-virtual-try-on-v1', { prompt: '' }, [PERSON, PERSON]),
  ]
}

/** A step beyond. */
export function klingRefusals(): Refusal[] {
  return [
    { about: 'a model that is not there', sample: video('kling-v9', {}), param: 'model' },
    { about: 'words alone for a model that needs a picture', sample: video('kling-v2-1', { durationSeconds: 5 }), param: 'operation' },
    { about: '16 s', sample: video('kling-v3', { durationSeconds: 16, resolution: '720p', aspectRatio: '16:9' }), param: 'durationSeconds' },
    { about: '7 s of a model of 5 or 10', sample: video('kling-v2-6', { durationSeconds: 7, resolution: '720p', aspectRatio: '16:9' }), param: 'durationSeconds' },
    { about: '6 s from words, of O1', sample: video('kling-video-o1', { durationSeconds: 6, resolution: '720p', aspectRatio: '16:9' }), param: 'durationSeconds' },
    { about: '4k of a model of 1080p', sample: video('kling-3.0-turbo', { durationSeconds: 5, resolution: '4k', aspectRatio: '16:9' }), param: 'resolution' },
    { about: 'a last frame at 720p', sample: video('kling-v2-6', { durationSeconds: 5, resolution: '720p' }, [FIRST, LAST]), param: 'resolution' },
    { about: 'a ratio beside a first frame', sample: video('kling-v2-6', { durationSeconds: 5, resolution: '720p', aspectRatio: '1:1' }, [FIRST]), param: 'aspectRatio' },
    { about: 'a ratio of another generation', sample: video('kling-v3', { durationSeconds: 5, resolution: '720p', aspectRatio: '21:9' }), param: 'aspectRatio' },
    { about: 'sound at 720p', sample: video('kling-v2-6', { durationSeconds: 5, resolution: '720p', aspectRatio: '16:9', audio: true }), param: 'audio' },
    { about: 'sound beside a video', sample: video('kling-v3-omni', { durationSeconds: 5, resolution: '720p', aspectRatio: '16:9', audio: true }, [FEATURE]), param: 'audio' },
    { about: 'five pictures beside a video', sample: video('kling-v3-omni', { durationSeconds: 5, resolution: '720p', aspectRatio: '16:9' }, [...many(5), FEATURE]), param: 'inputs' },
    { about: 'eight pictures', sample: video('kling-video-o1', { durationSeconds: 5, resolution: '720p', aspectRatio: '16:9' }, many(8)), param: 'inputs' },
    { about: 'a continuation of a video from elsewhere', sample: video('kling-v1', { operation: 'extend', durationSeconds: 5 }, [VIDEO]), param: 'inputs' },
    { about: 'a seed', sample: video('kling-v3', { durationSeconds: 5, resolution: '720p', aspectRatio: '16:9', seed: 1 }), param: 'seed' },
    { about: 'a negative prompt of the new wire', sample: video('kling-3.0', { durationSeconds: 5, resolution: '720p', aspectRatio: '16:9', negativePrompt: 'rain' }), param: 'negativePrompt' },
    { about: 'an extra of another model', sample: video('kling-v2-6', { durationSeconds: 5, resolution: '720p', aspectRatio: '16:9', vendor: { cfg_scale: 0.5 } }), param: 'vendor.cfg_scale' },
    { about: 'shots that do not add up', sample: video('kling-v3', { durationSeconds: 5, resolution: '720p', aspectRatio: '16:9', vendor: { multi_shot: true, shot_type: 'customize', multi_prompt: [{ index: 1, prompt: 'a boat', duration: '4' }] } }) },
    { about: 'ten pictures at once', sample: image('kling-v1', { count: 10, resolution: '1k', aspectRatio: '1:1' }), param: 'count' },
    { about: 'a mention of a picture that is not there', sample: video('kling-video-o1', { durationSeconds: 5, resolution: '720p', aspectRatio: '16:9', prompt: '@Image2 waves' }, [REFERENCE]), param: 'prompt' },
    { about: 'a video without an address', sample: video('kling-v3-omni', { durationSeconds: 5, resolution: '720p' }, [{ media: 'video', role: 'source', mediaType: 'video/mp4', bytes: BYTES }]), param: 'inputs' },
    ...toolRefusals(),
  ]
}

function toolRefusals(): Refusal[] {
  const voiced = { vendor: { voice_id: 'genshin_vindi2' } }
  return [
    { about: '121 characters to speak', sample: lipSync({ prompt: 'h'.repeat(121), ...voiced }, [VIDEO]), param: 'prompt' },
    { about: 'words without a voice', sample: lipSync({}, [VIDEO]), param: 'vendor.voice_id' },
    { about: 'a voice too fast', sample: lipSync({ vendor: { voice_id: 'v', voice_speed: 2.1 } }, [VIDEO]) },
    { about: 'two sounds for one mouth', sample: lipSync({}, [VIDEO, SOUND, SOUND]), param: 'inputs' },
    { about: 'a length of what is as long as its video', sample: lipSync({ durationSeconds: 5, ...voiced }, [VIDEO]), param: 'durationSeconds' },
    { about: 'no effect', sample: video('kling-effects', { durationSeconds: 5 }, [REFERENCE]), param: 'vendor.effect_scene' },
    { about: 'one person who hugs', sample: video('kling-effects', { durationSeconds: 5, vendor: { effect_scene: 'hug' } }, [REFERENCE]), param: 'inputs' },
    { about: 'two people in an effect of one', sample: video('kling-effects', { durationSeconds: 5, vendor: { effect_scene: 'squish' } }, [REFERENCE, HOSTED]), param: 'inputs' },
    { about: '10 s of an effect of one', sample: video('kling-effects', { durationSeconds: 10, vendor: { effect_scene: 'squish' } }, [REFERENCE]), param: 'durationSeconds' },
    { about: '1080p of an effect of one', sample: video('kling-effects', { durationSeconds: 5, resolution: '1080p', vendor: { effect_scene: 'squish' } }, [REFERENCE]), param: 'resolution' },
    { about: 'a fight by an older model', sample: video('kling-effects', { durationSeconds: 5, vendor: { effect_scene: 'fight', model_name: 'kling-v1' } }, [REFERENCE, HOSTED]) },
    { about: 'a portrait with nothing to say', sample: video('kling-avatar', { operation: 'image_to_video' }, [FIRST]), param: 'inputs' },
    { about: 'a portrait with two things to say', sample: video('kling-avatar', { operation: 'image_to_video', vendor: { audio_id: '80133' } }, [FIRST, SOUND]), param: 'inputs' },
    { about: 'five subjects', sample: edit('kling-multi-image2image', { aspectRatio: '1:1' }, many(5)), param: 'inputs' },
    { about: 'a scene that is no picture of these', sample: edit('kling-multi-image2image', { aspectRatio: '1:1', vendor: { scene_image: 3 } }, many(2)), param: 'vendor.scene_image' },
    { about: 'a picture that is scene and style', sample: edit('kling-multi-image2image', { aspectRatio: '1:1', vendor: { scene_image: 1, style_image: 1 } }, many(2)), param: 'vendor.style_image' },
    { about: 'more than three times the area', sample: edit('kling-image-expand', { operation: 'reframe', vendor: { up_expansion_ratio: 1, left_expansion_ratio: 0.6 } }, [PERSON]), param: 'vendor.up_expansion_ratio' },
    { about: 'more than two heights upwards', sample: edit('kling-image-expand', { operation: 'reframe', vendor: { up_expansion_ratio: 2.1 } }, [PERSON]), param: 'vendor.up_expansion_ratio' },
    { about: 'no word of how far', sample: edit('kling-image-expand', { operation: 'reframe' }, [PERSON]), param: 'vendor.up_expansion_ratio' },
    { about: 'the shape that it has', sample: edit('kling-image-expand', { operation: 'reframe', aspectRatio: '1:1' }, [{ ...PERSON, bytes: SQUARE }]), param: 'aspectRatio' },
    { about: 'two tries at once', sample: edit('kolors-virtual-try-on-v1-5', { count: 2 }, [PERSON, HOSTED]), param: 'count' },
    { about: 'no clothes', sample: edit('kolors-virtual-try-on-v1-5', {}, [PERSON]), param: 'inputs' },
  ]
}

function lipSync(fields: Partial<GenerationRequest>, inputs: SampleInput[]): Sample {
  return video('kling-lip-sync', { operation: 'lip_sync', durationSeconds: 'auto', aspectRatio: 'adaptive', audio: true, ...fields }, inputs)
}

function edit(upstreamModel: string, fields: Partial<GenerationRequest>, inputs: SampleInput[]): Sample {
  return image(upstreamModel, { operation: 'image_edit', ...fields }, inputs)
}

function many(count: number): SampleInput[] {
  return Array.from({ length: count }, () => HOSTED)
}

function video(upstreamModel: string, fields: Partial<GenerationRequest>, inputs: SampleInput[] = [], parent?: number): Sample {
  return { ...videoSample(upstreamModel, fields, inputs), ...(parent !== undefined && { parent }) }
}

function image(upstreamModel: string, fields: Partial<GenerationRequest>, inputs: SampleInput[] = []): Sample {
  return imageSample(upstreamModel, { operation: 'text_to_image', ...fields }, inputs)
}
