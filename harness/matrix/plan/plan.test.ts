import { describe, expect, it } from 'vitest'
import { matrixText, readActorsText, readMatrixText } from '../../../test/support/matrix-texts.ts'
import type { LoadedMatrix } from '../../model/matrix.ts'
import { paths } from '../../paths/registry.ts'
import type { Catalog, DatabaseFunction } from '../../witness/catalog.ts'
import { cellId, type MatrixPlan, planMatrix, rowsOfResource, setsOf } from './plan.ts'

const empty: Catalog = { relations: {}, functions: {} }

function loaded(text: string): LoadedMatrix {
  const { result, problems } = readMatrixText(text)
  if (result === undefined) throw new Error(problems.map(({ found }) => found).join('; '))
  return result
}

function plan(text: string, catalog = empty, absent: readonly string[] = []): MatrixPlan {
  const roster = readActorsText().result?.roster
  if (roster === undefined) throw new Error('the actors of the tests are wrong')
  return planMatrix(loaded(text).matrix, roster, catalog, paths, new Set(absent))
}

function documents(expectations: string, operations = '', absent: readonly string[] = []): MatrixPlan {
  const more = {
    operations: `operations: { read own: { select: own }, list: { select: "*" }, ${operations}
    rename own: { update: own, set: { title: new } }, create: { insert: { owner_id: $actor.id } } }`,
  }
  return plan(matrixText({ ...more, expect: `expect: { ${expectations} }` }), empty, absent)
}

function cell({ cells }: MatrixPlan, actor: string, operation: string) {
  const found = cells.find((one) => one.id === cellId('documents', actor, operation))
  if (found === undefined) throw new Error(`no cell for ${actor} and ${operation}`)
  return found
}

describe('a bare denial', () => {
  const letters = (expected: string) =>
    plan(`matrix: letters
resource: { bucket: letters }
fixtures: { letter: { name: a.txt, content: dear } }
operations: { fetch: { public: letter }, download: { download: letter } }
expect: { "*": { "*": ${expected} } }
`).cells.filter(({ actor }) => actor.name === 'alice')
  const layersOf = (expected: string) =>
    letters(expected).map((one) => (one.expected.decision === 'deny' ? one.expected.layers : null))
  const authorizing = ['unauthenticated', 'grant', 'rls', 'filtered']

  it('accepts the only refusal that the public URL of a bucket knows', () => {
    expect(layersOf('deny')).toEqual([[...authorizing, 'hidden'], authorizing])
  })

  it('that names its layers accepts these alone', () => {
    expect(layersOf('deny(filtered)')).toEqual([['filtered'], ['filtered']])
  })
})

describe('a control', () => {
  it('is the first allowed actor of the roster, in any order of the matrix', () => {
    const { controls } = cell(
      documents('bob: { "*": allow }, alice: { "*": allow }, "*": { "*": deny }'),
      'guest',
      'list',
    )
    expect(controls).toMatchObject([{ by: { actor: 'alice' }, identity: 'alice' }])
  })

  it('is no actor whose credential is attacked, and no actor that sees nothing', () => {
    const none = 'alice: { list: { allow: { exactly: [] } }, "*": deny }'
    const { controls } = cell(
      documents(`expired: { "*": allow }, ${none}, bob: { "*": allow }, "*": { "*": deny }`),
      'guest',
      'list',
    )
    expect(controls).toMatchObject([{ by: { actor: 'bob' } }])
  })

  it('is no actor that cannot send requests on this target', () => {
    const allowed = 'alice: { "*": allow }, bob: { "*": allow }, "*": { "*": deny }'
    expect(cell(documents(allowed, '', ['alice']), 'guest', 'list').controls).toMatchObject([{ by: { actor: 'bob' } }])
    const { controls } = cell(documents('"*": { "*": deny }', '', ['alice']), 'visitor', 'rename own')
    expect(controls).toMatchObject([{ by: 'privileged', identity: 'bob' }])
  })

  it('is privileged when no actor is allowed, as the first ordinary user', () => {
    const { controls } = cell(documents('"*": { "*": deny }'), 'visitor', 'rename own')
    expect(controls).toMatchObject([{ by: 'privileged', identity: 'alice' }])
  })

  it('belongs to denials, to an allowance to see nothing and to undecided cells, and to no other', () => {
    const some = documents(
      'alice: { list: { allow: { exactly: [] } }, read own: define, "*": allow }, "*": { "*": deny }',
    )
    expect(cell(some, 'alice', 'list').controls).toHaveLength(1)
    expect(cell(some, 'alice', 'read own').controls).toHaveLength(1)
    expect(cell(some, 'alice', 'rename own').controls).toEqual([])
    expect(cell(some, 'bob', 'rename own').controls).toHaveLength(1)
  })

  it('is shared by the cells of one operation, and has rows of its own where it writes', () => {
    const some = documents('alice: { "*": allow }, "*": { "*": deny }')
    const [one] = cell(some, 'bob', 'rename own').controls
    const [two] = cell(some, 'guest', 'rename own').controls
    expect(one?.key).toBe(two?.key)
    expect(one?.sets).toEqual(two?.sets)
    const theirs = cell(some, 'alice', 'rename own').attempts[0]?.sets
    expect(one?.sets[0]?.key).not.toBe(theirs?.[0]?.key)
  })
})

