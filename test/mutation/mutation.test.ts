import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import type { MutantKind, MutationRecord } from '../../harness/mutation/model.ts'
import { inProcess } from '../e2e/in-process.ts'
import { type Ended, patience, temporaryFolder, writeFiles } from '../e2e/support.ts'
import { mutationFiles } from './workspace.ts'

const root = temporaryFolder()

/** One mutant of each kind that the cells of `watched` detect; its twin of `ignored` stays undetected. */
const twins: readonly (readonly [MutantKind, string])[] = [
  ['policy-true', 'table public.X › policy-true › policy owners: USING (true)'],
  ['policy-part', "table public.X › policy-part › policy owners: USING without title <> 'hidden'::text"],
  ['row-security', 'table public.X › row-security › off'],
  ['grant-removed', 'table public.X › grant-removed › delete from authenticated'],
  ['constraint', 'table public.X › constraint › X_short'],
  ['trigger', 'table public.X › trigger › keep'],
  [
    'function-check',
    'function public.rename_X(row_id uuid, new_title text) › function-check › where 1: without t.owner_id = auth.uid()',
  ],
]

let ended: Ended
let record: MutationRecord

beforeAll(async () => {
  writeFiles(root, mutationFiles)
  const kinds = twins.flatMap(([kind]) => ['--kind', kind])
  ended = await inProcess([
    'mutate',
    '--workspace',
    root,
    '--object',
    'table|rename',
    '--min',
    '99',
    '--json',
    ...kinds,
  ])
  expect(ended.out, ended.text).not.toBe('')
  record = JSON.parse(ended.out)
}, patience)

describe('the mutants of two schemas that are alike', () => {
  const statusOf = (id: string) => record.results.find(({ mutant }) => mutant.id === id)?.status

  test.each(twins)('%s is noticed where a cell asks, and unnoticed where none does', (_, id) => {
    expect(statusOf(id.replaceAll('X', 'watched'))).toBe('noticed')
    expect(statusOf(id.replaceAll('X', 'ignored'))).toMatch(/^(?:survived|untouched)$/)
  })

  test('every mutant was tried and taken back, and every cell holds without any', () => {
    expect(record.complete).toBe(true)
    expect(
      record.results.filter(({ status }) => status === 'failed').map(({ mutant, why }) => [mutant.id, why]),
    ).toEqual([])
    expect(record.unsound).toEqual([])
  })

  test('a surviving mutant comes with the operation, the actor and the expectation that would notice it', () => {
    const survivor = record.results.find(({ mutant }) => mutant.id === 'table public.ignored › row-security › off')
    expect(survivor?.suggestion?.matrix).toContain('resource: { table: public.ignored }')
  })

  test('a score below --min is exit code 1, and both reports are written', () => {
    expect(record.total.score).toBeLessThan(99)
    expect(ended.code).toBe(1)
    const folder = join(root, 'reports', 'sandbox', record.run)
    expect(readdirSync(folder).sort()).toEqual(['mutation-report.json', 'mutation.json', 'mutation.sarif'])
    expect(JSON.parse(readFileSync(join(folder, 'mutation.json'), 'utf8'))).toEqual(record)
  })
})
