import { mkdirSync, writeFileSync } from 'node:fs'
import { jsonSchemas } from '../matrix/json-schema.ts'
import { paths } from '../paths/registry.ts'
import { credentialsJsonSchemas } from '../reviews/credentials/json-schema.ts'
import { scenarioJsonSchemas } from '../scenarios/json-schema.ts'

const folder = new URL('../../schemas/', import.meta.url)
const texts = { ...jsonSchemas(paths), ...scenarioJsonSchemas(paths), ...credentialsJsonSchemas() }

mkdirSync(folder, { recursive: true })
for (const [file, text] of Object.entries(texts)) writeFileSync(new URL(file, folder), text)
