import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { exampleFunction, exampleInventory } from '../../test/support/example-inventory.ts'
import { exampleColumn, exampleId, exampleKey, exampleRelation, exampleSchema } from '../../test/support/init-schema.ts'
import { paths } from '../paths/registry.ts'
import type { Relation } from '../witness/catalog.ts'
import { checkedFiles } from './check-files.ts'
import { addLesson, newLessons } from './lessons.ts'
import type { Plan, Schema } from './model.ts'
import { noLessons } from './model.ts'
import { namesIn } from './naming.ts'
import { planWorkspace } from './plan.ts'

const text = (name: string) => exampleColumn(name, 'text')
const uuid = (name: string) => exampleColumn(name, 'uuid')

const teams = exampleRelation('teams', [exampleId, text('name')])
const members = exampleRelation('team_members', [uuid('team_id'), uuid('user_id'), text('role')], {
  primaryKey: ['team_id', 'user_id'],
  foreignKeys: [exampleKey('team_id', 'public.teams'), exampleKey('user_id', 'auth.users')],
})
const profiles = exampleRelation('profiles', [uuid('id'), text('name')], {
  foreignKeys: [exampleKey('id', 'auth.users')],
})
const projects = exampleRelation('projects', [exampleId, uuid('team_id'), text('name')], {
  foreignKeys: [exampleKey('team_id', 'public.teams')],
  uniqueKeys: [['team_id', 'name']],
})
const tasks = exampleRelation('tasks', [exampleId, uuid('project_id'), uuid('author_id'), text('title')], {
  foreignKeys: [exampleKey('project_id', 'public.projects'), exampleKey('author_id', 'public.profiles')],
})

const matrixOf = (plan: Plan, name: string) => plan.matrices.find((matrix) => matrix.name === name)
const fixturesOf = (plan: Plan, name: string) =>
  Object.fromEntries(matrixOf(plan, name)?.fixtures.map((row) => [row.name, row.values]) ?? [])

test.each<[string, string | null, unknown]>([
  ['a literal', "''::text", { code: 'Trespass $unique' }],
  ['a cast with a length', "'x'::character varying(20)", { code: 'Trespass $unique' }],
  ['a call', 'gen_random_uuid()', {}],
  ['a text of a call', "('x'::text || random())", {}],
])('a unique column whose default is %s', (_, fallback, expected) => {
  const code = exampleColumn('code', 'text', { hasDefault: true, default: fallback })
  const plans = exampleRelation('plans', [exampleId, code], { uniqueKeys: [['code']] })
  expect(fixturesOf(planWorkspace(exampleSchema([plans]), noLessons), 'plans')).toMatchObject({ one: expected })
})

describe('a trigger that makes a row for every new user', () => {
  const people = exampleRelation('people', [uuid('id'), text('nickname'), exampleColumn('kind', 'public.kind')])
  const notes = exampleRelation('notes', [exampleId, uuid('author'), text('body')], {
    foreignKeys: [exampleKey('author', 'public.people')],
  })
  const schema = exampleSchema([people, notes], {
    types: { 'public.kind': { kind: 'enum', labels: ['admin', 'member'] } },
    metadataKeys: ['nickname', 'kind', 'plan'],
    filledAtSignUp: [{ table: 'people', column: 'id' }],
  })

  test('makes the table one of profiles, without a foreign key to the users', () => {
    expect(fixturesOf(planWorkspace(schema, noLessons), 'notes')).toMatchObject({ "alice's": { author: '$alice.id' } })
  })

  test('that reads metadata gets some, of the types of its columns', () => {
    const metadataOf = (metadata: boolean) =>
      planWorkspace(schema, { ...noLessons, metadata }).actors.map(({ name, userMetadata }) => [name, userMetadata])
    expect(metadataOf(false)).toContainEqual(['alice', null])
    expect(metadataOf(true)).toEqual([
      ['visitor', null],
      ['alice', { nickname: 'trespass-alice', kind: 'member', plan: 'Trespass alice' }],
      ['bob', { nickname: 'trespass-bob', kind: 'member', plan: 'Trespass bob' }],
      ['mallory', { nickname: 'trespass-mallory', kind: 'member', plan: 'Trespass mallory' }],
      ['guest', null],
    ])
  })
})

