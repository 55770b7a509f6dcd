import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { paths } from '../paths/registry.ts'
import { scenarioJsonSchemas } from './json-schema.ts'

test.each(Object.entries(scenarioJsonSchemas(paths)))(
  'schemas/%s is current; npm run schema writes it',
  (file, text) => {
    expect(readFileSync(new URL(`../../schemas/${file}`, import.meta.url), 'utf8')).toBe(text)
  },
)
