import type { AccessPath } from '../paths/path.ts'

type Closable = Pick<AccessPath, 'close'>

/** How many runners of this process use each path, by the project's address. */
const users = new Map<Closable, Map<string, number>>()

/**
 * Counts a runner in. A path keeps its connections to a project for the whole process, so that two runners at a time share them.
 */
export function retainPath(path: Closable, url: string): void {
  const counts = users.get(path) ?? new Map<string, number>()
  users.set(path, counts.set(url, (counts.get(url) ?? 0) + 1))
}

/** Counts a runner out, and closes the connections of the path to the project when it was the last one. */
export async function releasePath(path: Closable, url: string): Promise<void> {
  const left = (users.get(path)?.get(url) ?? 1) - 1
  if (left > 0) {
    users.get(path)?.set(url, left)
    return
  }
  users.get(path)?.delete(url)
  await path.close?.(url)
}
