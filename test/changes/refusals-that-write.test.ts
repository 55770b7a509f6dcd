import { beforeAll, expect, test } from 'vitest'
import type { CellRecord } from '../../harness/model/record.ts'
import { evidenceOf } from '../e2e/report.ts'
import { patience, temporaryFolder, trespass, writeFiles } from '../e2e/support.ts'
import { matrices, migration, undoings } from './generated.ts'

let cells: readonly CellRecord[]
let text: string

beforeAll(async () => {
  const root = temporaryFolder()
  writeFiles(root, {
    ...matrices,
    'matrices/actors.yaml': 'actors:\n  mallory: { kind: authenticated }\n',
    'supabase/migrations/1_generated.sql': migration,
  })
  const ended = await trespass(['run', '--workspace', root])
  text = ended.text
  cells = (await evidenceOf(ended)).cells
}, patience)

const isUndone = ({ operation }: CellRecord) => Object.keys(undoings).some((how) => operation.endsWith(` but ${how}`))

/** The verdicts that are not the expected one, each with its cell and why. */
function others(chosen: readonly CellRecord[], expected: string): readonly string[] {
  return chosen
    .filter(({ verdict }) => verdict !== expected)
    .map(({ id, verdict, because }) => `${id}: ${verdict}, ${because}`)
}

test('every refusal that writes something is a breach that names the table', () => {
  const writing = cells.filter((cell) => !isUndone(cell))
  expect(writing.length).toBeGreaterThanOrEqual(200)
  expect(others(writing, 'breach')).toEqual([])
  const unnamed = writing.filter(({ changes }) => changes?.look !== 'transaction' || changes.rows.length === 0)
  expect(unnamed.map(({ id }) => id)).toEqual([])
})

test('a refusal with undone writes is held', () => {
  const harmless = cells.filter(isUndone)
  expect(harmless.length).toBeGreaterThanOrEqual(200)
  expect(others(harmless, 'held')).toEqual([])
})

test('rows that attempts added elsewhere are swept, and those that cannot be undone are named', () => {
  expect(text).toMatch(/made ([\d,]+), swept \1\n/)
})
