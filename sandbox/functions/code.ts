import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Returns a text that differs when a file of the Edge Functions has come, changed or gone. Packages are left out: they
 * change with the files that name them.
 */
export async function stampOfCode(folder: string): Promise<string> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  const stamps = await Promise.all(
    entries
      .filter(({ name }) => name !== 'node_modules')
      .map(async (entry) => {
        const path = join(folder, entry.name)
        if (entry.isDirectory()) return await stampOfCode(path)
        const facts = await stat(path).catch(() => undefined)
        return `${path} ${facts?.mtimeMs} ${facts?.size}`
      }),
  )
  return stamps.sort().join('\n')
}
