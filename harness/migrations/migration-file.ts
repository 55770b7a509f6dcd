import { readdirSync, readFileSync } from 'node:fs'
import { basename, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { type Statement, statementsOf } from '../cuts/statements.ts'
import { TrespassError } from '../errors.ts'

const folder = 'supabase/migrations'

/** A migration of a workspace. */
export interface MigrationFile {
  /** Relative to the workspace, with forward slashes. */
  readonly file: string
  readonly statements: readonly Statement[]
  /** The later migrations, by name; a rehearsal does not apply them. */
  readonly later: readonly string[]
}

/**
 * Reads one migration of a workspace.
 *
 * @param written its path, relative to the workspace or absolute; its name alone is enough.
 * @throws TrespassError `no-such-migration`, `migration-empty`, `migration-unreadable`
 */
export async function readMigration(root: string, written: string): Promise<MigrationFile> {
  const names = migrationsOf(root)
  const name = nameOf(root, written)
  if (name === null || !names.includes(name)) {
    throw new TrespassError('no-such-migration', `found ${written}, expected a file of ${folder}/`, {
      hint:
        names.length === 0
          ? `The workspace has no ${folder}/*.sql.`
          : `The newest is ${folder}/${names.at(-1)}. A migration that is rehearsed need not be applied anywhere yet.`,
    })
  }
  const file = `${folder}/${name}`
  const statements = await statementsOf(readFileSync(join(root, file), 'utf8'), file)
  if (statements.length === 0) {
    throw new TrespassError('migration-empty', `${file} holds no statement, expected at least one`)
  }
  return { file, statements, later: names.slice(names.indexOf(name) + 1) }
}

/** @returns the names of the files in `supabase/migrations`, in the order in which they are applied. */
export function migrationsOf(root: string): readonly string[] {
  try {
    return readdirSync(join(root, folder))
      .filter((name) => name.endsWith('.sql'))
      .sort()
  } catch {
    return []
  }
}

function nameOf(root: string, written: string): string | null {
  if (basename(written) === written) return written
  const from = isAbsolute(written) ? written : resolve(root, written)
  const way = relative(join(root, folder), from)
  return way.includes(sep) ? null : way
}
