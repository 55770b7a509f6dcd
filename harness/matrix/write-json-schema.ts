import { mkdirSync, writeFileSync } from 'node:fs'
import { paths } from '../paths/registry.ts'
import { jsonSchemas } from './json-schema.ts'

const folder = new URL('../../schemas/', import.meta.url)

mkdirSync(folder, { recursive: true })
for (const [file, text] of Object.entries(jsonSchemas(paths))) writeFileSync(new URL(file, folder), text)
