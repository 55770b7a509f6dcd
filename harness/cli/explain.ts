import { resolve } from 'node:path'
import { TrespassError } from '../errors.ts'
import type { Evidence } from '../evidence/evidence.ts'
import { explanation } from '../evidence/explain.ts'
import { scenarioExplanation } from '../evidence/explain-scenario.ts'
import { findReport, newestReport } from '../evidence/find-report.ts'
import { readEvidence } from '../evidence/read.ts'
import { didYouMean, oneOfMany } from '../message-text.ts'
import { workspaceFrom } from '../model/command-line.ts'
import { type Flag, readArguments } from './arguments.ts'
import { type Command, workspaceFlag } from './command.ts'
import { print } from './print.ts'
import { plain } from './terminal/text.ts'

const flags = {
  ...workspaceFlag,
  report: { type: 'string', value: 'REPORT', help: 'the folder of a run or its id (default: the newest)' },
} as const satisfies Readonly<Record<string, Flag>>

/** Explains the verdict of one cell or one scenario from the record of a run. */
export const explain: Command = {
  summary: 'explains how a cell or a scenario came to its verdict, from the record of a run',
  words: 'CELL|SCENARIO',
  flags,
  exits: {
    0: 'the cell was explained',
    2: 'no such cell or report, or bad usage',
  },
  examples: [
    'npx trespass explain "documents › bob › rename own"',
    'npx trespass explain "one seat each" --report reports/staging/20260301-020000-ab12',
  ],
  async run(args) {
    const given = readArguments(args, flags)
    const [id, ...more] = given.words
    if (id === undefined || more.length > 0) {
      throw new TrespassError('usage', `found ${given.words.length} ids, expected one of a cell or a scenario`, {
        hint: 'trespass explain "documents › alice › rename own"',
      })
    }
    const root = resolve(given.text('workspace') ?? '.')
    const named = given.text('report')
    const folder = named === undefined ? await newestReport(root) : await findReport(root, named)
    const evidence = await readEvidence(folder)
    const links = chainOf(id, evidence, root)
    print(`${plain(id)}  (run ${evidence.run.run} on ${evidence.run.target.alias})\n`)
    for (const { step, text } of links) print(`${step.padEnd(10)}${plain(text)}`)
    return 0
  },
}

function chainOf(
  id: string,
  { run, cells, scenarios }: Evidence,
  root: string,
): readonly { readonly step: string; readonly text: string }[] {
  const again = { ...run, ...workspaceFrom(root) }
  const cell = cells.find((candidate) => candidate.id === id)
  if (cell !== undefined) return explanation(cell, again)
  const scenario = scenarios.find(({ record }) => record.id === id)
  if (scenario !== undefined) return scenarioExplanation(scenario, again)
  const ids = [...cells, ...scenarios.map(({ record }) => record)].map((candidate) => candidate.id)
  const what = scenarios.length === 0 ? 'cell' : 'cell or scenario'
  throw new TrespassError('no-such-cell', `found no ${what} ${id} in the report, expected ${oneOfMany(ids)}`, {
    hint:
      didYouMean(id, ids) ??
      'An id is `matrix › actor › operation` or the name of a scenario, as the report writes it.',
  })
}
