import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { StorageError, type StoredFile } from './storage.ts'

export interface Meter {
  /** The source's bytes, counted and hashed as they pass. */
  stream: Readable
  /** What passed. To be asked after the end. */
  result(): StoredFile
  /** To be thrown when storing failed: what the source threw, as it came; else `StorageError`. */
  explain(failure: unknown): unknown
}

/** Watches a source on its way to storage: counts, hashes, stops it at `maxBytes`, and remembers whose fault an end was. */
export function meter(source: Readable, maxBytes: number): Meter {
  const hash = createHash('sha256')
  let bytes = 0
  let broken: { reason: unknown } | undefined
  // While a chunk is out, what is thrown in here comes from the reader (Readable.from does that), not from the source.
  let chunkIsOut = false

  async function* watched(): AsyncGenerator<Uint8Array> {
    try {
      for await (const piece of source) {
        const chunk: Uint8Array = typeof piece === 'string' ? Buffer.from(piece) : piece
        bytes += chunk.byteLength
        if (bytes > maxBytes) throw new StorageError('too_large', `The file is larger than ${maxBytes} bytes.`)
        hash.update(chunk)
        chunkIsOut = true
        yield chunk
        chunkIsOut = false
      }
    } catch (reason) {
      if (!chunkIsOut) broken = { reason }
      throw reason
    } finally {
      // Whatever ended this, nobody reads the source any more.
      source.destroy()
    }
  }

  return {
    // Bytes, not objects: the default mark of 16 *objects* would hold 16 chunks of any size.
    stream: Readable.from(watched(), { objectMode: false }),
    result: () => ({ bytes, sha256: hash.digest('hex') }),
    explain: (failure) => {
      if (broken !== undefined) return broken.reason
      if (failure instanceof StorageError) return failure
      return new StorageError('unavailable', 'The file could not be stored.', failure)
    },
  }
}
