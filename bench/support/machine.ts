import { execFileSync } from 'node:child_process'
import { cpus, freemem, loadavg, release, totalmem } from 'node:os'

const GIBIBYTE = 2 ** 30

/** What the figures were measured on. */
export function describeMachine(): string {
  const processors = cpus()
  return [
    `${processors.length} cores (${processors[0]?.model.trim() ?? 'unknown'})`,
    `${(totalmem() / GIBIBYTE).toFixed(0)} GB of memory (${(freemem() / GIBIBYTE).toFixed(0)} GB free at the start)`,
    `${process.platform} ${release()}`,
    `Node ${process.versions.node}`,
    `load average at the start ${loadavg()[0]!.toFixed(2)}`,
  ].join(', ')
}

/** The first line of what a program says of its version. @throws Error that names the program when it is not installed. */
export function versionOf(program: string, flag: string): string {
  try {
    return execFileSync('sh', ['-c', `'${program}' ${flag} 2>&1 || true`], { encoding: 'utf8' }).split('\n')[0]!.trim()
  } catch (cause) {
    throw new Error(`${program} is needed for this measurement and is not installed`, { cause })
  }
}
