import { Readable } from 'node:stream'
import type pg from 'pg'
import { GatewayError } from '../core/errors.ts'
import type { AssetSource, InputAsset, InputMedia } from '../core/generation-request.ts'
import { newId } from '../core/ids.ts'
import type { Model } from '../core/model.ts'
import { findUpload, insertUpload, type Upload } from '../db/upload.ts'
import { readTasks } from '../db/task.ts'
import type { DraftInput } from '../dialects/dialect.ts'
import { EgressError } from '../egress/egress-error.ts'
import type { Egress } from '../egress/egress.ts'
import { MediaError } from '../storage/media-error.ts'
import { extensionOfMediaType, type MediaType } from '../storage/media-type.ts'
import type { MediaProber } from '../storage/probe.ts'
import type { Storage } from '../storage/storage.ts'

/** What a link of ours leads to, if it is one; undefined for anybody else's. */
export type ReadOwnLink = (url: URL) => { subject: string } | 'invalid' | undefined

export interface InputsParts {
  pool: pg.Pool
  storage: Storage
  prober: MediaProber
  egress: Pick<Egress, 'checkUrl'>
  retentionSeconds: number
}

/** An input that is ready: its source is known, or its bytes are checked and wait to be stored. */
export type ReadyInput = Omit<InputAsset, 'source'> & ({ source: AssetSource } | { bytes: Uint8Array; mediaType: MediaType; fileName: string })

/**
 * Finds out what each input is, without storing or fetching anything: an address is checked for its form, a link or id
 * of ours for its owner, bytes for what they are. @throws GatewayError naming the input.
 */
export async function resolveInputs(inputs: readonly DraftInput[], model: Model, accountId: string, readOwnLink: ReadOwnLink, parts: InputsParts): Promise<ReadyInput[]> {
  const ready: ReadyInput[] = []
  for (const input of inputs) ready.push(await resolveInput(input, model, accountId, readOwnLink, parts))
  return ready
}

/** Stores the bytes among the inputs as uploads of the account, and gives the inputs as tasks keep them. */
export async function storeInputs(inputs: readonly ReadyInput[], accountId: string, nowMs: number, parts: InputsParts): Promise<InputAsset[]> {
  const stored: InputAsset[] = []
  for (const input of inputs) {
    const { media, role } = input
    if ('source' in input) stored.push({ media, role, source: input.source })
    else {
      const upload = await storeUpload({ bytes: input.bytes, mediaType: input.mediaType, fileName: input.fileName, accountId }, nowMs, parts)
      stored.push({ media, role, source: { storageKey: upload.storageKey, mediaType: upload.mediaType, bytes: upload.bytes } })
    }
  }
  return stored
}

/** Checks and stores one uploaded file. @throws GatewayError `unsupported_media` or `too_large`. */
export async function storeUpload(file: { bytes: Uint8Array; mediaType: MediaType; fileName: string; accountId: string }, nowMs: number, parts: InputsParts): Promise<Upload> {
  const id = newId('upload')
  const upload: Upload = {
    id,
    accountId: file.accountId,
    storageKey: `uploads/${id}.${extensionOfMediaType(file.mediaType)}`,
    fileName: file.fileName,
    mediaType: file.mediaType,
    bytes: file.bytes.byteLength,
    expiresAtMs: nowMs + parts.retentionSeconds * 1000,
  }
  // The row first: a file without one would never be swept.
  await insertUpload(parts.pool, upload)
  await parts.storage.put(upload.storageKey, Readable.from([file.bytes]), { mediaType: file.mediaType, maxBytes: file.bytes.byteLength })
  return upload
}

/** What a file is by its content, and that it is whole and plausible. @throws GatewayError naming `param`. */
export async function judgeFile(bytes: Uint8Array, param: string, { prober }: Pick<InputsParts, 'prober'>): Promise<MediaType> {
  try {
    return (await prober.probe(bytes)).mediaType
  } catch (error) {
    if (!(error instanceof MediaError)) throw error
    throw new GatewayError('unsupported_media', error.message, { param, cause: error })
  }
}

