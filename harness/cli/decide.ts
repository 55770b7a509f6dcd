import { readFile } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { withDecisions } from '../decide/edit-matrix.ts'
import type { Decision } from '../decide/model.ts'
import { type Observations, observationsOf } from '../decide/observations.ts'
import { replaceMatrix } from '../decide/write-matrix.ts'
import { flowText, writtenAs } from '../decide/yaml-scalars.ts'
import { sentence, TrespassError } from '../errors.ts'
import { groupBy } from '../group.ts'
import type { ReadPayload } from '../matrix/attach-files.ts'
import { type LoadedWorkspace, loadWorkspace } from '../matrix/load.ts'
import { parseMatrixText } from '../matrix/parse-text.ts'
import { cellId } from '../matrix/plan/plan.ts'
import { WorkspaceFiles } from '../matrix/workspace-files.ts'
import { didYouMean, oneOfMany } from '../message-text.ts'
import type { Matrix } from '../model/matrix.ts'
import type { CellRecord } from '../model/record.ts'
import { isUndecided } from '../model/verdict.ts'
import { paths } from '../paths/registry.ts'
import { importModule } from '../run/import-module.ts'
import { describeObserved } from '../verdict/observed.ts'
import { loadEnvironment } from '../workspace/environment.ts'
import { type Flag, type Given, readArguments } from './arguments.ts'
import { withQuestions } from './ask.ts'
import { type Command, targetFlag, workspaceFlag } from './command.ts'
import { askDecisions, denialsAsObserved } from './decide-questions.ts'
import { print, printError } from './print.ts'
import { terminalStyleOf } from './terminal/terminal-style.ts'
import { plain } from './terminal/text.ts'

const flags = {
  ...targetFlag,
  ...workspaceFlag,
  report: { type: 'string', value: 'REPORT', help: 'the folder of a run or its id (default: the newest that fits)' },
  'as-observed': { type: 'boolean', help: 'asks nothing and writes what was observed; needs --only denied' },
  only: { type: 'string', value: 'denied', help: 'with --as-observed: the cells that were refused' },
} as const satisfies Readonly<Record<string, Flag>>

/** Writes decisions about undecided cells into a matrix. Sends nothing. */
export const decide: Command = {
  summary: 'goes through the undecided cells of a matrix, with what a run showed, and writes the decisions into it',
  words: 'MATRIX',
  flags,
  exits: {
    0: 'the decisions were written, or there was nothing to decide',
    2: 'bad usage or configuration, or a failure of Trespass itself',
  },
  examples: ['npx trespass decide documents', 'npx trespass decide documents --as-observed --only denied'],
  async run(args) {
    const given = readArguments(args, flags)
    const [named, ...more] = given.words
    if (named === undefined || more.length > 0) {
      throw new TrespassError('usage', `found ${given.words.length} matrices, expected one, by its name or its file`, {
        hint: 'trespass decide matrices/documents.matrix.yaml',
      })
    }
    const asks = isToAsk(given)
    const root = resolve(given.text('workspace') ?? '.')
    const { alias } = loadEnvironment(root, given.text('target') ?? null, process.env)
    const workspace = await loadWorkspace({ root, paths, importModule })
    const { roster, groups } = workspace
    const matrix = matrixNamed(named, workspace, root)
    const undecided = matrix.cells.filter(({ expected }) => isUndecided(expected))
    if (undecided.length === 0) {
      print(`${matrix.file}: every cell is decided`)
      return 0
    }
    const report = given.text('report')
    const wanted = { root, alias, matrix, files: workspace.files, ...(report === undefined ? {} : { report }) }
    const observations = await observationsOf(wanted)
    const cells = inOrder(matrix, observations)
    if (!/\.ya?ml$/.test(matrix.file)) throw notYaml(matrix, cells)
    const { run: id, startedAt, target } = observations.run
    print(plain(`from the run ${id} of ${startedAt} on ${target.alias}`))
    const untried = undecided.length - cells.length
    if (untried > 0) print(plain(`${cellCount(untried)} not shown by that run, and left as they are`))
    const path = join(root, matrix.file)
    const text = await readFile(path, 'utf8')
    const decisions = asks ? await asked(cells) : denialsAsObserved(cells)
    if (decisions.length > 0) {
      try {
        const edited = withDecisions(text, { matrix, roster, groups, paths }, decisions)
        refuseUnsound(edited, root, matrix, workspace)
        await replaceMatrix(path, text, edited)
      } catch (error) {
        throw withAnswers(error, decisions)
      }
    }
    for (const line of written(matrix, decisions, undecided.length, root)) print(plain(line))
    return 0
  },
}

/** Checks the new text of the matrix, as the next run will, before it is written. */
function refuseUnsound(text: string, root: string, { file }: Matrix, { roster, groups }: LoadedWorkspace): void {
  const disk = new WorkspaceFiles(root)
  const readPayload: ReadPayload = (written, from) => disk.payload(written, from)
  const [problem] = parseMatrixText(text, { file, roster, groups, complete: true, paths, readPayload }).problems
  if (problem === undefined) return
  throw new TrespassError(
    'not-editable',
    `${file} was not changed, since it would have a mistake: ${sentence(problem)}`,
    {
      hint: 'Write this decision by hand.',
    },
  )
}

