import type { GenerationRequest } from '../core/generation-request.ts'
import { choicesOf, ratioOf, type Model } from '../core/model.ts'
import { NEUTRAL_MULTIPLIER_PPM, quotedMicros, type RateUnit } from '../core/rate-card.ts'
import type { Micros } from '../core/micros.ts'
import { quoteRequest } from './price-request.ts'

/** What somebody may ask for, in words, and what it costs: `5 s at 720p, with sound`. */
export interface PriceExample {
  en: string
  zh: string
  micros: Micros
}

/** How a model is charged, as price lists of other gateways say it. */
export const BILLING_METHODS: Readonly<Record<RateUnit, string>> = {
  call: 'per_call',
  second: 'per_second',
  image: 'per_image',
  megapixel: 'per_megapixel',
  token: 'per_token',
}

/** More would be a price list, which `rates` is. */
export const MAX_PRICE_EXAMPLES = 8

/**
 * Worked prices of the usual requests: the model's own length, at each of its resolutions and qualities, and with and
 * without sound where that makes a difference. `multiplierPpm` is the group's.
 */
export function priceExamples(model: Model, multiplierPpm = NEUTRAL_MULTIPLIER_PPM): PriceExample[] {
  const examples: PriceExample[] = []
  for (const request of usualRequests(model)) {
    const followsSource = request.durationSeconds === 'auto'
    const videoSeconds = followsSource ? [secondsOf(model, request)] : undefined
    const example = { ...textOf(model, request), micros: quotedMicros(quoteRequest(request, model, multiplierPpm, videoSeconds)) }
    const silentTwin = examples.find(({ en, micros }) => `${en}${WITH_SOUND.en}` === example.en && micros === example.micros)
    if (silentTwin === undefined) examples.push(example)
  }
  return examples.slice(0, MAX_PRICE_EXAMPLES)
}

const WITH_SOUND = { en: ', with sound', zh: ',有声' }

function usualRequests(model: Model): GenerationRequest[] {
  const operation = model.operations[0]!
  const { resolutions, aspectRatios } = choicesOf(model, operation)
  // `auto` is anything up to the dearest.
  const qualities = model.qualities?.filter((quality) => quality !== 'auto')
  const aspectRatio = aspectRatios?.find((ratio) => ratioOf(ratio) !== undefined) ?? aspectRatios?.[0]
  // Of a model that draws any size the resolutions say how many pixels; where each pixel costs, the usual size is the example.
  const named = model.freeSizes && model.price.unit === 'megapixel' ? undefined : resolutions
  const sizes = model.sizes?.filter((size) => size !== 'auto') ?? [named ? undefined : model.freeSizes?.default]
  return (named ?? [undefined]).flatMap((resolution) =>
    sizes.flatMap((size) =>
      (qualities ?? [undefined]).flatMap((quality) =>
        soundsOf(model, resolution).map((audio) => {
          const duration = choicesOf(model, operation, resolution).duration
          return {
            kind: model.kind,
            operation,
            model: model.id,
            prompt: '',
            count: 1,
            inputs: [],
            ...(resolution !== undefined && { resolution }),
            ...(aspectRatio !== undefined && { aspectRatio }),
            ...(size !== undefined && { size }),
            ...(quality !== undefined && { quality }),
            ...(duration && { durationSeconds: duration.ofSource ? 'auto' as const : duration.defaultSeconds }),
            ...(audio !== undefined && { audio }),
          }
        }),
      ),
    ),
  )
}

/** Both where a rate depends on it, the silent one first. */
function soundsOf(model: Model, resolution: string | undefined): (boolean | undefined)[] {
  const matters = model.price.rates.some(({ when }) => when?.audio !== undefined && (when.resolution === undefined || resolution === undefined || when.resolution.includes(resolution)))
  return model.audio === 'optional' && matters ? [false, true] : [undefined]
}

function secondsOf(model: Model, { operation, resolution }: GenerationRequest): number {
  return choicesOf(model, operation, resolution).duration?.defaultSeconds ?? 0
}

function textOf(model: Model, request: GenerationRequest): { en: string; zh: string } {
  const { resolution, size, quality, audio } = request
  const frame = size ?? resolution
  const sound = audio === true ? WITH_SOUND : { en: '', zh: '' }
  const word = quality === undefined ? '' : `, ${quality}`
  if (model.kind !== 'video') return { en: `1 ${model.kind === 'image' ? 'image' : 'call'}${frame === undefined ? '' : ` at ${frame}`}${word}`, zh: `1 ${model.kind === 'image' ? '张' : '次'}${frame === undefined ? '' : ` ${frame}`}${word}` }
  const seconds = `${secondsOf(model, request)}`
  return { en: `${seconds} s${frame === undefined ? '' : ` at ${frame}`}${word}${sound.en}`, zh: `${seconds} 秒${frame === undefined ? '' : ` ${frame}`}${word}${sound.zh}` }
}
