import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type JsonObject, sameJson } from '../json.ts'
import type { Column, Exclusion, Relation } from '../witness/catalog.ts'
import { type Adding, Collisions } from './collisions.ts'

const table = 'public.likes'

function column(name: string, more: Partial<Column> = {}): Column {
  return { name, type: 'uuid', nullable: false, hasDefault: false, generated: false, identity: 'no', ...more }
}

function likes(exclusions: readonly Exclusion[], columns: readonly Column[] = []): Relation {
  const all = [column('post_id'), column('user_id'), column('email', { nullable: true }), ...columns]
  return {
    name: table,
    kind: 'table',
    columns: Object.fromEntries(all.map((one) => [one.name, one])),
    primaryKey: ['post_id', 'user_id'],
    uniqueKeys: [],
    exclusions,
    foreignKeys: [],
  }
}

const exact = (...columns: string[]): Exclusion => ({ columns, byValue: true })
const loose = (...columns: string[]): Exclusion => ({ columns, byValue: false })

describe('two new rows take the same place', () => {
  const defaulted = (expression: string) => [
    column('id', { hasDefault: true, default: expression }),
    column('author_id', { hasDefault: true, default: expression }),
  ]
  const rows: readonly [string, Exclusion, JsonObject, JsonObject, boolean, (readonly Column[])?][] = [
    [
      'a key of two foreign keys',
      exact('post_id', 'user_id'),
      { post_id: 1, user_id: 2 },
      { user_id: 2, post_id: 1 },
      true,
    ],
    ['another user', exact('post_id', 'user_id'), { post_id: 1, user_id: 2 }, { post_id: 1, user_id: 3 }, false],
    ['one column of the user', exact('user_id'), { user_id: 2 }, { user_id: 2 }, true],
    ['a text with $unique', exact('email'), { email: 'a-u1' }, { email: 'a-u2' }, false],
    ['texts that differ in case', exact('email'), { email: 'A@x' }, { email: 'a@x' }, true],
    ['an index on lower(email)', loose('email'), { email: 'A@x' }, { email: 'b@x' }, true],
    ['an index on lower(email), with $unique', loose('email'), { email: 'A-u1' }, { email: 'b-u2' }, false],
    [
      'an exclusion constraint',
      loose('post_id', 'email'),
      { post_id: 1, email: '[1,3)' },
      { post_id: 1, email: '[2,4)' },
      true,
    ],
    ['null, given', exact('email'), { email: null }, { email: null }, true],
    ['a nullable column that is not given', exact('email'), {}, {}, false],
    ['a nullable column that a trigger may fill', exact('post_id', 'email'), { post_id: 1 }, { post_id: 1 }, true],
    ['a required column that a trigger fills', exact('user_id'), {}, {}, true],
    ['a generated key', exact('id'), {}, {}, false, defaulted('gen_random_uuid()')],
    ['a serial', exact('id'), {}, {}, false, defaulted("nextval('likes_id_seq'::regclass)")],
    [
      'a default of the caller',
      exact('post_id', 'author_id'),
      { post_id: 1 },
      { post_id: 1 },
      true,
      defaulted('auth.uid()'),
    ],
    ['an identity column', exact('id'), {}, {}, false, [column('id', { identity: 'always' })]],
    [
      'a world row and a literal',
      exact('post_id', 'email'),
      { post_id: 1, email: 'up' },
      { post_id: 1, email: 'up' },
      true,
    ],
  ]
  test.each(rows)('%s', async (_, exclusion, one, other, same, columns) => {
    expect(await takesTurns(likes([exclusion], columns), one, other)).toBe(same)
  })

  test('a default that may be the value which the other gives', async () => {
    const relation = likes([exact('post_id', 'author_id')], defaulted('auth.uid()'))
    expect(await takesTurns(relation, { post_id: 1 }, { post_id: 1, author_id: 2 })).toBe(true)
    expect(await takesTurns(relation, { post_id: 1 }, { post_id: 2, author_id: 2 })).toBe(false)
  })

  test('without the exclusions of the database, primary and unique keys are taken', async () => {
    const { exclusions: _, ...relation } = likes([])
    const unique = { ...relation, uniqueKeys: [['email']] }
    expect(await takesTurns(unique, { post_id: 1, user_id: 2 }, { post_id: 1, user_id: 2 })).toBe(true)
    expect(
      await takesTurns(unique, { post_id: 1, user_id: 2, email: 'e' }, { post_id: 2, user_id: 2, email: 'e' }),
    ).toBe(true)
    expect(
      await takesTurns(unique, { post_id: 1, user_id: 2, email: 'e' }, { post_id: 2, user_id: 2, email: 'f' }),
    ).toBe(false)
  })
})

