import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** The folder in which an unfinished report is written: beside the finished ones, with a leading dot. */
export function partialFolder(reports: string, run: string): string {
  return join(reports, `.${run}.partial`)
}

/**
 * Removes reports that a killed run left unfinished. No run may be writing one at the same time.
 *
 * @param workspace the workspace's folder.
 */
export async function dropPartialReports(workspace: string): Promise<void> {
  const reports = join(workspace, 'reports')
  for (const alias of await foldersIn(reports)) {
    const partial = (await foldersIn(join(reports, alias))).filter((name) => /^\..+\.partial$/.test(name))
    await Promise.all(partial.map((name) => rm(join(reports, alias, name), { recursive: true, force: true })))
  }
}

async function foldersIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true })
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}
