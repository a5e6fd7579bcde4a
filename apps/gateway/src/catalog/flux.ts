import type { Model } from '../core/model.ts'
import { dollars, rateCard } from '../core/rate-card.ts'

/** Black Forest Labs' FLUX. */
export const FLUX_MODELS: readonly Model[] = [
  {
    id: 'flux-1.1-pro',
    aliases: ['flux-pro-1.1'],
    kind: 'image',
    family: 'flux',
    name: { en: 'FLUX 1.1 Pro', zh: 'FLUX 1.1 Pro' },
    description: { en: 'Quick pictures from text, up to 1440 pixels a side.', zh: '快速文生图,边长最高 1440 像素。' },
    upstreamNames: { 'bfl-flux': 'flux-pro-1.1' },
    operations: ['text_to_image'],
    // "width 256–1440 ×32 (1024), height (768)".
    freeSizes: { default: '1024x768', multipleOf: 32, minSidePixels: 256, maxSidePixels: 1440 },
    framesPerSecond: 0,
    audio: 'never',
    // The vendor gives no range; 32 bits are what others take.
    seed: { min: 0, max: 2 ** 32 - 1 },
    inputs: {},
    maxCount: 1,
    // No limit is documented; this one is ours.
    maxPromptCharacters: 10_000,
    enhancePrompt: true,
    outputFormats: ['jpeg', 'png'],
    vendorFields: ['safety_tolerance'],
    usualSeconds: 10,
    price: rateCard({ unit: 'image', rates: [{ micros: dollars(0.04) }], source: 'Black Forest Labs pricing, USD per image, 2026-02' }),
  },
]
