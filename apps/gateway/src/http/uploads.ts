import { createHash } from 'node:crypto'
import { judgeFile, storeUpload } from '../admission/resolve-inputs.ts'
import { GatewayError } from '../core/errors.ts'
import { isPublicId, newId } from '../core/ids.ts'
import { findUpload, type StoredUpload } from '../db/upload.ts'
import type { UploadedFile, UploadedPart } from '../dialects/index.ts'
import { readFileName, signFileName } from '../storage/file-link.ts'
import { extensionOfMediaType, isMediaType, mediaTypeOfExtension } from '../storage/media-type.ts'
import type { HttpParts } from './http-parts.ts'

/** Keeps files as inputs for later, and says where they are. @throws GatewayError `unsupported_media`. */
export async function keepUploads(files: readonly UploadedPart[], { accountId, origin }: { accountId: string; origin: string }, parts: HttpParts): Promise<UploadedFile[]> {
  // All are judged before any is stored.
  const judged = []
  for (const { bytes, fileName, field } of files) judged.push({ bytes, fileName, mediaType: (await judgeFile(bytes, field, parts.admission)).mediaType })
  const kept: UploadedFile[] = []
  for (const file of judged) {
    const nowMs = parts.clock.nowMs()
    const upload = await storeUpload({ ...file, accountId }, nowMs, parts.admission)
    kept.push({ ...describeUpload({ ...upload, createdAtMs: nowMs }, origin, parts), sha256: createHash('sha256').update(file.bytes).digest('hex') })
  }
  return kept
}

/** For how long an address that takes a file is open. */
const EXPECTED_MS = 15 * 60_000
const PLACE_PATH = '/v1/uploads/'
/** Of files whose type nobody named; what they are shows when they have come. */
const UNKNOWN_EXTENSION = 'bin'

/**
 * A place for a file that is to come. Whoever has its address may put one file there, once: the signature carries the
 * account. The file's own link is made before the file is there, so it lives from now on as long as uploads do.
 */
export function expectUpload({ fileName, mediaType }: { fileName: string; mediaType: string }, { accountId, origin }: { accountId: string; origin: string }, parts: HttpParts): { uploadUrl: string; fileUrl: string } {
  const id = newId('upload')
  const nowMs = parts.clock.nowMs()
  const extension = isMediaType(mediaType) ? mediaTypeExtension(mediaType) : extensionOfName(fileName)
  const place = signFileName({ subject: `${PLACE}-${id}-${accountId}`, extension, expiresAtMs: nowMs + EXPECTED_MS }, parts.linkKey)
  const file = signFileName({ subject: id, extension, expiresAtMs: nowMs + parts.settings.retentionSeconds * 1000 }, parts.linkKey)
  return { uploadUrl: `${origin}${PLACE_PATH}${place}`, fileUrl: `${origin}/v1/files/${file}` }
}

/** Before an upload's id; names of files that can be fetched never begin so. */
const PLACE = 'put'

/** Who expects a file at a place, and under which id. @throws GatewayError `not_found` for an address that is none or is closed. */
export function readPlace(place: string, { linkKey, clock }: Pick<HttpParts, 'linkKey' | 'clock'>): { id: string; accountId: string } {
  const link = readFileName(place, linkKey, clock.nowMs())
  const [, id, accountId] = /^put-(upl_[a-z0-9]+)-(acc_[a-z0-9_]+)$/.exec(link?.subject ?? '') ?? []
  if (id === undefined || accountId === undefined) throw new GatewayError('not_found', 'nothing is expected here, or not any more')
  return { id, accountId }
}

/** Keeps the file that was put at a place. @throws GatewayError as `readPlace` does, and `unsupported_media`. */
export async function fillPlace(place: string, bytes: Uint8Array, parts: HttpParts): Promise<void> {
  const { id, accountId } = readPlace(place, parts)
  const { mediaType } = await judgeFile(bytes, 'file', parts.admission)
  try {
    await storeUpload({ id, accountId, bytes, mediaType, fileName: `${id}.${mediaTypeExtension(mediaType)}` }, parts.clock.nowMs(), parts.admission)
  } catch (error) {
    if ((error as { code?: string }).code === UNIQUE_VIOLATION) throw new GatewayError('invalid_request', 'a file was put here before', { cause: error })
    throw error
  }
}

/** Of the upload's id, which is the place's own. */
const UNIQUE_VIOLATION = '23505'

function extensionOfName(fileName: string): string {
  const mediaType = mediaTypeOfExtension(fileName.slice(fileName.lastIndexOf('.') + 1).toLowerCase())
  return mediaType === undefined ? UNKNOWN_EXTENSION : mediaTypeExtension(mediaType)
}

/** A file that the account keeps here. */
export async function keptUpload(id: string, { accountId, origin }: { accountId: string; origin: string }, parts: HttpParts): Promise<Omit<UploadedFile, 'sha256'> | undefined> {
  if (!id.startsWith('upl_') || !isPublicId(id)) return undefined
  const upload = await findUpload(parts.admission.pool, accountId, id)
  return upload && describeUpload(upload, origin, parts)
}

function describeUpload({ id, fileName, mediaType, bytes, storageKey, createdAtMs, expiresAtMs }: StoredUpload, origin: string, { linkKey }: HttpParts): Omit<UploadedFile, 'sha256'> {
  const name = signFileName({ subject: id, extension: mediaTypeExtension(mediaType), expiresAtMs }, linkKey)
  return { id, fileName, mediaType, bytes, storageKey, url: `${origin}/v1/files/${name}`, createdAtMs, expiresAtMs }
}

export function mediaTypeExtension(mediaType: string): string {
  if (!isMediaType(mediaType)) throw new Error(`a file of type ${mediaType} was stored`)
  return extensionOfMediaType(mediaType)
}
