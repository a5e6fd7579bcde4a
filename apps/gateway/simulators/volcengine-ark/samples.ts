import type { GenerationRequest } from '../../src/core/generation-request.ts'
import { imageSample, videoSample } from '../sample.ts'
import type { Refusal, Sample, SampleInput } from '../simulator.ts'

const PICTURE: SampleInput = { media: 'image', role: 'reference', mediaType: 'image/png', bytes: Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a) }
const FIRST_FRAME: SampleInput = { ...PICTURE, role: 'first_frame' }
const LAST_FRAME: SampleInput = { media: 'image', role: 'last_frame', mediaType: 'image/jpeg', url: 'https://example.com/last.jpg' }
const VIDEO: SampleInput = { media: 'video', role: 'reference', mediaType: 'video/mp4', url: 'https://example.com/walk.mp4' }
const AUDIO: SampleInput = { media: 'audio', role: 'reference', mediaType: 'audio/mpeg', url: 'https://example.com/theme.mp3' }

/** One job of each kind that Seedance takes, on a model of each generation, and of each that Seedream takes. */
export function arkSamples(): Sample[] {
  return [
    video('doubao-seedance-2-0-260128', { durationSeconds: 4, resolution: '480p', aspectRatio: '9:16', audio: true }),
    video('doubao-seedance-1-0-pro-250528', { durationSeconds: 2, resolution: '480p', aspectRatio: '1:1', seed: 0 }),
    video('dreamina-seedance-2-5-260628', { durationSeconds: 'auto', resolution: '480p' }, [FIRST_FRAME]),
    video('doubao-seedance-1-5-pro-251215', { durationSeconds: 4, resolution: '480p', audio: false, vendor: { return_last_frame: true } }, [FIRST_FRAME, LAST_FRAME]),
    video('doubao-seedance-2-0-fast-260128', { prompt: '让@Image1跟着@Video1和@Audio1跳舞', durationSeconds: 4, resolution: '480p' }, [PICTURE, VIDEO, AUDIO]),
    video('doubao-seedance-2-0-260128', { prompt: 'Make it rain', durationSeconds: 4, resolution: '480p' }, [{ ...VIDEO, role: 'source' }]),
    video('doubao-seedance-2-5-260628', { prompt: 'Sing it', durationSeconds: 30, resolution: '480p', aspectRatio: '9:16' }, [AUDIO]),
    video('doubao-seedance-1-0-lite-i2v-250428', { prompt: '@Image4挥手', durationSeconds: 2, resolution: '480p' }, [PICTURE, PICTURE, PICTURE, PICTURE]),
    pictures('doubao-seedream-4-0-250828', { size: '1280x720' }),
    pictures('seedream-4-5-251128', { size: '2560x1440', prompt: 'A story of @Image1 and @Image2', count: 13 }, [PICTURE, { ...PICTURE, url: 'https://example.com/b.png' }]),
    pictures('doubao-seedream-5-0-260128', { size: '1920x1920', outputFormat: 'png', vendor: { optimize_prompt_options: { mode: 'standard' } } }, Array.from({ length: 14 }, () => PICTURE)),
    pictures('dola-seedream-5-0-pro-260628', { size: '960x960', outputFormat: 'jpeg', vendor: { watermark: true } }),
    pictures('doubao-seedream-3-0-t2i-250415', { size: '512x2048', seed: 0, vendor: { guidance_scale: 10 } }),
    pictures('doubao-seededit-3-0-i2i-250628', { aspectRatio: 'adaptive', seed: -1 }, [{ ...PICTURE, role: 'source' }]),
  ]
}

