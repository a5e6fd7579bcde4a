import type { Operation } from '../../core/generation-request.ts'
import { ADAPTIVE } from '../../core/model.ts'
import { named, secondsFrom, silent, type Choice, type InputForm, type MaterialSlot } from '../input-form.ts'

/** Where an operation of a model is asked for, and in which words. */
export interface RunwayForm extends InputForm {
  path: '/v1/text_to_video' | '/v1/image_to_video' | '/v1/video_to_video' | '/v1/character_performance' | '/v1/text_to_image'
}
type RunwayModel = Partial<Record<Operation, RunwayForm>>

/**
 * What Runway's models take, by its own names. Facts are of November 2026, from the types of `@runwayml/sdk` 4.20.1 and
 * https://docs.dev.runwayml.com/api/. `gen3a_turbo` and `gen4_aleph` are of SDK 3; the vendor withdraws such models in
 * time, and then says so itself. Lengths that the types leave open are the catalogue's to know.
 */
export function runwayForm(upstreamModel: string, operation: Operation): RunwayForm | undefined {
  return RUNWAY_MODELS.get(upstreamModel)?.[operation]
}

export function knownOperations(upstreamModel: string): Operation[] {
  return Object.keys(RUNWAY_MODELS.get(upstreamModel) ?? {}) as Operation[]
}

const FIVE = '16:9 9:16 4:3 3:4 1:1'
const SIX = `${FIVE} 21:9`

/** Words of the wire, which are pixels, for a resolution and a row of ratios; the sizes mean the same. */
function pixels(resolution: string, ratios: string, words: string): [string, string][] {
  const sizes = words.split(' ')
  return ratios.split(' ').flatMap((ratio, index): [string, string][] => {
    const word = sizes[index] ?? ''
    return [[`${resolution} ${ratio}`, word], [word.replace(':', 'x'), word]]
  })
}

/** The first of several words for a ratio also stands for the ratio alone. */
function frameOf(...rows: [string, string][][]): Choice {
  const words = rows.flat()
  const alone = words.filter(([key]) => key.includes(' ')).map(([key, word]): [string, string] => [key.slice(key.indexOf(' ') + 1), word])
  return named('ratio', Object.fromEntries([...alone.toReversed(), ...words]))
}

function wordsAs(name: string, words: string): Choice {
  return named(name, words.split(' '))
}

const uri = (url: string) => ({ uri: url })
/** Their name in the prompt is `@Image1`, as it is with us. */
const tagged = (url: string, { number }: { number: number }) => ({ uri: url, tag: `Image${number}` })
const typed = (url: string, { media }: { media: string }) => ({ type: media, uri: url })

const FIRST: MaterialSlot = { name: 'promptImage', media: 'image', roles: ['first_frame'], max: 1, required: true }
const positioned = (url: string, { role }: { role: string }) => ({ uri: url, position: role === 'last_frame' ? 'last' : 'first' })
/** "Last alone is refused". */
const BOTH: readonly MaterialSlot[] = [
  { name: 'promptImage', media: 'image', roles: ['first_frame'], max: 1, list: true, required: true, each: positioned },
  { name: 'promptImage', media: 'image', roles: ['last_frame'], max: 1, list: true, required: true, each: positioned },
]
const pictures = (max: number): MaterialSlot => ({ name: 'references', media: 'image', roles: ['reference'], max, list: true, each: uri })
const VIDEOS: MaterialSlot = { name: 'referenceVideos', media: 'video', roles: ['reference'], max: 5, list: true, each: typed }
const SOUNDS: MaterialSlot = { name: 'referenceAudio', media: 'audio', roles: ['reference'], max: 5, list: true, each: typed }
const source = (name: 'videoUri' | 'promptVideo'): MaterialSlot => ({ name, media: 'video', roles: ['source'], max: 1, required: true })

const SOUND_SWITCH = named('audio', [true, false])
const SOUND_ALWAYS = silent(true)
const MODERATION = { contentModeration: 'contentModeration' }

const TEXT = '/v1/text_to_video'
const IMAGE = '/v1/image_to_video'
const VIDEO = '/v1/video_to_video'