describe('a project of tenants', () => {
  const plan = planWorkspace(exampleSchema([teams, members, profiles, projects, tasks]), noLessons)

  test('has two of them in the world, with their members', () => {
    expect(plan.world.map(({ name }) => name)).toEqual([
      'acme',
      'globex',
      'alice in acme',
      'bob in acme',
      'mallory in globex',
      // The tasks name them.
      'profiles of alice',
      'profiles of bob',
      'profiles of mallory',
      'profiles of guest',
    ])
  })

  test('rows name the tenant of the world, and parents are made beside them', () => {
    expect(fixturesOf(plan, 'tasks')).toEqual({
      "alice's projects": { team_id: '$acme.id', name: 'Trespass $unique' },
      "alice's": { project_id: `\${alice's projects.id}`, author_id: '$alice.id', title: 'Trespass $unique' },
    })
  })

  test('an insert names the actor', () => {
    const add = matrixOf(plan, 'tasks')?.operations.find(({ name }) => name === 'add')
    expect(add?.body.insert).toMatchObject({ author_id: '$actor.id' })
  })

  test('a table with one row per member gets a tenant of its own', () => {
    expect(fixturesOf(plan, 'team_members')).toEqual({
      team: { name: 'Trespass $unique' },
      'alice in team': { team_id: '$team.id', user_id: '$alice.id', role: 'Trespass $unique' },
      'bob in team': { team_id: '$team.id', user_id: '$bob.id', role: 'Trespass $unique' },
    })
  })

  test('a table with one row per user is found, and not removed', () => {
    expect(fixturesOf(plan, 'profiles')).toEqual({ "alice's": { id: '$alice.id' } })
    expect(matrixOf(plan, 'profiles')?.operations.map(({ name }) => name)).toEqual(['read', 'change'])
    expect(matrixOf(plan, 'profiles')?.notes.join()).toContain('delete is not tried')
  })
})

describe('names', () => {
  test('of tables with spaces, and of files that differ in capitals alone', () => {
    const plan = planWorkspace(
      exampleSchema([exampleRelation('Order Items', [exampleId]), exampleRelation('order-items', [exampleId])]),
      noLessons,
    )
    expect(plan.matrices.map(({ name }) => name)).toEqual(['Order Items', 'order-items table'])
  })

  test('of tables with dots', () => {
    const plan = planWorkspace(exampleSchema([exampleRelation('items v1.2', [exampleId])]), noLessons)
    expect(plan.left).toEqual([])
    expect(plan.matrices.map(({ name }) => name)).toEqual(['items v1_2'])
  })

  test('that a matrix cannot write are left out, with the reason', () => {
    const plan = planWorkspace(exampleSchema([exampleRelation('a ', [exampleId])]), noLessons)
    expect(plan.left).toEqual([{ title: 'table public."a "', reason: 'a matrix cannot write its name' }])
  })
})

test('the row of a view satisfies the view’s condition', () => {
  const posts = exampleRelation('posts', [
    exampleId,
    text('title'),
    exampleColumn('published', 'boolean', { hasDefault: true }),
  ])
  const view = { ...posts, name: 'public.shown', kind: 'view' as const, primaryKey: [] }
  const schema = exampleSchema([posts, view])
  const relations = schema.inventory.relations.map((relation) =>
    relation.kind === 'view'
      ? { ...relation, reads: [{ schema: 'public', name: 'posts', rowSecurity: true, asOwner: true }] }
      : relation,
  )
  const plan = planWorkspace(
    {
      ...schema,
      inventory: { ...schema.inventory, relations },
      conditions: { 'public.shown': [[{ column: 'published', kind: 'one of', values: [true] }]] },
    },
    noLessons,
  )
  expect(fixturesOf(plan, 'shown')).toEqual({ one: { title: 'Trespass $unique', published: true } })
  expect(matrixOf(plan, 'shown')?.resource).toEqual({ view: 'public.shown' })
})

test('a schema without a grant is named as such', () => {
  const schema = exampleSchema([teams])
  const relations = schema.inventory.relations.map((relation) => ({ ...relation, privileges: {} }))
  const plan = planWorkspace({ ...schema, inventory: { ...schema.inventory, relations } }, noLessons)
  expect(plan.left).toEqual([{ title: 'grants', reason: expect.stringContaining('auto_expose_new_tables') }])
})

