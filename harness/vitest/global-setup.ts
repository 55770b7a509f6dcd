import { join, relative } from 'node:path'
import type { TestProject } from 'vitest/node'
import { messageOf, TrespassError } from '../errors.ts'
import { openRun } from '../run/open-run.ts'
import type { Run } from '../run/run.ts'
import { printableMessage, withPrintableErrors } from './printable.ts'
import './provided.ts'
import { onSignalInstead } from './signals.ts'
import { digestOfSources, isSource } from './sources.ts'
import { TestRuns } from './test-runs.ts'

/**
 * Opens a run for a plain `vitest run` or `vitest watch` in a workspace: the target of `TRESPASS_TARGET`, else the
 * sandbox. In watch mode it opens another one before tests run again, when the schema or the actors have changed. What
 * the run made is swept when Vitest ends, also when it is interrupted.
 */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const { vitest } = project
  const { root } = project.config
  const watched = await withPrintableErrors(() => WatchedRun.open(project))
  let ending: 'whole' | 'broken' = 'whole'
  onSignalInstead((code) => {
    ending = 'broken'
    process.exitCode = code
    // The tear-down below is a part of it.
    void vitest.cancelCurrentRun('keyboard-input').finally(() => vitest.exit(true))
  })
  const { watcher } = vitest.vite
  /** As after a change of the configuration, which every matrix depends on. */
  const runAllAgain = () => watcher.emit('change', join(root, 'supabase', 'config.toml'))
  const testRuns = TestRuns.of(vitest)
  project.onTestsRerun(async (specifications) => {
    await testRuns.next()
    const isReopened = await watched.update()
    // The results of the other matrices are about the run before.
    if (isReopened && specifications.length < vitest.state.getFilepaths().length) runAllAgain()
  })
  // Vitest runs nothing again for a file that is gone.
  watcher.on('unlink', (file) => {
    if (isSource(relative(root, file))) runAllAgain()
  })
  return async () => {
    if (vitest.state.getCountOfFailedTests() > 0) ending = 'broken'
    await withPrintableErrors(() => watched.close(ending))
  }
}

/** The run of a watch session, which is opened again when what it was opened from has changed. */
class WatchedRun {
  readonly #project: TestProject
  /** Null while it could not be opened again. */
  #run: Run | null
  #sources: string
  /** One update at a time. */
  #updated: Promise<boolean> = Promise.resolve(false)

  private constructor(project: TestProject, run: Run, sources: string) {
    this.#project = project
    this.#run = run
    this.#sources = sources
  }

  static async open(project: TestProject): Promise<WatchedRun> {
    const { root } = project.config
    const [sandbox, other] = await Promise.all([digestOfSources(root, true), digestOfSources(root, false)])
    const run = await openRun({ root, onProgress: () => undefined })
    const { target } = run.context
    for (const limit of target.undone ?? []) project.vitest.logger.warn(printableMessage(`trespass: ${limit}`))
    project.provide('trespass', run.context)
    project.provide('trespassProblem', null)
    return new WatchedRun(project, run, target.kind === 'sandbox' ? sandbox : other)
  }

  /**
   * Opens the run again where that is needed. A failure becomes that of every matrix, so that no older result stands.
   *
   * @returns whether it was needed.
   */
  update(): Promise<boolean> {
    this.#updated = this.#updated.then(async () => {
      let isReopened = false
      // A change that comes while it is opened is met too: the tests that follow must not find it half done.
      while (await this.#isOutdated()) {
        isReopened = true
        const problem = await this.#reopen()
        this.#project.provide('trespassProblem', problem)
        if (problem !== null) break
      }
      return isReopened
    })
    return this.#updated
  }

  async #isOutdated(): Promise<boolean> {
    if (this.#run === null) return true
    const { kind } = this.#run.context.target
    const now = await digestOfSources(this.#project.config.root, kind === 'sandbox')
    return now !== this.#sources || !(await this.#run.isCurrent().catch(() => false))
  }

  /** @returns why it could not be opened; null when it was. */
  async #reopen(): Promise<string | null> {
    this.#project.vitest.logger.log('trespass: the schema or the actors have changed: opening the target again')
    try {
      await this.close('broken')
      const opened = await WatchedRun.open(this.#project)
      this.#run = opened.#run
      this.#sources = opened.#sources
      return null
    } catch (error) {
      const hint = error instanceof TrespassError && error.hint !== undefined ? `\n${error.hint}` : ''
      return `the target was not opened again after a change: ${messageOf(error)}${hint}`
    }
  }

  /** @throws TrespassError `not-swept` */
  async close(ending: 'whole' | 'broken'): Promise<void> {
    const run = this.#run
    this.#run = null
    if (run === null) return
    const { left } = await run.close(ending)
    if (left.length === 0) return
    const message = `the run has left ${left.length} behind:\n${left.join('\n')}`
    throw new TrespassError('not-swept', message, { hint: '`trespass cleanup` tries again.' })
  }
}
