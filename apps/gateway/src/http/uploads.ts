import { createHash } from 'node:crypto'
import { judgeFile, storeUpload } from '../admission/resolve-inputs.ts'
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
    const { id, fileName, mediaType, bytes, storageKey, expiresAtMs } = await storeUpload({ ...file, accountId }, nowMs, parts.admission)
    const name = signFileName({ subject: id, extension: mediaTypeExtension(mediaType), expiresAtMs }, parts.linkKey)
    kept.push({ id, fileName, mediaType, bytes, sha256: createHash('sha256').update(file.bytes).digest('hex'), storageKey, url: `${origin}/v1/files/${name}`, createdAtMs: nowMs, expiresAtMs })
  }
  return kept
}
