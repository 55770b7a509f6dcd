import { describe, expect, test } from 'vitest'
import { entries, functionOf, tableOf } from '../../test/support/mutable-schema.ts'
import { functionGrants, relationGrants, schemaGrants, sequenceGrants } from './grants.ts'

describe('the privileges of a table', () => {
  test('each that a client role holds is revoked, each that it lacks is granted', () => {
    const table = tableOf({ grants: entries({ anon: ['select'], authenticated: ['select', 'insert'] }) })
    expect(relationGrants(table).map(({ apply, undo }) => [...apply, ...undo])).toEqual([
      ['revoke select on table public.notes from anon', 'grant select on table public.notes to anon'],
      ['grant insert on table public.notes to anon', 'revoke insert on table public.notes from anon'],
      ['grant update on table public.notes to anon', 'revoke update on table public.notes from anon'],
      ['grant delete on table public.notes to anon', 'revoke delete on table public.notes from anon'],
      ['revoke select on table public.notes from authenticated', 'grant select on table public.notes to authenticated'],
      ['revoke insert on table public.notes from authenticated', 'grant insert on table public.notes to authenticated'],
      ['grant update on table public.notes to authenticated', 'revoke update on table public.notes from authenticated'],
      ['grant delete on table public.notes to authenticated', 'revoke delete on table public.notes from authenticated'],
    ])
  })

  test('one that PUBLIC holds is taken from one role alone', () => {
    const [first] = relationGrants(tableOf({ grants: entries({ public: ['select'], service_role: ['select'] }) }))
    expect(first?.apply).toEqual([
      'revoke select on table public.notes from public, anon',
      'grant select on table public.notes to authenticated',
    ])
    expect(first?.undo).toEqual([
      'revoke select on table public.notes from authenticated',
      'grant select on table public.notes to public',
    ])
  })

  test('a column is granted and revoked where some columns are', () => {
    const columns = [
      { name: 'id', grants: entries({ authenticated: ['update'] }) },
      { name: 'Owner Id', grants: [] },
    ]
    const mutants = relationGrants(tableOf({ columns, grants: entries({ authenticated: ['select'] }) }))
    const updates = mutants.filter(({ role, commands }) => role === 'authenticated' && commands[0] === 'update')
    expect(updates.map(({ apply, undo }) => [...apply, ...undo])).toEqual([
      [
        'grant update on table public.notes to authenticated',
        'revoke update on table public.notes from authenticated',
        'grant update (id) on table public.notes to authenticated',
      ],
      [
        'revoke update (id) on table public.notes from authenticated',
        'grant update (id) on table public.notes to authenticated',
      ],
      [
        'grant update ("Owner Id") on table public.notes to authenticated',
        'revoke update ("Owner Id") on table public.notes from authenticated',
      ],
    ])
  })

  test('undoing a revoke on the table also restores its columns, with the grant option', () => {
    const columns = [{ name: 'id', grants: entries({ anon: ['select'] }) }]
    const grants = [{ grantee: 'anon', privilege: 'select', grantable: true }]
    const [first] = relationGrants(tableOf({ columns, grants }))
    expect(first?.undo).toEqual([
      'grant select on table public.notes to anon with grant option',
      'grant select (id) on table public.notes to anon',
    ])
  })

  test('an update or a delete without select is equivalent', () => {
    const mutants = relationGrants(tableOf({ grants: [] })).filter(({ role }) => role === 'anon')
    expect(mutants.map(({ commands, equivalent }) => [commands[0], equivalent !== undefined])).toEqual([
      ['select', false],
      ['insert', false],
      ['update', true],
      ['delete', true],
    ])
  })

  test('a table of a service has none', () => {
    expect(relationGrants(tableOf({ own: false }))).toEqual([])
  })
})

test('a function is executable by one client role more, or one less', () => {
  expect(functionGrants(functionOf()).map(({ apply, direction }) => [...apply, direction])).toEqual([
    ['grant execute on function public.rename(note uuid) to anon', 'wider'],
    ['revoke execute on function public.rename(note uuid) from authenticated', 'narrower'],
  ])
})

describe('the privileges of a schema and of a sequence', () => {
  test('USAGE on a schema is revoked from a role that holds it, and granted to one that does not', () => {
    const mutants = schemaGrants({ name: 'api', grants: entries({ anon: ['usage'] }) }, ['api.notes'])
    expect(mutants.map(({ kind, apply, undo, touches }) => [kind, ...apply, ...undo, ...touches])).toEqual([
      ['grant-removed', 'revoke usage on schema api from anon', 'grant usage on schema api to anon', 'api.notes'],
      [
        'grant-added',
        'grant usage on schema api to authenticated',
        'revoke usage on schema api from authenticated',
        'api.notes',
      ],
    ])
    expect(schemaGrants({ name: 'private', grants: [] }, []).every(({ equivalent }) => equivalent !== undefined)).toBe(
      true,
    )
  })

  test('USAGE on a sequence matters to a role that inserts into its table', () => {
    const sequence = { schema: 'public', name: 'notes_id_seq', table: 'public.notes', identity: false, grants: [] }
    const table = tableOf({ grants: entries({ authenticated: ['insert'] }) })
    expect(sequenceGrants(sequence, [table]).map(({ apply, equivalent }) => [...apply, equivalent])).toEqual([
      ['grant usage on sequence public.notes_id_seq to anon', 'anon holds no insert on the table that it numbers'],
      ['grant usage on sequence public.notes_id_seq to authenticated', undefined],
    ])
    const [, ofIdentity] = sequenceGrants({ ...sequence, identity: true }, [table])
    expect(ofIdentity?.equivalent).toBe('PostgreSQL asks no privilege for an identity column')
  })
})
