import { createDiskStorage, type DiskOptions } from './disk.ts'
import type { S3Options } from './s3.ts'
import type { Storage } from './storage.ts'

export type StorageConfig = ({ kind: 'disk' } & DiskOptions) | ({ kind: 's3' } & S3Options)

export async function createStorage(config: StorageConfig): Promise<Storage> {
  switch (config.kind) {
    case 'disk':
      return createDiskStorage(config)
    case 's3': {
      // Loaded when needed: the SDK is a fifth of the time that a start takes.
      const { createS3Storage } = await import('./s3.ts')
      return createS3Storage(config)
    }
  }
}
