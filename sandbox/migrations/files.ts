import { readdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { SandboxConfig } from '../config.ts'
import { SandboxError } from '../errors.ts'

/** The SQL files of a project, in the order in which they are applied. */
export interface SqlFiles {
  /** `roles.sql`, migrations by file name, then the seed. */
  readonly own: readonly string[]
  /** Files that were requested in addition. They are applied after the project's own. */
  readonly extra: readonly string[]
  /** Patterns of seed files that no file matches, in the project's notation. */
  readonly unmatched: readonly string[]
}

/** The default of the Supabase CLI: a project without a seed has no such file. */
const DEFAULT_SEED = './seed.sql'

/**
 * Finds the SQL files of a project.
 *
 * @param workspace absolute path of the folder that contains `supabase/`
 * @param extra further files, relative to the current folder
 * @param limits `until`: a migration, relative to the workspace: it and later ones are left out; `withoutSeed`: no seed
 * @throws SandboxError `file-missing` when one of `extra` does not exist, or when `until` is no migration
 */
export async function sqlFiles(
  workspace: string,
  config: SandboxConfig,
  extra: readonly string[],
  { until, withoutSeed = false }: { readonly until?: string | undefined; readonly withoutSeed?: boolean } = {},
): Promise<SqlFiles> {
  const project = join(workspace, 'supabase')
  const { migrations, seed } = config.db
  // The CLI applies it before the migrations; `supabase db dump --role-only` writes it.
  const roles = await matching(project, './roles.sql')
  const all = migrations.enabled ? await matching(project, './migrations/*.sql') : []
  const first = until === undefined ? all : before(all, resolve(workspace, until))
  const added = extra.map((file) => resolve(file))
  for (const file of added) {
    const found = await stat(file).catch(() => undefined)
    if (found?.isFile()) continue
    throw new SandboxError('file-missing', `There is no SQL file ${file}.`, 'Correct the path after --apply.', { file })
  }
  const patterns = seed.enabled && !withoutSeed ? seed.sql_paths : []
  const seeds = await Promise.all(patterns.map((pattern) => matching(project, pattern)))
  const unmatched = patterns.filter((pattern, at) => pattern !== DEFAULT_SEED && seeds[at]?.length === 0)
  return { own: [...roles, ...first, ...new Set(seeds.flat())], extra: added, unmatched }
}

function before(migrations: readonly string[], file: string): string[] {
  const place = migrations.indexOf(file)
  if (place !== -1) return migrations.slice(0, place)
  const hint = 'Name a file of supabase/migrations/ after --until.'
  throw new SandboxError('file-missing', `There is no migration ${file}.`, hint, { file })
}

/**
 * Files that match a pattern with `*`, `?` and `[a-z]` within path segments, as the CLI's patterns have them (Go's
 * `path.Match`); sorted by path.
 */
async function matching(folder: string, pattern: string): Promise<string[]> {
  let paths = [folder]
  for (const segment of pattern.split('/')) {
    if (segment === '' || segment === '.') continue
    if (segment === '..' || !/[*?[]/.test(segment)) paths = paths.map((path) => join(path, segment))
    else paths = (await Promise.all(paths.map((path) => entries(path, segment)))).flat()
  }
  const files = await Promise.all(paths.map(async (path) => ((await isFile(path)) ? [path] : [])))
  return files.flat().sort((left, right) => (left < right ? -1 : 1))
}

async function entries(folder: string, segment: string): Promise<string[]> {
  const source = segment
    .replaceAll(/[.+${}()|]/g, String.raw`\$&`)
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  const names = await readdir(folder).catch(() => [])
  return names.filter((name) => new RegExp(`^${source}$`).test(name)).map((name) => join(folder, name))
}

async function isFile(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined)
  return found?.isFile() ?? false
}
