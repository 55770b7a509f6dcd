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
 * Opens a run for a plain `vitest run` or `vitest watch` in a workspace: the target of `TRESPASS_TARGET`, else the sandbox. In
 * watch mode it opens another run before tests run again if the schema or the actors have changed. Objects that the run made
 * are swept when Vitest ends, also if it is interrupted.
 */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const { vitest } = project
  const { root } = project.config
  const watched = await withPrintableErrors(() => WatchSession.open(project))
  let ending: 'whole' | 'broken' = 'whole'
  onSignalInstead((code) => {
    ending = 'broken'
    process.exitCode = code
    // `exit` runs the tear-down below.
    void vitest.cancelCurrentRun('keyboard-input').finally(() => vitest.exit(true))
  })
  const { watcher } = vitest.vite
  /** Simulates a change of the configuration, on which every matrix depends. */
  const runAllAgain = () => watcher.emit('change', join(root, 'supabase', 'config.toml'))
  const testRuns = TestRuns.of(vitest)
  project.onTestsRerun(async (specifications) => {
    await testRuns.next()
    const isReopened = await watched.update()
    // The results of the other matrices are from the run before.
    if (isReopened && specifications.length < vitest.state.getFilepaths().length) runAllAgain()
  })
  // Vitest does not run tests again when a file is deleted.
  watcher.on('unlink', (file) => {
    if (isSource(relative(root, file))) runAllAgain()
  })
  return async () => {
    if (vitest.state.getCountOfFailedTests() > 0) ending = 'broken'
    await withPrintableErrors(() => watched.close(ending))
  }
}

/** The run of a watch session, which is opened again when its sources have changed. */
class WatchSession {
  readonly #project: TestProject
  /** Null if it could not be opened again. */
  #run: Run | null
  #sources: string
  /** One update at a time. */
  #updated: Promise<boolean> = Promise.resolve(false)

  private constructor(project: TestProject, run: Run, sources: string) {
    this.#project = project
    this.#run = run
    this.#sources = sources
  }

  static async open(project: TestProject): Promise<WatchSession> {
    const { root } = project.config
    const [sandbox, other] = await Promise.all([digestOfSources(root, true), digestOfSources(root, false)])
    const run = await openRun({ root, onProgress: () => undefined })
    const { target } = run.context
    for (const limit of target.undone ?? []) project.vitest.logger.warn(printableMessage(`trespass: ${limit}`))
    project.provide('trespass', run.context)
    project.provide('trespassProblem', null)
    return new WatchSession(project, run, target.kind === 'sandbox' ? sandbox : other)
  }

  /**
   * Opens the run again if its sources have changed. If that fails, every matrix fails, so that no older result stays.
   *
   * @returns whether they had changed.
   */
  update(): Promise<boolean> {
    this.#updated = this.#updated.then(async () => {
      let isReopened = false
      // Sources may change while the run is being opened: the tests that follow must see the newest ones.
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

  /** @returns why the run could not be opened; null if it was. */
  async #reopen(): Promise<string | null> {
    this.#project.vitest.logger.log('trespass: the schema or the actors have changed: opening the target again')
    try {
      await this.close('broken')
      const opened = await WatchSession.open(this.#project)
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
