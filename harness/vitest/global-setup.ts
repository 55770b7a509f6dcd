import type { TestProject } from 'vitest/node'
import { TrespassError } from '../errors.ts'
import { openRun } from '../run/open-run.ts'
import './provided.ts'
import { onSignalInstead } from './signals.ts'

/**
 * Opens a run for a plain `vitest run` or `vitest watch` in a workspace: the target of `TRESPASS_TARGET`, else the
 * sandbox. What the run made is swept when Vitest ends, also when it is interrupted.
 */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const { vitest } = project
  const run = await openRun({ root: project.config.root, onProgress: () => undefined })
  project.provide('trespass', run.context)
  let ending: 'whole' | 'broken' = 'whole'
  onSignalInstead((code) => {
    ending = 'broken'
    process.exitCode = code
    // The tear-down below is a part of it.
    void vitest.cancelCurrentRun('keyboard-input').finally(() => vitest.exit(true))
  })
  return async () => {
    if (vitest.state.getCountOfFailedTests() > 0) ending = 'broken'
    const { left } = await run.close(ending)
    if (left.length === 0) return
    const message = `the run has left ${left.length} behind:\n${left.join('\n')}`
    throw new TrespassError('not-swept', message, { hint: '`trespass cleanup` tries again.' })
  }
}
