import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import { TrespassError } from '../errors.ts'
import { loadWorkspace } from '../matrix/load.ts'
import { statementsApplied } from '../migrations/made-in.ts'
import { kindNamed, type MutantChoice } from '../mutation/choose.ts'
import { type MutationRecord, mutantKinds } from '../mutation/model.ts'
import { mutate as mutateSchema } from '../mutation/mutate.ts'
import { mutationSarif } from '../mutation/mutation-sarif.ts'
import { migrationsSince } from '../mutation/since.ts'
import { standardReport } from '../mutation/standard-report.ts'
import { mutationText } from '../mutation/text.ts'
import { paths } from '../paths/registry.ts'
import { importModule } from '../run/import-module.ts'
import { loadScenarios } from '../scenarios/load.ts'
import { loadConfig } from '../workspace/config.ts'
import { lockWorkspace } from '../workspace/lock.ts'
import { placeInRepository } from '../workspace/repository.ts'
import { type Flag, type Given, noWords, readArguments } from './arguments.ts'
import { type Command, workspaceFlag } from './command.ts'
import { Interruption } from './interruption.ts'
import { print, printError } from './print.ts'
import { ProgressDisplay } from './progress-display.ts'
import { plain } from './terminal/text.ts'
import { version } from './usage.ts'

const flags = {
  ...workspaceFlag,
  matrix: {
    type: 'string',
    multiple: true,
    value: 'GLOB',
    help: 'only matrix files that match, such as documents or "billing/**"',
  },
  object: {
    type: 'string',
    value: 'PATTERN',
    help: 'only mutants of objects whose name matches, such as documents or "bucket .*"',
  },
  kind: {
    type: 'string',
    multiple: true,
    value: 'KIND',
    help: `only mutants of this kind: ${Object.keys(mutantKinds).join(', ')}`,
  },
  since: {
    type: 'string',
    value: 'REF',
    help: 'only mutants of objects that the migrations name which a branch has added or changed since REF, such as main',
  },
  sample: { type: 'string', value: 'N', help: 'so many mutants, drawn by the seed' },
  seed: { type: 'string', value: 'S', help: 'the seed of the order in which mutants are drawn (default: 1)' },
  budget: { type: 'string', value: 'SECONDS', help: 'begins no further mutant after this time' },
  workers: {
    type: 'string',
    value: 'N',
    help: 'sandboxes in which mutants are tried side by side (default: one for each processor, at most 4)',
  },
  min: { type: 'string', value: 'PERCENT', help: 'exit code 1 when the score is lower' },
  json: { type: 'boolean', help: 'prints the results as JSON, in the form of mutation.json' },
} as const satisfies Readonly<Record<string, Flag>>

/** Makes mistakes in the schema of a sandbox, and determines whether the matrices detect them. */
export const mutate: Command = {
  summary: 'makes small mistakes in the schema of a sandbox, and lists those that no cell notices',
  flags,
  exits: {
    0: 'the mutants were tried',
    1: 'the score is below --min',
    2: 'bad usage or configuration, a mutant that could not be tried, or a failure of Trespass itself',
    130: 'broken off; the mutant was taken back, and the sandbox is thrown away',
  },
  examples: ['npx trespass mutate --sample 20', 'npx trespass mutate --since main --min 95'],
  async run(args) {
    const given = readArguments(args, flags)
    noWords(given)
    const root = resolve(given.text('workspace') ?? '.')
    const since = given.text('since')
    const named = since === undefined ? {} : { namedIn: await migrationsSince(root, since) }
    const choice = { ...choiceOf(given), ...named }
    const budget = numberOf(given, 'budget', { least: 1, most: 86_400, whole: true })
    const workers =
      numberOf(given, 'workers', { least: 1, most: 16, whole: true }) ?? Math.min(4, availableParallelism())
    const min = numberOf(given, 'min', { least: 0, most: 100, whole: false })
    const only = given.texts('matrix')
    const config = await loadConfig(root, importModule)
    const workspace = await loadWorkspace({ root, paths, importModule, ...(only.length === 0 ? {} : { only }) })
    // Chosen matrices are what may notice.
    const { scenarios } =
      only.length > 0
        ? { scenarios: [] }
        : await loadScenarios({
            ...{ root, paths, importModule, roster: workspace.roster },
            matrices: workspace.matrices.map(({ matrix }) => matrix.name),
          })
    const display = new ProgressDisplay()
    const interruption = new Interruption()
    const { signal } = interruption
    const lock = await lockWorkspace(root, null)
    const ended = await mutateSchema({
      ...{ root, config, workspace, choice, workers, signal },
      scenarios: scenarios.map(({ scenario }) => scenario),
      ...(budget === undefined ? {} : { budget: budget * 1000 }),
      onProgress: (text) => display.step(text),
      onNote: (text) => display.note(text),
      onNamed: (run) => interruption.about({ root, run, alias: 'sandbox' }),
    })
      .then(
        (record) => ({ record }),
        (error: unknown) => ({ error }),
      )
      .finally(() => {
        display.clear()
        lock.release()
      })
    if (interruption.code !== null && 'error' in ended) {
      printError('broken off: the mutant was taken back, and the sandbox is thrown away')
      return interruption.code
    }
    if ('error' in ended) throw ended.error
    const { record } = ended
    const folder = await writeMutation(root, record, version())
    if (given.on('json')) print(JSON.stringify(record, null, 2))
    else for (const line of [...mutationText(record).split('\n'), '', `${folder}/mutation.json`]) print(plain(line))
    if (interruption.code !== null) return interruption.code
    const { total } = record
    if (min !== undefined && total.score !== null && total.score < min) return 1
    const isMeasured = min === undefined || total.score !== null
    return total.failed > 0 || record.unsound.length > 0 || !isMeasured ? 2 : 0
  },
}

