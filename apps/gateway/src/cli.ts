#!/usr/bin/env node
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

// Compiled code is kept beside the packages: a start takes half as long. Where that folder cannot be written, it is not.
enableCompileCache(join(import.meta.dirname, '../../../node_modules/.cache/genlock'))
const { run } = await import('./cli/run.ts')
process.exitCode = await run(process.argv.slice(2))
