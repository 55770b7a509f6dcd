import { describe, expect, it } from 'vitest'
import { exampleBreach, exampleCell } from '../../test/support/example-records.ts'
import type { CellRecord } from '../model/record.ts'
import { type ChangeKind, changeInWords, changesBetween } from './diff.ts'

const allowed = exampleCell({ expected: { decision: 'allow' }, denial: null, because: 'it happened' })
const denied = exampleCell()
const deniedByGrant = exampleCell({ denial: 'grant' })
const breach = exampleBreach()
const lockout = exampleCell({ expected: { decision: 'allow' }, verdict: 'lockout', denial: 'rls' })
const wrongLayer = exampleCell({ verdict: 'wrong-layer', denial: 'rls' })
const inconclusive = exampleCell({ verdict: 'inconclusive' })
const undecided = exampleCell({ verdict: 'undecided', denial: null })
const error = exampleCell({ verdict: 'error', denial: null })

describe('the change of a cell', () => {
  it.each<[string, CellRecord | null, CellRecord | null, ChangeKind | null]>([
    ['still denied', denied, denied, null],
    ['still allowed', allowed, allowed, null],
    ['still a breach', breach, breach, null],
    ['still not proven', inconclusive, error, null],
    ['a breach', denied, breach, 'opened'],
    ['more than allowed', allowed, breach, 'opened'],
    ['a breach where nothing was proven', inconclusive, breach, 'opened'],
    ['allowed by another matrix', denied, allowed, 'opened'],
    ['a lockout that was mended', lockout, allowed, 'opened'],
    ['a breach that was mended', breach, denied, 'closed'],
    ['a breach that is allowed now', breach, allowed, 'closed'],
    ['a lockout', allowed, lockout, 'closed'],
    ['refused by another layer', denied, deniedByGrant, 'layer-changed'],
    ['refused by a layer that was not expected', denied, wrongLayer, 'layer-changed'],
    ['not proven any more', denied, inconclusive, 'became-unproven'],
    ['not decided any more', allowed, undecided, 'became-unproven'],
    ['proven at last', error, denied, 'became-proven'],
    ['tried for the first time', null, denied, 'newly-covered'],
    ['a breach at the first try', null, breach, 'opened'],
    ['not tried any more', breach, null, 'no-longer-covered'],
  ])('%s', (_, older, newer, kind) => {
    const changes = changesBetween(older === null ? [] : [older], newer === null ? [] : [newer])
    expect(changes.map((change) => change.kind)).toEqual(kind === null ? [] : [kind])
  })
})

it('goes by the id and not by the order, and lists the most urgent change first', () => {
  const one = exampleCell({ actor: 'carol' })
  const other = exampleCell({ actor: 'dora' })
  const changes = changesBetween(
    [other, one, denied],
    [exampleCell({ actor: 'eve' }), breach, one, { ...other, verdict: 'inconclusive' }],
  )
  expect(changes.map(({ kind, id }) => [kind, id.split(' › ')[1]])).toEqual([
    ['opened', 'mallory'],
    ['became-unproven', 'dora'],
    ['newly-covered', 'eve'],
  ])
})

it('a change has a description in one sentence', () => {
  const sentences = [
    ...changesBetween([denied], [breach]),
    ...changesBetween([denied], [deniedByGrant]),
    ...changesBetween([denied], []),
  ].map(changeInWords)
  expect(sentences).toEqual([
    'mallory can now "rename theirs" on table public.documents: a denial was expected, it happened: title theirs → defaced',
    'mallory is still refused "rename theirs" on table public.documents, by grant and no longer by filtered',
    'mallory and "rename theirs" on table public.documents are not tried any more; they were held',
  ])
})
