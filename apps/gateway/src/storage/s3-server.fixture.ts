import { readdir, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { S3Options } from './s3.ts'

export interface S3Server {
  /** For `createS3Storage`. */
  options: S3Options
  /** Multipart uploads that were begun and neither completed nor aborted. */
  unfinished(): Promise<number>
  /** From now on every request is answered with this status, until `undefined`. */
  answerWith(status: number | undefined): void
  stop(): Promise<void>
}

/** The part of the package's server that is used here; it comes without types. It is a Koa application. */
interface S3rver {
  middleware: ((context: Context, next: () => Promise<void>) => Promise<void>)[]
  run(): Promise<{ port: number }>
  close(): Promise<void>
}
interface Context {
  method: string
  path: string
  mountPath?: string
  state: { vhost?: boolean }
  query: Record<string, string | undefined>
  status: number
}

const BUCKET = 'genlock-test'

/** An S3-speaking server over `folder` on a port of its own, for tests. */
export async function startS3Server(folder: string): Promise<S3Server> {
  const S3rver = createRequire(import.meta.url)('@20minutes/s3rver') as new (options: object) => S3rver
  const server = new S3rver({
    address: '127.0.0.1', port: 0, silent: true, directory: folder, vhostBuckets: false, configureBuckets: [{ name: BUCKET }],
  })
  const uploads = join(folder, BUCKET, '._S3rver_uploads')
  let status: number | undefined

  server.middleware.unshift(async (context, next) => {
    const { uploadId } = context.query
    if (status !== undefined) {
      context.status = status
    } else if (context.method === 'DELETE' && uploadId !== undefined && /^[0-9a-f]+$/.test(uploadId)) {
      // The server lacks AbortMultipartUpload; this is it.
      await rm(join(uploads, uploadId), { recursive: true })
      context.status = 204
    } else {
      await next()
    }
  })

  // The server checks the signature of `/bucket/` as if it were `/bucket`. Told that the slash is its mount path, it is right.
  server.middleware.splice(-1, 0, async (context, next) => {
    if (context.path === `/${BUCKET}/`) {
      context.mountPath = '/'
      context.state.vhost = true
    }
    await next()
  })

  const { port } = await server.run()
  return {
    options: {
      endpoint: `http://127.0.0.1:${port}`, region: 'us-east-1', bucket: BUCKET, forcePathStyle: true,
      accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER',
    },
    unfinished: async () => (await readdir(uploads).catch(() => [])).length,
    answerWith: (wanted) => {
      status = wanted
    },
    stop: () => server.close(),
  }
}
