import { imageSample, videoSample } from '../sample.ts'
import type { Refusal, Sample, SampleInput } from '../simulator.ts'

const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
const PICTURE: SampleInput = { media: 'image', role: 'reference', mediaType: 'image/png', bytes: Uint8Array.from([...PNG, 0]) }
const FIRST: SampleInput = { ...PICTURE, role: 'first_frame' }
const LAST: SampleInput = { media: 'image', role: 'last_frame', mediaType: 'image/jpeg', url: 'https://example.com/last.jpg' }
/** Too large for a data URI. */
const LARGE: SampleInput = { ...FIRST, bytes: Uint8Array.from({ length: 4_000_000 }, (_, index) => PNG[index] ?? 0) }
const SOURCE: SampleInput = { media: 'video', role: 'source', mediaType: 'video/mp4', url: 'https://example.com/walk.mp4' }
const VIDEO: SampleInput = { ...SOURCE, role: 'reference' }
const AUDIO: SampleInput = { media: 'audio', role: 'reference', mediaType: 'audio/mpeg', url: 'https://example.com/theme.mp3' }

export function runwaySamples(): Sample[] {
  return [
    videoSample('gen4.5', { durationSeconds: 2, resolution: '720p', aspectRatio: '16:9', seed: 0 }),
    videoSample('gen4.5', { durationSeconds: 10, resolution: '720p', aspectRatio: '21:9', vendor: { contentModeration: { publicFigureThreshold: 'low' } } }, [FIRST]),
    videoSample('gen4_turbo', { prompt: '', durationSeconds: 2, resolution: '720p', aspectRatio: '1:1', seed: 4_294_967_295 }, [LARGE]),
    videoSample('gen3a_turbo', { durationSeconds: 5, resolution: '768p', aspectRatio: '3:5' }, [FIRST, LAST]),
    videoSample('veo3.1', { durationSeconds: 4, resolution: '720p', aspectRatio: '9:16', audio: false, negativePrompt: 'rain' }, [FIRST, LAST]),
    videoSample('veo3.1_fast', { durationSeconds: 4, resolution: '720p', aspectRatio: '16:9', audio: true }, [FIRST]),
    videoSample('hailuo3', { prompt: '@Image1 walks like @Video1 to @Audio1', durationSeconds: 4, resolution: '768p', aspectRatio: 'adaptive', audio: true }, [PICTURE, VIDEO, AUDIO]),
    videoSample('h3_max', { durationSeconds: 5, resolution: '480p', aspectRatio: 'adaptive', audio: true, vendor: { prompt_expansion_mode: 'quality' } }, [FIRST, LAST]),
    videoSample('h3_max', { durationSeconds: 5, resolution: '480p', aspectRatio: '16:9', audio: true }),
    videoSample('happyhorse_1_0', { durationSeconds: 2, resolution: '720p', aspectRatio: '3:4' }),
    videoSample('seedance2', { durationSeconds: 4, resolution: '480p', aspectRatio: '9:16', audio: false, seed: 7 }, [{ ...PICTURE, url: 'https://example.com/a.png' }]),
    videoSample('seedance2_5', { durationSeconds: 'auto', resolution: '480p', aspectRatio: '16:9', audio: true }, [FIRST]),
    videoSample('wan3', { durationSeconds: 2, resolution: '480p', aspectRatio: 'adaptive', audio: true }, [FIRST, LAST]),
    videoSample('wan3_prime', { durationSeconds: 2, resolution: '480p', aspectRatio: '1:1', audio: false }),
    videoSample('grok_imagine_1_5', { durationSeconds: 1, resolution: '480p', aspectRatio: '2:3', audio: true }, [PICTURE, AUDIO]),
    videoSample('grok_imagine_1_5', { prompt: '', durationSeconds: 1, resolution: '480p', aspectRatio: 'adaptive', audio: true }, [FIRST]),
    videoSample('gemini_omni_flash_1.1', { durationSeconds: 3, resolution: '360p', aspectRatio: '9:16', audio: true }, [PICTURE, VIDEO]),
    videoSample('gemini_omni_flash_1.1', { durationSeconds: 3, resolution: '360p', aspectRatio: '16:9', audio: true }, [SOURCE, PICTURE]),
    { ...videoSample('gemini_omni_flash_1.1', { operation: 'extend', durationSeconds: 3, resolution: '360p', aspectRatio: '16:9', audio: true }, [SOURCE]) },
    videoSample('gemini_omni_flash', { durationSeconds: 10, resolution: '720p', aspectRatio: '16:9', audio: true }, [SOURCE]),
    videoSample('aleph2', { prompt: '', durationSeconds: 'auto', resolution: '720p', aspectRatio: '9:16', vendor: { keyframes: [{ seconds: 1, uri: 'https://example.com/key.png' }] } }, [SOURCE]),
    videoSample('gen4_aleph', { durationSeconds: 5, resolution: '720p', aspectRatio: '4:3' }, [SOURCE, PICTURE]),
    videoSample('act_two', { prompt: '', durationSeconds: 'auto', resolution: '720p', aspectRatio: '16:9', vendor: { bodyControl: true, expressionIntensity: 5 } }, [SOURCE, PICTURE]),
    imageSample('gen4_image', { resolution: '720p', aspectRatio: '16:9', size: '1280x720', seed: 1 }),
    imageSample('gen4_image', { prompt: '@Image1 in the style of @Image2', resolution: '1080p', aspectRatio: '21:9' }, [{ ...PICTURE, role: 'source' }, PICTURE, PICTURE]),
    imageSample('gen4_image_turbo', { resolution: '720p', aspectRatio: '3:4' }, [PICTURE]),
    imageSample('muse_image', { resolution: '1K', aspectRatio: '3:2', outputFormat: 'webp' }),
    imageSample('gemini_2.5_flash', { resolution: '1K', aspectRatio: '4:5' }),
    imageSample('gemini_image3_pro', { resolution: '1K', aspectRatio: '21:9' }, Array.from({ length: 14 }, () => PICTURE)),
    imageSample('gemini_image3.1_flash', { resolution: '512', aspectRatio: '8:1' }),
    imageSample('gpt_image_2', { size: '1920x1088', quality: 'low', count: 2, vendor: { background: 'transparent' } }),
    imageSample('gpt_image_2_5_flare', { size: '1920x1920', quality: 'xhigh' }),
    imageSample('seedream5_pro', { resolution: '1K', aspectRatio: '16:9', size: '1364x768', outputFormat: 'jpeg' }),
    imageSample('seedream5_lite', { size: '2560x1440', count: 3 }),
    imageSample('grok_imagine_image_2', { resolution: '1k', aspectRatio: 'adaptive', quality: 'low' }, [PICTURE]),
  ]
}

