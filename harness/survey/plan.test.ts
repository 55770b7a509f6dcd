import { describe, expect, it } from 'vitest'
import { exampleFunction, exampleInventory, examplePolicy, exampleTable } from '../../test/support/example-inventory.ts'
import { catalogOf, column, id, key, noHints, planningOf, ref, table } from '../../test/support/survey-catalog.ts'
import type { Inventory } from '../inventory/model.ts'
import { planSurvey } from './plan.ts'
import { topicsIn } from './plan-channels.ts'
import { namingOf } from './plan-storage.ts'

const required = { type: 'uuid', nullable: false } as const
const notes = table(
  'public.notes',
  [
    id,
    column('team_id', required),
    column('owner_id', required),
    column('title', { nullable: false }),
    column('secret'),
  ],
  { foreignKeys: [key('team_id', 'public.teams'), key('owner_id', 'auth.users')] },
)
const columns = Object.keys(notes.columns)
const inventoryOf = (changes: Parameters<typeof exampleTable>[0], more: Partial<Inventory> = {}) =>
  exampleInventory({ relations: [exampleTable({ columns, ...changes })], ...more })

/** @returns the only matrix of a plan. */
function planOf(inventory: Inventory, changes: Parameters<typeof planningOf>[1] = {}, tables = [notes]) {
  const { matrices, unsurveyed } = planSurvey(planningOf(tables, { inventory, ...changes }))
  const [matrix] = matrices
  return { matrix, unsurveyed, operations: matrix?.document.operations ?? {}, about: matrix?.operations ?? {} }
}

