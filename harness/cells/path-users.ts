import type { AccessPath } from '../paths/path.ts'

type Closable = Pick<AccessPath, 'close'>

/** How many runners of this process use each path. */
const users = new Map<Closable, number>()

/** Counts a runner in. A path keeps its connections for the whole process, so that two runners at a time share them. */
export function use(path: Closable): void {
  users.set(path, (users.get(path) ?? 0) + 1)
}

/** Counts a runner out, and closes the connections of the path when it was the last one. */
export async function release(path: Closable): Promise<void> {
  const left = (users.get(path) ?? 1) - 1
  if (left > 0) {
    users.set(path, left)
    return
  }
  users.delete(path)
  await path.close?.()
}
