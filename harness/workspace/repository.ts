import { stat } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'

/**
 * Says where a folder lies in the repository that holds it, which is what services that show a repository go by. Git
 * itself is not asked: it may be missing where reports are written, and it refuses a folder of another account.
 *
 * @param folder a workspace.
 * @returns the folder relative to the repository's root, with forward slashes and one at its end; empty for the root
 *   itself, null outside of a repository.
 */
export async function placeInRepository(folder: string): Promise<string | null> {
  for (let at = resolve(folder); ; at = dirname(at)) {
    // In a work tree of its own or a submodule, `.git` is a file.
    if ((await stat(join(at, '.git')).catch(() => null)) !== null) return placeBelow(at, resolve(folder))
    if (at === dirname(at)) return null
  }
}

/** @returns a folder relative to one that holds it, as {@link placeInRepository} writes it. */
export function placeBelow(root: string, folder: string): string {
  const way = relative(root, folder)
  return way === '' ? '' : `${way.split(sep).join('/')}/`
}
