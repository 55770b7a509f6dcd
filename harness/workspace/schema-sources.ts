import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Folders of packages, and of the Supabase CLI's own state. */
const skipped = new Set(['node_modules', '.temp', '.branches'])

/** @returns the files below a folder of the workspace that a sandbox may be built from, relative to the workspace, with slashes. */
export async function filesBelow(root: string, folder: string): Promise<readonly string[]> {
  const entries = await readdir(join(root, folder), { withFileTypes: true }).catch(() => [])
  const found = await Promise.all(
    entries.map(async (entry): Promise<readonly string[]> => {
      const path = `${folder}/${entry.name}`
      if (!entry.isDirectory()) return [path]
      return skipped.has(entry.name) ? [] : await filesBelow(root, path)
    }),
  )
  return found.flat()
}

/**
 * A digest of files by their paths and contents.
 *
 * @param paths relative to the workspace.
 */
export async function digestOfFiles(root: string, paths: readonly string[]): Promise<string> {
  const hash = createHash('sha256')
  for (const path of paths.toSorted()) {
    // A file that was removed meanwhile is found missing by the next look.
    const content = await readFile(join(root, path)).catch(() => '')
    hash.update(`${path}\n${createHash('sha256').update(content).digest('hex')}\n`)
  }
  return hash.digest('hex')
}

const schemaSource = /^supabase\/(?:(?!functions\/).+\.sql|config\.toml)$/

/** A digest of the files that decide the schema of a sandbox: SQL and `config.toml` below `supabase/`. */
export async function schemaDigest(root: string): Promise<string> {
  const files = await filesBelow(root, 'supabase')
  return digestOfFiles(
    root,
    files.filter((file) => schemaSource.test(file)),
  )
}
