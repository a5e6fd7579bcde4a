import type { Model } from '../core/model.ts'
import { dollars, rateCard, type Rate, type RateCard } from '../core/rate-card.ts'

/** Ideogram's picture models. The vendor calls them V_1 … V_3 on its older paths. */

const MEBIBYTE = 1024 * 1024

/** What each aspect ratio comes to; they stand first, so that a ratio finds its own size. */
const SIZES_OF_RATIOS = [
  '1024x1024', '1312x736', '736x1312', '1152x864', '864x1152', '1248x832', '832x1248', '1120x896', '896x1120', '1280x800', '800x1280',
  '1408x704', '704x1408', '1536x512', '512x1536',
]

/** The other values of `resolution` on the v3 paths (OpenAPI of 2026-06). */
const MORE_SIZES = [
  '576x1408', '576x1472', '576x1536', '640x1344', '640x1408', '640x1472', '640x1536', '704x1152', '704x1216', '704x1280', '704x1344', '704x1472',
  '768x1088', '768x1216', '768x1280', '768x1344', '832x960', '832x1024', '832x1088', '832x1152', '832x1216', '864x1024', '896x960', '896x1024',
  '896x1088', '896x1152', '960x832', '960x896', '960x1024', '960x1088', '1024x832', '1024x896', '1024x960', '1088x768', '1088x832', '1088x896',
  '1088x960', '1152x704', '1152x832', '1152x896', '1216x704', '1216x768', '1216x832', '1280x704', '1280x768', '1344x640', '1344x704', '1344x768',
  '1408x576', '1408x640', '1472x576', '1472x640', '1472x704', '1536x576', '1536x640',
]

/** Of the second generation only. */
const OLDER_SIZES = ['640x1024', '1024x640', '720x1280', '1280x720', '768x1024', '1024x768', '768x1152', '1152x768', '768x1232', '1232x768']

const STYLES = ['AUTO', 'GENERAL', 'REALISTIC', 'DESIGN', 'FICTION', 'CUSTOM', 'STYLIZED']
const OLDER_STYLES = ['AUTO', 'GENERAL', 'FICTION', 'REALISTIC', 'DESIGN', 'RENDER_3D', 'ANIME', 'CUSTOM', 'STYLIZED']

const COMMON = {
  kind: 'image',
  family: 'ideogram',
  framesPerSecond: 0,
  audio: 'never',
  seed: { min: 0, max: 2_147_483_647 },
  maxCount: 8,
  // No limit is documented; this one is ours.
  maxPromptCharacters: 10_000,
  enhancePrompt: true,
  outputFormats: ['png', 'jpeg', 'webp'],
  usualSeconds: 15,
} satisfies Partial<Model>

/** What is worked on, the mask, and references. "Files: ≤ 10 MB per image". */
const SOURCES: Model['inputs'] = { image: { roles: ['source', 'mask', 'reference'], max: 8, maxBytes: 10 * MEBIBYTE } }
const SOURCE: Model['inputs'] = { image: { roles: ['source'], max: 1, maxBytes: 10 * MEBIBYTE } }

const VERSION_2 = {
  ...COMMON,
  operations: ['text_to_image', 'image_edit', 'remix', 'reframe', 'upscale', 'describe'],
  sizes: [...SIZES_OF_RATIOS.filter((size) => size !== '800x1280'), ...OLDER_SIZES, ...MORE_SIZES],
  inputs: SOURCES,
  negativePrompt: true,
  styles: OLDER_STYLES,
  // `mask_changes` says what of a mask is to change: in the vendor's own, black.
  vendorFields: ['magic_prompt_version', 'color_palette', 'image_weight', 'resemblance', 'detail', 'describe_model_version', 'mask_changes'],
} satisfies Partial<Model>