async function resolveInput(input: DraftInput, model: Model, accountId: string, readOwnLink: ReadOwnLink, parts: InputsParts): Promise<ReadyInput> {
  const { media, role, param, source } = input
  if ('stored' in source) return { media, role, source: source.stored }
  if ('part' in source) return readyBytes(input, model, source.part.bytes, source.part.fileName, parts)
  const text = source.text.trim()
  if (/^data:/i.test(text)) return readyBytes(input, model, readDataUri(text, param), 'input', parts)
  if (/^[a-z][a-z0-9+.-]*:/i.test(text) || text.startsWith('//')) {
    const own = URL.canParse(text) ? readOwnLink(new URL(text)) : undefined
    if (own === 'invalid') throw new GatewayError('invalid_request', 'this link is not valid any more', { param })
    if (own) return { media, role, source: await ownSource(own.subject, media, accountId, param, parts) }
    return { media, role, source: { url: checkUrl(text, param, parts.egress) } }
  }
  if (/^upl_[a-z0-9]{1,36}$/.test(text)) return { media, role, source: await ownSource(text, media, accountId, param, parts) }
  if (text.length >= MIN_BARE_BASE64 && /^[A-Za-z0-9+/\s]+={0,2}$/.test(text)) return readyBytes(input, model, Buffer.from(text, 'base64'), 'input', parts)
  throw new GatewayError('invalid_request', 'must be an https URL, a data URI or an uploaded file', { param })
}

/** Shorter text is rather a mistake than a picture. */
const MIN_BARE_BASE64 = 64

function readDataUri(text: string, param: string): Uint8Array {
  const comma = text.indexOf(',')
  const head = text.slice(5, comma === -1 ? undefined : comma)
  if (comma === -1 || !/;base64$/i.test(head)) throw new GatewayError('invalid_request', 'a data URI must be base64: data:image/png;base64,…', { param })
  const payload = text.slice(comma + 1)
  if (!/^[A-Za-z0-9+/\s]*={0,2}$/.test(payload)) throw new GatewayError('invalid_request', 'the data URI is not valid base64', { param })
  return Buffer.from(payload, 'base64')
}

async function readyBytes({ media, role, param }: DraftInput, model: Model, bytes: Uint8Array, fileName: string, parts: InputsParts): Promise<ReadyInput> {
  const limit = model.inputs[media]
  if (limit && bytes.byteLength > limit.maxBytes) throw new GatewayError('too_large', `must be at most ${limit.maxBytes} bytes, and has ${bytes.byteLength}`, { param })
  const mediaType = await judgeFile(bytes, param, parts)
  requireMedia(mediaType, media, param)
  return { media, role, bytes, mediaType, fileName }
}

/** An upload of the account, or a result of one of its tasks. Another's is refused like one that is not there. */
async function ownSource(subject: string, media: InputMedia, accountId: string, param: string, { pool }: InputsParts): Promise<AssetSource> {
  const found = subject.startsWith('upl_') ? await findUpload(pool, accountId, subject) : await findOutput(pool, accountId, subject)
  if (!found) throw new GatewayError('invalid_request', 'there is no such uploaded file', { param })
  requireMedia(found.mediaType, media, param)
  return { storageKey: found.storageKey, mediaType: found.mediaType, bytes: found.bytes }
}

/** `vid_x-0`: the first output of that task. */
async function findOutput(pool: pg.Pool, accountId: string, subject: string): Promise<{ storageKey: string; mediaType: string; bytes: number } | undefined> {
  const match = /^([a-z]{3}_[a-z0-9]+)-(\d{1,2})$/.exec(subject)
  if (!match) return undefined
  const [task] = await readTasks(pool, [match[1]!])
  return task?.accountId === accountId ? task.outputs[Number(match[2])] : undefined
}

function requireMedia(mediaType: string, media: InputMedia, param: string): void {
  if (!mediaType.startsWith(`${media}/`)) throw new GatewayError('unsupported_media', `must be ${media === 'audio' ? 'audio' : `a${media === 'image' ? 'n image' : ' video'}`}, and is ${mediaType}`, { param })
}

/** Form only; whoever fetches it resolves the name and judges the address. */
export function checkUrl(text: string, param: string, egress: Pick<Egress, 'checkUrl'>): string {
  try {
    return egress.checkUrl(text).href
  } catch (error) {
    if (!(error instanceof EgressError)) throw error
    throw new GatewayError('url_not_allowed', `this address is not allowed (${error.reason})`, { param, cause: error })
  }
}
