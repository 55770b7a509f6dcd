import { schemaText } from '../matrix/json-schema.ts'
import type { AccessPath } from '../paths/path.ts'
import { recipes } from './registry.ts'
import { scenarioSchema } from './scenario-schema.ts'

/** @returns by file name: the text of the JSON Schema that editors complete and check scenarios with. */
export function scenarioJsonSchemas(paths: readonly AccessPath[]): Readonly<Record<string, string>> {
  return { 'scenario.schema.json': schemaText(scenarioSchema(paths, recipes), 'ref') }
}
