import { openDatabase } from '../database.ts'
import { migrate } from '../db/migrate.ts'
import type { Command } from './commands.ts'

export const migrateCommand: Command = {
  usage: '',
  summary: 'bring the database to this release (start does it too)',
  options: {},
  async run({ config }) {
    const database = await openDatabase(config())
    try {
      const applied = await migrate(database.pool)
      console.log(applied.length === 0 ? 'Nothing to do.' : applied.map(({ number, name }) => `applied ${String(number).padStart(4, '0')}_${name}`).join('\n'))
    } finally {
      await database.close()
    }
    return 0
  },
}
