import { schemaText } from '../../matrix/json-schema.ts'
import { credentialsSchema } from './declaration.ts'

/** @returns by file name: the text of the JSON Schema that editors complete and check `credentials.yaml` with. */
export function credentialsJsonSchemas(): Readonly<Record<string, string>> {
  return { 'credentials.schema.json': schemaText(credentialsSchema) }
}
