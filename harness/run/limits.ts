import type { RunContext } from '../cells/context.ts'
import type { Target } from '../model/target.ts'
import { paths } from '../paths/registry.ts'

/**
 * Lists the parts of a run that a target does not support, for its report.
 *
 * @returns sentences, the gravest first; none for a target that supports everything.
 */
export function limitsOf(
  {
    privileged,
    minting,
    isDatabaseUntied,
    undone = [],
  }: Pick<Target, 'privileged' | 'minting' | 'isDatabaseUntied' | 'undone'>,
  { sees, marked, unreadLog }: Pick<RunContext, 'sees' | 'marked' | 'unreadLog'>,
): readonly string[] {
  const limits: string[] = []
  if (privileged === null) {
    limits.push('without a secret key no user is made, and no control is privileged')
  }
  if (isDatabaseUntied) {
    limits.push(
      'without a secret key or a user that exists already nothing ties the database to the project: it is not used',
    )
  }
  if (sees === 'nothing') {
    limits.push(
      'without a secret key and a database URL nothing is made or read back: only what asks for no row is run',
    )
  }
  if (sees === 'data-api') {
    limits.push(
      'without a database URL effects are read by the Data API with the secret key: no schema fingerprint, no locks, and only what it shows',
    )
  }
  if (sees !== 'nothing') limits.push(...limitsOfChanges(marked, unreadLog))
  if (minting === null) limits.push('without a signing key the tokens `expired` and `unknown-role` are not tried')
  limits.push(...undone)
  return limits
}

/** @returns which access paths are not read from the write-ahead log, with why. */
function limitsOfChanges(marked: readonly string[], unreadLog: string | undefined): readonly string[] {
  const able = paths.filter(({ marking }) => marking !== undefined).map(({ name }) => name)
  const missing = able.filter((name) => !marked.includes(name))
  if (missing.length === 0) return []
  const why = unreadLog ?? 'their marks do not reach the write-ahead log'
  return [
    `changes are looked for among the fixtures of a cell alone for ${missing.join(', ')} (${why}): what an attempt changes in other rows stays unseen`,
  ]
}