/** A sample, and the mutants that fit a time budget, are drawn at random, so that every object can be chosen. */
function choiceOf(given: Given): MutantChoice {
  const object = given.text('object')
  const sample = numberOf(given, 'sample', { least: 1, most: 1_000_000, whole: true })
  const seed = numberOf(given, 'seed', { least: 0, most: 2 ** 31, whole: true })
  const isDrawn = sample !== undefined || given.text('budget') !== undefined
  if (seed !== undefined && !isDrawn) {
    throw new TrespassError('usage', 'found --seed, expected it beside --sample or --budget', {
      hint: 'Without them every mutant is tried.',
    })
  }
  return {
    ...(object === undefined ? {} : { object: patternOf(object) }),
    kinds: given.texts('kind').map(kindNamed),
    ...(sample === undefined ? {} : { sample }),
    ...(isDrawn ? { seed: seed ?? 1 } : {}),
  }
}

interface Bounds {
  readonly least: number
  readonly most: number
  readonly whole: boolean
}

/** @throws TrespassError `usage` */
function numberOf(given: Given, flag: string, { least, most, whole }: Bounds): number | undefined {
  const text = given.text(flag)
  if (text === undefined) return undefined
  const number = Number(text)
  const isRead = text.trim() !== '' && (whole ? Number.isInteger(number) : Number.isFinite(number))
  if (isRead && number >= least && number <= most) return number
  const kind = whole ? 'a whole number' : 'a number'
  throw new TrespassError('usage', `found --${flag} ${text}, expected ${kind} from ${least} to ${most}`)
}

/** @throws TrespassError `usage` */
function patternOf(text: string): RegExp {
  try {
    return new RegExp(text, 'i')
  } catch (error) {
    const hint = 'see --help'
    throw new TrespassError('usage', `found --object ${text}, expected a regular expression`, { hint, cause: error })
  }
}

/**
 * Writes `mutation.json`, `mutation-report.json` in the format of `mutation-testing-report-schema`, and `mutation.sarif`. Only the
 * user who runs Trespass may read them.
 *
 * @returns the folder, relative to the workspace.
 */
async function writeMutation(root: string, record: MutationRecord, version: string): Promise<string> {
  const folder = `reports/sandbox/${record.run}`
  const reports = join(root, 'reports', 'sandbox')
  const temporary = join(reports, `.${record.run}.partial`)
  await rm(temporary, { recursive: true, force: true })
  await mkdir(temporary, { recursive: true, mode: 0o700 })
  const write = (name: string, text: string) => writeFile(join(temporary, name), text, { mode: 0o600 })
  await write('mutation.json', `${JSON.stringify(record, null, 2)}\n`)
  await write('mutation-report.json', `${JSON.stringify(standardReport(record, version), null, 2)}\n`)
  const statements = await statementsApplied(root, [])
  const place = (await placeInRepository(root)) ?? ''
  await write('mutation.sarif', mutationSarif({ record, statements, version, place }))
  await rename(temporary, join(root, folder))
  return folder
}
