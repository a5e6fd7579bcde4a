/**
 * The program of a rendering child: started by `render-pool.ts`, told one order at a time over IPC, gone when its parent is.
 * Strangers' pictures are decoded here and nowhere else.
 */
import { rename, writeFile } from 'node:fs/promises'
import { setPriority } from 'node:os'
import sharp from 'sharp'
import { renderImage } from './render-image.ts'
import { RenderError, type RenderFault, type Rendered, type RenderSpec } from './render-spec.ts'
import { renderText } from './render-text.ts'
import { renderVideo } from './render-video.ts'
import { installTypeface } from './typeface.ts'

export interface RenderOrder {
  readonly spec: RenderSpec
  /** Where the finished file must stand. It appears there whole or not at all. */
  readonly path: string
  /** A folder of the pool's, for things worth keeping between renders. */
  readonly folder: string
}

export type RenderAnswer =
  | { readonly ok: true; readonly sizeBytes: number; readonly rendered: Omit<Rendered, 'bytes'> }
  | { readonly ok: false; readonly fault: RenderFault; readonly message: string }

/** Requests come first; but at 10 a machine with much else to do gave a film a fiftieth of its time. */
const NICENESS = 5

setPriority(NICENESS)
// One thread per child: the pool says how many run at once.
sharp.concurrency(1)
sharp.cache(false)
// Of all that libvips opens, only what callers may send, and the SVG of our own badge.
sharp.block({ operation: ['VipsForeignLoad'] })
sharp.unblock({ operation: ['VipsForeignLoadJpeg', 'VipsForeignLoadPng', 'VipsForeignLoadWebp', 'VipsForeignLoadSvg'] })

process.on('disconnect', () => process.exit(0))
process.on('message', (order: RenderOrder) => {
  void carryOut(order).then((answer) => process.send?.(answer))
})

async function carryOut(order: RenderOrder): Promise<RenderAnswer> {
  try {
    const { bytes, ...rendered } = await render(order)
    const part = `${order.path}.part`
    await writeFile(part, bytes)
    await rename(part, order.path)
    return { ok: true, sizeBytes: bytes.byteLength, rendered }
  } catch (error) {
    if (error instanceof RenderError) return { ok: false, fault: error.fault, message: error.message }
    return { ok: false, fault: 'crashed', message: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}

async function render({ spec, folder }: RenderOrder): Promise<Rendered> {
  if (spec.kind === 'text') return await renderText(spec)
  const fontFile = await installTypeface(folder)
  return spec.kind === 'video' ? await renderVideo(spec, { fontFile }) : await renderImage(spec, { fontFile })
}
