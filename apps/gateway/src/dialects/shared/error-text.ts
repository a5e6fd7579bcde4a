import { errorMessage, type GatewayError, type Language } from '../../core/errors.ts'

/** The sentence to show where an error has no place for the field that is wrong: it is named in the sentence. */
export function errorNamingField(error: GatewayError, language: Language): string {
  const text = errorMessage(error, language)
  return error.param === undefined || text.includes(error.param) ? text : `${error.param}: ${text}`
}
