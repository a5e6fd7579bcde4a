import { randomBytes } from 'node:crypto'

/** What an id names, and the prefix that says so. Public ids match `[a-z0-9_]{1,40}` (docs/words.md). */
export const ID_PREFIXES = {
  video: 'vid_',
  image: 'img_',
  text: 'txt_',
  account: 'acc_',
  key: 'key_',
  attempt: 'att_',
  upload: 'upl_',
  credential: 'cred_',
  request: 'req_',
} as const

export type IdKind = keyof typeof ID_PREFIXES

/** Base 32 without letters that read alike; 26 of them carry 130 bits, so an id cannot be guessed. */
const ALPHABET = 'abcdefghjkmnpqrstuvwxyz023456789'
const RANDOM_CHARACTERS = 26

export type NewId = (kind: IdKind) => string

/** A new opaque, unguessable id such as `vid_k3v…` (30 characters). */
export const newId: NewId = (kind) => ID_PREFIXES[kind] + randomText(RANDOM_CHARACTERS)

/** `length` random characters of 5 bits each. */
export function randomText(length: number): string {
  let text = ''
  for (const byte of randomBytes(length)) text += ALPHABET[byte & 31]
  return text
}

/** Whether a string from a client can be one of our public ids at all; anything else is simply not found. */
export function isPublicId(text: string): boolean {
  return /^[a-z0-9_]{1,40}$/.test(text)
}