describe('a table', () => {
  it('has a row for each side, whose texts hold something of their own', () => {
    const { matrix } = planOf(inventoryOf({}))
    expect(matrix?.document.fixtures).toEqual({
      "red's notes": {
        table: 'public.notes',
        values: {
          team_id: '$red.id',
          owner_id: '$ann.id',
          title: 'title of red $unique',
          secret: 'secret of red $unique',
        },
      },
      "blue's notes": {
        table: 'public.notes',
        values: {
          team_id: '$blue.id',
          owner_id: '$mia.id',
          title: 'title of blue $unique',
          secret: 'secret of blue $unique',
        },
      },
    })
  })

  it('is read in every form by every actor with a grant', () => {
    const granted = { authenticated: ['select'] } as const
    const teams = exampleTable({ name: 'teams', columns: ['id', 'name'], privileges: granted })
    const own = exampleTable({ columns, privileges: granted })
    const { about } = planOf(exampleInventory({ relations: [own, teams] }))
    const users = ['ann', 'ben', 'dual', 'mia', 'loner']
    const forms = ['read all', 'count red', 'count blue', 'read with teams']
    expect(forms.map((form) => [form, about[form]?.actors])).toEqual(forms.map((form) => [form, users]))
  })

  it('is read by the roles that are granted it, in the columns that they are granted', () => {
    const { operations, about } = planOf(
      inventoryOf({
        privileges: { authenticated: ['select'] },
        columnPrivileges: [{ column: 'title', privileges: { anon: ['select'] } }],
      }),
    )
    expect(operations['read all']).toEqual({ select: '*', columns: ['title'] })
    expect(about['read all']?.actors).toEqual(['visitor'])
    expect(operations['read all 2']).toEqual({ select: '*' })
    expect(about['read all 2']?.actors).toEqual(['ann', 'ben', 'dual', 'mia', 'loner'])
  })

  it('is left out where no role of a client reaches it', () => {
    expect(planOf(inventoryOf({ privileges: { service_role: ['select'] } })).matrix).toBeUndefined()
  })

  it('is written column by column, only where a grant lets it, and to the users and tenants of the other side', () => {
    const { operations, about } = planOf(
      inventoryOf({
        privileges: {},
        columnPrivileges: ['team_id', 'owner_id', 'title'].map((one) => {
          return { column: one, privileges: { authenticated: ['update'] } }
        }),
      }),
    )
    expect(Object.keys(operations)).toEqual([
      ...['change team_id of red', 'change owner_id of red', 'change title of red'],
      ...['change team_id of blue', 'change owner_id of blue', 'change title of blue'],
    ])
    expect(operations['change owner_id of red']).toEqual({ update: "red's notes", set: { owner_id: '$mia.id' } })
    expect(about['change team_id of red']?.names).toEqual({ owners: [], tenants: ['blue'] })
    expect(about['change title of red']?.actors).not.toContain('visitor')
  })

  it('gets new rows for either side, in the own name too', () => {
    const { operations, about } = planOf(inventoryOf({ privileges: { authenticated: ['insert', 'delete'] } }))
    expect(operations['add own in blue']).toMatchObject({ insert: { team_id: '$blue.id', owner_id: '$actor.id' } })
    expect(about['add own in blue']?.names).toEqual({ owners: [], tenants: ['blue'] })
    expect(operations['delete blue']).toEqual({ delete: "blue's notes" })
  })

  it('names the reason why no row can be made', () => {
    const odd = table('public.notes', [id, column('at', { type: 'public.place', nullable: false })])
    expect(planOf(inventoryOf({}), {}, [odd])).toMatchObject({
      unsurveyed: [{ object: 'table public.notes', why: 'no value is known for the column at of type public.place' }],
    })
  })

  it('makes the rows that a row refers to, and leaves out a row that refers to itself', () => {
    const folders = table('public.folders', [id, column('parent_id', { type: 'uuid' }), column('team_id', required)], {
      foreignKeys: [key('parent_id', 'public.folders'), key('team_id', 'public.teams')],
    })
    const filed = { ...notes, columns: { id, folder_id: column('folder_id', required) } }
    const { matrix } = planOf(inventoryOf({ columns: ['id', 'folder_id'] }), {}, [
      { ...filed, foreignKeys: [key('folder_id', 'public.folders')] },
      folders,
    ])
    expect(matrix?.document.fixtures["red's notes"]).toMatchObject({
      values: { folder_id: ref("red's folders", 'id') },
    })
    expect(matrix?.document.fixtures["red's folders"]).toMatchObject({ values: { team_id: '$red.id' } })
  })

  it('has tenants of its own where a tenant can have one row only', () => {
    const account = table('public.notes', [column('team_id', required)], {
      primaryKey: ['team_id'],
      foreignKeys: [key('team_id', 'public.teams')],
    })
    const { matrix } = planOf(inventoryOf({ columns: ['team_id'] }), {}, [account])
    expect(Object.keys(matrix?.document.fixtures ?? {})).toEqual([
      ...['red copy', 'ann in red copy', 'ben in red copy', 'dual in red copy', "red's notes"],
      ...['blue copy', 'mia in blue copy', 'dual in blue copy', "blue's notes"],
    ])
    expect(matrix?.document.fixtures['ben in red copy']).toMatchObject({ values: { team_id: ref('red copy', 'id') } })
  })

  it('is written by one attempt at a time where a user can have one row only', () => {
    const settings = table('public.notes', [column('user_id', required), column('theme')], {
      primaryKey: ['user_id'],
      foreignKeys: [key('user_id', 'auth.users')],
    })
    const { matrix } = planOf(inventoryOf({ columns: ['user_id', 'theme'] }), {}, [settings])
    expect(matrix?.oneByOne).toBe(true)
  })

  it('finds the row that a trigger has made for a user', () => {
    const profile = table('public.notes', [column('user_id', required), column('nick')], {
      primaryKey: ['user_id'],
      foreignKeys: [key('user_id', 'auth.users')],
    })
    const hints = { ...noHints, foundFor: new Set(['public.notes']) }
    const { matrix } = planOf(inventoryOf({ columns: ['user_id', 'nick'] }), { hints }, [profile])
    expect(matrix?.document.fixtures["red's notes"]).toEqual({ table: 'public.notes', find: { user_id: '$ann.id' } })
  })
})

