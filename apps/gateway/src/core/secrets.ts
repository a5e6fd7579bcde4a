import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from 'node:crypto'

/** A key for one purpose, so that no two uses of the server's secret share one. */
export function deriveKey(secret: string, purpose: string): Buffer {
  return createHmac('sha256', secret).update(`genlock ${purpose}`).digest()
}

const NONCE_BYTES = 12
const TAG_BYTES = 16

/** Seals `value` (as JSON) with AES-256-GCM: nonce, tag, ciphertext. `context` is bound in: a sealed row cannot be moved to another. */
export function seal(key: Buffer, value: unknown, context: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context))
  const sealed = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed])
}

/** @throws Error when the key, the context or the bytes are not those it was sealed with. */
export function unseal(key: Buffer, sealed: Uint8Array, context: string): unknown {
  const bytes = Buffer.from(sealed)
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES)).setAAD(Buffer.from(context))
  decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES))
  const plain = Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()])
  return JSON.parse(plain.toString('utf8'))
}

/** SHA-256 of a value under a key, for looking it up without storing it. */
export function keyedHash(key: Buffer, value: string): Buffer {
  return createHmac('sha256', key).update(value).digest()
}

/** SHA-256 as lower-case hex. */
export function sha256Hex(value: string | Uint8Array): string {
  return createHash('sha256').update(value).digest('hex')
}

/** An account's signing secret for callbacks: the bytes after `whsec_` in what `genlock webhooks secret` shows. */
export function webhookSecret(webhookKey: Buffer, accountId: string): Buffer {
  return createHmac('sha256', webhookKey).update(accountId).digest()
}

/** The same as people and libraries of Standard Webhooks write it. */
export function webhookSecretText(webhookKey: Buffer, accountId: string): string {
  return `whsec_${webhookSecret(webhookKey, accountId).toString('base64')}`
}
