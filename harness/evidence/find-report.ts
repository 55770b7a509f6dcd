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
  const candidates = [resolve(named), ...(await aliases(root)).map((alias) => join(root, 'reports', alias, named))]
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
  const folders = (
    await Promise.all(
      (
        await aliases(root)
      ).map(async (alias) => {
        const names = await readdir(join(root, 'reports', alias)).catch(() => [])
        return names.filter((name) => !name.startsWith('.')).map((name) => join(root, 'reports', alias, name))
      }),
    )
  ).flat()
  let newest: { readonly folder: string; readonly startedAt: string } | null = null
  for (const folder of folders) {
    const text = await readFile(join(folder, manifestName), 'utf8').catch(() => null)
    const manifest = text === null ? null : parseManifest(text)
    if (manifest === null || (newest !== null && newest.startedAt >= manifest.startedAt)) continue
    newest = { folder, startedAt: manifest.startedAt }
  }
  if (newest !== null) return newest.folder
  throw new TrespassError('no-report', 'found no report, expected one below reports/<alias>/<run id>', {
    hint: 'Run `trespass run` first, or name another `--workspace`.',
  })
}

async function aliases(root: string): Promise<readonly string[]> {
  return readdir(join(root, 'reports')).catch(() => [])
}
