import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseRecord } from '../../deployments/record-text.ts'
import { TrespassError } from '../../errors.ts'
import { migrationsOf } from '../../migrations/migration-file.ts'
import type { AppliedMigration } from '../../witness/catalog-only.ts'
import type { History } from './classify.ts'

const folder = 'supabase/migrations'

/**
 * Finds what is recorded about the migrations that were applied to a target: in the table of the Supabase CLI, else in the
 * deployment records of the workspace.
 *
 * @param kept the table's rows; null where there is none, or it cannot be read.
 * @returns null where nothing is recorded.
 * @throws TrespassError `migration-version-twice`, `record-of-another`, `not-a-record`
 */
export async function historyOf(
  root: string,
  alias: string,
  kept: readonly AppliedMigration[] | null,
): Promise<History | null> {
  const files = migrationsOf(root)
  if (kept !== null) return keptHistory(files, kept)
  const records = `supabase/deployments/${alias}`
  const names = (await readdir(join(root, records)).catch(() => [])).filter((name) => name.endsWith('.md')).sort()
  if (names.length === 0) return null
  const read = await Promise.all(
    names.map(async (name) =>
      recordedAs(`${records}/${name}`, await readFile(join(root, records, name), 'utf8'), alias),
    ),
  )
  const isKnown = (migration: string) => files.includes(`${migration}.sql`)
  const applied = read.filter(({ result }) => result === 'applied' || result === 'corrected')
  return {
    source: 'deployment records',
    applied: fileSet(applied.map(({ migration }) => migration).filter(isKnown)),
    partial: fileSet(read.filter(({ result }) => result === 'failed-partial').map(({ migration }) => migration)),
    withoutFile: read.filter(({ migration }) => !isKnown(migration)).map(({ file }) => file),
  }
}

function fileSet(migrations: readonly string[]): ReadonlySet<string> {
  return new Set(migrations.map((name) => `${folder}/${name}.sql`))
}

function recordedAs(file: string, text: string, alias: string) {
  const record = parseRecord(text, file)
  if (record.alias !== alias || !file.endsWith(`/${record.migration}.md`)) {
    const found = `found in ${file} the record of ${record.migration} on ${record.alias}`
    throw new TrespassError('record-of-another', `${found}, expected that of the file's name on ${alias}`, {
      hint: 'Restore the file from Git, or move it to the folder of its target.',
    })
  }
  return { file, migration: record.migration, result: record.entries.at(-1)?.fields.get('Result') ?? '' }
}

/** The version is the number before the first underscore of a file's name (supabase/cli, `pkg/migration/file.go`). */
function keptHistory(files: readonly string[], kept: readonly AppliedMigration[]): History {
  const byVersion = new Map<string, string>()
  for (const file of files) {
    const version = /^(\d+)_/.exec(file)?.[1]
    if (version === undefined) continue
    const other = byVersion.get(version)
    if (other !== undefined) {
      const message = `found ${folder}/${other} and ${folder}/${file}, expected one file of the version ${version}`
      const hint =
        'The history of a target names a migration by its version alone. Give one of the files another version.'
      throw new TrespassError('migration-version-twice', message, { hint })
    }
    byVersion.set(version, file)
  }
  return {
    source: 'supabase_migrations',
    applied: new Set(
      kept.flatMap(({ version }) => (byVersion.has(version) ? [`${folder}/${byVersion.get(version)}`] : [])),
    ),
    partial: new Set(),
    withoutFile: kept
      .filter(({ version }) => !byVersion.has(version))
      .map(({ version, name }) => (name === null || name === '' ? version : `${version}_${name}`)),
  }
}
