import { existsSync } from 'node:fs'
import { relative, resolve, sep } from 'node:path'
import { TrespassError } from '../errors.ts'
import { sha256 } from '../evidence/manifest.ts'
import { committedFile } from '../workspace/git.ts'
import type { Migration } from './model.ts'

const folder = 'supabase/migrations/'

/**
 * Reads a migration from Git: the checksum is that of the committed bytes.
 *
 * @param root the workspace's folder.
 * @param named its path from the workspace or from the working directory.
 * @throws TrespassError `not-a-migration`, and the errors of {@link committedFile}.
 */
export async function committedMigration(root: string, named: string): Promise<Migration> {
  const fromRoot = resolve(root, named)
  const path = existsSync(fromRoot) ? fromRoot : existsSync(resolve(named)) ? resolve(named) : fromRoot
  const file = relative(root, path).split(sep).join('/')
  // The name becomes part of a Markdown list and of a file name, so it has to be a plain name.
  if (!file.startsWith(folder) || !/^[\w.-]+\.sql$/.test(file.slice(folder.length))) {
    throw new TrespassError('not-a-migration', `found the migration ${named}, expected a file ${folder}<name>.sql`, {
      hint: 'Its path begins at the workspace: --workspace DIR.',
    })
  }
  const { revision, bytes } = await committedFile(root, file)
  return { file, revision, sha256: sha256(bytes) }
}
