import { spawnSync } from 'node:child_process'
import { cpus, freemem, loadavg, release, totalmem } from 'node:os'
import { EVERY_PROGRAM } from './processes.ts'

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

/** The programs that measurements are made with, and how each tells its version. */
const VERSION_FLAGS = { wrk: '-v', pgbench: '--version', nginx: '-v' } as const

export type Program = keyof typeof VERSION_FLAGS

/** `wrk 4.1.0, nginx 1.22.1`. @throws Error that names a program which is not installed. */
export function describePrograms(programs: readonly Program[]): string {
  return programs.map((program) => {
    const { stdout, stderr } = spawnSync('sh', ['-c', EVERY_PROGRAM, program, VERSION_FLAGS[program]], { encoding: 'utf8' })
    const version = /\d+\.[\d.]*\d/.exec(stdout + stderr)?.[0]
    if (version === undefined) throw new Error(`${program} is needed for this measurement and is not installed`)
    return `${program} ${version}`
  }).join(', ')
}
