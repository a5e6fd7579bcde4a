import type { Model } from '../core/model.ts'
import { dollars, rateCard, type RateCard } from '../core/rate-card.ts'

/** OpenAI's image models. DALL·E 3 and GPT Image 1 are closed at the vendor; compatible servers go on with their names. */

const SQUARE = '1024x1024'
const GPT_IMAGE_SIZES = [SQUARE, '1536x1024', '1024x1536', 'auto']

const MEBIBYTE = 1024 * 1024

const GPT_IMAGE = {
  kind: 'image',
  family: 'gpt-image',
  operations: ['text_to_image', 'image_edit'],
  sizes: GPT_IMAGE_SIZES,
  // The vendor's default is `auto`, whose price nobody knows before; ours has one.
  qualities: ['medium', 'low', 'high', 'auto'],
  framesPerSecond: 0,
  audio: 'never',
  // "image ×1–16 (< 50 MB each)"; the mask comes on top and has one size with the first.
  inputs: { image: { roles: ['source', 'reference', 'mask'], max: 17, maxReferences: 16, maxBytes: 50 * MEBIBYTE } },
  maxCount: 10,
  maxPromptCharacters: 32_000,
  outputFormats: ['png', 'jpeg', 'webp'],
  vendorFields: ['background', 'moderation', 'output_compression', 'input_fidelity'],
  usualSeconds: 40,
} satisfies Partial<Model>

export const OPENAI_IMAGE_MODELS: readonly Model[] = [
  {
    ...GPT_IMAGE,
    id: 'gpt-image-1.5',
    name: { en: 'GPT Image 1.5', zh: 'GPT Image 1.5' },
    description: { en: 'Pictures from text, and edits of up to 16 pictures.', zh: '文生图,并可编辑最多 16 张图片。' },
    upstreamNames: { openai: 'gpt-image-1.5' },
    price: gptImagePrice({ low: [0.009, 0.013], medium: [0.034, 0.05], high: [0.133, 0.2] }, 'OpenAI pricing page as of 2026-11, USD per image'),
  },
  {
    ...GPT_IMAGE,
    id: 'gpt-image-1',
    name: { en: 'GPT Image 1', zh: 'GPT Image 1' },
    description: { en: 'The first GPT Image, for clients that name it.', zh: '第一代 GPT Image,供仍使用该名称的客户端调用。' },
    upstreamNames: { openai: 'gpt-image-1' },
    price: gptImagePrice(
      { low: [0.011, 0.016], medium: [0.042, 0.063], high: [0.167, 0.25] },
      'OpenAI pricing page before its removal on 2026-10-23, USD per image; 1536-pixel sizes unconfirmed',
    ),
  },
  {
    id: 'dall-e-3',
    kind: 'image',
    family: 'dall-e',
    name: { en: 'DALL·E 3', zh: 'DALL·E 3' },
    description: { en: 'Pictures from text, vivid or natural.', zh: '文生图,可选 vivid 或 natural 风格。' },
    upstreamNames: { openai: 'dall-e-3' },
    operations: ['text_to_image'],
    sizes: [SQUARE, '1792x1024', '1024x1792'],
    qualities: ['standard', 'hd'],
    styles: ['vivid', 'natural'],
    framesPerSecond: 0,
    audio: 'never',
    inputs: {},
    maxCount: 1,
    // "dall-e-3: … n = 1, prompt ≤ 4000".
    maxPromptCharacters: 4000,
    outputFormats: ['png'],
    usualSeconds: 20,
    price: rateCard({
      unit: 'image',
      rates: [
        { when: { quality: ['standard'], size: [SQUARE] }, micros: dollars(0.04) },
        { when: { quality: ['standard'] }, micros: dollars(0.08) },
        { when: { size: [SQUARE] }, micros: dollars(0.08) },
        { micros: dollars(0.12) },
      ],
      source: 'OpenAI pricing page before its retirement on 2026-05-12, USD per image',
    }),
  },
]

/** Dollars by quality: of the square, and of the two longer sizes. `auto` costs what the vendor may make of it at most. */
function gptImagePrice(prices: Record<'low' | 'medium' | 'high', [square: number, longer: number]>, source: string): RateCard {
  return rateCard({
    unit: 'image',
    rates: [
      { when: { quality: ['low'], size: [SQUARE] }, micros: dollars(prices.low[0]) },
      { when: { quality: ['low'] }, micros: dollars(prices.low[1]) },
      { when: { quality: ['medium'], size: [SQUARE] }, micros: dollars(prices.medium[0]) },
      { when: { quality: ['medium'] }, micros: dollars(prices.medium[1]) },
      { when: { size: [SQUARE] }, micros: dollars(prices.high[0]) },
      { micros: dollars(prices.high[1]) },
    ],
    source,
  })
}
