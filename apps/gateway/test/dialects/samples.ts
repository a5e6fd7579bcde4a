import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { DialectSample } from './sample.ts'

/** Every dialect's sample, by file name. */
export async function readSamples(): Promise<DialectSample[]> {
  const folder = join(import.meta.dirname, 'samples')
  const files = (await readdir(folder)).toSorted()
  const modules = await Promise.all(files.map((file) => import(join(folder, file)) as Promise<Record<string, DialectSample>>))
  return modules.flatMap((module) => Object.values(module))
}
