import { mkdirSync, writeFileSync } from 'node:fs'
import { jsonSchemas } from '../matrix/json-schema.ts'
import { paths } from '../paths/registry.ts'
import { scenarioJsonSchemas } from './json-schema.ts'

const folder = new URL('../../schemas/', import.meta.url)
const texts = { ...jsonSchemas(paths), ...scenarioJsonSchemas(paths) }

mkdirSync(folder, { recursive: true })
for (const [file, text] of Object.entries(texts)) writeFileSync(new URL(file, folder), text)