/** The first generation and 2a know ratios only. */
const RATIOS_ONLY = {
  ...COMMON,
  operations: ['text_to_image', 'remix'],
  sizes: SIZES_OF_RATIOS,
  inputs: SOURCE,
  vendorFields: ['magic_prompt_version', 'image_weight'],
} satisfies Partial<Model>

const PRICE_SOURCE = 'third-party tables of Ideogram prices, USD per picture, 2026-06; upscaling and describing unconfirmed'
const UPSCALE_AND_DESCRIBE: Rate[] = [
  { when: { operation: ['describe'] }, micros: dollars(0.01) },
  { when: { operation: ['upscale'] }, micros: dollars(0.06) },
]

export const IDEOGRAM_MODELS: readonly Model[] = [
  {
    ...COMMON,
    id: 'ideogram-v3',
    aliases: ['V_3', 'ideogram-3.0', 'ideogram', 'fal-ai/ideogram/v3'],
    name: { en: 'Ideogram 3.0', zh: 'Ideogram 3.0' },
    description: {
      en: 'Pictures with readable lettering, and work on pictures: edit, remix, reframe, new background, upscale, describe.',
      zh: '擅长文字排版的图片生成,并支持编辑、重制、重构、替换背景、放大和描述图片。',
    },
    upstreamNames: { ideogram: 'V_3' },
    operations: ['text_to_image', 'image_edit', 'remix', 'reframe', 'replace_background', 'upscale', 'describe'],
    sizes: [...SIZES_OF_RATIOS, ...MORE_SIZES],
    // The vendor's `rendering_speed`.
    qualities: ['default', 'flash', 'turbo', 'balanced', 'quality'],
    styles: STYLES,
    inputs: SOURCES,
    negativePrompt: true,
    vendorFields: [
      'magic_prompt_version', 'color_palette', 'style_codes', 'style_preset', 'custom_model_uri', 'image_weight', 'resemblance', 'detail',
      'describe_model_version', 'enable_copyright_detection', 'references', 'mask_changes',
    ],
    price: perPicture([
      ...UPSCALE_AND_DESCRIBE,
      { when: { quality: ['flash', 'turbo'] }, micros: dollars(0.03) },
      { when: { quality: ['quality'] }, micros: dollars(0.09) },
      { micros: dollars(0.06) },
    ]),
  },
  {
    ...COMMON,
    // The three speeds under the names by which other vendors sell them.
    id: 'ideogram-v3-turbo',
    aliases: ['ideogram-ai/ideogram-v3-turbo'],
    name: { en: 'Ideogram 3.0 Turbo', zh: 'Ideogram 3.0 Turbo' },
    description: { en: 'Ideogram 3.0 at its quickest.', zh: 'Ideogram 3.0 的快速模式。' },
    upstreamNames: { ideogram: 'V_3' },
    operations: ['text_to_image', 'image_edit', 'remix'],
    sizes: [...SIZES_OF_RATIOS, ...MORE_SIZES],
    qualities: ['turbo'],
    styles: STYLES,
    inputs: SOURCES,
    negativePrompt: true,
    vendorFields: ['magic_prompt_version', 'color_palette', 'style_codes', 'style_preset', 'image_weight', 'mask_changes'],
    price: perPicture([{ micros: dollars(0.03) }]),
  },
  {
    ...COMMON,
    id: 'ideogram-v3-quality',
    aliases: ['ideogram-ai/ideogram-v3-quality'],
    name: { en: 'Ideogram 3.0 Quality', zh: 'Ideogram 3.0 Quality' },
    description: { en: 'Ideogram 3.0 with the most detail.', zh: 'Ideogram 3.0 的高质量模式。' },
    upstreamNames: { ideogram: 'V_3' },
    operations: ['text_to_image', 'image_edit', 'remix'],
    sizes: [...SIZES_OF_RATIOS, ...MORE_SIZES],
    qualities: ['quality'],
    styles: STYLES,
    inputs: SOURCES,
    negativePrompt: true,
    vendorFields: ['magic_prompt_version', 'color_palette', 'style_codes', 'style_preset', 'image_weight', 'mask_changes'],
    usualSeconds: 25,
    price: perPicture([{ micros: dollars(0.09) }]),
  },
  {
    ...VERSION_2,
    id: 'ideogram-v2',
    aliases: ['V_2', 'ideogram-2.0', 'ideogram-ai/ideogram-v2', 'fal-ai/ideogram/v2'],
    name: { en: 'Ideogram 2.0', zh: 'Ideogram 2.0' },
    description: { en: 'The second generation, with its own styles and sizes.', zh: '第二代模型,有自己的风格和尺寸。' },
    upstreamNames: { ideogram: 'V_2' },
    price: perPicture([...UPSCALE_AND_DESCRIBE, { micros: dollars(0.08) }]),
  },
  {
    ...VERSION_2,
    id: 'ideogram-v2-turbo',
    aliases: ['V_2_TURBO', 'ideogram-ai/ideogram-v2-turbo', 'fal-ai/ideogram/v2/turbo'],
    name: { en: 'Ideogram 2.0 Turbo', zh: 'Ideogram 2.0 Turbo' },
    description: { en: 'The second generation at higher speed and lower price.', zh: '第二代模型的快速版,价格更低。' },
    upstreamNames: { ideogram: 'V_2_TURBO' },
    usualSeconds: 10,
    price: perPicture([...UPSCALE_AND_DESCRIBE, { micros: dollars(0.05) }]),
  },
  {
    ...RATIOS_ONLY,
    id: 'ideogram-v2a',
    aliases: ['V_2A', 'ideogram-ai/ideogram-v2a', 'fal-ai/ideogram/v2a'],
    name: { en: 'Ideogram 2a', zh: 'Ideogram 2a' },
    description: { en: 'A cheaper second generation for plain pictures.', zh: '价格更低的第二代模型,适合普通图片。' },
    upstreamNames: { ideogram: 'V_2A' },
    styles: OLDER_STYLES,
    price: perPicture([{ micros: dollars(0.04) }]),
  },
  {
    ...RATIOS_ONLY,
    id: 'ideogram-v2a-turbo',
    aliases: ['V_2A_TURBO', 'ideogram-ai/ideogram-v2a-turbo', 'fal-ai/ideogram/v2a/turbo'],
    name: { en: 'Ideogram 2a Turbo', zh: 'Ideogram 2a Turbo' },
    description: { en: 'The cheapest of the second generation.', zh: '第二代中价格最低的版本。' },
    upstreamNames: { ideogram: 'V_2A_TURBO' },
    styles: OLDER_STYLES,
    usualSeconds: 8,
    price: perPicture([{ micros: dollars(0.025) }]),
  },
  {
    ...RATIOS_ONLY,
    id: 'ideogram-v1',
    aliases: ['V_1', 'ideogram-1.0'],
    name: { en: 'Ideogram 1.0', zh: 'Ideogram 1.0' },
    description: { en: 'The first generation, for clients that name it.', zh: '第一代模型,供仍使用该名称的客户端调用。' },
    upstreamNames: { ideogram: 'V_1' },
    negativePrompt: true,
    price: perPicture([{ micros: dollars(0.06) }]),
  },
  {
    ...RATIOS_ONLY,
    id: 'ideogram-v1-turbo',
    aliases: ['V_1_TURBO'],
    name: { en: 'Ideogram 1.0 Turbo', zh: 'Ideogram 1.0 Turbo' },
    description: { en: 'The first generation at its quickest.', zh: '第一代模型的快速版。' },
    upstreamNames: { ideogram: 'V_1_TURBO' },
    negativePrompt: true,
    usualSeconds: 8,
    price: perPicture([{ micros: dollars(0.02) }]),
  },
]

function perPicture(rates: Rate[]): RateCard {
  return rateCard({ unit: 'image', rates, source: PRICE_SOURCE })
}
