import { describe, expect, test } from 'vitest'
import { exampleCell } from '../../test/support/example-records.ts'
import type { CellRecord } from '../model/record.ts'
import { isWithoutGrant, likelyCause, missingDefaultGrants } from './schema-causes.ts'

const table = (name: string, grants: string) => ['relation', name, `r postgres t f ${grants}`] as const
const policy = (text: string) => ['policy', 'public.notes a policy', text] as const
const reads = table('public.notes', 'authenticated=INSERT,authenticated=SELECT,authenticated=UPDATE')
const blind = table('public.notes', 'authenticated=INSERT,authenticated=UPDATE')

describe('a project without a grant', () => {
  test('relies on the old default grants, and the sentence names the switch', () => {
    const facts = [
      table('public.notes', 'postgres=SELECT,anon=TRUNCATE,authenticated=TRIGGER'),
      table('auth.users', 'authenticated=SELECT'),
    ]
    expect(missingDefaultGrants(facts, 'sandbox')).toMatch(/auto_expose_new_tables = true.*--old-default-grants/)
    expect(missingDefaultGrants(facts, 'hosted')).not.toContain('config.toml')
  })

  test.each([
    ['one table is granted', [table('public.notes', 'postgres=SELECT'), reads]],
    ['there is no table', [table('auth.users', 'postgres=SELECT')]],
  ])('is none where %s', (_, facts) => {
    expect(missingDefaultGrants(facts, 'sandbox')).toBeNull()
  })
})

test('a lockout by a grant and a denial whose control lacks a grant follow from missing grants', () => {
  const { control, ...some } = exampleCell()
  if (control === null) throw new Error('no example')
  const meaning = (layer: 'grant' | 'rls') =>
    ({ ...control, outcome: { ...control.outcome, meaning: { kind: 'denied', layer } } }) as const
  expect(isWithoutGrant({ ...some, control: null, verdict: 'lockout', denial: 'grant' })).toBe(true)
  expect(isWithoutGrant({ ...some, control: meaning('grant'), verdict: 'inconclusive' })).toBe(true)
  expect(isWithoutGrant({ ...some, control: null, verdict: 'lockout', denial: 'rls' })).toBe(false)
  expect(isWithoutGrant({ ...some, control: meaning('rls'), verdict: 'inconclusive' })).toBe(false)
  expect(isWithoutGrant({ ...some, control: meaning('grant'), verdict: 'held' })).toBe(false)
})

describe('the likely cause of a lockout', () => {
  const some = exampleCell()
  if (some.outcome === null) throw new Error('no example')
  const { outcome } = some
  const cell = (denial: CellRecord['denial'], method: string, prefer: string | null): CellRecord => ({
    ...some,
    ...{ verdict: 'lockout', denial, actorKind: 'authenticated', resource: 'table public.notes' },
    outcome: { ...outcome, method, prefer },
  })

  test.each([
    [
      'a representation',
      'rls',
      'POST',
      'return=representation',
      [reads, policy('a t authenticated using  check true')],
    ],
    ['ON CONFLICT', 'rls', 'POST', 'resolution=merge-duplicates', [reads]],
    ['an UPDATE', 'filtered', 'PATCH', null, [reads, policy('r t anon using true check')]],
    ['a DELETE', 'filtered', 'DELETE', null, [reads, policy('r f public using true check')]],
    ['an UPDATE without the privilege', 'grant', 'PATCH', null, [blind]],
  ] as const)('%s reads, and nothing lets the role read', (_, denial, method, prefer, facts) => {
    expect(likelyCause(cell(denial, method, prefer), facts)).toMatch(
      /needs (?:a SELECT policy|the privilege SELECT) on public.notes/,
    )
  })

  test.each([
    [
      'a SELECT policy of the role',
      'rls',
      'POST',
      'return=representation',
      [reads, policy('r t authenticated using x check')],
    ],
    ['a policy for everything and every role', 'filtered', 'PATCH', null, [reads, policy('* t public using x check')]],
    ['an insert that does not read', 'rls', 'POST', 'return=minimal', [reads]],
    ['the privilege', 'grant', 'PATCH', null, [reads]],
    ['another layer', 'constraint', 'PATCH', null, [blind]],
  ] as const)('is not given with %s', (_, denial, method, prefer, facts) => {
    expect(likelyCause(cell(denial, method, prefer), facts)).toBeNull()
  })
})
