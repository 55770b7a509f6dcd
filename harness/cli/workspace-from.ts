import { relative } from 'node:path'

/** @returns the workspace as seen from here, for a command that is pasted here; nothing where this folder is it. */
export function workspaceFrom(root: string, here = process.cwd()): { readonly workspace?: string } {
  const workspace = relative(here, root)
  return workspace === '' ? {} : { workspace }
}
