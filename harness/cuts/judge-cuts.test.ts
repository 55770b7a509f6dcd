import { describe, expect, it } from 'vitest'
import type { Access } from './access.ts'
import { judgeCuts } from './judge-cuts.ts'
import type { CutRecord, CutShort, StatementRecord, TriedCell, TriedState } from './model.ts'

const open: Access = { way: 'open' }
const wide: Access = { way: 'wide open' }
const closed: Access = { way: 'closed', proven: true }
const refused: Access = { way: 'closed', proven: false }
const unproven: Access = { way: 'unproven' }

const statement = (number: number): StatementRecord => {
  return { number, line: number, kind: 'grant', runs: 'inside', note: null, words: `line ${number}: grant ${number}` }
}

const cell = (id: string, access: Access): TriedCell => {
  const [, actor = '', operation = ''] = id.split(' › ')
  return { id, actor, operation, resource: 'table public.polls', access, because: `it was ${access.way}` }
}

const state = (name: string, cells: Readonly<Record<string, Access>>): TriedState => {
  return { name, cells: Object.entries(cells).map(([id, access]) => cell(id, access)), missing: [], durationMs: 1 }
}

const cut = (tried: string, changed: Partial<CutRecord> = {}): CutRecord => ({
  done: 2,
  way: 'error',
  statement: 'line 3: grant 3',
  place: 'in its place',
  said: 'P0001 cut short',
  standing: tried === 'before' || tried === 'after' ? tried : 'between',
  remained: ['the table public.polls is there'],
  again: { how: 'completes', why: null },
  tried,
  durationMs: 1,
  ...changed,
})

const read = 'polls › eve › read'

/** Judges one cell by its access before, at one cut and after. Null before if the table does not exist yet. */
function judged(before: Access | null, at: Access, after: Access, changed: Partial<CutShort> = {}) {
  return judgeCuts({
    file: 'supabase/migrations/1_polls.sql',
    applier: 'psql',
    oneTransaction: false,
    leftOut: [],
    statements: [1, 2, 3].map(statement),
    cuts: [cut('at the cut')],
    states: [
      state('before', before === null ? {} : { [read]: before }),
      state('after', { [read]: after }),
      state('at the cut', { [read]: at }),
    ],
    ...changed,
  })
}

describe('a migration that is cut short', () => {
  it.each([
    ['denied before and after, open in between', closed, open, closed],
    ['wide open in between', closed, wide, closed],
    ['not there before, denied after, open in between', null, open, closed],
    ['denied before and after without a control, open in between', refused, open, refused],
    ['open before and after, and wide open in between', open, wide, open],
  ])('opens a door: %s', (_what, before, at, after) => {
    expect(judged(before, at, after)).toMatchObject({ verdict: 'breach', openings: [{ cell: { id: read } }] })
  })

  it.each([
    ['denied all along', closed, closed, closed],
    ['open before', open, open, closed],
    ['open after', closed, open, open],
    ['wide open after, which a run of the matrix says', closed, wide, wide],
    ['closed for the time of the migration', open, closed, open],
    ['refused in between, and its control stands after', null, refused, closed],
    ['refused in between, and allowed after', null, refused, open],
  ])('opens none: %s', (_what, before, at, after) => {
    expect(judged(before, at, after)).toMatchObject({ verdict: 'held', openings: [] })
  })

  it.each([
    ['nobody knows what was possible at the cut', closed, unproven, closed],
    ['nobody knows what was possible before', unproven, open, closed],
    ['the request never worked for anybody', null, refused, refused],
  ])('is not proven: %s', (_what, before, at, after) => {
    expect(judged(before, at, after)).toMatchObject({ verdict: 'inconclusive', openings: [] })
  })

  it('proves nothing when no cell could be tried after it', () => {
    const { verdict, because } = judged(null, refused, closed, { states: [state('before', {}), state('after', {})] })
    expect([verdict, because]).toEqual(['inconclusive', expect.stringContaining('No cell of the chosen matrices')])
  })

  it('is an error when it was never cut', () => {
    expect(judged(closed, closed, closed, { cuts: [] }).verdict).toBe('error')
  })
})

describe('the message', () => {
  it('names the cut, the statement, the cell, and the leftovers', () => {
    expect(judged(null, wide, closed).because).toBe(
      'supabase/migrations/1_polls.sql was cut by an error after line 2: grant 2 (2 of 3 statements done). ' +
        'Then "read" by eve on table public.polls is wide open: it was wide open. ' +
        'It is not there before the migration and denied after it; left behind: the table public.polls is there.',
    )
  })

  it('names the statement that was cut in its middle', () => {
    const cuts = [cut('at the cut', { place: 'in its middle', way: 'lost-connection', done: 0 })]
    expect(judged(closed, open, closed, { cuts }).because).toMatch(
      /was cut by a lost connection in the middle of line 3: grant 3\./,
    )
  })

  it('counts an opening once, however many ways lead to it', () => {
    const cuts = [cut('at the cut'), cut('at the cut', { way: 'statement-timeout' })]
    const { because, openings } = judged(closed, open, closed, { cuts })
    expect(openings).toHaveLength(2)
    expect(because).not.toContain('more cell')
    const more = [cut('at the cut'), cut('at the cut', { done: 1 })]
    expect(judged(closed, open, closed, { cuts: more }).because).toContain('1 more cell is open')
  })

  it('describes the states that cuts left, and whether the file can be run again', () => {
    const again = { how: 'refused', why: '42P07 relation "polls" already exists' } as const
    const cuts = [cut('before', { done: 0 }), cut('at the cut', { again }), cut('after', { done: 3, again })]
    expect(judged(null, refused, closed, { cuts }).because).toBe(
      'supabase/migrations/1_polls.sql was cut 3 times in 3 places: 1 left nothing behind, 1 left a part of it, ' +
        '1 left all of it. No cell was allowed at any cut that is denied before and after. ' +
        'Running it again does not complete after 2, 3 statements: 42P07 relation "polls" already exists.',
    )
  })

  it('states that one transaction leaves nothing', () => {
    expect(judged(null, refused, closed, { cuts: [cut('before')], oneTransaction: true }).because).toBe(
      'supabase/migrations/1_polls.sql was cut 1 time in 1 place: 1 left nothing behind; it is one transaction. ' +
        'Running it again completes after every cut.',
    )
  })
})
