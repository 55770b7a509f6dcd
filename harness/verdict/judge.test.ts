import { describe, expect, it } from 'vitest'
import * as s from '../../test/support/observations.ts'
import type { Case, Layer, Verdict } from '../model/verdict.ts'
import { judge } from './judge.ts'

interface Row {
  readonly it: string
  readonly given: Partial<Case> & Pick<Case, 'expected' | 'attempt'>
  readonly verdict: Verdict
  readonly denial?: Layer
  readonly because?: string
}

function judged({ given }: Row) {
  return judge({ credential: 'intact', control: null, ...given })
}

function check(rows: readonly Row[]): void {
  it.each(rows)('$it', (row) => {
    const result = judged(row)
    expect(result).toMatchObject({ verdict: row.verdict, denial: row.denial ?? null })
    if (row.because !== undefined) expect(result.because).toContain(row.because)
  })
}

describe('a read that meets a defect of the project', () => {
  const attempt = s.saw(s.broken, s.standing)
  const comparison = { differences: [], meanings: [s.broken, s.done] as const }
  check([
    { it: 'is a lockout where it is allowed', given: { expected: s.allow(), attempt }, verdict: 'lockout' },
    {
      it: 'is a lockout where an empty answer is allowed',
      given: { expected: s.allow({ exactly: [] }), attempt, control: s.readWorked },
      verdict: 'lockout',
    },
    {
      it: 'is inconclusive where it is denied',
      given: { expected: s.deny(), attempt, control: s.readWorked },
      verdict: 'inconclusive',
      because: 'a policy refers to itself',
    },
    {
      it: 'cannot be told apart from another answer where that is allowed',
      given: { expected: s.allow(), attempt, comparison },
      verdict: 'lockout',
    },
    {
      it: 'proves nothing where two answers have to look the same',
      given: { expected: s.deny(), attempt, comparison, control: s.readWorked },
      verdict: 'inconclusive',
    },
  ])
})

describe('an undecided cell', () => {
  const attempt = s.saw(s.done, s.happened)
  check([
    { it: 'define', given: { expected: { decision: 'define' }, attempt }, verdict: 'undecided' },
    { it: 'missing', given: { expected: { decision: 'missing' }, attempt: null }, verdict: 'undecided' },
    { it: 'no attempt was made', given: { expected: s.allow(), attempt: null }, verdict: 'error' },
  ])
})

describe('a cell that was not run', () => {
  const notRun = 'there is no signing key'
  check([
    {
      it: 'is never held, whatever was expected',
      given: { expected: s.deny(), attempt: null, notRun },
      verdict: 'inconclusive',
      because: 'not run: there is no signing key',
    },
    { it: 'is no lockout', given: { expected: s.allow(), attempt: null, notRun }, verdict: 'inconclusive' },
    {
      it: 'is undecided first',
      given: { expected: { decision: 'define' }, attempt: null, notRun },
      verdict: 'undecided',
    },
  ])
})

describe('an allowed write', () => {
  const expected = s.allow()
  const left = (effect: Parameters<typeof s.saw>[1], meaning = s.done) => s.saw(meaning, effect)
  check([
    { it: 'happened', given: { expected, attempt: left(s.happened) }, verdict: 'held' },
    { it: 'happened behind an error', given: { expected, attempt: left(s.happened, s.unknown) }, verdict: 'held' },
    { it: 'happened in part', given: { expected, attempt: left(s.otherwise) }, verdict: 'lockout' },
    { it: 'left no trace', given: { expected, attempt: left(s.nothing) }, verdict: 'lockout', denial: 'filtered' },
    {
      it: 'left no trace though rows came back',
      given: { expected, attempt: s.saw(s.done, s.nothing, s.full) },
      verdict: 'lockout',
      denial: 'application',
    },
    {
      it: 'left no trace and was allowed to show nothing',
      given: { expected: s.allow({ exactly: [] }), attempt: s.saw(s.done, s.nothing, s.empty), control: s.writeWorked },
      verdict: 'lockout',
      denial: 'filtered',
    },
    {
      it: 'was refused',
      given: { expected, attempt: left(s.nothing, s.refusedBy('rls')) },
      verdict: 'lockout',
      denial: 'rls',
    },
    {
      it: 'met a defect of the project',
      given: { expected, attempt: left(s.nothing, s.broken) },
      verdict: 'lockout',
      because: 'allowed was expected, the request fails at every moment: a policy refers to itself',
    },
    { it: 'happened in spite of a defect', given: { expected, attempt: left(s.happened, s.broken) }, verdict: 'held' },
    {
      it: 'met a defect, and its effect could not be read',
      given: { expected, attempt: left(s.unread, s.broken) },
      verdict: 'inconclusive',
    },
    {
      it: 'was refused with the credential',
      given: { expected, attempt: left(s.nothing, s.refusedBy('unauthenticated')) },
      verdict: 'inconclusive',
      denial: 'unauthenticated',
    },
    {
      it: 'was refused with an attacked credential',
      given: { expected, credential: 'attacked', attempt: left(s.nothing, s.refusedBy('unauthenticated')) },
      verdict: 'lockout',
      denial: 'unauthenticated',
    },
    { it: 'could not be read', given: { expected, attempt: left(s.unread) }, verdict: 'inconclusive' },
    {
      it: 'hands the written row out under another key',
      given: { expected, attempt: s.saw(s.done, s.happened, { ...s.full, reach: [] }) },
      verdict: 'held',
      because: 'own.title changed',
    },
    {
      it: 'returns a value beside its effect',
      given: { expected, attempt: s.saw(s.done, s.happened, { ...s.empty, reach: [], value: 1 }) },
      verdict: 'held',
    },
  ])
})

