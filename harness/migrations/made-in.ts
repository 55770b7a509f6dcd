import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Statement, statementsOf } from '../cuts/statements.ts'
import type { Position } from '../errors.ts'
import type { SchemaObject } from '../evidence/suspects.ts'
import { migrationsOf } from './migration-file.ts'

const create = String.raw`create\s+(?:or\s+replace\s+)?`

/**
 * Reads a workspace's migrations, its seed and holes, in the order in which they are applied. A file that cannot be read or
 * parsed is left out: the result is only a hint to the reader.
 *
 * @param holes names of the holes that were opened.
 */
export async function statementsApplied(root: string, holes: readonly string[]): Promise<readonly Statement[]> {
  const migrations = migrationsOf(root).map((name) => `supabase/migrations/${name}`)
  const files = [...migrations, 'supabase/seed.sql', ...holes.map((hole) => `holes/${hole}.sql`)]
  const read = files.map(async (file) => {
    const sql = await readFile(join(root, file), 'utf8').catch(() => '')
    return await statementsOf(sql, file).catch(() => [])
  })
  return (await Promise.all(read)).flat()
}

/** @returns the position of the last statement that made or changed an object of the schema; null if there is none. */
export function madeIn(made: SchemaObject, statements: readonly Statement[]): Position | null {
  return statements.findLast((statement) => isMaker(made, statement))?.at ?? null
}

function isMaker(made: SchemaObject, { text }: Statement): boolean {
  switch (made.what) {
    case 'policy':
      return new RegExp(
        `^(?:create|alter)\\s+policy\\s+(?:if\\s+exists\\s+)?${identifier(made.name)}\\s+on\\s+${qualified(made.relation)}(?!\\.|\\w)`,
        'i',
      ).test(text)
    case 'grant': {
      const { privilege, role } = made
      const [schema = ''] = made.on.split('.')
      const kinds = privilege === 'EXECUTE' ? '(?:functions|routines|procedures)' : 'tables'
      const all = `all\\s+${kinds}\\s+in\\s+schema\\s+(?:.*[\\s,])?${identifier(schema)}\\b`
      const on = `(?:.*[\\s,])?${qualified(made.on)}(?!\\.|\\w)|${all}`
      const start = `^grant\\s+(?:all\\b|.*\\b${privilege}\\b).*?\\son\\s+`
      return new RegExp(`${start}(?:${on}).*\\sto\\s.*\\b${role}\\b`, 'is').test(text)
    }
    case 'relation':
      return new RegExp(
        `^(?:${create}(?:\\w+\\s+)*?(?:table|view)\\s+(?:if\\s+not\\s+exists\\s+)?${qualified(made.name)}(?!\\.|\\w)|` +
          `alter\\s+table\\s+(?:if\\s+exists\\s+)?(?:only\\s+)?${qualified(made.name)}\\s.*row\\s+level\\s+security)`,
        'is',
      ).test(text)
    case 'function':
      return new RegExp(`^${create}(?:function|procedure)\\s+${qualified(made.name)}\\s*\\(`, 'i').test(text)
  }
}

/** The name qualified with its schema; the default is the first of the search path. */
function qualified(name: string): string {
  const [schema = '', ...rest] = name.split('.')
  const prefix = `${identifier(schema)}\\s*\\.\\s*`
  return `${schema === 'public' ? `(?:${prefix})?` : prefix}${identifier(rest.join('.'))}`
}

function identifier(name: string): string {
  const bare = name.replaceAll('"', '')
  const escaped = bare.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return `(?:"${escaped}"|${escaped})`
}
