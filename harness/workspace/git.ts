import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { TrespassError } from '../errors.ts'

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

/** A file as it was committed. */
export interface CommittedFile {
  /** The commit that changed it last. */
  readonly revision: string
  readonly bytes: Buffer
}

/**
 * Takes a file from the commit that is checked out.
 *
 * @param root a folder of the work tree.
 * @param file its path relative to that folder, with forward slashes.
 * @throws TrespassError `not-in-git`, `not-committed`, or `not-as-committed` when the working copy differs.
 */
export async function committedFile(root: string, file: string): Promise<CommittedFile> {
  if ((await answer(root, 'rev-parse', '--is-inside-work-tree')) !== 'true') {
    throw new TrespassError('not-in-git', `found ${file} outside of Git, expected it in a work tree with its commits`, {
      hint: 'Only a committed file can be found again later.',
    })
  }
  const bytes = await bytesAt(root, 'HEAD', file)
  const revision = await answer(root, 'log', '-1', '--format=%H', 'HEAD', '--', file)
  if (bytes === null || revision === null || revision === '') {
    throw new TrespassError('not-committed', `found ${file} not committed, expected it in the commit checked out`, {
      hint: `git add ${file} && git commit`,
    })
  }
  // Git compares as it would commit, so that a line end which it converts is no difference.
  const [committed, here] = await Promise.all([
    answer(root, 'rev-parse', `HEAD:./${file}`),
    answer(root, 'hash-object', '--', file),
  ])
  if (here !== null && here === committed) return { revision, bytes }
  const found = here === null ? 'is not there in the working copy' : 'differs from what is committed'
  throw new TrespassError('not-as-committed', `${file} ${found}, expected the working copy as it is committed`, {
    hint: 'Commit the change, or restore the file, before anything is said about it.',
  })
}

/** @returns the bytes of a file in a commit; null where the commit, or the file in it, is not known here. */
export async function bytesAt(root: string, revision: string, file: string): Promise<Buffer | null> {
  const words = ['--no-optional-locks', '-C', root, 'cat-file', 'blob', `${revision}:./${file}`]
  return run('git', words, { encoding: 'buffer', maxBuffer: 1 << 28 }).then(
    ({ stdout }) => stdout,
    () => null,
  )
}

/**
 * @param ref a branch or a commit.
 * @param folder relative to the root, with forward slashes.
 * @returns the files of a folder, relative to the root and sorted, that differ from where the branch left a ref or are not
 *   committed yet; null where Git does not know the ref.
 */
export async function filesSince(root: string, ref: string, folder: string): Promise<readonly string[] | null> {
  const base = await answer(root, 'merge-base', '--end-of-options', ref, 'HEAD')
  if (base === null) return null
  const lists = await Promise.all([
    answer(root, 'diff', '--name-only', '--relative', '--diff-filter=d', '-z', base, '--', folder),
    answer(root, 'ls-files', '--others', '--exclude-standard', '-z', '--', folder),
  ])
  return [...new Set(lists.flatMap((list) => list?.split('\0') ?? []))].filter((name) => name !== '').sort()
}

/** @returns Git's output; null when it fails. */
async function answer(root: string, ...words: string[]): Promise<string | null> {
  return run('git', ['--no-optional-locks', '-C', root, ...words], { maxBuffer: 1 << 26 }).then(
    ({ stdout }) => stdout.trim(),
    () => null,
  )
}