describe('an allowed read', () => {
  const read = (reading: Partial<typeof s.full>) => s.saw(s.done, s.standing, { ...s.full, ...reading })
  const both = ['own', 'theirs']
  check([
    { it: 'shows all in reach', given: { expected: s.allow(), attempt: read({}) }, verdict: 'held' },
    {
      it: 'shows too few',
      given: { expected: s.allow(), attempt: read({ reach: both }) },
      verdict: 'lockout',
      because: 'theirs',
    },
    {
      it: 'shows too many',
      given: { expected: s.allow({ exactly: ['own'] }), attempt: read({ reach: both, seen: both }) },
      verdict: 'breach',
      because: 'theirs',
    },
    {
      it: 'shows a row that is another',
      given: { expected: s.allow({ exactly: ['own'] }), attempt: read({ reach: both, seen: ['theirs'] }) },
      verdict: 'breach',
    },
    {
      it: 'shows nothing',
      given: { expected: s.allow(), attempt: read({ seen: [] }) },
      verdict: 'lockout',
      denial: 'filtered',
    },
    {
      it: 'counts too many',
      given: { expected: s.allow(), attempt: read({ seen: null, count: 2 }) },
      verdict: 'breach',
    },
    {
      it: 'counts too few',
      given: { expected: s.allow(), attempt: read({ reach: both, seen: null, count: 1 }) },
      verdict: 'lockout',
    },
    { it: 'counts right', given: { expected: s.allow(), attempt: read({ seen: null, count: 1 }) }, verdict: 'held' },
    {
      it: 'has neither rows nor a count',
      given: { expected: s.allow(), attempt: read({ seen: null }) },
      verdict: 'inconclusive',
    },
    {
      it: 'shows a column too many',
      given: { expected: s.allow({ columns: ['id'] }), attempt: read({}) },
      verdict: 'breach',
      because: 'title',
    },
    {
      it: 'lacks a column',
      given: { expected: s.allow({ columns: ['id', 'title', 'body'] }), attempt: read({}) },
      verdict: 'lockout',
      because: 'body',
    },
    {
      it: 'shows a column too many while it lacks a row',
      given: { expected: s.allow({ columns: ['id'] }), attempt: read({ reach: both }) },
      verdict: 'breach',
      because: 'title',
    },
    {
      it: 'counts too many while a row is missing',
      given: { expected: s.allow(), attempt: read({ reach: both, count: 3 }) },
      verdict: 'breach',
      because: 'counted 3 rows, 2 were expected',
    },
    {
      it: 'counts too many, a row of the world among those that were expected',
      given: { expected: s.allow(), attempt: read({ reach: both, world: ['theirs'], count: 3 }) },
      verdict: 'breach',
      because: 'counted 3 rows, 2 were expected: own, theirs (of the world)',
    },
    {
      it: 'lacks a row of the world',
      given: { expected: s.allow(), attempt: read({ reach: both, world: ['theirs'], seen: ['own'] }) },
      verdict: 'lockout',
      because: 'did not come back: theirs (of the world)',
    },
    {
      it: 'shows too many while the witness could not read',
      given: { expected: s.allow({ exactly: [] }), attempt: s.saw(s.done, s.unread, s.full) },
      verdict: 'breach',
      because: 'own',
    },
    {
      it: 'a fixture was gone',
      given: { expected: s.allow(), attempt: s.saw(s.done, s.missing, s.empty) },
      verdict: 'inconclusive',
    },
    {
      it: 'answered 500',
      given: { expected: s.allow(), attempt: s.saw(s.unknown, s.standing) },
      verdict: 'inconclusive',
    },
  ])
})

