import { describe, expect, it } from 'vitest'
import { statementInWords, statementsOf } from './statements.ts'

const file = 'supabase/migrations/1_a.sql'
const only = async (sql: string) => (await statementsOf(sql, file))[0]

describe('the statements of a migration', () => {
  it('have their text and their position after any preceding text', async () => {
    const sql = '\uFEFF-- é; 😀\n/* a /* b; */ */ create table "ü" ();\n\n  select \'😀;\'; select 1 -- end'
    expect((await statementsOf(sql, file)).map(({ number, text, at }) => [number, text, at.line, at.column])).toEqual([
      [1, 'create table "ü" ()', 2, 18],
      [2, "select '😀;'", 4, 3],
      [3, 'select 1 -- end', 4, 16],
    ])
  })

  it('are none in a file of comments', async () => {
    expect(await statementsOf('-- nothing;\n;;', file)).toEqual([])
  })

  it('keep the body of a function whole', async () => {
    const sql = 'create function f() returns int begin atomic select 1; select 2; end; do $$ begin; end $$;'
    expect(await statementsOf(sql, file)).toHaveLength(2)
  })

  it.each([
    ['create policy p on a for select using (true)', 'create policy', 'inside'],
    ['alter table a enable row level security', 'enable row level security', 'inside'],
    ['alter table a add column b int, add column c int', 'alter table', 'inside'],
    ['grant select on a to anon', 'grant', 'inside'],
    ['revoke all on a from anon', 'revoke', 'inside'],
    ['create index i on a (b)', 'create index', 'inside'],
    ['create index concurrently i on a (b)', 'create index concurrently', 'alone'],
    ['drop index i', 'drop index', 'inside'],
    ['drop index concurrently i', 'drop index concurrently', 'alone'],
    ['reindex table a', 'reindex', 'inside'],
    ['reindex (concurrently) table a', 'reindex concurrently', 'alone'],
    ['reindex table concurrently a', 'reindex concurrently', 'alone'],
    ['reindex schema public', 'reindex', 'alone'],
    ['vacuum (analyze) a', 'vacuum', 'alone'],
    ['analyze a', 'analyze', 'inside'],
    ['cluster', 'cluster', 'alone'],
    ['cluster a using i', 'cluster', 'inside'],
    ['alter system set work_mem = 1', 'alter system', 'alone'],
    ['create database d', 'create database', 'alone'],
    ['alter database d set tablespace t', 'alter database', 'alone'],
    ['alter table a detach partition b', 'alter table', 'inside'],
    ['alter table a detach partition b concurrently', 'alter table', 'alone'],
    ['refresh materialized view concurrently v', 'refresh materialized view', 'inside'],
    ['discard all', 'discard', 'alone'],
    ['begin', 'begin', 'control'],
    ['start transaction', 'start', 'control'],
    ['end', 'commit', 'control'],
    ['abort', 'rollback', 'control'],
    ['savepoint s', 'savepoint', 'inside'],
    ['rollback to s', 'rollback to', 'inside'],
  ])('%s', async (sql, kind, runs) => {
    expect(await only(sql)).toMatchObject({ kind, runs })
  })

  it('mark objects that all databases of a server share', async () => {
    const shared = (await statementsOf('create role r; grant a to b; grant select on a to b', file)).map(
      (s) => s.shared,
    )
    expect(shared).toEqual([true, true, false])
  })

  it('note when a new value of a type can be used', async () => {
    expect((await only("alter type mood add value 'calm'"))?.note).toContain('committed')
    expect((await only("alter type mood rename value 'calm' to 'quiet'"))?.note).toBeNull()
  })

  it('name the relation that they are about', async () => {
    expect((await only('create index concurrently i on public."odd ""name" (b)'))?.relation).toBe(
      '"public"."odd ""name"',
    )
  })

  it('have a one-line description', async () => {
    const [statement] = await statementsOf(`\ncreate policy p on a\n  using (${'x and '.repeat(30)} true)`, file)
    expect(statement === undefined ? '' : statementInWords(statement)).toMatch(
      /^line 2: create policy p on a using .*…$/,
    )
  })

  it('are refused with file, line and column', async () => {
    await expect(statementsOf("select '😀é';\n  create tabel x;", file)).rejects.toMatchObject({
      code: 'migration-unreadable',
      message: `${file}:2:10: syntax error at or near "tabel", expected SQL`,
    })
  })
})
