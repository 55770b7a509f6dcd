import { stat } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'

/**
 * Finds the place of a folder in its repository, which services that show a repository use. It does not run Git, which may be
 * missing where reports are written, and which refuses a folder of another account.
 *
 * @param folder a workspace.
 * @returns the folder relative to the repository's root, with forward slashes and one at its end; empty for the root itself, null
 *   outside of a repository.
 */
export async function placeInRepository(folder: string): Promise<string | null> {
  for (let at = resolve(folder); ; at = dirname(at)) {
    // `.git` is a file in a linked work tree and in a submodule.
    if ((await stat(join(at, '.git')).catch(() => null)) !== null) return placeBelow(at, resolve(folder))
    if (at === dirname(at)) return null
  }
}

/** @returns a folder relative to one that holds it, as {@link placeInRepository} writes it. */
export function placeBelow(root: string, folder: string): string {
  const way = relative(root, folder)
  return way === '' ? '' : `${way.split(sep).join('/')}/`
}