export function runwayRefusals(): Refusal[] {
  return [
    { about: 'a duration of 11 s', param: 'durationSeconds', sample: videoSample('gen4.5', { durationSeconds: 11, resolution: '720p', aspectRatio: '16:9' }) },
    { about: 'no duration where one is needed', param: 'durationSeconds', sample: videoSample('gen4.5', { resolution: '720p', aspectRatio: '16:9' }) },
    { about: '4:3 from words', param: 'aspectRatio', sample: videoSample('gen4.5', { durationSeconds: 2, resolution: '720p', aspectRatio: '4:3' }) },
    { about: '4k of Veo', param: 'resolution', sample: videoSample('veo3.1', { durationSeconds: 8, resolution: '4k', aspectRatio: '16:9' }) },
    { about: 'a prompt of 1001 characters', param: 'prompt', sample: videoSample('gen4.5', { prompt: 'x'.repeat(1001), durationSeconds: 2, resolution: '720p', aspectRatio: '16:9' }) },
    { about: 'words for an actor', param: 'prompt', sample: videoSample('act_two', { durationSeconds: 'auto', resolution: '720p', aspectRatio: '16:9' }, [SOURCE, PICTURE]) },
    { about: 'a picture that the prompt speaks of and nobody gave', param: 'prompt', sample: imageSample('gen4_image', { prompt: '@Image2', resolution: '720p', aspectRatio: '16:9' }, [PICTURE]) },
    { about: 'a last frame alone', param: 'inputs', sample: videoSample('veo3.1', { durationSeconds: 4, resolution: '720p', aspectRatio: '16:9' }, [LAST]) },
    { about: 'a fourth picture', param: 'inputs', sample: imageSample('gen4_image', { resolution: '720p', aspectRatio: '16:9' }, [PICTURE, PICTURE, PICTURE, PICTURE]) },
    { about: 'no picture where one is needed', param: 'inputs', sample: imageSample('gen4_image_turbo', { resolution: '720p', aspectRatio: '16:9' }) },
    { about: 'a mask', param: 'inputs', sample: imageSample('gpt_image_2', { size: '1920x1088' }, [{ ...PICTURE, role: 'source' }, { ...PICTURE, role: 'mask' }]) },
    { about: 'sound alone for Grok', param: 'inputs', sample: videoSample('grok_imagine_1_5', { durationSeconds: 1, resolution: '480p', aspectRatio: '16:9' }, [AUDIO]) },
    { about: 'a seed for Grok', param: 'seed', sample: videoSample('grok_imagine_1_5', { durationSeconds: 1, resolution: '480p', aspectRatio: '16:9', seed: 7 }) },
    { about: 'Grok without sound', param: 'audio', sample: videoSample('grok_imagine_1_5', { durationSeconds: 1, resolution: '480p', aspectRatio: '16:9', audio: false }) },
    { about: 'a negative prompt for Gen-4.5', param: 'negativePrompt', sample: videoSample('gen4.5', { durationSeconds: 2, resolution: '720p', aspectRatio: '16:9', negativePrompt: 'rain' }) },
    { about: 'a quality of newer models', param: 'quality', sample: imageSample('gpt_image_2', { size: '1920x1088', quality: 'xhigh' }) },
    { about: 'a size that is in no list', param: 'size', sample: imageSample('gpt_image_2', { size: '1024x1024' }) },
    { about: 'two pictures at once', param: 'count', sample: imageSample('gen4_image', { resolution: '720p', aspectRatio: '16:9', count: 2 }) },
    { about: 'an extra of another vendor', param: 'vendor.personGeneration', sample: videoSample('veo3.1', { durationSeconds: 4, resolution: '720p', aspectRatio: '16:9', vendor: { personGeneration: 'allow_all' } }) },
    { about: 'an operation that is not sold', param: 'inputs', sample: videoSample('veo3.1', { operation: 'extend', durationSeconds: 8, resolution: '720p', aspectRatio: '16:9' }, [SOURCE]) },
    { about: 'an extra that only the vendor can judge', sample: videoSample('act_two', { prompt: '', durationSeconds: 'auto', resolution: '720p', aspectRatio: '16:9', vendor: { expressionIntensity: 6 } }, [SOURCE, PICTURE]) },
    { about: 'a model that the vendor does not have', param: 'model', sample: videoSample('gen9', { durationSeconds: 2 }) },
  ]
}
