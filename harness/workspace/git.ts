import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The commit that is checked out, and whether anything differs from it. */
export interface GitState {
  readonly revision: string
  readonly dirty: boolean
}

/** The state of the work tree that holds a folder; null outside of one, before its first commit, and without Git. */
export async function gitState(root: string): Promise<GitState | null> {
  // Without the option a status may write the index, and a run must not change the team's repository.
  const git = async (...words: string[]) =>
    (await run('git', ['--no-optional-locks', '-C', root, ...words], { maxBuffer: 1 << 26 })).stdout.trim()
  try {
    const [revision, changes] = await Promise.all([git('rev-parse', 'HEAD'), git('status', '--porcelain')])
    return { revision, dirty: changes !== '' }
  } catch {
    return null
  }
}
