import { describe, expect, it } from 'vitest'
import { exampleRoster, ref } from '../../test/support/survey-catalog.ts'
import { surveyedActors, Tenancy } from './tenancy.ts'

const tenancy = new Tenancy(exampleRoster)

describe('tenancy', () => {
  it('takes the rows that memberships refer to for tenants', () => {
    expect([...tenancy.tenantTables]).toEqual(['public.teams'])
    expect([...tenancy.membershipTables]).toEqual(['public.members'])
    expect(tenancy.membersOf('red')).toEqual(['ann', 'ben', 'dual'])
  })

  it('chooses two tenants, each with a member that the other does not have', () => {
    expect(tenancy.sides()).toEqual([
      { name: 'red', tenant: { row: 'red', table: 'public.teams' }, holder: 'ann' },
      { name: 'blue', tenant: { row: 'blue', table: 'public.teams' }, holder: 'mia' },
    ])
  })

  it('chooses two users where no row ties users to a tenant', () => {
    expect(new Tenancy({ ...exampleRoster, world: [] }).sides().map(({ name }) => name)).toEqual(['ann', 'ben'])
  })

  it.each([
    ['ann', { owner_id: '$ann.id' }, 'own'],
    ['ben', { owner_id: '$ann.id', team_id: '$red.id' }, 'same-tenant'],
    ['dual', { team_id: '$blue.id' }, 'same-tenant'],
    ['mia', { owner_id: '$ann.id', team_id: '$red.id' }, 'another-tenant'],
    ['loner', { team_id: '$red.id' }, 'another-tenant'],
    ['visitor', { owner_id: '$ann.id' }, 'another-tenant'],
    ['visitor', { title: 'of no user' }, 'unowned'],
    ['ann', { member: ref('ann in red', 'user_id') }, 'own'],
  ])('%s and %j: %s', (actor, values, relation) => {
    expect(tenancy.relation(actor, tenancy.ownershipOf(values))).toBe(relation)
  })

  it('follows the references of fixtures to tenants, and knows tenants among fixtures', () => {
    const fixtures = [
      { name: 'red copy', table: 'public.teams', values: { name: 'Red' } },
      {
        name: 'ben in red copy',
        table: 'public.members',
        values: { team_id: ref('red copy', 'id'), user_id: '$ben.id' },
      },
      { name: 'note', table: 'public.notes', values: { team_id: ref('red copy', 'id') } },
      { name: 'item', table: 'public.items', values: { note_id: '$note.id' } },
    ]
    const own = new Tenancy(exampleRoster, fixtures)
    expect(own.ownershipOfRow('item')).toEqual({ owners: [], tenants: ['red copy'] })
    expect(own.relation('ben', own.ownershipOfRow('item'))).toBe('same-tenant')
    expect(own.relation('ann', own.ownershipOfRow('item'))).toBe('another-tenant')
  })
})

it('workers and actors with a broken credential take no part', () => {
  expect(surveyedActors(exampleRoster).map(({ name }) => name)).toEqual([
    'visitor',
    'ann',
    'ben',
    'dual',
    'mia',
    'loner',
  ])
})
