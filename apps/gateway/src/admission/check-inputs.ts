import { GatewayError } from '../core/errors.ts'
import type { InputMedia, InputRole } from '../core/generation-request.ts'
import type { InputLimit, Model } from '../core/model.ts'
import type { DraftInput } from '../dialects/dialect.ts'
import type { Check } from './refuse.ts'

/**
 * Holds the inputs against the model: kinds, parts, counts, and which of them may come together. Their bytes are looked
 * at when they are resolved. Inputs are never left out as unused: they change what is made.
 */
export function checkInputs({ draft, model }: Check): void {
  const { inputs } = draft
  for (const input of inputs) checkRole(input, model)
  for (const media of MEDIA) checkCounts(inputs.filter((input) => input.media === media), model)
  checkSingles(inputs)
  checkTogether(inputs, model)
}

const MEDIA: readonly InputMedia[] = ['image', 'video', 'audio']
const SINGLE_ROLES: readonly InputRole[] = ['first_frame', 'last_frame', 'mask']

function checkRole(input: DraftInput, model: Model): void {
  const limit = model.inputs[input.media]
  if (limit === undefined) refuseInput(input, `${model.id} takes no ${input.media} input`)
  if (!limit.roles.includes(input.role)) refuseInput(input, `${model.id} takes ${article(input.media)} only as ${limit.roles.join(', ')}, not as ${input.role}`)
}

function checkCounts(inputs: readonly DraftInput[], model: Model): void {
  const limit = inputs[0] && model.inputs[inputs[0].media]
  if (limit === undefined) return
  const references = inputs.filter((input) => input.role === 'reference' || input.role === 'source')
  refuseSurplus(references, referencesAllowed(limit), model)
  refuseSurplus(inputs, Math.max(limit.max, referencesAllowed(limit)), model)
}

function referencesAllowed(limit: InputLimit): number {
  return limit.maxReferences ?? limit.max
}

function refuseSurplus(inputs: readonly DraftInput[], max: number, model: Model): void {
  const surplus = inputs[max]
  if (surplus) refuseInput(surplus, `${model.id} takes at most ${max} ${surplus.media} input${max === 1 ? '' : 's'}, not ${inputs.length}`)
}

function checkSingles(inputs: readonly DraftInput[]): void {
  for (const role of SINGLE_ROLES) {
    const second = inputs.filter((input) => input.role === role)[1]
    if (second) refuseInput(second, `there can be only one ${role}`)
  }
}

function checkTogether(inputs: readonly DraftInput[], model: Model): void {
  const first = inputs.find((input) => input.role === 'first_frame')
  const last = inputs.find((input) => input.role === 'last_frame')
  const mask = inputs.find((input) => input.role === 'mask')
  const references = inputs.filter((input) => input.role === 'reference')
  const reference = references[0]
  if (reference && (first ?? last) && !model.framesWithReferences) refuseInput(reference, `${model.id} takes either first and last frames or references, not both`)
  if (last && !first && !model.lastFrameAlone) refuseInput(last, `${model.id} takes a last_frame only with a first_frame`)
  if (mask && !inputs.some((input) => input.media === 'image' && input !== mask)) refuseInput(mask, 'a mask needs the picture that it is for')
  if (reference && !model.soundAlone && references.every((input) => input.media === 'audio')) refuseInput(reference, `${model.id} takes audio only together with an image or a video`)
}

function article(media: InputMedia): string {
  return media === 'video' ? 'a video' : `an ${media}`
}

function refuseInput(input: DraftInput, message: string): never {
  throw new GatewayError('invalid_request', `${input.param}: ${message}`, { param: input.param })
}
