import { GatewayError } from '../core/errors.ts'
import type { GenerationRequest } from '../core/generation-request.ts'
import type { Model } from '../core/model.ts'
import type { Draft } from '../dialects/dialect.ts'

export type Field = keyof GenerationRequest

/** What every part of checking a request needs. */
export interface Check {
  draft: Draft
  model: Model
  unused: Unused
}

/** The field as the client spelled it. */
export function nameOf(draft: Draft, field: Field): string {
  return draft.fieldNames[field] ?? field
}

/** The same for a path of canonical names, as providers give them: `durationSeconds`, `inputs`, `vendor.seed`. */
export function clientsName(draft: Draft, path: string): string {
  const [field = '', ...rest] = path.split('.')
  if (field === 'inputs' && rest.length === 0) return draft.inputs[0]?.param ?? nameOf(draft, 'inputs')
  if (field === 'vendor' && draft.fieldNames.vendor === undefined && rest.length > 0) return rest.join('.')
  return [draft.fieldNames[field as Field] ?? field, ...rest].join('.')
}

export function refuse(draft: Draft, field: Field, message: string): never {
  throw new GatewayError('invalid_request', message, { param: nameOf(draft, field) })
}

/** The model's own spelling of `word`, which may be written in other cases. */
export function oneOf(draft: Draft, field: Field, { word, words, model }: { word: string; words: readonly string[]; model: Model }): string {
  const found = words.find((candidate) => candidate.toLowerCase() === word.toLowerCase())
  return found ?? refuse(draft, field, `${nameOf(draft, field)} must be ${words.length === 1 ? words[0]! : `one of ${words.join(', ')}`} for ${model.id}`)
}

/** Collects fields that the model has no use for, or refuses the first one, as the draft's dialect wishes. */
export class Unused {
  readonly names: string[] = []
  readonly #draft: Draft

  constructor(draft: Draft) {
    this.#draft = draft
  }

  /** `why` is a sentence about the model: `sora-2 has no seed`. */
  add(field: Field, why: string): undefined {
    this.addNamed(nameOf(this.#draft, field), why)
  }

  addNamed(name: string, why: string): void {
    if (this.#draft.unusedFields === 'refuse') throw new GatewayError('invalid_request', `${name} cannot be used: ${why}`, { param: name })
    this.names.push(name)
  }
}
