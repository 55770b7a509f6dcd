import { describe, expect, it } from 'vitest'
import { asSent } from './platform-commands.ts'

describe('commands that the platform does for postgres', () => {
  it.each([
    ['create extension vector', "sandbox.create_extension('vector', null, false, false)"],
    ['CREATE EXTENSION IF NOT EXISTS "pg_net" WITH SCHEMA "extensions"', "('pg_net', 'extensions', true, false)"],
    [
      "create extension if not exists pgjwt schema extensions version '1' cascade",
      "('pgjwt', 'extensions', true, true)",
    ],
    ['create\nextension "uuid-ossp"\nwith schema Public', "('uuid-ossp', 'public', false, false)"],
    ['create extension "a""b" with version "1" schema "S""1"', `('a"b', 'S"1', false, false)`],
    ['drop extension pg_net', "sandbox.change_extension('pg_net', 'drop', '')"],
    ['drop extension if exists "pg_net" cascade', "('pg_net', 'drop if exists', 'cascade')"],
    ['alter extension vector set schema extensions', "('vector', 'set schema', 'extensions')"],
    ['alter extension "pg_cron" update to \'1.6\'', "('pg_cron', 'update', null)"],
    ["comment on extension pg_net is 'it''s here'", "('pg_net', 'comment', 'it''s here')"],
    ['COMMENT ON EXTENSION "pg_net" IS NULL', "('pg_net', 'comment', NULL)"],
    ['comment on extension pg_net is $$a$$', "('pg_net', 'comment', $$a$$)"],
  ])('%s is a call', (statement, call) => {
    expect(asSent(statement)).toContain(call)
    expect(asSent(statement)).toMatch(/^select sandbox\.(create|change)_extension\(/)
  })

  it('one statement drops several extensions', () => {
    expect(asSent('drop extension if exists http, "hypopg" restrict')).toBe(
      "select sandbox.change_extension('http', 'drop if exists', ''), " +
        "sandbox.change_extension('hypopg', 'drop if exists', '')",
    )
  })

  it('the body of a DO statement calls too, and keeps the rest', () => {
    const body = (command: string) => `do $$ begin if true then ${command} end if; create table t (); end $$`
    expect(asSent(body('create extension if not exists pg_cron;'))).toBe(
      body("perform sandbox.create_extension('pg_cron', null, true, false);"),
    )
  })

  it('the text of an EXECUTE is a command, that of another string is none', () => {
    const body = (command: string) => `DO $x$ BEGIN ${command} END $x$`
    expect(asSent(body("EXECUTE 'CREATE EXTENSION IF NOT EXISTS pgmq';"))).toBe(
      body("perform sandbox.create_extension('pgmq', null, true, false);"),
    )
    for (const command of ["raise notice 'create extension pgmq';", "execute format('create extension %I', name);"]) {
      expect(asSent(body(command))).toBe(body(command))
    }
  })

  it.each([
    'create event trigger ensure_rls on ddl_command_end execute function f()',
    'DROP EVENT TRIGGER IF EXISTS "ensure_rls"',
    'alter event trigger e disable',
    "comment on event trigger e is 'x'",
    'create publication p for all tables',
    'create publication "p" for tables in schema public',
    'alter publication p add tables in schema app',
    'create foreign data wrapper w handler stripe_fdw_handler',
  ])('the superuser runs: %s', (statement) => {
    expect(asSent(statement)).toBe(`select sandbox.run_command('${statement.replaceAll("'", "''")}')`)
  })

  it.each([
    'create table extension (id int)',
    'create publication p for table t',
    'alter publication supabase_realtime owner to postgres',
    'alter extension vector add function f()',
    "comment on table extension is 'x'",
    "select 'create extension vector'",
    'create index on t using gin (a) with (fastupdate = off)',
    "create function f() returns void language plpgsql as 'begin create extension vector; end'",
  ])('is sent as it stands: %s', (statement) => {
    expect(asSent(statement)).toBe(statement)
  })

  it.each([
    ['create index on docs using hnsw (embedding vector_cosine_ops) with (m = 16, ef_construction = 64)', ''],
    ['create index concurrently i on a.docs using ivfflat (embedding vector_l2_ops) with (lists=100)', ''],
    ['CREATE INDEX "i" ON "docs" USING "hnsw" ("embedding" "vector_ip_ops") WITH ("m"=\'16\')', ''],
    ['create index on d using hnsw ((e::halfvec(3)) halfvec_l2_ops) with (m = 4) where (id > 3)', ' where (id > 3)'],
  ])('an index of pgvector loses its options and no position moves: %s', (statement, tail) => {
    const sent = asSent(statement)
    expect(sent).toHaveLength(statement.length)
    expect(sent).not.toMatch(/with\s*\(/i)
    expect(sent.trimEnd().endsWith(tail)).toBe(true)
    expect(statement.startsWith(sent.slice(0, statement.search(/with\s*\(/i)).trimEnd())).toBe(true)
  })
})