describe('an attempt', () => {
  const some = documents('alice: { "*": allow }, "*": { "*": deny }')

  it('is in the name of the actor, or of the control where the actor has no user', () => {
    expect(cell(some, 'guest', 'list').attempts).toMatchObject([{ identity: 'guest' }])
    expect(cell(some, 'expired', 'list').attempts).toMatchObject([{ identity: 'expired' }])
    expect(cell(some, 'visitor', 'list').attempts).toMatchObject([{ identity: 'alice' }])
    const free = documents('visitor: { "*": allow }, "*": { "*": deny }')
    expect(cell(free, 'visitor', 'list').attempts).toMatchObject([{ identity: 'alice' }])
    expect(cell(free, 'bob', 'list').controls).toMatchObject([{ by: { actor: 'visitor' }, identity: 'alice' }])
  })

  it('is made where nothing is decided, like any other, with the control that a denial has', () => {
    const open = documents('alice: { "*": define }, bob: { rename own: allow }')
    const denied = cell(documents('alice: { "*": deny }, bob: { rename own: allow }'), 'alice', 'rename own')
    const { attempts, controls } = cell(open, 'alice', 'rename own')
    expect(attempts).toEqual(denied.attempts)
    expect(controls).toEqual(denied.controls)
    const missing = cell(open, 'guest', 'list')
    expect(missing.expected).toEqual({ decision: 'missing' })
    expect(missing.attempts).toMatchObject([{ identity: 'guest' }])
    expect(missing.controls).toMatchObject([{ by: 'privileged' }])
  })
})

describe('the rows of an attempt', () => {
  const some = documents('alice: { "*": allow }, bob: { "*": allow }, "*": { "*": deny }')
  const keys = (actor: string, operation: string) =>
    cell(some, actor, operation).attempts.flatMap(({ sets }) => sets.map(({ key }) => key))

  it('are shared by reads: per user where they depend on it, and by everyone where they do not', () => {
    expect(keys('alice', 'read own')).toEqual(['documents reads of alice #0'])
    expect(keys('expired', 'read own')).toEqual(['documents reads of alice #0'])
    expect(keys('bob', 'list')).toEqual(['documents reads of bob #0', 'documents reads of everyone #1'])
    expect(keys('alice', 'list')).toEqual(['documents reads of alice #0', 'documents reads of everyone #1'])
  })

  it('are its own where it may write', () => {
    expect(keys('alice', 'rename own')).toEqual(['documents › alice › rename own #0'])
    const all = some.cells.flatMap(({ attempts, controls }) => [...attempts, ...controls])
    const owners = new Map<string, Set<string>>()
    for (const attempt of all.filter(({ operation }) => operation.writes)) {
      for (const { key, identity } of attempt.sets) {
        const known = owners.get(key) ?? new Set()
        owners.set(key, known.add(`${identity} ${attempt.operation.declaration.name}`))
      }
    }
    for (const users of owners.values()) expect(users.size).toBe(1)
    const read = new Set(
      all.filter(({ operation }) => !operation.writes).flatMap(({ sets }) => sets.map(({ key }) => key)),
    )
    for (const key of owners.keys()) expect(read).not.toContain(key)
  })

  it('may be found ones, which take part in references like those that are made', () => {
    const fixtures = 'fixtures: { note: { owner_id: $me.owner_id }, me: { find: { id: $actor.id } } }'
    const operations = 'operations: { rename: { update: me, set: { title: new } } }'
    const found = plan(matrixText({ fixtures, operations }))
    expect(found.components.map(({ fixtures: [...rows] }) => rows.map(({ name }) => name))).toEqual([['me', 'note']])
    expect(cell(found, 'alice', 'rename').attempts[0]?.sets).toMatchObject([{ component: 0, identity: 'alice' }])
  })

  it('are none where it names none', () => {
    expect(keys('alice', 'create')).toEqual([])
  })

  it('are made once each', () => {
    const sets = setsOf(some.cells).map(({ key }) => key)
    expect(new Set(sets).size).toBe(sets.length)
    expect(setsOf(some.cells.filter(({ actor }) => actor.name === 'alice')).length).toBeLessThan(sets.length)
  })
})