/** A step beyond each limit. */
export function arkRefusals(): Refusal[] {
  const SEEDANCE_1 = 'doubao-seedance-1-0-pro-250528'
  const SEEDANCE_2 = 'doubao-seedance-2-0-260128'
  const SEEDANCE_2_5 = 'doubao-seedance-2-5-260628'
  const FOUR = 'doubao-seedream-4-0-250828'
  return [
    { about: 'sixteen seconds', param: 'durationSeconds', sample: video(SEEDANCE_2, { durationSeconds: 16 }) },
    { about: 'one second', param: 'durationSeconds', sample: video(SEEDANCE_1, { durationSeconds: 1 }) },
    { about: 'parts of seconds', param: 'durationSeconds', sample: video(SEEDANCE_2, { durationSeconds: 4.5 }) },
    { about: 'a length for 1.0 to choose', param: 'durationSeconds', sample: video(SEEDANCE_1, { durationSeconds: 'auto' }) },
    { about: '1080p of the fast edition', param: 'resolution', sample: video('doubao-seedance-2-0-fast-260128', { resolution: '1080p' }) },
    { about: '4k of 2.5', param: 'resolution', sample: video(SEEDANCE_2_5, { resolution: '4k' }) },
    { about: 'a ratio beside frames of 2.5', param: 'aspectRatio', sample: video(SEEDANCE_2_5, { aspectRatio: '16:9' }, [FIRST_FRAME]) },
    { about: 'no ratio to follow', param: 'aspectRatio', sample: video(SEEDANCE_1, { aspectRatio: 'adaptive' }) },
    { about: 'frames with references', param: 'inputs', sample: video(SEEDANCE_2, {}, [FIRST_FRAME, PICTURE]) },
    { about: 'a last frame alone', param: 'inputs', sample: video(SEEDANCE_2, {}, [LAST_FRAME]) },
    { about: 'a last frame of pro-fast', param: 'inputs', sample: video('doubao-seedance-1-0-pro-fast-251015', {}, [FIRST_FRAME, LAST_FRAME]) },
    { about: 'ten pictures', param: 'inputs', sample: video(SEEDANCE_2, {}, Array.from({ length: 10 }, () => PICTURE)) },
    { about: 'a sound alone with 2.0', param: 'inputs', sample: video(SEEDANCE_2, {}, [AUDIO]) },
    { about: 'references of a model without', param: 'inputs', sample: video('doubao-seedance-1-5-pro-251215', {}, [PICTURE]) },
    { about: 'sound of 1.0', param: 'audio', sample: video(SEEDANCE_1, { audio: true }) },
    { about: 'two videos', param: 'count', sample: video(SEEDANCE_2, { count: 2 }) },
    { about: 'a model that is not there', sample: video('doubao-seedance-9-9-270101', {}) },
    { about: 'too few pixels', param: 'size', sample: pictures('doubao-seedream-4-5-251128', { size: '1024x1024' }) },
    { about: 'too many pixels', param: 'size', sample: pictures('dola-seedream-5-0-pro-260628', { size: '4096x4096' }) },
    { about: 'too long a picture', param: 'size', sample: pictures(FOUR, { size: '16384x960' }) },
    { about: 'a side beyond 2048', param: 'size', sample: pictures('doubao-seedream-3-0-t2i-250415', { size: '2560x512' }) },
    { about: 'fifteen pictures', param: 'inputs', sample: pictures(FOUR, { size: '1280x720' }, Array.from({ length: 15 }, () => PICTURE)) },
    { about: 'fourteen from two', param: 'count', sample: pictures(FOUR, { size: '1280x720', count: 14 }, [PICTURE, PICTURE]) },
    { about: 'two of a model that makes one', param: 'count', sample: pictures('dola-seedream-5-0-pro-260628', { size: '1280x720', count: 2 }) },
    { about: 'a seed of 4.0', param: 'seed', sample: pictures(FOUR, { size: '1280x720', seed: 0 }) },
    { about: 'PNG of 4.0', param: 'outputFormat', sample: pictures(FOUR, { size: '1280x720', outputFormat: 'png' }) },
    { about: 'a mask', param: 'inputs', sample: pictures(FOUR, { size: '1280x720' }, [PICTURE, { ...PICTURE, role: 'mask' }]) },
    { about: 'a size of SeedEdit', param: 'size', sample: pictures('doubao-seededit-3-0-i2i-250628', { size: '1024x1024' }, [PICTURE]) },
    { about: 'SeedEdit without a picture', param: 'inputs', sample: pictures('doubao-seededit-3-0-i2i-250628', { aspectRatio: 'adaptive' }) },
    { about: 'fast prompts of 4.5', sample: pictures('doubao-seedream-4-5-251128', { size: '2048x2048', vendor: { optimize_prompt_options: { mode: 'fast' } } }) },
  ]
}

/** As the catalogue calls it: without the vendor's own prefix. */
function video(upstreamModel: string, fields: Partial<GenerationRequest>, inputs: SampleInput[] = []): Sample {
  return videoSample(upstreamModel, { model: upstreamModel.replace(/^[a-z]+-/, ''), ...fields }, inputs)
}

function pictures(upstreamModel: string, fields: Partial<GenerationRequest>, inputs: SampleInput[] = []): Sample {
  return { ...imageSample(upstreamModel, { model: upstreamModel.replace(/^[a-z]+-/, ''), ...fields }, inputs), immediate: true }
}