describe('attempts of other kinds than an insert of one row', () => {
  const ann = { post_id: 'p', user_id: 'ann' }
  const relation = likes([exact('post_id', 'user_id')])
  const insert = adding(ann, 'u1')
  const add = (...rows: JsonObject[]) => ({ kind: 'add' as const, table, rows, skippable: false })
  const attempt = (writes: Adding['writes'], footprint: Adding['footprint']['writes']): Adding => ({
    footprint: { writes: footprint },
    writes,
    unique: 'u2',
  })
  const plain = (...rows: JsonObject[]) => attempt([add(...rows)], [{ ...add(...rows), identify: null }])
  const others: readonly [string, Adding, boolean][] = [
    ['an upsert that merges', attempt([add(ann)], [{ ...add(ann), identify: null, merges: null }]), true],
    [
      'an upsert that ignores',
      attempt([{ ...add(ann), skippable: true }], [{ ...add(ann), skippable: true, identify: null }]),
      true,
    ],
    ['a call that adds the row', plain(ann), true],
    ['a call whose function fills a column of the key', plain({ user_id: 'ann' }), true],
    ['a call that adds the row of another user', plain({ post_id: 'p', user_id: 'ben' }), false],
    ['a statement of a worker with several rows, one of them there', plain({ ...ann, user_id: 'ben' }, ann), true],
    [
      'a statement of a worker with several other rows',
      plain({ ...ann, user_id: 'ben' }, { ...ann, post_id: 'q' }),
      false,
    ],
    ['an update', attempt([], []), false],
    [
      'a row that may be added by nothing but a hole',
      attempt([add(ann)], [{ ...add(ann), identify: null, stray: true }]),
      false,
    ],
  ]
  test.each(others)('%s', async (_, other, same) => {
    expect(await takeTurns(relation, insert, other)).toBe(same)
    expect(await takeTurns(relation, other, insert)).toBe(same)
  })

  test('a partial index takes the place of its columns under every condition', async () => {
    // The catalog has the columns of the key alone: rows beyond the condition only wait in vain.
    const partial = likes([exact('user_id')], [column('deleted_at', { nullable: true })])
    const [live, gone] = [{ user_id: 'ann' }, { user_id: 'ann', deleted_at: 'now' }]
    expect(await takesTurns(partial, live, live)).toBe(true)
    expect(await takesTurns(partial, live, gone)).toBe(true)
  })
})

/** How a generated column gets its value when a row does not give it. */
const fillings = {
  null: { more: { nullable: true }, value: () => null },
  constant: { more: { hasDefault: true, default: "'d'::text" }, value: () => 'd' },
  user: { more: { hasDefault: true, default: 'auth.uid()' }, value: () => 'ann' },
  required: { more: {}, value: () => 'of a trigger' },
  random: { more: { hasDefault: true, default: 'gen_random_uuid()' }, value: (row: number) => `random ${row}` },
  identity: { more: { identity: 'by-default' }, value: (row: number) => `number ${row}` },
} as const

