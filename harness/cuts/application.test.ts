import { describe, expect, it } from 'vitest'
import { type Applier, isOneTransaction, isOpenSinceStart, refuseInapplicable, stepsOf } from './application.ts'
import { statementsOf } from './statements.ts'

async function sent(sql: string, applier: Applier): Promise<string> {
  const steps = stepsOf(await statementsOf(sql, 'a.sql'), applier)
  return steps.map((step) => (step.send === 'statement' ? step.statement.number : step.send)).join(' ')
}

const table = 'create table a ();'
const index = 'create index concurrently i on a (b);'

describe('the statements that are sent to apply a migration', () => {
  it.each([
    ['one transaction', table + table, 'begin 1 2 commit'],
    ['what cannot run in a transaction in between', table + index + table, 'begin 1 commit 2 begin 3 commit'],
    ['what cannot, first', index + table, '1 begin 2 commit'],
    ['what cannot, last: the history is written after it', table + index, 'begin 1 commit 2 begin commit'],
    ['nothing else', index + index, '1 2 begin commit'],
    ['transactions of its own', `begin;${table}commit;${index}`, '1 2 3 4'],
    ['savepoints', `savepoint s;${table}`, 'begin 1 2 commit'],
  ])('by the Supabase CLI, with %s', async (_what, sql, steps) => {
    expect(await sent(sql, 'supabase-cli')).toBe(steps)
  })

  it('by psql is the file as it stands', async () => {
    expect(await sent(`${table}${index}begin;${table}commit`, 'psql')).toBe('1 2 3 4 5')
  })

  it.each([
    ['one implicit transaction', table + table, 'begin 1 2 commit'],
    ['a single statement', index, '1'],
    ['a COMMIT in its middle', `${table}commit;${table}`, 'begin 1 2 begin 3 commit'],
    [
      'a BEGIN, which takes the statements before it along',
      `${table}begin;${table}commit;${table}`,
      'begin 1 2 3 4 begin 5 commit',
    ],
    ['transactions of its own', `begin;${table}commit;begin;${table}commit`, '1 2 3 4 5 6'],
    ['a BEGIN that is left open: nothing is committed', `begin;${table}`, '1 2'],
    ['a ROLLBACK', `${table}rollback;${table}`, 'begin 1 2 begin 3 commit'],
  ])('by the SQL Editor, with %s', async (_what, sql, steps) => {
    expect(await sent(sql, 'sql-editor')).toBe(steps)
  })

  it('by psql -1 stands between BEGIN and COMMIT, whatever it holds', async () => {
    expect(await sent(`${table}commit;${table}`, 'psql-single-transaction')).toBe('begin 1 2 3 commit')
  })

  it.each<[string, Applier, string, RegExp | null]>([
    [
      'an index built concurrently among others',
      'sql-editor',
      `${table}\n${index}`,
      /^a\.sql:2:1: create index concurrently cannot run in a transaction block, and the statements of one script of the SQL Editor are one/,
    ],
    ['the same behind a COMMIT', 'sql-editor', `${table}commit;${index}`, /cannot run in a transaction block/],
    ['the same alone', 'sql-editor', index, null],
    ['a savepoint', 'sql-editor', `${table}savepoint s;`, /savepoint can only be used in a transaction block/],
    [
      'a savepoint behind a COMMIT',
      'sql-editor',
      `begin;${table}commit;savepoint s;`,
      /savepoint can only be used in a transaction block/,
    ],
    ['a savepoint behind a BEGIN', 'sql-editor', `begin;savepoint s;commit;`, null],
    ['an index built concurrently, even alone', 'psql-single-transaction', index, /psql -1 makes one/],
    ['the same', 'psql', table + index, null],
    ['the same, which the CLI takes out', 'supabase-cli', table + index, null],
  ])('%s is refused before anything is sent, or not: %s', async (_what, applier, sql, message) => {
    const statements = await statementsOf(sql, 'a.sql')
    const wanted = () => refuseInapplicable(statements, applier)
    if (message === null) expect(wanted).not.toThrow()
    else
      expect(wanted).toThrow(
        expect.objectContaining({ code: 'migration-failed', message: expect.stringMatching(message) }),
      )
  })

  it('may be one transaction as a whole', async () => {
    const whole = async (sql: string, applier: Applier) => isOneTransaction(await statementsOf(sql, 'a.sql'), applier)
    expect(await whole(table + table, 'supabase-cli')).toBe(true)
    expect(await whole(table + index, 'supabase-cli')).toBe(false)
    expect(await whole(table + table, 'psql')).toBe(false)
  })

  it.each([
    ['nothing', table, 'supabase-cli', 0, true],
    ['a transaction that is open', table + table, 'supabase-cli', 3, true],
    ['a savepoint in it', `savepoint s;${table}`, 'supabase-cli', 3, true],
    ['a commit', table, 'supabase-cli', 3, false],
    ['a statement that cannot run in a transaction', index + table, 'supabase-cli', 1, false],
    ['a transaction after such a statement', index + table, 'supabase-cli', 3, false],
    ['a CLUSTER outside of a transaction', `cluster;${table}`, 'supabase-cli', 1, false],
    ['a statement without a transaction', table, 'psql', 1, false],
    ['a transaction of the file itself', `begin;${table}commit`, 'psql', 2, false],
  ] as const)('after %s, whether a transaction is open since the start', async (_what, sql, applier, count, isOpen) => {
    const steps = stepsOf(await statementsOf(sql, 'a.sql'), applier)
    expect(isOpenSinceStart(steps.slice(0, count))).toBe(isOpen)
  })
})