/** Adds the answers to an error of writing, so that they are not lost. */
function withAnswers(error: unknown, decisions: readonly Decision[]): unknown {
  if (!(error instanceof TrespassError)) return error
  const lines = decisions.map(({ actor, operation, expected }) => {
    return plain(`${actor} › ${operation}: ${flowText(writtenAs(expected))}`)
  })
  const hint = [error.hint ?? 'Nothing was written.', 'The decisions were:', ...lines].join('\n  ')
  return new TrespassError(error.code, error.message, { hint, cause: error })
}

/** Each allowance is confirmed separately, so that only denials are written without a question. */
function isToAsk(given: Given): boolean {
  const only = given.text('only')
  if (only !== undefined && only !== 'denied') {
    throw new TrespassError('usage', `found --only ${only}, expected --only denied`, {
      hint: 'An allowance is confirmed one by one: leave out --as-observed and --only.',
    })
  }
  if (given.on('as-observed') !== (only !== undefined)) {
    const [found, missing] =
      only === undefined ? ['--as-observed', '--only denied'] : ['--only denied', '--as-observed']
    throw new TrespassError('usage', `found ${found}, expected ${missing} beside it`, {
      hint: 'Without questions only the cells that were refused are decided: an allowance is confirmed one by one.',
    })
  }
  if (only === undefined && !process.stdin.isTTY) {
    throw new TrespassError('usage', 'found no terminal to ask on, expected --as-observed --only denied', {
      hint: 'It writes the denials as they were observed. An allowance is confirmed one by one, on a terminal.',
    })
  }
  return only === undefined
}

function matrixNamed(named: string, { matrices }: LoadedWorkspace, root: string): Matrix {
  const file = relative(root, resolve(named))
  const all = matrices.map(({ matrix }) => matrix)
  const found = all.find((one) => one.name === named || [named, file, `matrices/${named}`].includes(one.file))
  if (found !== undefined) return found
  const known = all.flatMap((one) => [one.name, one.file])
  throw new TrespassError(
    'no-such-matrix',
    `found no matrix ${named}, expected ${oneOfMany(all.map(({ name }) => name))} by its name or file`,
    {
      hint: didYouMean(named, known) ?? (all.map(({ name }) => name).join(', ') || 'There is none below matrices/.'),
    },
  )
}

/** The cells by operation, in the order of the matrix. */
function inOrder(matrix: Matrix, { cells }: Observations): readonly CellRecord[] {
  return matrix.operations.flatMap(({ name }) =>
    matrix.cells.flatMap(({ actor, operation }) => {
      const cell = operation === name ? cells.get(cellId(matrix.name, actor, operation)) : undefined
      return cell === undefined ? [] : [cell]
    }),
  )
}

function notYaml({ file }: Matrix, cells: readonly CellRecord[]): TrespassError {
  const denials = new Map(denialsAsObserved(cells).map((one) => [`${one.actor} › ${one.operation}`, one.expected]))
  const lines = [...groupBy(cells, ({ actor }) => actor)].flatMap(([actor, own]) => [
    `  ${JSON.stringify(actor)}: {`,
    ...own.map(({ operation, observed }) => {
      const denial = denials.get(`${actor} › ${operation}`)
      const value = denial === undefined ? "'define'" : `'${flowText(writtenAs(denial)).replaceAll('"', '')}'`
      const showed = observed === undefined ? '' : ` // ${describeObserved(observed)}`
      return `    ${JSON.stringify(operation)}: ${value},${showed}`
    }),
    '  },',
  ])
  const message = `found ${file}, expected a YAML matrix: a TypeScript matrix is edited by hand, and was not changed`
  return new TrespassError('not-yaml', message, {
    hint: ['Decide these under `expect`:', ...lines.map(plain)].join('\n  '),
  })
}

function asked(cells: readonly CellRecord[]): Promise<readonly Decision[]> {
  const style = terminalStyleOf(process.env, process.stderr)
  return withQuestions({ input: process.stdin, output: process.stderr }, (ask) =>
    askDecisions(cells, { ask, tell: printError, style }),
  )
}

function written(matrix: Matrix, decisions: readonly Decision[], undecided: number, root: string): readonly string[] {
  const denied = decisions.filter(({ expected }) => expected.decision === 'deny').length
  const rest = undecided - decisions.length
  const file = relative(process.cwd(), join(root, matrix.file))
  if (decisions.length === 0) return [`${file}: nothing was written, ${cellCount(rest)} undecided`]
  return [
    `${file}: ${denied} denied and ${decisions.length - denied} allowed were written, ${cellCount(rest)} undecided`,
    `trespass run --matrix ${JSON.stringify(matrix.file.replace(/^matrices\//, ''))} tries what was written`,
  ]
}

function cellCount(cells: number): string {
  return cells === 1 ? '1 cell is' : `${cells} cells are`
}