describe('generated keys', () => {
  const names = ['a', 'b', 'c', 'd'] as const
  const filling = fc.constantFrom(...(Object.keys(fillings) as (keyof typeof fillings)[]))
  const columns = fc.record({ a: filling, b: filling, c: filling, d: filling })
  const keys = fc.array(fc.record({ columns: fc.subarray([...names], { minLength: 1 }), byValue: fc.boolean() }), {
    minLength: 1,
    maxLength: 3,
  })
  const value = fc.constantFrom('x', 'X', 'y', null, 'own')
  const given = fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 4 })
  type Key = { readonly columns: readonly string[]; readonly byValue: boolean }
  type Filled = Readonly<Record<(typeof names)[number], keyof typeof fillings>>

  /** `own` stands for a value with `$unique`. */
  const sent = (row: Readonly<Record<string, string | null>>, n: number): JsonObject =>
    Object.fromEntries(Object.entries(row).map(([name, one]) => [name, one === 'own' ? `v-u${n}` : one]))

  /** The row as the database has it. */
  const stored = (row: JsonObject, filled: Filled, n: number) =>
    Object.fromEntries(names.map((name) => [name, name in row ? row[name] : fillings[filled[name]].value(n)]))

  const relationOf = (filled: Filled, exclusions: readonly Key[]): Relation => ({
    ...likes(exclusions),
    columns: Object.fromEntries(names.map((name) => [name, column(name, fillings[filled[name]].more)])),
    primaryKey: [],
  })

  test('two rows that a key refuses beside each other never run together', async () => {
    let refused = 0
    const property = fc.asyncProperty(columns, keys, given, given, async (filled, exclusions, one, other) => {
      const [first, second] = [sent(one, 1), sent(other, 2)]
      const [a, b] = [stored(first, filled, 1), stored(second, filled, 2)]
      // A key that is no list of values (`lower(a)`, a range) takes rows as equal that differ in case.
      const same = ({ byValue, columns: key }: Key) =>
        key.every((name) => {
          const [left, right] = [a[name], b[name]]
          if (left === null || right === null) return false
          return byValue ? left === right : String(left).toLowerCase() === String(right).toLowerCase()
        })
      if (!exclusions.some(same)) return
      refused += 1
      expect(await takesTurns(relationOf(filled, exclusions), first, second)).toBe(true)
    })
    await fc.assert(property, { numRuns: 3000 })
    expect(refused).toBeGreaterThan(200)
  })

  test('two rows that give other values in every key run together', async () => {
    let apart = 0
    const property = fc.asyncProperty(columns, keys, given, given, async (filled, exclusions, one, other) => {
      const [first, second] = [sent(one, 1), sent(other, 2)]
      const differ = ({ columns: key }: Key) =>
        key.some(
          (name) =>
            name in first && name in second && String(first[name]).toLowerCase() !== String(second[name]).toLowerCase(),
        )
      const exact = exclusions.map((key) => ({ ...key, byValue: true }))
      if (!exact.every(differ)) return
      apart += 1
      expect(await takesTurns(relationOf(filled, exact), first, second)).toBe(false)
    })
    await fc.assert(property, { numRuns: 3000 })
    expect(apart).toBeGreaterThan(200)
  })
})

/** @returns whether the second row waits for the first. */
function takesTurns(relation: Relation, one: JsonObject, other: JsonObject): Promise<boolean> {
  return takeTurns(relation, adding(one, 'u1'), adding(other, 'u2'))
}

/** @returns whether the second attempt waits for the first. */
async function takeTurns(relation: Relation, first: Adding, second: Adding): Promise<boolean> {
  const collisions = new Collisions(memory(), { relations: { [table]: relation }, functions: {} }, (name) => name, [
    first,
    second,
  ])
  let running = 0
  let together = 0
  const work = async () => {
    running += 1
    together = Math.max(together, running)
    await new Promise((resolve) => setImmediate(resolve))
    running -= 1
  }
  await Promise.all([collisions.apart(first, work), collisions.apart(second, work)])
  return together === 1
}

/** A table in memory with a primary key, which refuses as PostgreSQL does. */
function memory(stuck = false) {
  const rows: JsonObject[] = []
  const fits = (row: JsonObject, values: JsonObject) =>
    Object.entries(values).every(([name, value]) => sameJson(row[name], value))
  return {
    rows,
    matching: async (_: string, values: JsonObject) => rows.filter((row) => fits(row, values)),
    remove: async (named: readonly { table: string; key: JsonObject }[]) => {
      if (stuck) return { gone: 0, left: named.map((row) => ({ row, why: 'rows are kept for ever' })) }
      for (const { key } of named) {
        const at = rows.findIndex((row) => fits(row, key))
        if (at >= 0) rows.splice(at, 1)
      }
      return { gone: named.length, left: [] }
    },
    async insert(row: JsonObject): Promise<string> {
      await Promise.resolve()
      if (rows.some((one) => fits(one, { post_id: row.post_id ?? null, user_id: row.user_id ?? null }))) return '23505'
      rows.push(row)
      return '201'
    },
  }
}

