import { type Problem, TrespassError, WorkspaceProblems } from '../errors.ts'
import { locateValue, startOf } from '../matrix/document.ts'
import { fitsGlob, writtenOut } from '../matrix/glob.ts'
import { Loader, type LoadOptions } from '../matrix/loader.ts'
import type { WorkspaceFile } from '../matrix/workspace-files.ts'
import { didYouMeanOneOf, oneOfMany, quote } from '../message-text.ts'
import type { Roster } from '../model/matrix.ts'
import type { LoadedScenario } from './declaration.ts'
import { historyName } from './history-name.ts'
import { readScenario } from './read-scenario.ts'
import { recipes } from './registry.ts'

const scenarioFile = /\.scenario\.(?:ya?ml|ts)$/
const exported = { name: 'default', expected: '`export default defineScenario(…)`' }

/** The options for loading scenarios, with the actors that they may name. */
export interface ScenarioOptions extends LoadOptions {
  readonly roster: Roster
  /** False when the actors file has a mistake: names of actors and of the world are not checked then. */
  readonly complete?: boolean
}

/** The scenarios of a workspace. */
export interface LoadedScenarios {
  readonly scenarios: readonly LoadedScenario[]
  /** The files that were read, sorted. */
  readonly files: readonly WorkspaceFile[]
}

/** The scenarios to load. */
export interface ScenariosOptions extends ScenarioOptions {
  /** Patterns for their names or their files; without it all of them. */
  readonly only?: readonly string[]
  /** Names that are taken already. */
  readonly matrices: readonly string[]
}

/**
 * Loads the scenarios of a workspace; one without any is a workspace too.
 *
 * @throws WorkspaceProblems with every mistake that was found in any of the files.
 */
export async function loadScenarios(options: ScenariosOptions): Promise<LoadedScenarios> {
  const { problems, ...loaded } = await readScenarios(options)
  if (problems.length > 0) throw new WorkspaceProblems(problems)
  return loaded
}

/** Reads scenarios as {@link loadScenarios} does, and returns their mistakes beside the rest. */
export async function readScenarios(
  options: ScenariosOptions,
): Promise<LoadedScenarios & { readonly problems: readonly Problem[] }> {
  const loader = new Loader(options)
  const all = filesOf(loader)
  const scenarios: LoadedScenario[] = []
  const names = new Map(options.matrices.map((name) => [historyName(name), `the matrix ${quote(name)}`]))
  for (const file of all) {
    const document = await loader.document(file, exported)
    if (document === null) continue
    const loaded = readScenario(document, contextOf(options), loader.problems)
    if (loaded === undefined) continue
    const { name } = loaded.scenario
    const other = names.get(historyName(name))
    if (other === undefined) scenarios.push(loaded)
    else {
      const found = `the scenario ${quote(name)}, beside ${other}`
      const at = locateValue(document, ['scenario'])
      loader.problems.push({ code: 'same-scenario', at, found, expected: 'a name that differs in more than its signs' })
    }
    names.set(historyName(name), `the scenario ${quote(name)}`)
  }
  const { only } = options
  const anyFits = (pattern: string) => scenarios.some((loaded) => fits(loaded, pattern))
  const patterns =
    only === undefined
      ? undefined
      : writtenOut(only, (text) => scenarios.some(({ scenario }) => scenarioNames(scenario).includes(text)))
  const chosen =
    patterns === undefined ? scenarios : scenarios.filter((loaded) => patterns.some((pattern) => fits(loaded, pattern)))
  for (const pattern of loader.problems.length > 0 ? [] : (patterns ?? [])) {
    if (anyFits(pattern)) continue
    const found = `no scenario that fits ${quote(pattern)}`
    const expected = `the name or the file of ${oneOfMany(scenarios.map(({ scenario }) => scenario.name))}`
    const hint = didYouMeanOneOf(
      pattern,
      scenarios.flatMap(({ scenario }) => [scenario.name, bareFile(scenario.file)]),
    )
    const problem: Problem = { code: 'no-scenario', at: startOf('scenarios'), found, expected }
    loader.problems.push(hint === undefined ? problem : { ...problem, hint })
  }
  return { scenarios: chosen, files: loader.files, problems: loader.problems }
}

/**
 * Loads one scenario file.
 *
 * @param file relative to the workspace, with forward slashes.
 * @throws WorkspaceProblems
 */
export async function loadScenarioFile(options: ScenarioOptions, file: string): Promise<LoadedScenario> {
  const loader = new Loader(options)
  const document = await loader.document(file, exported)
  const loaded = document === null ? undefined : readScenario(document, contextOf(options), loader.problems)
  loader.finish()
  if (loaded !== undefined) return loaded
  throw new TrespassError('unread-scenario', `The scenario ${file} gave neither a problem nor a scenario.`)
}

function contextOf({ roster, paths, complete = true }: ScenarioOptions) {
  return { roster, paths, complete, recipes }
}

/** Refuses a scenario whose file name has another form: it would silently not run. */
function filesOf(loader: Loader): readonly string[] {
  const files = loader.list('scenarios')
  for (const file of files) {
    if (scenarioFile.test(file) || !/\.ya?ml$/.test(file) || !loader.looksLike('scenario', file)) continue
    const expected = 'a name that ends in `.scenario.yaml`, or else it does not run'
    loader.problems.push({ code: 'file-name', at: startOf(file), found: 'a scenario in this file', expected })
  }
  return files.filter((file) => scenarioFile.test(file))
}

function fits({ scenario }: LoadedScenario, glob: string): boolean {
  return scenarioNames(scenario).some((name) => fitsGlob(name, glob))
}

function scenarioNames({ name, file }: LoadedScenario['scenario']): readonly string[] {
  return [file, bareFile(file), name]
}

function bareFile(file: string): string {
  return file.replace(/^scenarios\//, '').replace(scenarioFile, '')
}
