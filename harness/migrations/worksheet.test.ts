import { describe, expect, it } from 'vitest'
import type { Applier } from '../cuts/application.ts'
import { statementsOf } from '../cuts/statements.ts'
import { worksheetOf } from './worksheet.ts'

const file = 'supabase/migrations/20260301090000_polls.sql'

async function sheet(text: string, applier: Applier = 'sql-editor', alias: string | null = 'staging'): Promise<string> {
  const statements = await statementsOf(text, file)
  const committed = { revision: 'c0ffee', sha256: 'ab12' }
  return worksheetOf({ file, text, statements, applier, committed, uncommitted: null, alias })
}

describe('a worksheet', () => {
  it.each([
    ['create table public.polls (id int)', 'select to_regclass(\'"public"."polls"\')', 'drop table "public"."polls";'],
    ['create table "odd`name\'s" (id int)', "odd`name''s", 'drop table "odd`name\'s";'],
    ['create view v as select 1', `select to_regclass('"v"')`, 'drop view "v";'],
    ['create index i on public.polls (id)', 'indisvalid', 'drop index "public"."i";'],
    ['create policy "read all" on polls using (true)', "polname = 'read all'", 'drop policy "read all" on "polls";'],
    ['create trigger t before insert on polls execute function f()', 'privileges', 'drop trigger "t" on "polls";'],
    ["create type mood as enum ('calm')", `to_regtype('"mood"')`, 'drop type "mood";'],
    ['alter table polls add column b int', 'is not null', 'Question:** what undoes'],
    ['grant select on polls to anon', 'privileges', 'Question:** what undoes'],
    [
      'create or replace function f() returns int language sql as $$ select 1 $$',
      'privileges',
      'Question:** what undoes',
    ],
  ])('of %s has checks and a way back', async (sql, check, back) => {
    const text = await sheet(sql)
    expect(text).toContain(check)
    expect(text).toContain(back)
  })

  it('undoes the statements from the last one on', async () => {
    const text = await sheet('create table a (); create policy p on a using (true)')
    expect(text.indexOf('drop policy')).toBeLessThan(text.indexOf('drop table'))
  })

  it.each<[string, Applier, string]>([
    ['create table a (); create table b ()', 'sql-editor', 'all of it is one transaction'],
    ['create table a (); commit; create table b ()', 'sql-editor', 'more than one transaction'],
    ['create table a (); create table b ()', 'psql', 'more than one transaction'],
    ['create table a (); create index concurrently i on a (b)', 'sql-editor', 'it cannot be applied so:'],
    ['create table a (); create index concurrently i on a (b)', 'supabase-cli', 'runs outside of a transaction'],
  ])('says of %s by %s: %s', async (sql, applier, words) => {
    expect(await sheet(sql, applier)).toContain(words)
  })

  it('asks for what is not known', async () => {
    const statements = await statementsOf('select 1', file)
    const text = worksheetOf({
      file,
      text: 'select 1',
      statements,
      applier: 'psql',
      committed: null,
      uncommitted: 'not in Git',
      alias: null,
    })
    expect(text).toContain('**Question:** not in Git: which revision is applied?')
    expect(text).toContain('**Question:** which target?')
  })

  it('holds the SQL as it is, behind a fence that the SQL does not end', async () => {
    const sql = "comment on table a is '```'"
    expect(await sheet(sql)).toContain(`\`\`\`\`sql\n${sql}\n\`\`\`\`\n`)
  })
})