describe('an allowed call', () => {
  const value = (returned: number | null) => s.saw(s.done, s.standing, { ...s.empty, reach: [], value: returned })
  const expected = s.allow({ returns: 3 })
  check([
    { it: 'returns the value', given: { expected, attempt: value(3) }, verdict: 'held' },
    { it: 'returns another', given: { expected, attempt: value(4) }, verdict: 'breach', because: '4, not 3' },
    {
      it: 'returns nothing',
      given: { expected, attempt: s.saw(s.done, s.standing) },
      verdict: 'breach',
      because: 'null',
    },
    {
      it: 'returns null',
      given: { expected: s.allow({ returns: null }), attempt: s.saw(s.done, s.standing) },
      verdict: 'held',
    },
    { it: 'ran', given: { expected: s.allow(), attempt: s.saw(s.done, s.standing) }, verdict: 'held' },
  ])
})

describe('allowed to see none of them', () => {
  const expected = s.allow({ exactly: [] })
  const attempt = s.saw(s.refusedBy('filtered'), s.standing, s.empty)
  check([
    { it: 'held behind a control', given: { expected, attempt, control: s.readWorked }, verdict: 'held' },
    { it: 'no control', given: { expected, attempt }, verdict: 'inconclusive', denial: 'filtered' },
    {
      it: 'the control saw nothing either',
      given: { expected, attempt, control: { by: 'bob', ...attempt } },
      verdict: 'inconclusive',
      denial: 'filtered',
    },
    {
      it: 'one came',
      given: { expected, attempt: s.saw(s.done, s.standing, s.full), control: s.readWorked },
      verdict: 'breach',
    },
    {
      it: 'none came, and the count tells of one',
      given: { expected, attempt: s.saw(s.done, s.standing, { ...s.empty, count: 1 }), control: s.readWorked },
      verdict: 'breach',
    },
    {
      it: 'none came with the response pattern of an empty answer, and the count tells of one',
      given: { expected, attempt: { ...attempt, reading: { ...s.empty, count: 1 } }, control: s.readWorked },
      verdict: 'breach',
    },
    {
      it: 'a missing grant is no empty answer',
      given: { expected, attempt: s.saw(s.refusedBy('grant'), s.standing), control: s.readWorked },
      verdict: 'lockout',
      denial: 'grant',
    },
  ])
})

describe('access that is taken away meanwhile', () => {
  const until = (seconds: number, ended: boolean) => ({
    ...(ended ? s.empty : s.full),
    lasted: { seconds, ended },
  })
  const expected = s.allow({ endsWithin: 3 })
  const refused = s.refusedBy('filtered')
  check([
    {
      it: 'ended in time',
      given: { expected, attempt: s.saw(refused, s.standing, until(2, true)) },
      verdict: 'held',
      because: 'access ended after 2 s',
    },
    {
      it: 'ended at once',
      given: { expected, attempt: s.saw(refused, s.standing, until(0, true)) },
      verdict: 'held',
    },
    { it: 'went on', given: { expected, attempt: s.saw(s.done, s.standing, until(9, false)) }, verdict: 'breach' },
    {
      it: 'was not watched for long enough',
      given: { expected, attempt: s.saw(s.done, s.standing, until(2, false)) },
      verdict: 'inconclusive',
    },
    {
      it: 'ended in an answer that nobody understands',
      given: { expected, attempt: s.saw(s.unknown, s.standing, until(2, true)) },
      verdict: 'inconclusive',
    },
    {
      it: 'was never there',
      given: { expected, attempt: s.saw(refused, s.standing) },
      verdict: 'lockout',
      denial: 'filtered',
    },
    {
      it: 'should have been gone at once, and went on',
      given: { expected: s.deny(), attempt: s.saw(refused, s.standing, until(1, true)), control: s.readWorked },
      verdict: 'breach',
    },
    {
      it: 'should have been gone at once, and was',
      given: { expected: s.deny(), attempt: s.saw(refused, s.standing, until(0, true)), control: s.readWorked },
      verdict: 'held',
      denial: 'filtered',
    },
  ])
})