describe('rows that name each other', () => {
  test('a required circle has no fixture, an optional one is left open', () => {
    const [one, two] = ['ones', 'twos'].map((name, n) =>
      exampleRelation(name, [exampleId, { ...uuid('other'), nullable: n === 1 }], {
        foreignKeys: [exampleKey('other', n === 0 ? 'public.twos' : 'public.ones')],
      }),
    )
    if (one === undefined || two === undefined) throw new Error('two tables were made')
    expect(planWorkspace(exampleSchema([one, two]), noLessons).left).toEqual([])
    const closed = { ...two, columns: { ...two.columns, other: uuid('other') } }
    expect(planWorkspace(exampleSchema([one, closed]), noLessons).left.map(({ reason }) => reason)).toEqual([
      'public.ones refers to itself in a circle',
      'public.twos refers to itself in a circle',
    ])
  })

  test('a second user is another one', () => {
    const follows = exampleRelation('follows', [exampleId, uuid('follower_id'), uuid('followed_id')], {
      foreignKeys: [exampleKey('follower_id', 'auth.users'), exampleKey('followed_id', 'auth.users')],
    })
    expect(fixturesOf(planWorkspace(exampleSchema([follows]), noLessons), 'follows')).toEqual({
      "alice's": { follower_id: '$alice.id', followed_id: '$bob.id' },
    })
  })

  test('a second user is another one where the rows of users have ids of their own', () => {
    const people = exampleRelation('people', [exampleId, uuid('user_id')], {
      uniqueKeys: [['user_id']],
      foreignKeys: [exampleKey('user_id', 'auth.users')],
    })
    const reports = exampleRelation('reports', [exampleId, uuid('reporter_id'), uuid('reported_id')], {
      foreignKeys: [exampleKey('reporter_id', 'public.people'), exampleKey('reported_id', 'public.people')],
    })
    const plan = planWorkspace(exampleSchema([people, reports]), noLessons)
    const pair = { reporter_id: `\${people of alice.id}`, reported_id: `\${people of bob.id}` }
    expect(fixturesOf(plan, 'reports')).toEqual({ "alice's": pair })
    expect(matrixOf(plan, 'reports')?.operations.find(({ name }) => name === 'add')?.body).toEqual({ insert: pair })
  })
})

describe('a function', () => {
  const declared = { volatility: 'volatile', returnsSet: false, returnsRowsOf: null, securityDefiner: true } as const
  const calling = (args: readonly (readonly [string, string])[], body: string) => {
    const schema = exampleSchema([teams, members, projects])
    const written = args.map(([name, type]) => `${name} ${type}`).join(', ')
    const one = {
      name: 'public.f',
      arguments: args.map(([name, type]) => ({ name, type, optional: false })),
      ...declared,
    }
    return planWorkspace(
      {
        ...schema,
        catalog: { ...schema.catalog, functions: { 'public.f': [one] } },
        inventory: { ...schema.inventory, functions: [exampleFunction({ name: 'f', arguments: written })] },
        bodies: { [`public.f(${written})`]: body },
      },
      noLessons,
    )
  }

  test.each<[string, readonly (readonly [string, string])[], unknown]>([
    ['a tenant', [['p_team_id', 'uuid']], { p_team_id: '$acme.id' }],
    ['a user', [['user_id', 'uuid']], { user_id: '$alice.id' }],
    [
      'a row and a text',
      [
        ['project', 'uuid'],
        ['title', 'text'],
      ],
      { project: `\${alice's projects.id}`, title: 'Trespass $unique' },
    ],
    ['several rows', [['project_ids', 'uuid[]']], { project_ids: [`\${alice's projects.id}`] }],
  ])('is called with %s', (_, args, call) => {
    expect(matrixOf(calling(args, 'delete from public.projects'), 'f')?.operations[0]?.body).toEqual({ call })
  })

  test.each([
    ['delete from public.projects', 'it may write'],
    ['select public.other_function()', null],
  ])('without a row of the run is called only where it does not write: %s', (body, reason) => {
    const { left, matrices } = calling([], body)
    if (reason === null) expect(matrices.map(({ name }) => name)).toContain('f')
    else expect(left[0]?.reason).toContain(reason)
  })

  test('with an argument of unknown meaning is left out, with the reason', () => {
    expect(calling([['thing', 'uuid']], 'select 1').left[0]?.reason).toBe(
      'what the argument thing (uuid) names is not known',
    )
  })
})

