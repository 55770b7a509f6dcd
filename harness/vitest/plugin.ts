import { relative, resolve, sep } from 'node:path'
import { configDefaults, type Plugin } from 'vitest/config'
import { BaseSequencer, type Reporter, type TestModule, type TestSpecification, type Vitest } from 'vitest/node'
import { filesOfShard, inOrderOfNames } from '../engine/shard-files.ts'
import { packageFile } from '../package-file.ts'
import { rerunTriggers } from './sources.ts'
import { TestRuns } from './test-runs.ts'

/** The plugin's options. */
export interface TrespassOptions {
  /** Globs of matrix files, relative to the workspace. Default: everything below `matrices/`. */
  readonly matrices?: readonly string[]
  /** Globs of scenario files, relative to the workspace. Default: everything below `scenarios/`. */
  readonly scenarios?: readonly string[]
}

const allMatrices = ['matrices/**/*.matrix.{yaml,yml,ts}']
const allScenarios = ['scenarios/**/*.scenario.{yaml,yml,ts}']
const yamlFile = /\.(matrix|scenario)\.ya?ml$/
const moduleFile = /\.(matrix|scenario)\.ts$/

/**
 * Makes every matrix and scenario a test file of Vitest, and every cell a test, so that `-t`, `--shard`, watch mode and
 * reporters work as usual. The cells of a matrix share fixtures, and an insert is recognised by its values: therefore all
 * matrices run in one worker, with the configured number of cells at once.
 */
export function trespass(options: TrespassOptions = {}): Plugin {
  const collector = packageFile('dist/vitest-collect.js')
  return {
    name: 'trespass',
    enforce: 'pre',
    config: ({ root = process.cwd() }) => ({
      resolve: { alias: [{ find: /^trespass$/, replacement: packageFile('dist/index.js') }] },
      test: {
        include: [...(options.matrices ?? allMatrices), ...(options.scenarios ?? allScenarios)],
        exclude: [],
        pool: 'threads',
        isolate: false,
        maxWorkers: 1,
        fileParallelism: false,
        // Far more than the attempts that run at once, since a test may wait for the attempts of others before its own verdict.
        maxConcurrency: 512,
        forceRerunTriggers: [...configDefaults.forceRerunTriggers, ...rerunTriggers(resolve(root))],
        sequence: { sequencer: InOrderOfNames },
        testTimeout: 0,
        hookTimeout: 0,
        // The tear-down includes the sweep, which must not be cut off.
        teardownTimeout: 600_000,
        // Vitest would write durations into the user's node_modules; the order by name needs none.
        cache: false,
        allowOnly: false,
        retry: 0,
        passWithNoTests: false,
        // If the package is linked into a workspace, Vitest would transform its programs like the workspace's own.
        server: { deps: { external: [pathPattern(packageFile('dist/'))] } },
        globalSetup: [packageFile('dist/vitest-global-setup.js')],
      },
    }),
    configureVitest({ vitest }) {
      vitest.config.reporters.push(new NothingTried(vitest), TestRuns.of(vitest))
    },
    load(id) {
      const [, kind] = yamlFile.exec(id) ?? moduleFile.exec(id) ?? []
      if (kind === undefined) return null
      const collect = kind === 'matrix' ? 'collectMatrix' : 'collectScenario'
      const definition = moduleFile.test(id) ? `${id}?definition` : undefined
      return collecting(collect, collector, id, definition)
    },
  }
}

/** Matches every path with this prefix. */
function pathPattern(path: string): RegExp {
  return new RegExp(`^${path.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}`)
}

/** The source of the test file for a matrix or a scenario. */
function collecting(collect: string, collector: string, file: string, definition?: string): string {
  const imported = `import { ${collect} } from ${JSON.stringify(collector)}\n`
  if (definition === undefined) return `${imported}await ${collect}(${JSON.stringify(file)})\n`
  return `${imported}import definition from ${JSON.stringify(definition)}\nawait ${collect}(${JSON.stringify(file)}, definition)\n`
}

/**
 * Fails a run in which no cell was tried, as when `-t` matches none: such a run proves nothing. In watch mode the user sets the
 * filter interactively, so an empty run is no failure.
 */
class NothingTried implements Reporter {
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

/** Sorts and shards files as `trespass run` does. */
class InOrderOfNames extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files.toSorted((one, other) => inOrderOfNames(this.#nameOf(one), this.#nameOf(other)))
  }

  override async shard(files: TestSpecification[]): Promise<TestSpecification[]> {
    const { shard } = this.ctx.config
    if (shard === undefined) return files
    const names = new Set(
      filesOfShard(
        files.map((file) => this.#nameOf(file)),
        shard,
      ),
    )
    return files.filter((file) => names.has(this.#nameOf(file)))
  }

  #nameOf({ moduleId }: TestSpecification): string {
    return relative(this.ctx.config.root, moduleId).split(sep).join('/')
  }
}