describe('a view', () => {
  const view = { kind: 'view', name: 'titles', columns: ['id', 'title'] } as const
  const shown = table('public.titles', [id, column('title')], { kind: 'view', primaryKey: [] })
  const reads = [{ schema: 'public', name: 'notes', rowSecurity: true, asOwner: true }]

  it('is read by the rows of the table that it shares most columns with', () => {
    const { matrix } = planOf(inventoryOf({ ...view, reads, possible: ['select'] }), {}, [notes, shown])
    expect(matrix?.document.resource).toEqual({ view: 'public.titles', key: ['id'], of: 'public.notes' })
  })

  it('without a column of a table is named: its rows cannot be requested', () => {
    const renamed = table('public.titles', [column('label')], { kind: 'view', primaryKey: [] })
    const { unsurveyed } = planOf(inventoryOf({ ...view, reads, columns: ['label'] }), {}, [notes, renamed])
    expect(unsurveyed).toEqual([
      {
        object: 'view public.titles',
        why: 'it has no column of the tables that it reads, by which a row could be named',
      },
    ])
  })

  it('that reads no table of the project is named', () => {
    const { unsurveyed } = planOf(inventoryOf({ ...view, reads: [], possible: ['select'] }), {}, [notes, shown])
    expect(unsurveyed).toEqual([{ object: 'view public.titles', why: 'it reads no table of the project' }])
  })
})

describe('a function', () => {
  const callOf = (names: readonly [string, string][], source = '') => {
    const args = names.map(([name, type]) => ({ name, type, optional: false }))
    const common = { volatility: 'stable', returnsSet: true, returnsRowsOf: null, securityDefiner: true } as const
    const catalog = catalogOf([notes], { 'public.find': [{ name: 'public.find', arguments: args, ...common }] })
    const inventory = exampleInventory({
      functions: [exampleFunction({ arguments: names.map((one) => one.join(' ')).join(', ') })],
    })
    return planOf(inventory, { catalog, hints: { ...noHints, sources: { 'public.find': source } } })
  }

  it.each([
    ['team_id', 'uuid', 'select 1 from public.notes', ref("red's notes", 'team_id')],
    ['p_team_id', 'uuid', 'select 1 from notes', ref("red's notes", 'team_id')],
    ['note_id', 'uuid', '', ref("red's notes", 'id')],
    ['note', 'uuid', '', ref("red's notes", 'id')],
    ['ticket', 'uuid', 'select title from notes where id = ticket', ref("red's notes", 'id')],
    ['note_title', 'text', 'update "public"."notes"', ref("red's notes", 'title')],
    ['org_id', 'uuid', 'select 1 from public.teams', '$red.id'],
    ['user_id', 'uuid', '', '$ann.id'],
  ])('gets %s %s from the rows of a side', (name, type, source, value) => {
    const { operations } = callOf([[name, type]], source)
    expect(operations['call with red']).toMatchObject({ call: { [name]: value } })
  })

  it('is called once where no argument is about a side', () => {
    const { operations, about } = callOf([['lines', 'integer']])
    expect(Object.keys(operations)).toEqual(['call'])
    expect(about.call).toMatchObject({ side: null, door: 'a call' })
  })

  it('is compared with a call for ids that no row has', () => {
    const { operations } = callOf([['note_id', 'uuid']])
    expect(operations['compare blue']).toEqual({ distinguish: ['call with blue', 'call with what blue does not have'] })
  })

  it('is not called with an id of unknown meaning', () => {
    expect(callOf([['ticket', 'uuid']]).unsurveyed).toEqual([
      { object: 'function public.find', why: 'no value is known for the argument ticket of type uuid' },
    ])
  })
})

