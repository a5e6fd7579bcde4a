import { z } from 'zod'

/** What a task will be like, read from a body that was found right. */
export interface RunwayBody {
  model: string
  promptText?: string
  ratio?: string
  resolution?: string
  targetAspectRatio?: string
  duration?: number | 'auto'
  audio?: boolean
  outputCount?: number
}

/** An address of material: https with a host name, data that is not too large, or an upload of ours. */
export interface MediaRules {
  isUploaded(uri: string): boolean
}

const MAX_URL_CHARACTERS = 2_048
/** "Up to 5MB" in the SDK's comments, of what is written. */
const MAX_DATA_CHARACTERS = 5 * 1024 * 1024

type Schema = z.ZodType<RunwayBody>

/** The vendor's routes by path, and in each its models by name: the types of `@runwayml/sdk` 4.20.1, and of 3.24 for what went since. */
export function runwayBodies(rules: MediaRules): Record<string, Record<string, Schema>> {
  const media = (kind: 'image' | 'video' | 'audio', formats = '[a-z0-9.+-]+') => z.string().superRefine((uri, context) => {
    if (uri.startsWith('runway://')) return void (rules.isUploaded(uri) || context.addIssue({ code: 'custom', message: 'Invalid Runway upload URI' }))
    if (uri.startsWith('data:')) {
      if (!new RegExp(`^data:${kind}/${formats};base64,[A-Za-z0-9+/]+={0,2}$`).test(uri)) context.addIssue({ code: 'custom', message: `Invalid ${kind} data URI` })
      if (uri.length > MAX_DATA_CHARACTERS) context.addIssue({ code: 'custom', message: 'Data URI is too large' })
      return
    }
    const url = URL.canParse(uri) ? new URL(uri) : undefined
    if (url?.protocol !== 'https:' || /^[\d.]+$|^\[/.test(url.hostname) || uri.length > MAX_URL_CHARACTERS) context.addIssue({ code: 'custom', message: 'Only HTTPS URLs with a host name are allowed' })
  })
  const image = media('image', '(?:png|jpeg|jpg|webp)')
  const video = media('video')
  const audio = media('audio')

  const words = (list: string) => z.enum(list.split(' ') as [string, ...string[]])
  const text = z.string().min(1)
  const short = text.max(1000)
  const seed = z.int().min(0).max(4_294_967_295).optional()
  const moderation = z.strictObject({ publicFigureThreshold: words('auto low').optional() }).optional()
  const seconds = z.number().positive().optional()
  const first = z.union([image, z.array(z.strictObject({ uri: image, position: z.literal('first') })).min(1).max(1)])
  const frames = z.union([image, z.array(z.strictObject({ uri: image, position: words('first last') })).min(1).max(2)
    .refine((list) => list.some(({ position }) => position === 'first'), 'A last frame needs a first frame')
    .refine((list) => new Set(list.map(({ position }) => position)).size === list.length, 'Positions must differ')])
  /** Frames, or pictures without a position, never both. */
  const framesOrPictures = (max: number) => z.union([frames, z.array(z.strictObject({ uri: image })).min(1).max(max)])
  const pictures = (max: number) => z.array(z.strictObject({ uri: image })).max(max).optional()
  const videos = z.array(z.strictObject({ type: z.literal('video'), uri: video })).optional()
  const sounds = z.array(z.strictObject({ type: z.literal('audio'), uri: audio })).optional()

  const G6 = words('1280:720 720:1280 1104:832 832:1104 960:960 1584:672')
  const V4 = words('1280:720 720:1280 1080:1920 1920:1080')
  const S480 = '992:432 864:496 752:560 640:640 560:752 496:864'
  const S480B = '992:432 854:480 752:560 640:640 560:752 480:854'
  const S720 = '1470:630 1280:720 1112:834 960:960 834:1112 720:1280'
  const S1080 = '2206:946 1920:1080 1664:1248 1440:1440 1248:1664 1080:1920'
  const S4K = '3840:1646 3840:2160 3840:2880 3840:3840 2880:3840 2160:3840'
  const WAN_CONCRETE = '832:480 720:544 624:624 544:720 480:832 1280:720 1104:832 960:960 832:1104 720:1280 1920:1080 1648:1248 1440:1440 1248:1648 1080:1920'
  const WAN_AUTO = 'auto_480p auto_720p auto_1080p'
  const OMNI = words('640:360 360:640 1280:720 720:1280 1920:1080 1080:1920 3840:2160 2160:3840')
  const A7 = words('adaptive 21:9 16:9 4:3 1:1 3:4 9:16')
  const HAILUO_SIZES = words('768p 2k 768P 2K').optional()

  const model = <Name extends string>(name: Name, shape: z.ZodRawShape) => z.strictObject({ model: z.literal(name), ...shape }) as unknown as Schema
  const wanOf = (shape: z.ZodRawShape, hasMedia: (body: Record<string, unknown>) => boolean) => (name: string): Schema =>
    (z.strictObject({ model: z.literal(name), promptText: text, audio: z.boolean().optional(), duration: seconds, ratio: words(`${WAN_CONCRETE} ${WAN_AUTO}`).optional(), referenceAudio: sounds, referenceVideos: videos, ...shape })
      .refine((body: Record<string, unknown>) => hasMedia(body) || !String(body['ratio'] ?? '').startsWith('auto'), { path: ['ratio'], message: 'Text-only requests require a concrete ratio' })
      .refine((body: Record<string, unknown>) => !isFramed(body['promptImage']) || body['ratio'] === undefined || String(body['ratio']).startsWith('auto'), { path: ['ratio'], message: 'The aspect ratio follows the first frame: use auto_480p, auto_720p, or auto_1080p' })) as unknown as Schema
  const seedanceOf = (shape: z.ZodRawShape) => (name: string, ratios: string, { maxText = 3500 } = {}): Schema =>
    model(name, { promptText: text.max(maxText).optional(), audio: z.boolean().optional(), duration: z.union([z.number().positive(), z.literal('auto')]).optional(), ratio: words(ratios).optional(), referenceAudio: sounds, seed, ...shape })
  const veo = (shape: z.ZodRawShape) => ({ ratio: V4, audio: z.boolean().optional(), duration: z.literal([4, 6, 8]).optional(), negativePrompt: z.string().max(1000).optional(), seed, ...shape })
  const gen45 = { contentModeration: moderation, duration: z.int().min(2).max(10), promptText: short, outputFormat: words('mp4 prores png_sequence hdr10 hlg sdr_rec709_10bit').optional(), proresProfile: z.string().optional(), seed }
  const happyhorse = { duration: seconds }
  const hailuo = { promptText: text, duration: seconds, ratio: A7.optional(), resolution: HAILUO_SIZES, referenceAudio: sounds }
  const h3max = { promptText: text, duration: seconds, promptExpansionMode: words('disabled balanced quality').optional(), resolution: words('480p 768p').optional(), seed }
  const omniSeconds = z.union([z.literal('auto'), z.number().min(3).max(10)]).optional()

  const seedanceImage = seedanceOf({ promptImage: framesOrPictures(30) })
  const seedanceText = seedanceOf({ promptText: text, references: pictures(9), referenceVideos: videos })
  const seedanceVideo = seedanceOf({ promptVideo: video, references: pictures(9), referenceVideos: videos })
  const wanImage = wanOf({ promptImage: framesOrPictures(10) }, () => true)
  const wanText = wanOf({ references: pictures(10) }, (body) => ['references', 'referenceVideos', 'referenceAudio'].some((name) => body[name] !== undefined))
  const S_ALL = `${S480} ${S720} ${S1080} ${S4K}`
  const S_FAST = `${S480} ${S720}`

  const tagged = (max: number, min = 0) => {
    const list = z.array(z.strictObject({ uri: image, tag: z.string().regex(/^[a-zA-Z][a-zA-Z0-9_]{2,15}$/).optional() })).min(min).max(max)
    return min > 0 ? list : list.optional()
  }
  const GEN4_IMAGE = words('1024:1024 1080:1080 1168:880 1360:768 1440:1080 1080:1440 1808:768 1920:1080 1080:1920 2112:912 1280:720 720:1280 720:720 960:720 720:960 1680:720')
  const GEMINI_1K = '1344:768 768:1344 1024:1024 1184:864 864:1184 1536:672 832:1248 1248:832 896:1152 1152:896'
  const GEMINI_LARGE = '2048:2048 1696:2528 2528:1696 1792:2400 2400:1792 1856:2304 2304:1856 1536:2752 2752:1536 3168:1344 4096:4096 3392:5056 5056:3392 3584:4800 4800:3584 3712:4608 4608:3712 3072:5504 5504:3072 6336:2688'
  const GEMINI_SMALL = '512:512 416:624 624:416 432:592 592:432 448:576 576:448 384:672 672:384 768:336 256:1024 1024:256 176:1408 1408:176 512:2048 2048:512 352:2816 2816:352 1024:4096 4096:1024 704:5632 5632:704 2048:8192 8192:2048 1408:11264 11264:1408'
  const GPT = words('2048:880 1920:1088 1920:1280 1920:1440 1920:1536 1920:1920 1536:1920 1440:1920 1280:1920 1088:1920 2912:1248 2560:1440 2560:1712 2560:1920 2560:2048 2560:2560 2048:2560 1920:2560 1712:2560 1440:2560 3840:1648 3840:2160 3504:2336 3264:2448 3200:2560 2880:2880 2560:3200 2448:3264 2336:3504 2160:3840 auto')
  const count = (max: number) => z.int().min(1).max(max).optional()
  const gptImage = (qualities: string, backgrounds: string) => ({ promptText: text, ratio: GPT, background: words(backgrounds).optional(), outputCount: count(10), quality: words(qualities).optional(), referenceImages: tagged(16) })
  const geminiImage = { promptText: text, outputCount: z.literal([1, 4]).optional(), referenceImages: tagged(14) }
  const plainPictures = (max: number) => z.array(z.strictObject({ uri: image })).max(max).optional()
  const freeRatio = z.string().regex(/^\d{2,5}:\d{2,5}$/).refine((ratio) => {
    const [width = 0, height = 0] = ratio.split(':').map(Number)
    return width * height >= 3_686_400 && width * height <= 16_777_216
  }, 'The number of pixels must be from 3686400 to 16777216')

  const range = z.strictObject({ start_seconds: z.number(), end_seconds: z.number() }).optional()
  const keyframes = z.array(z.union([z.strictObject({ seconds: z.number().min(0), uri: image, range }), z.strictObject({ at: z.number().min(0).max(1), uri: image, range })])).max(5)
    .refine((list) => new Set(list.map((frame) => frame.range === undefined)).size <= 1, 'Either all keyframes have a range or none').optional()

  const byName = (...schemas: [string, Schema][]): Record<string, Schema> => Object.fromEntries(schemas)
  return {
    '/v1/image_to_video': byName(
      ['gen4.5', model('gen4.5', { ...gen45, promptImage: first, ratio: G6 })],
      ['gen4_turbo', model('gen4_turbo', { promptImage: first, promptText: short.optional(), ratio: G6, duration: z.int().min(2).max(10).optional(), contentModeration: moderation, seed })],
      ['gen3a_turbo', model('gen3a_turbo', { promptImage: frames, promptText: text.max(512).optional(), ratio: words('768:1280 1280:768').optional(), duration: z.literal([5, 10]).optional(), contentModeration: moderation, seed, watermark: z.boolean().optional() })],
      ['veo3.1', model('veo3.1', veo({ promptImage: frames, promptText: short.optional() }))],
      ['veo3.1_fast', model('veo3.1_fast', veo({ promptImage: frames, promptText: short.optional() }))],
      ['hailuo3', model('hailuo3', { ...hailuo, promptImage: framesOrPictures(9) })],
      ['happyhorse_1_0', model('happyhorse_1_0', { ...happyhorse, promptImage: first, promptText: text.max(2500).optional(), resolution: words('720p 1080p 720P 1080P').optional() })],
      ['seedance2', seedanceImage('seedance2', S_ALL)], ['seedance2_fast', seedanceImage('seedance2_fast', S_FAST)], ['seedance2_mini', seedanceImage('seedance2_mini', S_FAST)],
      ['seedance2_5', seedanceImage('seedance2_5', `${S480B} ${S720} ${S1080}`, { maxText: 15_000 })],
      ['gemini_omni_flash', model('gemini_omni_flash', { promptImage: first, promptText: text.optional(), duration: z.int().min(3).max(10).optional(), ratio: words('1280:720 720:1280').optional() })],
      ['gemini_omni_flash_1.1', model('gemini_omni_flash_1.1', { promptImage: frames, promptText: text, duration: omniSeconds, ratio: OMNI.optional() })],
      ['grok_imagine_1_5', model('grok_imagine_1_5', { promptImage: first, promptText: text.optional(), duration: seconds, resolution: words('480p 720p 1080p').optional() })],
      ['wan3', wanImage('wan3')], ['wan3_prime', wanImage('wan3_prime')],
      ['h3_max', model('h3_max', { ...h3max, promptImage: frames })],
    ),
    '/v1/text_to_video': byName(
      ['gen4.5', model('gen4.5', { ...gen45, ratio: words('1280:720 720:1280') })],
      ['veo3.1', model('veo3.1', veo({ promptText: short }))],
      ['veo3.1_fast', model('veo3.1_fast', veo({ promptText: short }))],
      ['hailuo3', model('hailuo3', { ...hailuo, references: pictures(9), referenceVideos: videos })],
      ['happyhorse_1_0', model('happyhorse_1_0', { ...happyhorse, promptText: text.max(2500), ratio: words('1280:720 720:1280 960:960 1108:832 832:1108 1920:1080 1080:1920 1440:1440 1662:1248 1248:1662').optional() })],
      ['seedance2', seedanceText('seedance2', S_ALL)], ['seedance2_fast', seedanceText('seedance2_fast', S_FAST)], ['seedance2_mini', seedanceText('seedance2_mini', S_FAST)],
      ['seedance2_5', seedanceOf({ references: pictures(30), referenceVideos: videos })('seedance2_5', `${S480B} ${S720} ${S1080}`, { maxText: 15_000 })],
      ['gemini_omni_flash', model('gemini_omni_flash', { promptText: text, duration: z.int().min(3).max(10).optional(), ratio: words('1280:720 720:1280').optional() })],
      ['gemini_omni_flash_1.1', model('gemini_omni_flash_1.1', { promptText: text, duration: omniSeconds, ratio: OMNI.optional(), references: pictures(10), referenceVideos: z.array(z.strictObject({ uri: video })).optional() })],
      ['grok_imagine_1_5', (z.strictObject({ model: z.literal('grok_imagine_1_5'), promptText: text, duration: seconds, ratio: words('1:1 16:9 9:16 4:3 3:4 3:2 2:3').optional(), resolution: words('480p 720p 1080p').optional(), references: pictures(7), referenceAudio: sounds })
        .refine((body) => body.references === undefined || body.resolution !== '1080p', { path: ['resolution'], message: 'At most 720p with references' })
        .refine((body) => body.referenceAudio === undefined || body.references !== undefined, { path: ['referenceAudio'], message: 'Audio references require an image reference' })) as unknown as Schema],
      ['wan3', wanText('wan3')], ['wan3_prime', wanText('wan3_prime')],
      ['h3_max', model('h3_max', h3max)],
    ),
    '/v1/video_to_video': byName(
      ['aleph2', model('aleph2', { videoUri: video, promptText: short.optional(), keyframes, targetAspectRatio: words('16:9 4:3 3:2 1:1 2:3 3:4 9:16 21:9').optional(), outputFormat: words('mp4 prores png_sequence sdr_rec709_10bit').optional(), proresProfile: z.string().optional(), contentModeration: moderation, seed })],
      ['gen4_aleph', model('gen4_aleph', { videoUri: video, promptText: short, ratio: words('1280:720 720:1280 1104:832 960:960 832:1104 1584:672 848:480 640:480').optional(), references: z.array(z.strictObject({ type: z.literal('image'), uri: image })).max(1).optional(), contentModeration: moderation, seed })],
      ['hailuo3', model('hailuo3', { ...hailuo, promptVideo: video, references: pictures(9), referenceVideos: videos })],
      ['seedance2', seedanceVideo('seedance2', S_ALL)], ['seedance2_fast', seedanceVideo('seedance2_fast', S_FAST)], ['seedance2_mini', seedanceVideo('seedance2_mini', S_FAST)],
      ['seedance2_5', seedanceOf({ promptVideo: video, mode: words('reference extend edit').optional(), references: pictures(30), referenceVideos: videos })('seedance2_5', `${S480B} ${S720} ${S1080}`, { maxText: 15_000 })],
      ['gemini_omni_flash', model('gemini_omni_flash', { videoUri: video, promptText: text, references: pictures(10) })],
      ['gemini_omni_flash_1.1', model('gemini_omni_flash_1.1', { videoUri: video, promptText: text, duration: omniSeconds, mode: words('reference extend edit').optional(), ratio: OMNI.optional(), references: pictures(10) })],
    ),
    '/v1/character_performance': byName(
      ['act_two', model('act_two', { character: z.discriminatedUnion('type', [z.strictObject({ type: z.literal('image'), uri: image }), z.strictObject({ type: z.literal('video'), uri: video })]), reference: z.strictObject({ type: z.literal('video'), uri: video }), bodyControl: z.boolean().optional(), expressionIntensity: z.int().min(1).max(5).optional(), ratio: G6.optional(), contentModeration: moderation, seed })],
    ),
    '/v1/text_to_image': byName(
      ['gen4_image', model('gen4_image', { promptText: short, ratio: GEN4_IMAGE, referenceImages: tagged(3), contentModeration: moderation, seed })],
      ['gen4_image_turbo', model('gen4_image_turbo', { promptText: short, ratio: GEN4_IMAGE, referenceImages: tagged(3, 1), contentModeration: moderation, seed })],
      ['gpt_image_2', model('gpt_image_2', gptImage('low medium high auto', 'transparent opaque auto'))],
      ['gpt_image_2_5_flare', model('gpt_image_2_5_flare', gptImage('low medium high xhigh max', 'opaque auto'))],
      ['gpt_image_2_5_sunburst', model('gpt_image_2_5_sunburst', gptImage('low medium high xhigh max', 'transparent opaque auto'))],
      ['gemini_image3.1_flash', model('gemini_image3.1_flash', { ...geminiImage, ratio: words(`${GEMINI_1K} ${GEMINI_LARGE} ${GEMINI_SMALL}`) })],
      ['gemini_image3_pro', model('gemini_image3_pro', { ...geminiImage, ratio: words(`${GEMINI_1K} ${GEMINI_LARGE}`) })],
      ['gemini_2.5_flash', model('gemini_2.5_flash', { promptText: text, ratio: words(GEMINI_1K), referenceImages: tagged(3) })],
      ['muse_image', model('muse_image', { promptText: text, ratio: words('2352:1008 2016:1152 1920:1280 1792:1344 1600:1600 1344:1792 1280:1920 1152:2016 auto'), outputCount: count(10), outputFormat: words('webp png jpeg').optional(), referenceImages: plainPictures(10) })],
      ['seedream5_pro', model('seedream5_pro', { promptText: text, ratio: words('1024:1024 1184:896 896:1184 1376:768 768:1376 1296:864 864:1296 2048:2048 2304:1728 1728:2304 2720:1530 1530:2720 2496:1664 1664:2496 auto_1k auto_2k'), grounding: z.boolean().optional(), outputCount: count(10), outputFormat: words('png jpeg').optional(), referenceImages: plainPictures(10) })],
      ['seedream5_lite', model('seedream5_lite', { promptText: text, ratio: freeRatio, grounding: z.boolean().optional(), outputCount: count(15), outputFormat: words('png jpeg').optional(), referenceImages: plainPictures(14) })],
      ['grok_imagine_image_2', model('grok_imagine_image_2', { promptText: text, ratio: words('1024:1024 1280:720 720:1280 1152:864 864:1152 1248:832 832:1248 1248:576 576:1248 1280:576 576:1280 1408:704 704:1408 2048:2048 2816:1584 1584:2816 2368:1776 1776:2368 2496:1664 1664:2496 2912:1344 1344:2912 3200:1440 1440:3200 2912:1456 1456:2912 auto_1k auto_2k'), edit: z.boolean().optional(), outputCount: count(10), quality: words('low medium').optional(), referenceImages: plainPictures(3) })],
    ),
  }
}

function isFramed(promptImage: unknown): boolean {
  return typeof promptImage === 'string' || (Array.isArray(promptImage) && promptImage.some((entry) => typeof entry === 'object' && entry !== null && 'position' in entry))
}
