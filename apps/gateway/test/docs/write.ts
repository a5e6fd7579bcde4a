import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { configurationPage } from './configuration.ts'
import { withDialectsTable } from './dialects.ts'
import { modelsPage } from './models.ts'
import { withProvidersTable } from './providers.ts'

/* `npm run docs`: writes the pages that follow from the code. docs.test.ts tells when one is out of date. */

const path = resolve(import.meta.dirname, '../../../../docs/configuration.md')
writeFileSync(path, configurationPage())
console.log(`wrote ${path}`)

const dialectsPath = resolve(import.meta.dirname, '../../../../docs/dialects.md')
writeFileSync(dialectsPath, withDialectsTable(readFileSync(dialectsPath, 'utf8')))
console.log(`wrote the table of ${dialectsPath}`)

const modelsPath = resolve(import.meta.dirname, '../../../../docs/models.md')
writeFileSync(modelsPath, modelsPage())
console.log(`wrote ${modelsPath}`)

const providersPath = resolve(import.meta.dirname, '../../../../docs/providers.md')
writeFileSync(providersPath, withProvidersTable(readFileSync(providersPath, 'utf8')))
console.log(`wrote the table of ${providersPath}`)
