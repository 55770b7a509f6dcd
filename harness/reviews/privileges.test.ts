import { describe, expect, test } from 'vitest'
import { exampleInventory } from '../../test/support/example-inventory.ts'
import { exampleCatalog, reviewFunction } from '../../test/support/review-catalog.ts'
import { type PrivilegeSnapshot, parseSnapshot, privilegeChanges, privilegesOf } from './privileges.ts'

const snapshot = (changes: Partial<PrivilegeSnapshot> = {}): PrivilegeSnapshot => ({
  held: [],
  settings: [],
  ...changes,
})
const notes = (...privileges: string[]) => ({ role: 'authenticated', object: 'table public.notes', privileges })

describe('the privileges of roles', () => {
  test('attributes, memberships, default privileges and PUBLIC stand beside the grants', () => {
    const plain = { superuser: false, inherits: true, createRole: false, createDatabase: false }
    const worker = { ...plain, name: 'worker', bypassesRowSecurity: true, login: true, memberOf: ['authenticated'] }
    const catalog = exampleCatalog({
      roles: [worker],
      functions: [reviewFunction('f', '', { definer: true })],
      privileges: [notes('select')],
    })
    const inventory = exampleInventory({
      defaultPrivileges: [
        { creator: 'postgres', schema: 'public', objects: 'tables', grantee: 'anon', privileges: ['select'] },
      ],
    })
    expect(privilegesOf(inventory, catalog)).toEqual({
      held: [
        notes('select'),
        { role: 'worker', object: 'the database', privileges: ['log in', 'bypass row security'] },
        { role: 'worker', object: 'role authenticated', privileges: ['act as a member of'] },
        { role: 'anon', object: 'new tables of postgres in schema public', privileges: ['select'] },
        { role: 'PUBLIC', object: 'function public.f()', privileges: ['execute'] },
      ],
      settings: [{ object: 'search_path of function public.f()', value: 'not set' }],
    })
  })
})

describe('the changes of privileges', () => {
  const path = (value: string) => snapshot({ settings: [{ object: 'search_path of function public.f()', value }] })

  test.each<[string, PrivilegeSnapshot, PrivilegeSnapshot, readonly string[]]>([
    ['nothing', snapshot({ held: [notes('select')] }), snapshot({ held: [notes('select')] }), []],
    [
      'a new object',
      snapshot(),
      snapshot({ held: [notes('select', 'truncate')] }),
      ['authenticated may now select, truncate table public.notes'],
    ],
    [
      'an object that is gone',
      snapshot({ held: [notes('select')] }),
      snapshot(),
      ['authenticated may no longer select table public.notes'],
    ],
    [
      'one more and one less',
      snapshot({ held: [notes('select', 'insert')] }),
      snapshot({ held: [notes('select', 'delete')] }),
      ['authenticated may now delete table public.notes', 'authenticated may no longer insert table public.notes'],
    ],
    [
      'an attribute',
      snapshot(),
      snapshot({ held: [{ role: 'w', object: 'the database', privileges: ['bypass row security'] }] }),
      ['w may now bypass row security'],
    ],
    ['a search_path', path('""'), path('not set'), ['search_path of function public.f() was "" and is not set']],
    ['a new definer', snapshot(), path('""'), ['search_path of function public.f() is new: ""']],
    ['a definer that is gone', path('""'), snapshot(), ['search_path of function public.f() is gone: it was ""']],
  ])('%s', (_, before, now, expected) => {
    expect(privilegeChanges(before, now)).toEqual(expected)
  })

  test('a snapshot reads back', () => {
    const now = snapshot({ held: [notes('select')] })
    const printed = JSON.stringify({ schema: 'trespass/privileges@1', target: 'a', ...now })
    expect(parseSnapshot(printed, 'before.json')).toEqual({ schema: 'trespass/privileges@1', ...now })
  })

  test.each([
    '',
    '{',
    '[]',
    '{"schema":"trespass/policies@1"}',
    '{"schema":"trespass/privileges@1","held":[{}],"settings":[]}',
  ])('%j is refused with the name of the file', (text) => {
    expect(() => parseSnapshot(text, 'before.json')).toThrow(/found before\.json, expected/)
  })
})
