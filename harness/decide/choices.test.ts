import { describe, expect, it } from 'vitest'
import { exampleCell, exampleOutcome } from '../../test/support/example-records.ts'
import type { CellRecord } from '../model/record.ts'
import { authorizingLayers, type Reading } from '../model/verdict.ts'
import { allowanceFor, consequenceOf, denialFor, isObserved } from './choices.ts'

const open: Partial<CellRecord> = { verdict: 'undecided', denial: null, expected: { decision: 'define' } }

const cell = (changes: Partial<CellRecord>) => exampleCell({ ...open, ...changes })

const list = (reading: Partial<Reading>) =>
  cell({
    observed: { kind: 'access', what: 'these came back' },
    outcome: {
      ...exampleOutcome,
      reading: { reach: ['own', 'theirs'], seen: [], columns: ['id'], others: 0, ...reading },
    },
    effect: { kind: 'standing' },
    control: null,
  })

const renamed = cell({
  observed: { kind: 'access', what: 'it was carried out' },
  outcome: exampleOutcome,
  effect: { kind: 'happened', what: 'title changed' },
})
const compared = cell({
  observed: { kind: 'access', what: 'they differ' },
  outcome: null,
  effect: null,
  comparison: { differences: ['the status'], meanings: [{ kind: 'done' }, { kind: 'done' }] },
})
const refused = cell({ observed: { kind: 'refused', layer: 'filtered' } })
const unknown = cell({
  observed: { kind: 'unknown', why: 'not run: no key' },
  outcome: null,
  effect: null,
  control: null,
})

const alike: Partial<CellRecord> = {
  outcome: null,
  effect: null,
  comparison: { differences: [], meanings: [{ kind: 'done' }, { kind: 'done' }] },
}
const tooLarge = { ...exampleOutcome, meaning: { kind: 'denied', layer: 'limit' } } as const
const limited = cell({
  observed: { kind: 'unknown', why: 'a limit refused it, and the control by alice failed: a limit refused it' },
  outcome: tooLarge,
  control: { by: 'alice', outcome: tooLarge, effect: { kind: 'nothing' } },
})

const bare = { decision: 'deny', layers: authorizingLayers }

describe('an allowance', () => {
  it.each<[string, CellRecord, object]>([
    ['of a write that was carried out is bare', renamed, { decision: 'allow' }],
    ['of a read that showed all of it is bare', list({ seen: ['own', 'theirs'] }), { decision: 'allow' }],
    ['of a read that showed some of it names these', list({ seen: ['own'] }), { decision: 'allow', exactly: ['own'] }],
    [
      'of a read that showed rows of others too is bare: no list of fixtures would hold',
      list({ seen: ['own'], others: 3, strangers: 3 }),
      { decision: 'allow' },
    ],
    [
      'of a read with rows under columns of their own names the fixtures',
      list({ seen: ['own'], unexplained: 2 }),
      { decision: 'allow', exactly: ['own'] },
    ],
    [
      'of a read with rows that came along names these too',
      list({ seen: ['own'], along: ['acme'] }),
      { decision: 'allow', exactly: ['own', 'acme'] },
    ],
    ['of a comparison is bare', compared, { decision: 'allow' }],
    ['of what was refused is bare', refused, { decision: 'allow' }],
    [
      'of access that ended names the seconds, rounded up',
      list({ seen: [], lasted: { seconds: 1.2, ended: true } }),
      { decision: 'allow', endsWithin: 2 },
    ],
    ['of access that did not end is bare', list({ lasted: { seconds: 9, ended: false } }), { decision: 'allow' }],
    ['of what is not known is bare', unknown, { decision: 'allow' }],
  ])('%s', (_, given, expected) => {
    expect(allowanceFor(given)).toEqual(expected)
  })
})

describe('a denial', () => {
  it.each<[string, CellRecord, object]>([
    ['of what was refused names the layer', refused, { decision: 'deny', layers: ['filtered'] }],
    [
      'of two answers that look the same names none',
      cell({ ...alike, observed: { kind: 'refused', layer: null } }),
      bare,
    ],
    ['of a limit that refuses every actor names it', limited, { decision: 'deny', layers: ['limit'] }],
    ['of what was carried out names none', renamed, bare],
    ['of what is not known names none', unknown, bare],
  ])('%s', (_, given, expected) => {
    expect(denialFor(given)).toEqual(expected)
  })
})

it('describes the verdict of a run with the same answers', () => {
  expect(consequenceOf(refused, denialFor(refused))).toMatch(/^held: /)
  expect(consequenceOf(refused, { decision: 'allow' })).toMatch(/^lockout: /)
  expect(consequenceOf(renamed, denialFor(renamed))).toBe('breach: a denial was expected, it happened: title changed')
  expect(consequenceOf(list({ seen: ['own'] }), { decision: 'allow', exactly: ['own'] })).toMatch(/^held: /)
  expect(consequenceOf(compared, { decision: 'deny', layers: authorizingLayers })).toMatch(/^breach: /)
  expect(consequenceOf(unknown, { decision: 'allow' })).toBe('not known')
})

it('is about undecided cells that were tried', () => {
  expect([refused, unknown, cell({}), exampleCell()].map(isObserved)).toEqual([true, true, false, false])
})
