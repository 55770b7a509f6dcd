import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * Finds a file of this package. What runs in a test worker is bundled into one module, so that the way from the module
 * that asks is not always the same.
 *
 * @param path relative to the package, with forward slashes.
 * @returns the absolute path.
 */
export function packageFile(path: string): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const file = join(folder, path)
    if (existsSync(join(folder, 'sandbox', 'main.ts')) && existsSync(file)) return file
    if (dirname(folder) === folder) throw new Error(`${path} is not in this package`)
  }
}
