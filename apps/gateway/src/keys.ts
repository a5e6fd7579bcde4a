import { deriveKey } from './core/secrets.ts'

/** The server's secret, one key for each use. */
export interface Keys {
  apiKeyHash: Buffer
  sealing: Buffer
  fileLink: Buffer
  webhook: Buffer
  callback: Buffer
}

export function deriveKeys(secret: string): Keys {
  return {
    apiKeyHash: deriveKey(secret, 'api key hash'),
    sealing: deriveKey(secret, 'sealing'),
    fileLink: deriveKey(secret, 'file link'),
    webhook: deriveKey(secret, 'webhook'),
    callback: deriveKey(secret, 'upstream callback'),
  }
}
