import { expect, test } from 'vitest'
import { exampleBreach, exampleCell, exampleOutcome } from '../../test/support/example-records.ts'
import type { CellRecord } from '../model/record.ts'
import { blocksOf, sizeOf } from './blocks.ts'

const policy = (command: string, name = 'members', relation = 'public.documents') =>
  `policy "${name}" on ${relation} (${command}): using true`

/** @returns the operations of each block. */
function operations(cells: readonly CellRecord[]): readonly string[] {
  return blocksOf(cells).map(({ cause, others }) =>
    [cause.first, ...cause.others, ...others].map(({ operation }) => operation).join(' '),
  )
}

test('a policy that lets reads and writes through is one block', () => {
  const cells = [
    exampleBreach({ operation: 'read', likely: [policy('select'), 'supabase/migrations/1.sql:3'] }),
    exampleBreach({ operation: 'rename', likely: [policy('update'), 'supabase/migrations/1.sql:3'] }),
    exampleBreach({ operation: 'add', likely: [policy('insert')] }),
  ]
  expect(operations(cells)).toEqual(['read rename add'])
  expect(blocksOf(cells).map(sizeOf)).toEqual([3])
})

test.each([
  ['another policy', { likely: [policy('select', 'guests')] }],
  ['the policy of that name on another table', { likely: [policy('select', 'members', 'public.notes')] }],
  ['a restrictive policy of that name', { likely: [`restrictive ${policy('select')}`] }],
  ['another verdict', { verdict: 'lockout', likely: [policy('select')] } as const],
  ['a grant', { likely: ['SELECT on public.documents is granted to anon'] }],
  ['no suspect', {}],
])('%s is another block', (_, changes) => {
  const first = exampleBreach({ operation: 'read', likely: [policy('select')] })
  expect(operations([first, exampleBreach({ operation: 'list', ...changes })])).toEqual(['read', 'list'])
})

test('without a suspect, the same request to the same resource is one block', () => {
  const cells = [
    exampleBreach({ operation: 'rename' }),
    exampleBreach({ operation: 'retitle' }),
    exampleBreach({ operation: 'read', outcome: { ...exampleOutcome, method: 'GET' } }),
  ]
  expect(operations(cells)).toEqual(['rename retitle', 'read'])
})

test('cells that are not proven are one block if they have one reason', () => {
  const unproven = (operation: string, because: string) =>
    exampleCell({ operation, verdict: 'inconclusive', because, likely: [policy('select', operation)] })
  expect(operations([unproven('a', 'timeout'), unproven('b', 'timeout'), unproven('c', '503')])).toEqual(['a b', 'c'])
})
