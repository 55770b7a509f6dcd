import { describe, expect, it } from 'vitest'
import { lineAndColumn, splitStatements } from './split.ts'

const texts = (sql: string) => splitStatements(sql).map(({ text }) => text)

describe('splitting SQL into statements', () => {
  it.each([
    ['nothing', '', []],
    ['only comments', '-- a;\n/* b; */ ;', []],
    ['two statements, the last without a semicolon', 'select 1; select 2', ['select 1', 'select 2']],
    ['a semicolon in a string', "select 'a;b'; select 2", ["select 'a;b'", 'select 2']],
    ['a doubled quote', "select 'it''s;'; select 2", ["select 'it''s;'", 'select 2']],
    ['a backslash in a plain string', String.raw`select '\'; select 2`, [String.raw`select '\'`, 'select 2']],
    ['a backslash in an escape string', String.raw`select E'\';'; select 2`, [String.raw`select E'\';'`, 'select 2']],
    ['a semicolon in a quoted name', 'select 1 as "a;b"; select 2', ['select 1 as "a;b"', 'select 2']],
    ['a line comment', 'select 1 -- ;\n; select 2', ['select 1', 'select 2']],
    ['nested block comments', 'select /* /* ; */ ; */ 1; select 2', ['select /* /* ; */ ; */ 1', 'select 2']],
    ['a dollar-quoted body', 'do $$ begin; end $$; select 2', ['do $$ begin; end $$', 'select 2']],
    [
      'a tagged body that holds another',
      'do $a$ $$;$$ $b$;$b$ $a$; select 2',
      ['do $a$ $$;$$ $b$;$b$ $a$', 'select 2'],
    ],
    ['a dollar sign in a name', 'select a$b$c; select $1$', ['select a$b$c', 'select $1$']],
    [
      'parentheses',
      'create rule r as on insert to t do (select 1; select 2); select 3',
      ['create rule r as on insert to t do (select 1; select 2)', 'select 3'],
    ],
    ['a file that begins with a byte order mark', '\uFEFFselect 1;', ['select 1']],
  ])('keeps %s', (_name, sql, expected) => {
    expect(texts(sql).map((text) => text.replace(/\s*--.*$/, ''))).toEqual(expected)
  })

  it('keeps the semicolons of a BEGIN ATOMIC body', () => {
    const body =
      'create or replace function f() returns int begin atomic select case when true then 1 end; select 2; end'
    expect(texts(`${body}; select 3`)).toEqual([body, 'select 3'])
  })

  it('does not take a transaction for a body', () => {
    expect(texts('begin; create table t (); end; select 1')).toEqual(['begin', 'create table t ()', 'end', 'select 1'])
  })

  it('returns the position of a statement', () => {
    const sql = 'select 1;\n\n-- why\n  select é, ü;'
    const second = splitStatements(sql)[1]
    expect(lineAndColumn(sql, second?.offset ?? 0)).toEqual({ line: 4, column: 3 })
  })
})
