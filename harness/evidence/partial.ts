import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** The folder in which a report is written before it is whole: beside the finished ones, hidden from `ls`. */
export function partialFolder(reports: string, run: string): string {
  return join(reports, `.${run}.partial`)
}

/**
 * Removes reports that were being written when their run was killed. No run may be writing one meanwhile.
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
