import { describe, expect, it } from 'vitest'
import * as s from '../../test/support/observations.ts'
import { type ChangedRow, type Changes, layers } from '../model/verdict.ts'
import { changesInWords, forbiddenChanges } from './changes.ts'
import { judge } from './judge.ts'

const row: ChangedRow = { table: 'public.notes', action: 'update', fixture: 'theirs', columns: ['title'] }
const permitted: ChangedRow = { table: 'public.audit', action: 'insert', permitted: 'refusals are logged' }
const changes = (...rows: readonly ChangedRow[]): Changes => ({ look: 'transaction', rows })

function denied(observed: Parameters<typeof s.saw>, seen: Changes, expected = s.deny(...layers)) {
  const attempt = { ...s.saw(...observed), changes: seen }
  return judge({ expected, credential: 'intact', attempt, control: s.writeWorked })
}

describe('a denied attempt that changed something', () => {
  const refusals = [s.done, s.unknown, s.unusable, ...layers.map(s.refusedBy)]
  const effects = [s.standing, s.nothing, s.missing, s.unread]
  it.each(refusals)('is a breach for every response of the service: %o', (meaning) => {
    for (const effect of effects) {
      for (const look of ['transaction', 'fixtures'] as const) {
        const { verdict, because } = denied([meaning, effect], { ...changes(row), look })
        expect([verdict, because]).toEqual([
          'breach',
          'a denial was expected, the attempt changed the database: theirs of public.notes: title',
        ])
      }
    }
  })

  it('is a breach behind any control, and without one', () => {
    for (const control of [null, s.control(s.refusedBy('rls'), s.nothing)]) {
      const attempt = { ...s.saw(s.refusedBy('rls'), s.nothing), changes: changes(row) }
      expect(judge({ expected: s.deny(), credential: 'intact', attempt, control }).verdict).toBe('breach')
    }
  })

  it.each<[string, ChangedRow, string]>([
    ['a new row', { table: 'public.queue', action: 'insert', key: { id: '7' } }, 'a new row in public.queue (id 7)'],
    ['a row that was deleted', { ...row, action: 'delete' }, 'theirs of public.notes was deleted'],
    ['a row of another', { table: 'public.notes', action: 'update', columns: ['n'] }, 'a row of public.notes: n'],
    ['a row that was not known', { table: 'public.log', action: 'update' }, 'a row of public.log was updated'],
    ['a table', { table: 'public.log', action: 'truncate' }, 'public.log was emptied by truncate'],
    [
      'a partition',
      { table: 'public.log', partition: 'public.log_1', action: 'insert' },
      'a new row in public.log (partition public.log_1)',
    ],
  ])('names %s', (_name, changed, words) => {
    expect(forbiddenChanges(changes(changed))).toBe(words)
  })

  it('counts the changes that it does not name', () => {
    const many = { ...changes(...Array.from({ length: 9 }, () => row)), more: 40 }
    expect(forbiddenChanges(many)).toMatch(/and 44 more$/)
  })
})

describe('a denied attempt that changed nothing that it must not', () => {
  it.each([
    ['nothing at all', changes()],
    ['only what may change on a refusal', changes(permitted)],
  ])('is held: %s', (_name, seen) => {
    expect(denied([s.refusedBy('rls'), s.nothing], seen).verdict).toBe('held')
  })

  it('is inconclusive when its changes could not be read', () => {
    const { verdict, because } = denied([s.refusedBy('rls'), s.nothing], { ...changes(), unread: 'the log ended' })
    expect([verdict, because]).toEqual(['inconclusive', 'what the attempt changed could not be read: the log ended'])
  })

  it('is held where a function answers a row that reports a refusal', () => {
    const reading = { ...s.empty, reach: [], others: 1 }
    expect(denied([s.done, s.nothing, reading], changes()).verdict).toBe('held')
    expect(denied([s.done, s.nothing, reading], { ...changes(), look: 'fixtures' }).verdict).toBe('breach')
  })
})

it('leaves the verdict of an allowed attempt alone', () => {
  const attempt = { ...s.saw(s.done, s.happened), changes: changes(row, permitted) }
  expect(judge({ expected: s.allow(), credential: 'intact', attempt, control: null }).verdict).toBe('held')
})

it('describes where changes were read', () => {
  expect(changesInWords(changes())).toBe('nothing changed in its transaction')
  expect(changesInWords({ look: 'fixtures', rows: [] })).toBe("nothing changed among the cell's fixtures")
  expect(changesInWords(changes(row, permitted))).toBe(
    'changed in its transaction: theirs of public.notes: title, a new row in public.audit (permitted: refusals are logged)',
  )
})
