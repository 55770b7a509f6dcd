import { readdirSync, readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { packageFile } from '../package-file.ts'
import { paths } from '../paths/registry.ts'
import { jsonSchemas } from './json-schema.ts'

test.each(Object.entries(jsonSchemas(paths)))('schemas/%s is current; npm run schema writes it', (file, text) => {
  expect(readFileSync(new URL(`../../schemas/${file}`, import.meta.url), 'utf8')).toBe(text)
})

const demo = readdirSync(packageFile('matrices')).filter((name) => name.endsWith('.yaml'))
const [forActors, forMatrices] = (['actors', 'matrix'] as const).map((name) =>
  new Ajv({ strict: false }).compile(JSON.parse(jsonSchemas(paths)[`${name}.schema.json`])),
)

test.each(demo)('%s of the demo has no mistake in an editor', (name) => {
  const fits = name === 'actors.yaml' ? forActors : forMatrices
  expect(fits?.(parse(readFileSync(packageFile(`matrices/${name}`), 'utf8'))), JSON.stringify(fits?.errors)).toBe(true)
})