describe('a refusal', () => {
  const schema: Schema = exampleSchema([projects], {
    checks: {
      'public.projects': [{ name: 'c', ways: [[{ column: 'name', kind: 'one of', values: ['a'] }], []] }],
    },
  })
  const row = { name: "alice's", table: 'public.projects', values: { name: 'x', team_id: '$acme.id' } }

  test.each<[string, string, string]>([
    ['a check', '23514', 'new row for relation "projects" violates check constraint "c"'],
    ['a missing value', '23502', 'null value in column "id" of relation "projects" violates not-null constraint'],
    ['a key that is there', '23505', 'violates unique constraint "k": Key (team_id)=(1) already exists.'],
    ['an exclusion', '23P01', 'conflicting key value violates exclusion constraint "e"'],
  ])('by %s is learned from', (_, sqlstate, message) => {
    expect(addLesson(newLessons(), schema, row, { sqlstate, message }, false)).toBe(true)
  })

  test.each<[string, string, string]>([
    ['a check of another table', '23514', 'new row for relation "others" violates check constraint "d"'],
    ['a trigger', 'P0001', 'not today'],
    ['a foreign key', '23503', 'insert violates foreign key constraint "f"'],
  ])('by %s is final', (_, sqlstate, message) => {
    expect(addLesson(newLessons(), schema, row, { sqlstate, message }, false)).toBe(false)
  })

  test('by a check is learned from once for each of its ways', () => {
    const lessons = newLessons()
    const refusal = { sqlstate: '23514', message: 'new row for relation "projects" violates check constraint "c"' }
    expect([1, 2, 3].map(() => addLesson(lessons, schema, row, refusal, false))).toEqual([true, true, false])
  })
})

const types = [
  'text',
  'character varying(40)',
  'integer',
  'numeric',
  'boolean',
  'date',
  'jsonb',
  'text[]',
  'timestamp with time zone',
]
const names = fc.uniqueArray(
  fc.constantFrom('posts', 'notes', 'Order Items', 'tags', 'likes', 'files', "it's", 'plans'),
  {
    minLength: 1,
    maxLength: 6,
  },
)
const columns = fc.uniqueArray(
  fc.record({
    name: fc.constantFrom('title', 'body', 'amount', 'due on', 'role', 'values', 'table', 'email', 'slug'),
    type: fc.constantFrom(...types),
    nullable: fc.boolean(),
    hasDefault: fc.boolean(),
  }),
  { maxLength: 5, selector: ({ name }) => name },
)

/** Tables that refer to users, tenants and earlier tables. */
const generated = names.chain((all) =>
  fc.tuple(
    ...all.map((name, n) =>
      fc
        .record({
          columns,
          parents: fc.subarray([...all.slice(0, n).map((parent) => `public.${parent}`), 'public.teams', 'auth.users']),
          keyed: fc.constantFrom('id', 'parents', 'first'),
          nullable: fc.boolean(),
        })
        .map(({ columns: own, parents, keyed, nullable }): Relation => {
          const links = parents.map((parent) => ({ ...uuid(`${parent.split('.')[1]}_id`), nullable }))
          const unique =
            keyed === 'parents' && links.length > 0
              ? [links.map((link) => link.name)]
              : keyed === 'first' && own[0] !== undefined
                ? [[own[0].name]]
                : []
          return exampleRelation(
            name,
            [exampleId, ...links, ...own.map((column) => exampleColumn(column.name, column.type, column))],
            { foreignKeys: parents.map((parent, at) => exampleKey(links[at]?.name ?? '', parent)), uniqueKeys: unique },
          )
        }),
    ),
  ),
)

test('the files of any schema load without a problem, and every row is complete', async () => {
  await fc.assert(
    fc.asyncProperty(generated, async (relations) => {
      const schema = exampleSchema([teams, members, ...relations])
      const plan = planWorkspace(schema, noLessons)
      const checked = await checkedFiles(plan, schema.catalog, paths)
      expect(checked.plan.left).toEqual([])
      expect(plan.matrices).toHaveLength(relations.length + 2)
      for (const { fixtures } of plan.matrices) {
        const words = ['unique', 'uuid', 'number', 'date']
        const known = new Set(['alice', 'bob', 'mallory', ...words, ...plan.world.map(({ name }) => name)])
        for (const row of fixtures) {
          expect(namesIn(row.values).filter((name) => !known.has(name))).toEqual([])
          known.add(row.name)
        }
      }
    }),
    { numRuns: 8 },
  )
})

test('a bucket has an object of a type that it takes', () => {
  const bucket = { id: 'pictures', public: true, fileSizeLimit: null, allowedMimeTypes: ['image/*'] }
  const plan = planWorkspace({ ...exampleSchema([]), inventory: exampleInventory({ buckets: [bucket] }) }, noLessons)
  expect(plan.matrices[0]?.fixtures[0]?.values).toMatchObject({ content_type: 'image/png' })
  expect(plan.matrices[0]?.operations.map(({ name }) => name)).toContain('download in public')
})
