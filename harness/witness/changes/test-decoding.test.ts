import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readTestDecoding } from './test-decoding.ts'

const change = { kind: 'change' }

describe('a line of test_decoding', () => {
  it.each([
    ['BEGIN 731', { kind: 'begin' }],
    ['COMMIT 731', { kind: 'commit' }],
    [
      'message: transactional: 1 prefix: trespass, sz: 9 content:attempt 1',
      { kind: 'message', prefix: 'trespass', content: 'attempt 1' },
    ],
    [
      `table public.notes: INSERT: id[integer]:1 title[text]:'it''s [text]:x' tags[text[]]:'{a,b}' done[boolean]:true gone[text]:null`,
      {
        ...change,
        ...{ table: 'public.notes', action: 'insert', old: null },
        row: { id: '1', title: "it's [text]:x", tags: '{a,b}', done: 't', gone: null },
      },
    ],
    [
      `table public.notes: UPDATE: id[integer]:1 title[text]:'a' body[text]:unchanged-toast-datum flags[bit(3)]:B'101'`,
      { ...change, table: 'public.notes', action: 'update', old: null, row: { id: '1', title: 'a', flags: '101' } },
    ],
    [
      `table public.notes: UPDATE: old-key: id[integer]:1 new-tuple: id[integer]:2 title[text]:' new-tuple: id[integer]:9'`,
      {
        ...change,
        ...{ table: 'public.notes', action: 'update', old: { id: '1' } },
        row: { id: '2', title: ' new-tuple: id[integer]:9' },
      },
    ],
    [
      'table public.notes: DELETE: id[integer]:-1',
      { ...change, table: 'public.notes', action: 'delete', old: { id: '-1' }, row: null },
    ],
    [
      'table public.log: DELETE: (no-tuple-data)',
      { ...change, table: 'public.log', action: 'delete', old: null, row: null },
    ],
    [
      `table "my.schema"."a ""b"", c: INSERT": INSERT: "col [1]: x"[public."odd ]: type"]:'v'`,
      {
        ...change,
        ...{ table: 'my.schema.a "b", c: INSERT', action: 'insert', old: null },
        row: { 'col [1]: x': 'v' },
      },
    ],
    [
      'table public.a, public."b c": TRUNCATE: restart_seqs cascade',
      { kind: 'truncate', tables: ['public.a', 'public.b c'] },
    ],
  ])('%s', (text, expected) => {
    expect(readTestDecoding(text)).toEqual(expected)
  })

  it('reads any texts in names, types and values', () => {
    const name = fc.string({ minLength: 1 })
    const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`
    fc.assert(
      fc.property(name, name, name, fc.string(), fc.string(), (schema, table, column, value, other) => {
        const cell = (text: string) => `${quoted(column)}[x.${quoted(other)}[]]:'${text.replaceAll("'", "''")}'`
        const text = `table ${quoted(schema)}.${quoted(table)}: UPDATE: old-key: ${cell(other)} new-tuple: ${cell(value)}`
        expect(readTestDecoding(text)).toEqual({
          ...{ kind: 'change', table: `${schema}.${table}`, action: 'update' },
          ...{ old: { [column]: other }, row: { [column]: value } },
        })
      }),
    )
  })

  it('refuses a line that the plugin does not print', () => {
    expect(() => readTestDecoding('table public.notes: MERGE: id[integer]:1')).toThrow(SyntaxError)
  })
})