/** From words, from one frame, from two; then what else a model does. */
function videoModel(form: Omit<InputForm, 'prompt' | 'materials'>, { both = true, framed = {}, more = {} }: { both?: boolean; framed?: Partial<InputForm>; more?: RunwayModel } = {}): RunwayModel {
  const words = { ...form, prompt: 'promptText' }
  return {
    text_to_video: { path: TEXT, ...words },
    image_to_video: { path: IMAGE, ...words, materials: [FIRST], ...framed },
    ...(both && { first_last_frame: { path: IMAGE, ...words, materials: BOTH, ...framed } }),
    ...more,
  }
}

const GEN4_FRAME = frameOf(pixels('720p', SIX, '1280:720 720:1280 1104:832 832:1104 960:960 1584:672'))
const GEN4_SECONDS = named('duration', secondsFrom(2, 10))

/** "4K" of Veo is not sold here. */
const VEO: RunwayModel = videoModel(
  {
    maxPromptUnits: 1000,
    negativePrompt: 'negativePrompt',
    seed: 'seed',
    frame: frameOf(pixels('720p', '16:9 9:16', '1280:720 720:1280'), pixels('1080p', '16:9 9:16', '1920:1080 1080:1920')),
    choices: { durationSeconds: named('duration', [4, 6, 8]), audio: SOUND_SWITCH },
  },
  { framed: { promptOptional: true } },
)

const S720 = '1280:720 720:1280 1112:834 834:1112 960:960 1470:630'
const S1080 = pixels('1080p', SIX, '1920:1080 1080:1920 1664:1248 1248:1664 1440:1440 2206:946')
const SMALL = pixels('480p', SIX, '864:496 496:864 752:560 560:752 640:640 992:432')

function seedance(frames: [string, string][][], { maxPromptUnits = 3500, references = 9 } = {}): RunwayModel {
  const form = {
    seed: 'seed',
    maxPromptUnits,
    frame: frameOf(...frames),
    choices: { durationSeconds: named('duration', ['auto', ...secondsFrom(1, 60)]), audio: SOUND_SWITCH },
  }
  const materials = [pictures(references), VIDEOS, SOUNDS]
  return videoModel(form, {
    framed: { promptOptional: true },
    more: {
      reference_to_video: { path: TEXT, ...form, prompt: 'promptText', materials },
      video_to_video: { path: VIDEO, ...form, prompt: 'promptText', promptOptional: true, materials: [source('promptVideo'), ...materials] },
    },
  })
}

const WAN_FRAME = frameOf(
  pixels('720p', FIVE, '1280:720 720:1280 1104:832 832:1104 960:960'),
  pixels('480p', FIVE, '832:480 480:832 720:544 544:720 624:624'),
  pixels('1080p', FIVE, '1920:1080 1080:1920 1648:1248 1248:1648 1440:1440'),
)
/** "Image-to-video requests must use auto_480p, auto_720p, or auto_1080p"; references may, words alone must not. */
const WAN_FOLLOWING = named('ratio', { [`480p ${ADAPTIVE}`]: 'auto_480p', [`720p ${ADAPTIVE}`]: 'auto_720p', [`1080p ${ADAPTIVE}`]: 'auto_1080p' })
const WAN_CHOICES = { durationSeconds: named('duration', secondsFrom(1, 30)), audio: SOUND_SWITCH }
const WAN = videoModel(
  { frame: WAN_FRAME, choices: WAN_CHOICES },
  {
    framed: { frame: WAN_FOLLOWING },
    more: { reference_to_video: { path: TEXT, prompt: 'promptText', frame: new Map([...WAN_FRAME, ...WAN_FOLLOWING]), choices: WAN_CHOICES, materials: [pictures(10), VIDEOS, SOUNDS] } },
  },
)

const HAILUO_CHOICES = {
  durationSeconds: named('duration', secondsFrom(1, 30)),
  resolution: wordsAs('resolution', '768p 2k'),
  aspectRatio: wordsAs('ratio', `${ADAPTIVE} 21:9 16:9 4:3 1:1 3:4 9:16`),
  audio: SOUND_ALWAYS,
}
const HAILUO_MATERIALS = [pictures(9), VIDEOS, SOUNDS]

