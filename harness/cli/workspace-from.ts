import { relative } from 'node:path'

/**
 * @returns the path of the workspace from the working directory, for a command to be pasted there; nothing if they are the
 *   same.
 */
export function workspaceFrom(root: string, here = process.cwd()): { readonly workspace?: string } {
  const workspace = relative(here, root)
  return workspace === '' ? {} : { workspace }
}
