import type { Model } from '../core/model.ts'
import { dollars, rateCard } from '../core/rate-card.ts'

/** ByteDance Seedream, pictures on Volcengine Ark and BytePlus ModelArk. */
export const SEEDREAM_MODELS: readonly Model[] = [
  {
    id: 'doubao-seedream-4-0-250828',
    aliases: ['seedream-4.0', 'seedream-4-0-250828'],
    kind: 'image',
    family: 'seedream',
    name: { en: 'Seedream 4.0', zh: '豆包 Seedream 4.0' },
    description: { en: 'Pictures up to 4K from text and up to 14 reference pictures.', zh: '文生图与图生图,最多 14 张参考图,最高 4K。' },
    upstreamNames: { 'volcengine-ark': 'doubao-seedream-4-0-250828' },
    operations: ['text_to_image', 'image_edit'],
    resolutions: ['2K', '1K', '4K'],
    aspectRatios: ['1:1', '16:9', '9:16', '4:3', '3:4', '3:2', '2:3', '21:9'],
    // "area 921,600–16,777,216"; the vendor's ratio bound is 1/16 to 16.
    freeSizes: { default: '2048x2048', multipleOf: 2, minSidePixels: 240, maxSidePixels: 16_384, minArea: 921_600, maxArea: 16_777_216, maxRatio: 16 },
    framesPerSecond: 0,
    audio: 'never',
    inputs: { image: { roles: ['source', 'reference'], max: 14, maxBytes: 10 * 1024 * 1024 } },
    // "max_images 1..15", of which the model may make fewer: only what it makes is charged.
    maxCount: 15,
    // The vendor recommends 300 Chinese characters or 600 English words; this limit is ours.
    maxPromptCharacters: 6000,
    // 4.x always answers with JPEG.
    outputFormats: ['jpeg'],
    vendorFields: ['watermark'],
    usualSeconds: 20,
    price: rateCard({ unit: 'image', rates: [{ micros: dollars(0.03) }], source: 'BytePlus ModelArk price page, USD per image, 2026-08' }),
  },
]