const GROK_RATIOS = wordsAs('ratio', '1:1 16:9 9:16 4:3 3:4 3:2 2:3')
/** The first frame decides the ratio. */
const GROK_CHOICES = { durationSeconds: named('duration', secondsFrom(1, 15)), resolution: wordsAs('resolution', '480p 720p 1080p'), audio: SOUND_ALWAYS }

/** Only words for 16:9, which the vendor takes to be meant: the wire has none for a ratio. */
const H3_MAX = {
  seed: 'seed',
  vendor: { prompt_expansion_mode: 'promptExpansionMode' },
  choices: { durationSeconds: named('duration', secondsFrom(1, 30)), resolution: wordsAs('resolution', '480p 768p'), audio: SOUND_ALWAYS },
}

const OMNI_FRAME = frameOf(
  pixels('720p', '16:9 9:16', '1280:720 720:1280'), pixels('360p', '16:9 9:16', '640:360 360:640'),
  pixels('1080p', '16:9 9:16', '1920:1080 1080:1920'), pixels('4k', '16:9 9:16', '3840:2160 2160:3840'),
)
const OMNI_CHOICES = { durationSeconds: named('duration', ['auto', ...secondsFrom(3, 10)]), audio: SOUND_ALWAYS }
const OLD_OMNI = { frame: frameOf(pixels('720p', '16:9 9:16', '1280:720 720:1280')), choices: { durationSeconds: named('duration', secondsFrom(3, 10)), audio: SOUND_ALWAYS } }
function omniEdit(mode: 'edit' | 'extend'): RunwayForm {
  return { path: VIDEO, prompt: 'promptText', always: { mode }, frame: OMNI_FRAME, choices: OMNI_CHOICES, materials: [source('videoUri'), pictures(10)] }
}

/** The result is as long as the video that was given, whatever is asked. */
const AS_SOURCE = silent('auto', ...secondsFrom(1, 30))

const NINE = `${FIVE} 3:2 2:3 5:4 4:5`
const TEN = `${NINE} 21:9`

/** Pictures from words, and from words with pictures: the same route. */
function pictureModel(form: Omit<InputForm, 'prompt' | 'materials'>, { max, tags = false, required = false }: { max: number; tags?: boolean; required?: boolean }): RunwayModel {
  const slot: MaterialSlot = { name: 'referenceImages', media: 'image', roles: ['source', 'reference'], max, list: true, required: true, each: tags ? tagged : uri }
  const words: RunwayForm = { path: '/v1/text_to_image', ...form, prompt: 'promptText', ...(tags && { reference: ({ number }) => `@Image${number}` }) }
  return { ...(!required && { text_to_image: words }), image_edit: { ...words, materials: [slot] } }
}

const GEN4_IMAGE = {
  seed: 'seed',
  maxPromptUnits: 1000,
  vendor: MODERATION,
  choices: { outputFormat: silent('png') },
  frame: frameOf(
    pixels('720p', SIX, '1280:720 720:1280 960:720 720:960 720:720 1680:720'),
    pixels('1080p', SIX, '1920:1080 1080:1920 1440:1080 1080:1440 1080:1080 2112:912'),
  ),
}

const GEMINI_1K = pixels('1K', TEN, '1344:768 768:1344 1184:864 864:1184 1024:1024 1248:832 832:1248 1152:896 896:1152 1536:672')
const GEMINI_2K = pixels('2K', TEN, '2752:1536 1536:2752 2400:1792 1792:2400 2048:2048 2528:1696 1696:2528 2304:1856 1856:2304 3168:1344')
const GEMINI_4K = pixels('4K', TEN, '5504:3072 3072:5504 4800:3584 3584:4800 4096:4096 5056:3392 3392:5056 4608:3712 3712:4608 6336:2688')
const LONG = '1:4 4:1 1:8 8:1'
const GEMINI_PNG = { outputFormat: silent('png') }

