import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { TrespassError } from '../errors.ts'
import { filesSince } from '../workspace/git.ts'
import type { Mutant } from './model.ts'

/**
 * Reads the migrations that a branch has added or changed, those that are not committed included.
 *
 * @returns their texts, one after the other.
 * @throws TrespassError `usage` where Git does not know the branch or commit.
 */
export async function migrationsSince(root: string, ref: string): Promise<string> {
  const files = await filesSince(root, ref, 'supabase/migrations')
  if (files === null) {
    throw new TrespassError('usage', `found --since ${ref}, expected a branch or a commit with a history in common`, {
      hint: 'A shallow clone, such as that of actions/checkout without fetch-depth: 0, does not hold it.',
    })
  }
  const migrations = files.filter((file) => file.endsWith('.sql'))
  return (await Promise.all(migrations.map((file) => readFile(join(root, file), 'utf8')))).join('\n')
}

/** @returns whether a text of SQL names the object of a mutant, with its schema or without. */
export function isNamedIn({ object }: Pick<Mutant, 'object'>, sql: string): boolean {
  const named = object.replace(/^\w+ /, '').replace(/\(.*\)$/s, '')
  const bare = /(?:"(?<quoted>(?:[^"]|"")+)"|(?<plain>[^".]+))$/.exec(named)?.groups
  const name = bare?.quoted?.replaceAll('""', '"') ?? bare?.plain ?? named
  const escaped = name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`(?<![\\p{L}\\p{N}_$])${escaped}(?![\\p{L}\\p{N}_$])`, 'iu').test(sql)
}
