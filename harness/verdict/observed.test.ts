import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as s from '../../test/support/observations.ts'
import { type Case, layers, type Observed, type Verdict } from '../model/verdict.ts'
import { judge, judgeFailure } from './judge.ts'

type Given = Pick<Case, 'attempt'> & Partial<Case>

const observed = (given: Given) =>
  judge({ expected: { decision: 'define' }, credential: 'intact', control: null, ...given })

const access = (what: string): Observed => ({ kind: 'access', what })
const refused = (layer: Extract<Observed, { kind: 'refused' }>['layer']): Observed => ({ kind: 'refused', layer })
const unknown = (why: string): Observed => ({ kind: 'unknown', why })

const renamed = 'it was carried out: own.title changed'
const changes = (more: object = {}) => ({
  look: 'transaction' as const,
  rows: [{ table: 'public.notes', action: 'update' as const, fixture: 'theirs', columns: ['title'] }],
  ...more,
})
const title = { fixture: 'own', column: 'title', at: 'message' }
const same = [s.done, s.done] as const

const table: readonly (readonly [it: string, given: Given, shows: Observed | undefined])[] = [
  ['a write that happened', { attempt: s.saw(s.done, s.happened) }, access(renamed)],
  ['a write that happened behind an error', { attempt: s.saw(s.unknown, s.happened) }, access(renamed)],
  ['a write that a refusal hides', { attempt: s.saw(s.refusedBy('rls'), s.happened) }, access(renamed)],
  [
    'a write that happened otherwise',
    { attempt: s.saw(s.done, s.otherwise) },
    access('it was carried out: own is gone'),
  ],
  [
    'a write that shows its row',
    { attempt: s.saw(s.done, s.happened, s.full) },
    access(`${renamed}; these came back: own`),
  ],
  ['a read that shows rows', { attempt: s.saw(s.done, s.standing, s.full) }, access('these came back: own')],
  [
    'a read that shows rows of others alone',
    { attempt: s.saw(s.done, s.standing, { ...s.empty, others: 2, strangers: 2 }) },
    access('2 rows of others'),
  ],
  [
    'a read that shows rows, and rows of others',
    { attempt: s.saw(s.done, s.standing, { ...s.full, others: 2, strangers: 2 }) },
    access('these came back: own; 2 rows of others'),
  ],
  [
    'a read by design of rows of others',
    {
      attempt: s.saw(s.done, s.standing, { ...s.empty, others: 2, strangers: 2 }),
      others: 'allow',
      control: s.readWorked,
    },
    refused('filtered'),
  ],
  [
    'a count',
    { attempt: s.saw(s.done, s.standing, { ...s.empty, seen: null, count: 3 }) },
    access('the service counted 3 rows'),
  ],
  ['a call that returns no rows', { attempt: s.saw(s.done, s.standing) }, access('the service carried it out')],
  [
    'an error that holds a value of the row',
    { attempt: { ...s.saw(s.refusedBy('rls'), s.standing), sightings: [title] }, control: s.readWorked },
    access('the answer holds own.title in message'),
  ],
  [
    'the places of a row that came back are not listed',
    { attempt: { ...s.saw(s.done, s.standing, s.full), sightings: [{ ...title, at: 'rows[0].title' }] } },
    access('these came back: own'),
  ],
  [
    'a change of another row behind a refusal',
    { attempt: { ...s.saw(s.refusedBy('rls'), s.nothing), changes: changes() }, control: s.writeWorked },
    access('the attempt changed the database: theirs of public.notes: title'),
  ],
  [
    'access that went on',
    { attempt: s.saw(s.refusedBy('rls'), s.standing, { ...s.empty, lasted: { seconds: 4, ended: true } }) },
    access('access went on for 4 s'),
  ],
  ...layers
    .filter((layer) => layer !== 'unauthenticated')
    .map((layer): (typeof table)[number] => [
      `a refusal by ${layer}, behind a control`,
      { attempt: s.saw(s.refusedBy(layer), s.nothing), control: s.writeWorked },
      refused(layer),
    ]),
  [
    'a broken credential',
    { attempt: s.saw(s.refusedBy('unauthenticated'), s.nothing), credential: 'attacked', control: s.writeWorked },
    refused('unauthenticated'),
  ],
  [
    'a sound credential that is refused',
    { attempt: s.saw(s.refusedBy('unauthenticated'), s.nothing), control: s.writeWorked },
    unknown('the credential was refused although nothing is wrong with it'),
  ],
  [
    'an empty answer behind a control',
    { attempt: s.saw(s.done, s.standing, s.empty), control: s.readWorked },
    refused('filtered'),
  ],
  [
    'a refusal without a control',
    { attempt: s.saw(s.refusedBy('rls'), s.nothing) },
    unknown(
      'a row-security policy refused it, and no control stands behind this denial: no actor is allowed and no privileged key is at hand',
    ),
  ],
  [
    'a constraint that refuses the control too: the request may be wrong',
    { attempt: s.saw(s.refusedBy('constraint'), s.nothing), control: s.control(s.refusedBy('constraint'), s.nothing) },
    unknown('a constraint refused it, and the control by alice failed: a constraint refused it'),
  ],
  [
    'a schema that is hidden from the control too',
    { attempt: s.saw(s.refusedBy('hidden'), s.nothing), control: s.control(s.refusedBy('hidden'), s.nothing) },
    refused('hidden'),
  ],
  [
    'a request that is wrong',
    { attempt: s.saw(s.unusable, s.nothing) },
    unknown('the request could not have worked for anyone: a misspelt column'),
  ],
  [
    'a defect of the project',
    { attempt: s.saw(s.broken, s.standing) },
    unknown('the request fails at every moment: a policy refers to itself'),
  ],
  [
    'an effect that was not read',
    { attempt: s.saw(s.refusedBy('rls'), s.unread) },
    unknown('the effect could not be read: connection lost'),
  ],
  [
    'a log that was not read',
    {
      attempt: { ...s.saw(s.refusedBy('rls'), s.nothing), changes: changes({ rows: [], unread: 'no slot' }) },
      control: s.writeWorked,
    },
    unknown('a row-security policy refused it, and what the attempt changed could not be read: no slot'),
  ],
  [
    'a fixture that was not there',
    { attempt: s.saw(s.done, s.missing, s.empty) },
    unknown('a fixture was not there: own'),
  ],
  ['a cell that was not run', { attempt: null, notRun: 'no key' }, unknown('not run: no key')],
  ['a record of before', { attempt: null }, undefined],
  [
    'two answers that differ',
    { attempt: null, comparison: { differences: ['the status'], meanings: same } },
    access('the two answers differ: the status'),
  ],
  [
    'two answers that look the same',
    { attempt: null, comparison: { differences: [], meanings: same }, control: s.readWorked },
    refused(null),
  ],
  [
    'two answers that look the same without a control',
    { attempt: null, comparison: { differences: [], meanings: same } },
    unknown('no control stands behind this denial: no actor is allowed and no privileged key is at hand'),
  ],
]

