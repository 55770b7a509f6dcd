import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../json.ts'
import type { RowDeclaration } from '../model/matrix.ts'
import { creatableWorld } from './creatable-world.ts'

const at = { file: 'matrices/actors.yaml', line: 1, column: 1 }
const row = (name: string, values: JsonObject): RowDeclaration => ({ name, table: 'public.teams', values, at })
const world = [
  row('acme', { name: 'Acme $run' }),
  row('guest in acme', { team: '$acme.id', user: '$guest.id' }),
  row('badge', { membership: '$guest in acme.id' }),
  row('late in acme', { team: '$acme.id', user: '$late.id' }),
]
const absent = {
  guest: { why: 'no secret key', user: null },
  late: { why: 'no signing key', user: { id: 'an id', email: null } },
}

describe('the world that can be made', () => {
  it('leaves out rows that refer to missing users, and rows that refer to those', () => {
    const { rows, unmade } = creatableWorld(world, { absent, sees: 'database' })
    expect(rows.map(({ name }) => name)).not.toContain('guest in acme')
    expect(rows.map(({ name }) => name)).toEqual(expect.arrayContaining(['acme', 'late in acme']))
    expect(unmade['guest in acme']).toBe('it needs guest: no secret key')
  })

  it('is whole where every user exists, and empty where nothing can be made', () => {
    expect(creatableWorld(world, { absent: {}, sees: 'data-api' })).toEqual({ rows: world, unmade: {} })
    const none = creatableWorld(world, { absent: {}, sees: 'nothing' })
    expect([none.rows, Object.keys(none.unmade)]).toEqual([[], world.map(({ name }) => name)])
  })
})
