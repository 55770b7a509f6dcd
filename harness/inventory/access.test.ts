import { describe, expect, test } from 'vitest'
import { exampleFunction, exampleInventory, examplePolicy, exampleTable } from '../../test/support/example-inventory.ts'
import { calledBy, rowsOf } from './access.ts'
import type { InventoryRelation, Policy } from './model.ts'

const inventory = exampleInventory()
const all = ['select', 'insert', 'update', 'delete']

describe('the rows that a role reaches', () => {
  const open = (changes: Partial<Policy> = {}) => examplePolicy({ using: 'true', ...changes })
  test.each<[string, Partial<InventoryRelation>, string]>([
    ['without a grant: none', { privileges: { anon: all } }, 'none'],
    ['without row security: all', { rowSecurity: 'off' }, 'all'],
    ['row security without a policy: no row', {}, 'closed'],
    ['a policy of another command: no row', { policies: [examplePolicy({ command: 'delete' })] }, 'closed'],
    ['a policy of another role: no row', { policies: [examplePolicy({ appliesTo: ['anon'] })] }, 'closed'],
    ['a restrictive policy alone: no row', { policies: [examplePolicy({ permissive: false })] }, 'closed'],
    ['a policy: the rows that it lets through', { policies: [examplePolicy()] }, 'policies'],
    ['a policy for all commands', { policies: [examplePolicy({ command: 'all' })] }, 'policies'],
    ['using (true): all', { policies: [open()] }, 'all'],
    ['using (true) beside another policy: all', { policies: [examplePolicy(), open({ name: 'b' })] }, 'all'],
    [
      'using (true) under a restrictive policy: what that one lets through',
      { policies: [open(), examplePolicy({ permissive: false, name: 'b' })] },
      'policies',
    ],
    ['a view: what it shows', { kind: 'view', rowSecurity: 'off' }, 'definition'],
    ['a materialized view: all', { kind: 'materialized view', rowSecurity: 'off' }, 'all'],
    [
      'a grant on some columns',
      {
        privileges: {},
        columnPrivileges: [{ column: 'id', privileges: { authenticated: ['select'] } }],
        rowSecurity: 'off',
      },
      'all',
    ],
    ['a command that a view cannot carry out: none', { kind: 'view', possible: ['insert'] }, 'none'],
  ])('%s', (_, changes, kind) => {
    expect(rowsOf(inventory, exampleTable(changes), 'authenticated', 'select').kind).toBe(kind)
  })

  test('a schema that the role may not use lets nothing through', () => {
    const closed = exampleInventory({ schemas: [{ name: 'public', exists: true, usage: ['anon'], create: [] }] })
    expect(rowsOf(closed, exampleTable({ rowSecurity: 'off' }), 'authenticated', 'select').kind).toBe('none')
    expect(calledBy(closed, exampleFunction())).toEqual([])
  })

  test('an update whose new rows are checked is no open one', () => {
    const table = exampleTable({
      privileges: { authenticated: ['update'] },
      policies: [examplePolicy({ command: 'update', using: 'true', check: '(owner_id = auth.uid())' })],
    })
    expect(rowsOf(inventory, table, 'authenticated', 'update').kind).toBe('policies')
  })

  test('the service role passes row security and not the grants', () => {
    const table = exampleTable({ privileges: { service_role: ['select'] } })
    expect(rowsOf(inventory, table, 'service_role', 'select').kind).toBe('all')
    expect(rowsOf(inventory, table, 'service_role', 'insert').kind).toBe('none')
  })
})