function adding(row: JsonObject, unique: string, merges?: null): Adding {
  const add = { kind: 'add' as const, table, rows: [row], skippable: false }
  return {
    footprint: { writes: [{ ...add, identify: null, ...(merges === undefined ? {} : { merges }) }] },
    writes: [add],
    unique,
  }
}

const catalog = { relations: { [table]: likes([exact('post_id', 'user_id')]) }, functions: {} }

describe('attempts', () => {
  const ann = { post_id: 'p', user_id: 'ann' }

  test('of two sessions of one user and of a control all find the place free', async () => {
    const store = memory()
    const attempts = ['u1', 'u2', 'u3'].map((unique) => adding(ann, unique))
    const collisions = new Collisions(store, catalog, (name) => name, attempts)
    const answers = await Promise.all(attempts.map((one) => collisions.apart(one, () => store.insert(ann))))
    expect(answers).toEqual(['201', '201', '201'])
    expect(store.rows).toEqual([])
  })

  test('that take a place alone leave their row for the sweep', async () => {
    const store = memory()
    const attempts = [adding(ann, 'u1'), adding({ post_id: 'p', user_id: 'ben' }, 'u2')]
    const collisions = new Collisions(store, catalog, (name) => name, attempts)
    for (const one of attempts)
      await collisions.apart(one, () =>
        store.insert(one.writes[0]?.kind === 'add' ? (one.writes[0].rows[0] ?? {}) : {}),
      )
    expect(store.rows.length).toBe(2)
  })

  test('never remove a row that was there before', async () => {
    const store = memory()
    store.rows.push(ann)
    const attempts = [adding(ann, 'u1'), adding(ann, 'u2')]
    const collisions = new Collisions(store, catalog, (name) => name, attempts)
    for (const one of attempts) expect(await collisions.apart(one, () => store.insert(ann))).toBe('23505')
    expect(store.rows).toEqual([ann])
  })

  test('remove nothing when more rows came than they add', async () => {
    const store = memory()
    const attempts = [adding(ann, 'u1'), adding(ann, 'u2')]
    const twice = async () => void store.rows.push({ ...ann }, { ...ann, note: 'of another client', user_id: 'ann' })
    const wide = { ...catalog.relations[table], primaryKey: [] } as Relation
    const careful = new Collisions(store, { ...catalog, relations: { [table]: wide } }, (name) => name, attempts)
    const [first, second] = attempts
    if (first === undefined || second === undefined) throw new Error('two attempts')
    await careful.apart(first, twice)
    expect(store.rows.length).toBe(2)
    await expect(careful.apart(second, () => store.insert(ann))).rejects.toMatchObject({ code: 'row-in-the-way' })
  })

  test('are not made when the row of an earlier one cannot be removed', async () => {
    const store = memory(true)
    const attempts = [adding(ann, 'u1'), adding(ann, 'u2')]
    const collisions = new Collisions(store, catalog, (name) => name, attempts)
    const [first, second] = attempts
    if (first === undefined || second === undefined) throw new Error('two attempts')
    expect(await collisions.apart(first, () => store.insert(ann))).toBe('201')
    await expect(collisions.apart(second, () => store.insert(ann))).rejects.toMatchObject({
      code: 'row-in-the-way',
      message: expect.stringContaining('rows are kept for ever'),
    })
  })

  test('through a view meet at the keys of its table', async () => {
    const store = memory()
    const view = { ...likes([]), name: 'public.mine', kind: 'view' as const, primaryKey: [] }
    const relations = { ...catalog.relations, 'public.mine': view }
    const attempts = ['u1', 'u2'].map((unique) => adding(ann, unique))
    const tableOf = (name: string) => (name === 'public.mine' ? table : name)
    const collisions = new Collisions(store, { ...catalog, relations }, tableOf, attempts)
    const answers = await Promise.all(attempts.map((one) => collisions.apart(one, () => store.insert(ann))))
    expect(answers).toEqual(['201', '201'])
  })
})