describe('a unique column', () => {
  const named = { ...notes, uniqueKeys: [['title']] }

  it('shows by a refusal which values another tenant uses', () => {
    const { operations, about } = planOf(inventoryOf({ privileges: { authenticated: ['insert'] } }), {}, [named])
    expect(operations['add with the title of blue']).toMatchObject({ insert: { title: ref("blue's notes", 'title') } })
    expect(operations['compare the title of blue']).toEqual({
      distinguish: ['add with the title of blue', 'add for red'],
    })
    expect(about['compare the title of blue']).toMatchObject({ side: 'blue', row: "blue's notes" })
  })
})

it('objects that a survey does not try are named', () => {
  const inventory = exampleInventory({
    buckets: null,
    graphql: true,
    edgeFunctions: [{ name: 'mail', verifyJwt: true }],
  })
  expect(planOf(inventory).unsurveyed.map(({ object }) => object)).toEqual(['Storage', 'GraphQL', 'Edge Function mail'])
})

describe('names of objects in a bucket', () => {
  const policy = (using: string, check: string | null = null) => examplePolicy({ using, check })

  it.each([
    [`((bucket_id = 'b'::text) AND ((storage.foldername(name))[1] = (auth.uid())::text))`, [''], ['user']],
    [`((bucket_id = 'b'::text) AND ((storage.foldername(name))[1] IN ( SELECT my_teams())))`, [''], ['tenant']],
    [
      `((bucket_id = 'b'::text) AND ((storage.foldername(name))[1] = 'drafts'::text) AND ((storage.foldername(name))[2] = (auth.uid())::text))`,
      ['drafts'],
      ['user'],
    ],
    [`((bucket_id = 'other'::text) AND ((storage.foldername(name))[1] = 'x'::text))`, [''], ['user', 'tenant']],
    [`(bucket_id = 'b'::text)`, [''], ['user', 'tenant']],
  ])('%s', (using, prefixes, kinds) => {
    expect(namingOf([policy(using)], 'b', true)).toEqual({ prefixes, kinds, metadataKeys: [] })
  })

  it('are in folders of users where there are no tenants', () => {
    expect(namingOf([], 'b', false).kinds).toEqual(['user'])
  })

  it('come with the metadata that a policy reads', () => {
    expect(namingOf([policy(`((user_metadata ->> 'owner'::text) = 'x')`)], 'b', true).metadataKeys).toEqual(['owner'])
  })
})

describe('topics', () => {
  const formsOf = (using: string, sources: Record<string, string> = {}) => {
    const messages = exampleTable({ schema: 'realtime', name: 'messages', policies: [examplePolicy({ using })] })
    return topicsIn(exampleInventory({ relations: [messages] }), { sources })
  }

  it.each([
    [
      `(realtime.topic() = ('user:'::text || ( SELECT auth.uid() AS uid)))`,
      { before: 'user:', kind: 'user', after: '' },
    ],
    [
      `(topic() IN ( SELECT ('team:'::text || id.id) FROM my_teams() id(id)))`,
      { before: 'team:', kind: 'tenant', after: '' },
    ],
    [
      `(topic() IN ( SELECT (('team:'::text || id.id) || ':admins'::text) FROM x))`,
      { before: 'team:', kind: 'tenant', after: ':admins' },
    ],
  ])('%s', (using, form) => {
    expect(formsOf(using)).toEqual([form])
  })

  it('of a pattern may be those of users and of tenants', () => {
    expect(formsOf(`(realtime.topic() ~~ 'room-%'::text)`).map(({ kind }) => kind)).toEqual(['user', 'tenant'])
  })

  it('are read from functions that send, and from no others', () => {
    const source = `perform realtime.send(p, 'e', 'user:' || new.owner_id)`
    expect(formsOf('true', { 'public.send': source })).toEqual([{ before: 'user:', kind: 'user', after: '' }])
    expect(formsOf('true', { 'public.other': `select 'user:' || id` })).toEqual([])
  })
})
