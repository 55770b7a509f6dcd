import { readdir, readFile, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { TrespassError } from '../errors.ts'
import { manifestName, parseManifest } from './manifest.ts'

/**
 * Finds a report by its folder, or by the id of its run below `reports/`.
 *
 * @param root the workspace's folder.
 * @throws TrespassError `not-a-report`
 */
export async function findReport(root: string, named: string): Promise<string> {
  const candidates = [
    resolve(named),
    resolve(root, named),
    ...(await aliases(root)).map((alias) => join(root, 'reports', alias, named)),
  ]
  for (const folder of candidates) {
    if ((await stat(join(folder, manifestName)).catch(() => null))?.isFile()) return folder
  }
  throw new TrespassError('not-a-report', `found no report ${named}, expected the folder of one run or its id`, {
    hint: 'Reports lie below reports/<alias>/<run id>.',
  })
}

/**
 * @param root the workspace's folder.
 * @returns the folder of the report of the newest run, whatever its target.
 * @throws TrespassError `no-report` when there is none.
 */
export async function newestReport(root: string): Promise<string> {
  const [newest] = await reportsOf(root, await aliases(root))
  if (newest === undefined) throw noReport('found no report, expected one below reports/<alias>/<run id>')
  return newest.folder
}

/**
 * @param alias the target; that of the newest report when left out.
 * @returns the folders of the two newest reports of one target, the older one first.
 * @throws TrespassError `no-report` when there are not two.
 */
export async function newestReports(root: string, alias?: string): Promise<readonly [string, string]> {
  const wanted = alias ?? (await reportsOf(root, await aliases(root)))[0]?.alias
  const [newer, older] = wanted === undefined ? [] : await reportsOf(root, [wanted])
  if (newer !== undefined && older !== undefined) return [older.folder, newer.folder]
  const found = newer === undefined ? 'no report' : 'one report'
  throw noReport(`found ${found}${wanted === undefined ? '' : ` of ${wanted}`}, expected two to compare`)
}

/** A report, as its manifest describes it. */
export interface Found {
  readonly alias: string
  readonly folder: string
  readonly startedAt: string
}

/** @returns the reports of these targets, the newest first. */
export async function reportsOf(root: string, some: readonly string[]): Promise<readonly Found[]> {
  const found = await Promise.all(
    some.map(async (alias): Promise<Found[]> => {
      const names = await readdir(join(root, 'reports', alias)).catch(() => [])
      // A report that is still being written has a name that begins with a dot.
      const folders = names.filter((name) => !name.startsWith('.')).map((name) => join(root, 'reports', alias, name))
      const all = await Promise.all(folders.map(async (folder) => ({ folder, startedAt: await startOf(folder) })))
      return all.flatMap(({ folder, startedAt }) => (startedAt === null ? [] : [{ alias, folder, startedAt }]))
    }),
  )
  return found.flat().sort((a, b) => (a.startedAt > b.startedAt ? -1 : 1))
}

async function startOf(folder: string): Promise<string | null> {
  const text = await readFile(join(folder, manifestName), 'utf8').catch(() => null)
  return text === null ? null : (parseManifest(text)?.startedAt ?? null)
}

function noReport(found: string): TrespassError {
  return new TrespassError('no-report', found, {
    hint: 'Run `trespass run` first, or name another `--workspace`.',
  })
}

async function aliases(root: string): Promise<readonly string[]> {
  return readdir(join(root, 'reports')).catch(() => [])
}
