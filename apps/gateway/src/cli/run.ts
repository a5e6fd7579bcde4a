import { parseArgs } from 'node:util'
import { ConfigError, readConfig } from '../config.ts'
import { CommandError } from './command-error.ts'
import { COMMANDS, type Command } from './commands.ts'

/** `genlock <command>`: finds the command, hands it its words, and turns a failure into one line and an exit code. */
export async function run(words: readonly string[]): Promise<number> {
  try {
    return await runCommand(words)
  } catch (error) {
    const mistake = error instanceof ConfigError || error instanceof CommandError || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS')
    const plainly = mistake ? (error as Error).message : sayPlainly(error)
    console.error(plainly === undefined ? error : `genlock: ${plainly}`)
    return mistake ? 2 : 1
  }
}

async function runCommand(words: readonly string[]): Promise<number> {
  const found = findCommand(words)
  if (!found) {
    if (words.length > 0 && !words.includes('--help')) console.error(`genlock: there is no command ${JSON.stringify(words.slice(0, 2).join(' '))}\n`)
    console.error(usage())
    return words.length === 0 || words.includes('--help') ? 0 : 2
  }
  const { command, rest } = found
  const { values, positionals } = parseArgs({ args: [...rest], options: command.options, allowPositionals: true, strict: true })
  return command.run({ config: () => readConfig(process.env), values, positionals })
}

/** The longest name that the words begin with: `ledger verify` before `ledger`. */
function findCommand(words: readonly string[]): { command: Command; rest: readonly string[] } | undefined {
  for (const length of [2, 1]) {
    const command = COMMANDS[words.slice(0, length).join(' ')]
    if (command && words.length >= length) return { command, rest: words.slice(length) }
  }
  return undefined
}

function usage(): string {
  const lines = Object.entries(COMMANDS).map(([name, { usage: words, summary }]) => `  genlock ${`${name} ${words}`.trim().padEnd(62)} ${summary}`)
  return ['Usage:', ...lines, '', 'Settings come from the environment: see docs/configuration.md.'].join('\n')
}

/** The world's fault rather than the program's, in one line; undefined for what needs its stack. */
function sayPlainly(error: unknown): string | undefined {
  const { code, message, errors } = error as { code?: string; message: string; errors?: Error[] }
  if (code === undefined || !/^(E[A-Z]+|28[0-9A-Z]{3}|3D000|53[0-9]{3}|57P0[0-9])$/.test(code)) return undefined
  // Several addresses of one name were tried.
  return message === '' ? (errors ?? []).map((each) => each.message).join('; ') || code : message
}
