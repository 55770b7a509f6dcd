import type { Reporter, TestModule, Vitest } from 'vitest/node'

/**
 * Fails a run in which no cell was tried, as when `-t` matches none: such a run proves nothing. In watch mode the user sets the
 * filter interactively, so an empty run is no failure.
 */
export class NothingTried implements Reporter {
  readonly #vitest: Vitest

  constructor(vitest: Vitest) {
    this.#vitest = vitest
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const { config, logger } = this.#vitest
    const tried = (module: TestModule) => [...module.children.allTests()].some(({ options }) => options.mode === 'run')
    if (config.watch || modules.some((module) => tried(module) || !module.ok())) return
    logger.error('trespass: no cell was collected, so nothing was tried')
    process.exitCode = 1
  }
}