describe('the attempt of an undecided cell shows', () => {
  it.each(table)('%s', (_, given, shows) => {
    const { verdict, denial, observed: found } = observed(given)
    expect([verdict, denial, found]).toEqual(['undecided', null, shows])
  })
})

describe('an undecided cell', () => {
  it('has a description of its observation, written as `define` or not at all', () => {
    const attempt = s.saw(s.done, s.happened)
    expect(observed({ attempt }).because).toBe(`the matrix says \`define\`; ${renamed}`)
    const missing = observed({
      expected: { decision: 'missing' },
      attempt: s.saw(s.refusedBy('rls'), s.nothing),
      control: s.writeWorked,
    })
    expect(missing.because).toBe('no expectation covers this actor and operation; refused: rls')
    expect(observed({ attempt: null }).because).toBe('the matrix says `define`')
  })

  it('stays undecided where Trespass failed to try it', () => {
    expect(judgeFailure({ decision: 'define' }, 'no such column')).toEqual({
      verdict: 'undecided',
      denial: null,
      because: 'the matrix says `define`; not known: no such column',
      observed: unknown('no such column'),
    })
    expect(judgeFailure(s.deny(), 'no such column')).toEqual({
      verdict: 'error',
      denial: null,
      because: 'no such column',
    })
  })

  it('shows the verdict that a denial would get: a breach, held, or not proven', () => {
    const meanings = [s.done, s.unknown, s.broken, s.unusable, ...layers.map(s.refusedBy)]
    const cases = fc.record({
      attempt: fc
        .tuple(
          fc.constantFrom(...meanings),
          fc.constantFrom(s.standing, s.nothing, s.happened, s.otherwise, s.missing, s.unread),
          fc.constantFrom(undefined, s.empty, s.full, { ...s.empty, others: 1, strangers: 1 }),
        )
        .map((parts) => s.saw(...parts)),
      control: fc.constantFrom(null, s.readWorked, s.writeWorked, s.control(s.unknown, s.nothing)),
      credential: fc.constantFrom('intact' as const, 'attacked' as const),
    })
    const shows: Partial<Record<Verdict, string>> = { breach: 'access', held: 'refused', inconclusive: 'unknown' }
    fc.assert(
      fc.property(cases, (given) => {
        const asDenied = judge({ expected: s.deny(...layers), ...given })
        const found = judge({ expected: { decision: 'define' }, ...given }).observed
        expect(found?.kind).toBe(shows[asDenied.verdict])
        if (found?.kind === 'refused') expect(found.layer).toBe(asDenied.denial)
      }),
      { numRuns: 400 },
    )
  })
})
