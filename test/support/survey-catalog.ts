import type { Roster } from '../../harness/model/matrix.ts'
import { chooseActors } from '../../harness/survey/actor-choice.ts'
import { ColumnValues } from '../../harness/survey/column-values.ts'
import { braced } from '../../harness/survey/fixture-set.ts'
import type { Hints } from '../../harness/survey/model.ts'
import type { Planning } from '../../harness/survey/plan-relation.ts'
import { surveyedActors, Tenancy } from '../../harness/survey/tenancy.ts'
import type { Catalog, Column, ForeignKey, Relation } from '../../harness/witness/catalog.ts'
import { exampleInventory } from './example-inventory.ts'

const at = { file: 'matrices/actors.yaml', line: 1, column: 1 }
const user = { kind: 'authenticated', at } as const
const member = (team: string, name: string) => ({
  name: `${name} in ${team}`,
  table: 'public.members',
  values: { team_id: `$${team}.id`, user_id: `$${name}.id` },
  at,
})

/** Two teams; ann and ben are in one, mia in the other, dual in both, loner in none. */
export const exampleRoster: Roster = {
  actors: [
    { name: 'visitor', kind: 'anon', at },
    { name: 'ann', ...user },
    { name: 'ben', ...user },
    { name: 'dual', ...user },
    { name: 'mia', ...user },
    { name: 'loner', ...user },
    { name: 'expired', ...user, as: 'ann', token: 'expired' },
    { name: 'runner', kind: 'worker', role: 'task_worker', at },
  ],
  world: [
    { name: 'red', table: 'public.teams', values: { name: 'Red $run' }, at },
    { name: 'blue', table: 'public.teams', values: { name: 'Blue $run' }, at },
    member('red', 'ann'),
    member('red', 'ben'),
    member('red', 'dual'),
    member('blue', 'mia'),
    member('blue', 'dual'),
  ],
}

export const noHints: Hints = { checks: {}, types: {}, sources: {}, triggers: {}, foundFor: new Set() }

/** A nullable text without a default; a test gives only the parts that it needs. */
export function column(name: string, changes: Partial<Column> = {}): Column {
  return { name, type: 'text', nullable: true, hasDefault: false, generated: false, identity: 'no', ...changes }
}

export const id = column('id', { type: 'uuid', nullable: false, hasDefault: true, default: 'gen_random_uuid()' })

export function key(from: string, references: string, to = 'id'): ForeignKey {
  return { name: `${from}_fkey`, columns: [from], references, referencedColumns: [to], onDelete: 'cascade' }
}

export function table(name: string, columns: readonly Column[], changes: Partial<Relation> = {}): Relation {
  const byName = Object.fromEntries(columns.map((one) => [one.name, one]))
  return { name, kind: 'table', columns: byName, primaryKey: ['id'], uniqueKeys: [], foreignKeys: [], ...changes }
}

const required = { type: 'uuid', nullable: false } as const

/** The tables of the example's world. */
const worldTables: readonly Relation[] = [
  table('public.teams', [id, column('name', { nullable: false })]),
  table('public.members', [column('team_id', required), column('user_id', required)], {
    primaryKey: ['team_id', 'user_id'],
    foreignKeys: [key('team_id', 'public.teams'), key('user_id', 'auth.users')],
  }),
]

/** @returns a catalog of these tables and those of the world. */
export function catalogOf(tables: readonly Relation[], functions: Catalog['functions'] = {}): Catalog {
  return { relations: Object.fromEntries([...worldTables, ...tables].map((one) => [one.name, one])), functions }
}

/** Everything that a plan is made from, in the example's world. */
export function planningOf(tables: readonly Relation[], changes: Partial<Planning> = {}): Planning {
  const hints = changes.hints ?? noHints
  const tenancy = new Tenancy(exampleRoster)
  const sides = tenancy.sides()
  let number = 1_000_000
  return {
    catalog: catalogOf(tables),
    hints,
    tenancy,
    values: new ColumnValues(hints, () => (number += 1)),
    inventory: exampleInventory(),
    sides,
    cast: chooseActors(exampleRoster, tenancy, sides),
    roster: exampleRoster,
    topics: [],
    actors: surveyedActors(exampleRoster),
    ...changes,
  }
}

/** A reference to a column of a row whose name is no word. */
export function ref(name: string, column: string): string {
  return `$${braced(name, column)}`
}