const GPT_SIZES = '2048:880 1920:1088 1920:1280 1920:1440 1920:1536 1920:1920 1536:1920 1440:1920 1280:1920 1088:1920 2912:1248 2560:1440 2560:1712 2560:1920 2560:2048 2560:2560 2048:2560 1920:2560 1712:2560 1440:2560 3840:1648 3840:2160 3504:2336 3264:2448 3200:2560 2880:2880 2560:3200 2448:3264 2336:3504 2160:3840'
function gptImage(qualities: string): RunwayModel {
  return pictureModel(
    {
      frame: named('ratio', Object.fromEntries([...GPT_SIZES.split(' ').map((word) => [word.replace(':', 'x'), word]), ['auto', 'auto']])),
      choices: { quality: wordsAs('quality', qualities), count: named('outputCount', secondsFrom(1, 10)), outputFormat: silent('png') },
      vendor: { background: 'background' },
    },
    { max: 16, tags: true },
  )
}

const SEEDREAM_RATIOS = '1:1 16:9 9:16 4:3 3:4 3:2 2:3'
const GROK_IMAGE_RATIOS = '1:1 16:9 9:16 4:3 3:4 3:2 2:3 19.5:9 9:19.5 20:9 9:20 2:1 1:2'

const RUNWAY_MODELS = new Map<string, RunwayModel>([
  ['gen4.5', {
    text_to_video: { path: TEXT, prompt: 'promptText', maxPromptUnits: 1000, seed: 'seed', vendor: MODERATION, frame: frameOf(pixels('720p', '16:9 9:16', '1280:720 720:1280')), choices: { durationSeconds: GEN4_SECONDS } },
    image_to_video: { path: IMAGE, prompt: 'promptText', maxPromptUnits: 1000, seed: 'seed', vendor: MODERATION, frame: GEN4_FRAME, choices: { durationSeconds: GEN4_SECONDS }, materials: [FIRST] },
  }],
  ['gen4_turbo', {
    image_to_video: { path: IMAGE, prompt: 'promptText', promptOptional: true, maxPromptUnits: 1000, seed: 'seed', vendor: MODERATION, frame: GEN4_FRAME, choices: { durationSeconds: GEN4_SECONDS }, materials: [FIRST] },
  }],
  ['gen3a_turbo', gen3()],
  ['aleph2', {
    video_to_video: {
      path: VIDEO, prompt: 'promptText', promptOptional: true, maxPromptUnits: 1000, seed: 'seed', vendor: { ...MODERATION, keyframes: 'keyframes' }, materials: [source('videoUri')],
      choices: { durationSeconds: AS_SOURCE, resolution: silent('720p'), aspectRatio: new Map([...silent(ADAPTIVE), ...wordsAs('targetAspectRatio', '16:9 4:3 3:2 1:1 2:3 3:4 9:16 21:9')]) },
    },
  }],
  ['gen4_aleph', {
    video_to_video: {
      path: VIDEO, prompt: 'promptText', maxPromptUnits: 1000, seed: 'seed', vendor: MODERATION, frame: GEN4_FRAME, choices: { durationSeconds: AS_SOURCE },
      materials: [source('videoUri'), { name: 'references', media: 'image', roles: ['reference'], max: 1, list: true, each: typed }],
    },
  }],
  // The character is in the picture, the acting in the video.
  ['act_two', {
    video_to_video: {
      path: '/v1/character_performance', prompt: false, seed: 'seed', vendor: { ...MODERATION, bodyControl: 'bodyControl', expressionIntensity: 'expressionIntensity' }, frame: GEN4_FRAME, choices: { durationSeconds: AS_SOURCE },
      materials: [
        { name: 'character', media: 'image', roles: ['reference'], max: 1, required: true, each: typed },
        { name: 'reference', media: 'video', roles: ['source'], max: 1, required: true, each: typed },
      ],
    },
  }],
  ['veo3.1', VEO],
  ['veo3.1_fast', VEO],
  ['hailuo3', videoModel({ choices: HAILUO_CHOICES }, {
    more: {
      reference_to_video: { path: TEXT, prompt: 'promptText', choices: HAILUO_CHOICES, materials: HAILUO_MATERIALS },
      video_to_video: { path: VIDEO, prompt: 'promptText', choices: HAILUO_CHOICES, materials: [source('promptVideo'), ...HAILUO_MATERIALS] },
    },
  })],
  ['h3_max', {
    text_to_video: { path: TEXT, prompt: 'promptText', ...H3_MAX, choices: { ...H3_MAX.choices, aspectRatio: silent('16:9') } },
    image_to_video: { path: IMAGE, prompt: 'promptText', ...H3_MAX, materials: [{ ...FIRST, list: true, each: positioned }] },
    first_last_frame: { path: IMAGE, prompt: 'promptText', ...H3_MAX, materials: BOTH },
  }],
  ['happyhorse_1_0', {
    text_to_video: {
      path: TEXT, prompt: 'promptText', maxPromptUnits: 2500,
      frame: frameOf(pixels('720p', FIVE, '1280:720 720:1280 1108:832 832:1108 960:960'), pixels('1080p', FIVE, '1920:1080 1080:1920 1662:1248 1248:1662 1440:1440')),
      choices: { durationSeconds: named('duration', secondsFrom(1, 30)), audio: SOUND_ALWAYS },
    },
    image_to_video: { path: IMAGE, prompt: 'promptText', promptOptional: true, maxPromptUnits: 2500, choices: { durationSeconds: named('duration', secondsFrom(1, 30)), resolution: wordsAs('resolution', '720p 1080p'), audio: SOUND_ALWAYS }, materials: [FIRST] },
  }],
  ['seedance2', seedance([pixels('720p', SIX, S720), SMALL, S1080, pixels('4k', SIX, '3840:2160 2160:3840 3840:2880 2880:3840 3840:3840 3840:1646')])],
  ['seedance2_fast', seedance([pixels('720p', SIX, S720), SMALL])],
  ['seedance2_mini', seedance([pixels('720p', SIX, S720), SMALL])],
  ['seedance2_5', seedance([pixels('720p', SIX, S720), pixels('480p', SIX, '854:480 480:854 752:560 560:752 640:640 992:432'), S1080], { maxPromptUnits: 15_000, references: 30 })],
  ['wan3', WAN],
  ['wan3_prime', WAN],
  ['grok_imagine_1_5', {
    text_to_video: { path: TEXT, prompt: 'promptText', choices: { ...GROK_CHOICES, aspectRatio: GROK_RATIOS } },
    image_to_video: { path: IMAGE, prompt: 'promptText', promptOptional: true, choices: GROK_CHOICES, materials: [FIRST] },
    // "720p cap with references"; sounds "need an image reference".
    reference_to_video: { path: TEXT, prompt: 'promptText', choices: { ...GROK_CHOICES, resolution: wordsAs('resolution', '480p 720p'), aspectRatio: GROK_RATIOS }, materials: [{ ...pictures(7), required: true }, { ...SOUNDS, max: 3 }] },
  }],
  ['gemini_omni_flash', videoModel(OLD_OMNI, {
    both: false,
    framed: { promptOptional: true },
    more: { video_to_video: { path: VIDEO, prompt: 'promptText', choices: { durationSeconds: AS_SOURCE, resolution: silent('720p'), aspectRatio: silent(ADAPTIVE, '16:9', '9:16'), audio: SOUND_ALWAYS }, materials: [source('videoUri'), pictures(10)] } },
  })],
  ['gemini_omni_flash_1.1', videoModel({ frame: OMNI_FRAME, choices: OMNI_CHOICES }, {
    more: {
      reference_to_video: { path: TEXT, prompt: 'promptText', frame: OMNI_FRAME, choices: OMNI_CHOICES, materials: [pictures(10), { ...VIDEOS, max: 3, each: uri }] },
      video_to_video: omniEdit('edit'),
      extend: omniEdit('extend'),
    },
  })],
  ['gen4_image', pictureModel(GEN4_IMAGE, { max: 3, tags: true })],
  ['gen4_image_turbo', pictureModel(GEN4_IMAGE, { max: 3, tags: true, required: true })],
  ['muse_image', pictureModel({
    frame: frameOf(pixels('1K', '16:9 9:16 1:1 4:3 3:4 21:9 3:2 2:3', '2016:1152 1152:2016 1600:1600 1792:1344 1344:1792 2352:1008 1920:1280 1280:1920')),
    choices: { outputFormat: wordsAs('outputFormat', 'png jpeg webp') },
  }, { max: 10 })],
  ['gemini_2.5_flash', pictureModel({ frame: frameOf(GEMINI_1K), choices: GEMINI_PNG }, { max: 3, tags: true })],
  ['gemini_image3_pro', pictureModel({ frame: frameOf(GEMINI_1K, GEMINI_2K, GEMINI_4K), choices: GEMINI_PNG }, { max: 14, tags: true })],
  ['gemini_image3.1_flash', pictureModel({
    frame: frameOf(
      GEMINI_1K, pixels('1K', LONG, '512:2048 2048:512 352:2816 2816:352'),
      GEMINI_2K, pixels('2K', LONG, '1024:4096 4096:1024 704:5632 5632:704'),
      GEMINI_4K, pixels('4K', LONG, '2048:8192 8192:2048 1408:11264 11264:1408'),
      pixels('512', `${TEN} ${LONG}`, '672:384 384:672 592:432 432:592 512:512 624:416 416:624 576:448 448:576 768:336 256:1024 1024:256 176:1408 1408:176'),
    ),
    choices: GEMINI_PNG,
  }, { max: 14, tags: true })],
  ['gpt_image_2', gptImage('low medium high auto')],
  ['gpt_image_2_5_flare', gptImage('low medium high xhigh max')],
  ['gpt_image_2_5_sunburst', gptImage('low medium high xhigh max')],
  ['seedream5_pro', pictureModel({
    frame: frameOf(pixels('2K', SEEDREAM_RATIOS, '2048:2048 2720:1530 1530:2720 2304:1728 1728:2304 2496:1664 1664:2496'), pixels('1K', SEEDREAM_RATIOS, '1024:1024 1376:768 768:1376 1184:896 896:1184 1296:864 864:1296')),
    choices: { outputFormat: wordsAs('outputFormat', 'png jpeg') },
  }, { max: 10 })],
  // "Free-form, 3 686 400 to 16 777 216 pixels", which are the catalogue's bounds.
  ['seedream5_lite', pictureModel({
    frame: frameOf(
      pixels('2K', `${SEEDREAM_RATIOS} 21:9`, '2048:2048 2848:1600 1600:2848 2304:1728 1728:2304 2496:1664 1664:2496 3136:1344'),
      pixels('3K', `${SEEDREAM_RATIOS} 21:9`, '3072:3072 4096:2304 2304:4096 3456:2592 2592:3456 3744:2496 2496:3744 4704:2016'),
    ),
    freeSize: (size) => ({ ratio: size.replace('x', ':') }),
    choices: { outputFormat: wordsAs('outputFormat', 'png jpeg'), count: named('outputCount', secondsFrom(1, 15)) },
  }, { max: 14 })],
  ['grok_imagine_image_2', pictureModel({
    frame: new Map([
      ...frameOf(
        pixels('1k', GROK_IMAGE_RATIOS, '1024:1024 1280:720 720:1280 1152:864 864:1152 1248:832 832:1248 1248:576 576:1248 1280:576 576:1280 1408:704 704:1408'),
        pixels('2k', GROK_IMAGE_RATIOS, '2048:2048 2816:1584 1584:2816 2368:1776 1776:2368 2496:1664 1664:2496 2912:1344 1344:2912 3200:1440 1440:3200 2912:1456 1456:2912'),
      ),
      ...named('ratio', { [`1k ${ADAPTIVE}`]: 'auto_1k', [`2k ${ADAPTIVE}`]: 'auto_2k' }),
    ]),
    choices: { quality: wordsAs('quality', 'low medium'), count: named('outputCount', secondsFrom(1, 10)), outputFormat: silent('jpeg') },
  }, { max: 3 })],
])

function gen3(): RunwayModel {
  const form = {
    path: IMAGE, prompt: 'promptText', promptOptional: true, maxPromptUnits: 512, seed: 'seed', vendor: MODERATION,
    frame: frameOf(pixels('768p', '5:3 3:5', '1280:768 768:1280')),
    choices: { durationSeconds: named('duration', [5, 10]) },
  } as const
  return { image_to_video: { ...form, materials: [FIRST] }, first_last_frame: { ...form, materials: BOTH } }
}
