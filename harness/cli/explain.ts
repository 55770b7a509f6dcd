import { resolve } from 'node:path'
import { TrespassError } from '../errors.ts'
import { explanation } from '../evidence/explain.ts'
import { findReport, newestReport } from '../evidence/find-report.ts'
import { readEvidence } from '../evidence/read.ts'
import type { CellRecord } from '../evidence/record.ts'
import { didYouMean } from '../matrix/words.ts'
import { type Flag, readArguments } from './arguments.ts'
import { type Command, workspaceFlag } from './command.ts'
import { say } from './print.ts'
import { plain } from './terminal/text.ts'

const flags = {
  ...workspaceFlag,
  report: { type: 'string', value: 'REPORT', help: 'the folder of a run or its id (default: the newest)' },
} as const satisfies Readonly<Record<string, Flag>>

/** Tells from the record of a run how one cell came to its verdict. */
export const explain: Command = {
  summary: 'tells how a cell came to its verdict, from the record of a run',
  words: 'CELL',
  flags,
  async run(args) {
    const given = readArguments(args, flags)
    const [id, ...more] = given.words
    if (id === undefined || more.length > 0) {
      throw new TrespassError('usage', `found ${given.words.length} cells, expected the id of one`, {
        hint: 'trespass explain "documents › alice › rename own"',
      })
    }
    const root = resolve(given.text('workspace') ?? '.')
    const named = given.text('report')
    const folder = named === undefined ? await newestReport(root) : await findReport(root, named)
    const { run, cells } = await readEvidence(folder)
    const cell = cellNamed(id, cells)
    say(`${plain(cell.id)}  (run ${run.run} on ${run.target.alias})\n`)
    for (const { step, text } of explanation(cell)) say(`${step.padEnd(10)}${plain(text)}`)
    return 0
  },
}

function cellNamed(id: string, cells: readonly CellRecord[]): CellRecord {
  const cell = cells.find((candidate) => candidate.id === id)
  if (cell !== undefined) return cell
  const hint = didYouMean(
    id,
    cells.map((candidate) => candidate.id),
  )
  throw new TrespassError('no-such-cell', `found no cell ${id} in the report, expected one of ${cells.length}`, {
    hint: hint ?? 'An id is `matrix › actor › operation`, as the report writes it.',
  })
}
