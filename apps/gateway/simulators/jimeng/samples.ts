import { imageSample, videoSample } from '../sample.ts'
import type { Refusal, Sample, SampleInput } from '../simulator.ts'

const FIRST: SampleInput = { media: 'image', role: 'first_frame', mediaType: 'image/png', bytes: Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a) }
const LAST: SampleInput = { media: 'image', role: 'last_frame', mediaType: 'image/jpeg', url: 'https://example.com/last.jpg', bytes: Uint8Array.of(0xff, 0xd8, 0xff, 0xe0) }
const HOSTED: SampleInput = { ...FIRST, url: 'https://example.com/first.png' }

const FIGURE: SampleInput = { ...HOSTED, role: 'reference' }
const SOURCE: SampleInput = { ...FIRST, role: 'source' }
const SOUND: SampleInput = { media: 'audio', role: 'source', mediaType: 'audio/mpeg', url: 'https://example.com/voice.mp3' }
const DANCE: SampleInput = { media: 'video', role: 'source', mediaType: 'video/mp4', url: 'https://example.com/dance.mp4' }
/** Eight white pixels square: masks are looked into. */
const MASK: SampleInput = { ...SOURCE, role: 'mask', bytes: Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAACXBIWXMAAAPoAAAD6AG1e1JrAAAAD0lEQVQI12P4jwMwDC0JALoev0E4ThxMAAAAAElFTkSuQmCC', 'base64') }

const AS_GIVEN = { durationSeconds: 'auto', aspectRatio: 'adaptive' } as const

/** One job of each way of working, on each generation. */
export function jimengSamples(): Sample[] {
  return [
    videoSample('jimeng_v30', { durationSeconds: 5, resolution: '720p', aspectRatio: '9:16', seed: 0 }),
    videoSample('jimeng_v30', { durationSeconds: 10, resolution: '720p', aspectRatio: 'adaptive', prompt: '' }, [FIRST]),
    videoSample('jimeng_v30', { durationSeconds: 5, resolution: '720p', aspectRatio: 'adaptive', prompt: '@Image1 becomes @Image2' }, [FIRST, LAST]),
    videoSample('jimeng_vgfm_t2v_l20', { durationSeconds: 5, resolution: '720p', aspectRatio: '21:9' }),
    videoSample('jimeng_vgfm_t2v_l20', { durationSeconds: 5, resolution: '720p', aspectRatio: 'adaptive' }, [HOSTED]),
    videoSample('jimeng_i2v_first_tail_v30_1080', { durationSeconds: 5, resolution: '1080p', aspectRatio: 'adaptive' }, [LAST, HOSTED]),
    videoSample('jimeng_ti2v_v30_pro', { durationSeconds: 5, resolution: '1080p', aspectRatio: '1:1', seed: -1 }),
    videoSample('jimeng_i2v_recamera_v30', { durationSeconds: 5, resolution: '720p', aspectRatio: 'adaptive', vendor: { template_id: 'hitchcock_dolly_in', camera_strength: 'weak', aigc_meta: { producer_id: 'p1' } } }, [FIRST]),
    videoSample('jimeng_realman_avatar_picture_omni_v15', { ...AS_GIVEN, resolution: '720p', audio: true, seed: -1, vendor: { pe_fast_mode: true } }, [SOUND, HOSTED]),
    videoSample('jimeng_realman_avatar_picture_omni_v2', { ...AS_GIVEN, resolution: '480p', audio: true, prompt: '' }, [HOSTED, SOUND]),
    videoSample('jimeng_dream_actor_m1_gen_video_cv', { ...AS_GIVEN, resolution: '720p', prompt: '' }, [FIGURE, DANCE]),
    videoSample('jimeng_dreamactor_m20_gen_video', { ...AS_GIVEN, resolution: '720p', prompt: '', vendor: { cut_result_first_second_switch: true } }, [{ ...FIRST, role: 'reference' }, DANCE]),
    imageSample('jimeng_t2i_v40', { size: '1774x592', vendor: { scale: 1, logo_info: { add_logo: true } } }),
    imageSample('jimeng_t2i_v40', { resolution: '1K', aspectRatio: 'adaptive', prompt: '@Image2 beside @Image1' }, [SOURCE, { ...SOURCE, role: 'reference' }]),
    imageSample('jimeng_seedream46_cvtob', { resolution: '1K', aspectRatio: 'adaptive', vendor: { scale: 100 } }, Array.from({ length: 14 }, () => FIGURE)),
    imageSample('jimeng_t2i_v31', { size: '512x512', enhancePrompt: false }),
    imageSample('jimeng_t2i_v30', { size: '887x296', seed: 0 }),
    imageSample('jimeng_i2i_v30', { size: '512x512', vendor: { scale: 0.5 } }, [{ ...SOURCE, url: HOSTED.url! }]),
    imageSample('jimeng_image2image_dream_inpaint', { aspectRatio: 'adaptive', vendor: { mask_changes: 'black' } }, [MASK, SOURCE]),
    { ...imageSample('jimeng_high_aes_general_v21_L', { size: '256x256', upsample: true }), immediate: true },
    { ...imageSample('jimeng_high_aes_general_v21_L', { size: '768x256', vendor: { aigc_meta: { producer_id: 'p1' } } }), immediate: true },
  ]
}

/** A step beyond. */
export function jimengRefusals(): Refusal[] {
  const plain = { durationSeconds: 5, resolution: '720p', aspectRatio: '16:9' } as const
  return [
    { about: 'a model that is not there', sample: videoSample('jimeng_v99', plain), param: 'model' },
    { about: 'two frames for a model of one', sample: videoSample('jimeng_ti2v_v30_pro', { durationSeconds: 5 }, [FIRST, LAST]), param: 'operation' },
    { about: '7 s', sample: videoSample('jimeng_v30', { ...plain, durationSeconds: 7 }), param: 'durationSeconds' },
    { about: '10 s of S2.0 Pro', sample: videoSample('jimeng_vgfm_t2v_l20', { ...plain, durationSeconds: 10 }), param: 'durationSeconds' },
    { about: '1080p of a key of 720p', sample: videoSample('jimeng_t2v_v30', { ...plain, resolution: '1080p' }), param: 'resolution' },
    { about: 'a ratio beside a frame', sample: videoSample('jimeng_v30', plain, [FIRST]), param: 'aspectRatio' },
    { about: 'a ratio that is not listed', sample: videoSample('jimeng_v30', { ...plain, aspectRatio: '2:1' }), param: 'aspectRatio' },
    { about: 'sound', sample: videoSample('jimeng_v30', { ...plain, audio: true }), param: 'audio' },
    { about: 'a camera move of another model', sample: videoSample('jimeng_v30', { ...plain, vendor: { template_id: 'robo_arm' } }), param: 'vendor.template_id' },
    { about: 'no camera move', sample: videoSample('jimeng_i2v_recamera_v30', { durationSeconds: 5 }, [FIRST]), param: 'vendor.template_id' },
    { about: 'a camera move that there is not', sample: videoSample('jimeng_i2v_recamera_v30', { durationSeconds: 5, vendor: { template_id: 'somersault' } }, [FIRST]) },
    { about: 'a portrait without a sound', sample: videoSample('jimeng_realman_avatar_picture_omni_v15', AS_GIVEN, [HOSTED]), param: 'inputs' },
    { about: 'a portrait that is nowhere to be fetched', sample: videoSample('jimeng_realman_avatar_picture_omni_v15', AS_GIVEN, [FIRST, SOUND]), param: 'inputs' },
    { about: '480p of OmniHuman 1.5', sample: videoSample('jimeng_realman_avatar_picture_omni_v15', { ...AS_GIVEN, resolution: '480p' }, [HOSTED, SOUND]), param: 'resolution' },
    { about: 'seven seconds of a motion', sample: videoSample('jimeng_dreamactor_m20_gen_video', { ...AS_GIVEN, durationSeconds: 7, prompt: '' }, [FIGURE, DANCE]), param: 'durationSeconds' },
    { about: 'words for a motion', sample: videoSample('jimeng_dream_actor_m1_gen_video_cv', AS_GIVEN, [FIGURE, DANCE]), param: 'prompt' },
    { about: 'a picture below 1K of 4.0', sample: imageSample('jimeng_t2i_v40', { size: '1024x1023' }), param: 'size' },
    { about: 'a picture beyond 2K of 3.1', sample: imageSample('jimeng_t2i_v31', { size: '2049x2048' }), param: 'size' },
    { about: 'a picture beyond 3:1', sample: imageSample('jimeng_t2i_v40', { size: '3200x1000' }), param: 'size' },
    { about: '769 pixels of 2.1', sample: imageSample('jimeng_high_aes_general_v21_L', { size: '769x512' }), param: 'size' },
    { about: 'eleven pictures for 4.0', sample: imageSample('jimeng_t2i_v40', {}, Array.from({ length: 11 }, () => FIGURE)), param: 'inputs' },
    { about: 'no mask to paint within', sample: imageSample('jimeng_image2image_dream_inpaint', {}, [SOURCE]), param: 'inputs' },
    { about: 'a scale beyond 1', sample: imageSample('jimeng_i2i_v30', { size: '512x512', vendor: { scale: 1.5 } }, [SOURCE]), param: 'vendor.scale' },
    { about: 'half a step of 4.6', sample: imageSample('jimeng_seedream46_cvtob', { vendor: { scale: 50.5 } }) },
    { about: 'a prompt beyond 800 characters', sample: videoSample('jimeng_v30', { ...plain, prompt: 'x'.repeat(801) }) },
  ]
}
