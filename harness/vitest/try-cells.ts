import { type CliOptions, createVitest } from 'vitest/node'
import type { Run } from '../run/open-run.ts'
import type { Shard } from '../workspace/lock.ts'
import { trespass } from './plugin.ts'
import type { Collector } from './reporter.ts'
import { keepingSignals } from './signals.ts'
import { literal } from './sources.ts'

export interface Trial {
  /** Absolute path of the workspace. */
  readonly root: string
  readonly run: Run
  readonly collector: Collector
  /** Only cells whose name, its parts joined by spaces, matches. */
  readonly pattern?: RegExp
  readonly shard?: Shard
  /** Aborted when the user breaks the run off: what is under way ends, the rest is left. */
  readonly signal?: AbortSignal
}

/** Runs the tests that a workspace's matrices and scenarios are, in this process. Their records are in the collector afterwards. */
export async function tryCells({ root, run, collector, pattern, shard, signal }: Trial): Promise<void> {
  // They are meant as they are, and Vitest takes globs.
  const matrices = run.workspace.matrices.map(({ matrix }) => literal(matrix.file))
  const scenarios = run.scenarios.map(({ scenario }) => literal(scenario.file))
  const options: CliOptions = {
    root,
    config: false,
    watch: false,
    reporters: [collector],
    ...(pattern === undefined ? {} : { testNamePattern: pattern }),
    ...(shard === undefined ? {} : { shard: `${shard.index}/${shard.count}` }),
  }
  const plugins = [trespass({ context: run.context, matrices, scenarios })]
  const vitest = await keepingSignals(() => createVitest('test', options, { plugins, logLevel: 'silent' }))
  const cancel = (): void => {
    vitest.cancelCurrentRun('keyboard-input').catch(() => undefined)
  }
  signal?.addEventListener('abort', cancel, { once: true })
  try {
    if (signal?.aborted !== true) await vitest.start()
  } finally {
    signal?.removeEventListener('abort', cancel)
    await vitest.close()
  }
}
