import type { ParseArgsConfig } from 'node:util'
import type { Config } from '../config.ts'
import { channelsAdd, channelsDisable, channelsDrain, channelsEnable, channelsList, channelsTest } from './channels.ts'
import { creditsGrant } from './credits.ts'
import { demo } from './demo.ts'
import { doctor } from './doctor.ts'
import { keysCreate, keysList, keysRevoke } from './keys.ts'
import { ledgerVerify } from './ledger.ts'
import { migrateCommand } from './migrate.ts'
import { simulate } from './simulate.ts'
import { start } from './start.ts'
import { webhooksSecret } from './webhooks.ts'

export interface Command {
  /** Its words after the name. */
  usage: string
  summary: string
  options: NonNullable<ParseArgsConfig['options']>
  /** The exit code. */
  run(call: CommandCall): Promise<number>
}

export interface CommandCall {
  /** Read when a command needs it: `simulate` and `demo` work without. */
  config: () => Config
  values: Record<string, string | boolean | (string | boolean)[] | undefined>
  positionals: string[]
}

export const COMMANDS: Readonly<Record<string, Command>> = {
  'start': start,
  'migrate': migrateCommand,
  'doctor': doctor,
  'ledger verify': ledgerVerify,
  'keys create': keysCreate,
  'keys list': keysList,
  'keys revoke': keysRevoke,
  'credits grant': creditsGrant,
  'channels list': channelsList,
  'channels add': channelsAdd,
  'channels test': channelsTest,
  'channels enable': channelsEnable,
  'channels disable': channelsDisable,
  'channels drain': channelsDrain,
  'webhooks secret': webhooksSecret,
  'simulate': simulate,
  'demo': demo,
}