it('a pair that is compared has two attempts on the same rows, and two controls', () => {
  const pair = `rename theirs: { update: theirs, set: { title: "$run" } },
    probe: { distinguish: [rename own, rename theirs] },`
  const { attempts, controls } = cell(
    documents('alice: { probe: deny, "*": allow }, "*": { "*": deny }', pair),
    'alice',
    'probe',
  )
  expect(attempts.map(({ operation }) => operation.declaration.name)).toEqual(['rename own', 'rename theirs'])
  expect(controls.map(({ operation }) => operation.declaration.name)).toEqual(['rename own', 'rename theirs'])
  expect(new Set(controls.map(({ key }) => key)).size).toBe(2)
})

describe('a function', () => {
  const text = (method: string) =>
    matrixText({
      resource: 'resource: { function: public.find }',
      fixtures: 'fixtures: { own: { table: public.documents, values: { owner_id: $actor.id } } }',
      operations: `operations: { find: { call: { id: $own.id }, reads: own, method: ${method} } }`,
      expect: 'expect: { "*": { find: allow } }',
    })
  const overload = (volatility: DatabaseFunction['volatility']): DatabaseFunction => ({
    name: 'public.find',
    arguments: [],
    volatility,
    returnsSet: true,
    returnsRowsOf: null,
    securityDefiner: false,
  })
  const writes = (method: string, ...volatilities: DatabaseFunction['volatility'][]) =>
    plan(text(method), { relations: {}, functions: { 'public.find': volatilities.map(overload) } }).cells[0]
      ?.attempts[0]?.operation.writes

  it('may write unless it is called by GET or no overload of it can', () => {
    expect(writes('post', 'volatile')).toBe(true)
    expect(writes('post', 'stable', 'volatile')).toBe(true)
    expect(writes('post', 'stable', 'immutable')).toBe(false)
    expect(writes('get', 'volatile')).toBe(false)
    expect(plan(text('post')).cells[0]?.attempts[0]?.operation.writes).toBe(true)
  })
})

describe('the fixtures that "*" means', () => {
  const rows = (resource: string) =>
    rowsOfResource(
      loaded(
        matrixText({
          resource: `resource: ${resource}`,
          fixtures: `fixtures: { one: { table: public.documents, values: { id: 1 } },
            two: { table: public.projects, values: { id: 2 } } }`,
          operations: resource.includes('function')
            ? 'operations: { read: { call: {}, reads: one } }'
            : 'operations: { read: { select: one } }',
          expect: 'expect: { "*": { read: allow } }',
        }),
      ).matrix,
    ).map(({ name }) => name)

  it('is the fixtures of the table, of the table behind it, or all', () => {
    expect(rows('{ table: public.documents }')).toEqual(['one'])
    expect(rows('{ view: public.overview, of: public.projects }')).toEqual(['two'])
    expect(rows('{ function: public.find, of: public.documents }')).toEqual(['one'])
    expect(rows('{ view: public.overview }')).toEqual(['one', 'two'])
  })
})
