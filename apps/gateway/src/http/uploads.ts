import { createHash } from 'node:crypto'
import { judgeFile, storeUpload } from '../admission/resolve-inputs.ts'
import { isPublicId } from '../core/ids.ts'
import { findUpload, type StoredUpload } from '../db/upload.ts'
import type { UploadedFile, UploadedPart } from '../dialects/index.ts'
import { signFileName } from '../storage/file-link.ts'
import { mediaTypeExtension } from './files.ts'
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
