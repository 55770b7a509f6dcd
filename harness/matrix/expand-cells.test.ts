import { expect, test } from 'vitest'
import { matrixFile, matrixText, readMatrixText } from '../../test/support/matrix-texts.ts'
import type { LoadedMatrix } from '../model/matrix.ts'
import { authorizingLayers } from '../model/verdict.ts'

const operations = 'operations: { read: { select: own }, drop: { delete: own } }'

function load(text: string): LoadedMatrix {
  const { result, problems } = readMatrixText(text)
  expect(problems).toEqual([])
  if (result === undefined) throw new Error('no matrix')
  return result
}

/** `alice read: allow`, and so on. */
function cells(expectSection: string, operationsSection = operations): readonly string[] {
  const { matrix } = load(matrixText({ operations: operationsSection, expect: expectSection }))
  return matrix.cells.map(({ actor, operation, expected }) => {
    const layers = expected.decision === 'deny' && expected.layers !== authorizingLayers ? `(${expected.layers})` : ''
    return `${actor} ${operation}: ${expected.decision}${layers}`
  })
}

test('a key of its own wins over a group, and a group over the star', () => {
  const text = 'expect: { "*": { "*": deny }, people: { "*": allow, drop: deny(rls) }, alice: { read: define } }'
  expect(cells(text)).toEqual([
    'visitor read: deny',
    'visitor drop: deny',
    'alice read: define',
    'alice drop: deny(rls)',
    'bob read: allow',
    'bob drop: deny(rls)',
    'guest read: deny',
    'guest drop: deny',
    'expired read: deny',
    'expired drop: deny',
  ])
})

test("an actor's star wins over a group's operation", () => {
  expect(cells('expect: { "*": { "*": n/a }, people: { drop: deny }, alice: { "*": allow } }')).toEqual([
    'alice read: allow',
    'alice drop: allow',
    'bob drop: deny',
  ])
})

test('keys may name several actors and operations', () => {
  expect(
    cells('expect: { "alice, guest": { "read, drop": allow }, members: { read: deny }, "*": { "*": n/a } }'),
  ).toEqual(['alice read: allow', 'alice drop: allow', 'bob read: deny', 'guest read: allow', 'guest drop: allow'])
})

test('a cell without a decision is missing, at the key `expect`', () => {
  const { matrix } = load(matrixText({ operations, expect: 'expect: { people: { read: allow }, "*": { drop: n/a } }' }))
  const missing = matrix.cells.filter(({ expected }) => expected.decision === 'missing')
  expect(missing.map(({ actor, operation }) => `${actor} ${operation}`)).toEqual([
    'visitor read',
    'guest read',
    'expired read',
  ])
  expect(missing[0]?.at).toEqual({ file: matrixFile, line: 6, column: 1 })
})

test('a cell points at its expectation', () => {
  const { matrix } = load(
    matrixText({ operations, expect: 'expect:\n  alice:\n    read: allow\n  "*": { "*": deny }' }),
  )
  const cell = matrix.cells.find(({ actor, operation }) => actor === 'alice' && operation === 'read')
  expect(cell?.at).toEqual({ file: matrixFile, line: 8, column: 11 })
})

test('operations that are only compared make no cells, unless a key names them', () => {
  const compared = 'operations: { a: { select: own }, b: { select: theirs }, tell: { distinguish: [a, b] } }'
  expect(cells('expect: { alice: { "*": deny }, "*": { "*": n/a } }', compared)).toEqual(['alice tell: deny'])
  expect(cells('expect: { alice: { a: allow, "*": deny }, "*": { "*": n/a } }', compared)).toEqual([
    'alice a: allow',
    'alice tell: deny',
  ])
})

test("two groups may overlap where the actor's own key decides", () => {
  expect(
    cells('expect: { people: { read: allow }, members: { read: deny }, bob: { read: define }, "*": { "*": n/a } }'),
  ).toEqual(['alice read: allow', 'bob read: define', 'guest read: deny'])
})

test('every form of an expectation is understood', () => {
  const { matrix } = load(
    matrixText({
      operations,
      expect: `expect:
  visitor: { "*": deny }
  alice:   { read: { allow: { exactly: [own], columns: [id], returns: { sum: 3 } } }, drop: allow }
  bob:     { read: define, drop: n/a }
  guest:   { read: "deny(rls, filtered)", drop: deny( grant ) }
  expired: { read: { allow: { exactly: [] } }, drop: deny(unauthenticated) }`,
    }),
  )
  expect(matrix.cells.map(({ expected }) => expected)).toEqual([
    { decision: 'deny', layers: authorizingLayers },
    { decision: 'deny', layers: authorizingLayers },
    { decision: 'allow', exactly: ['own'], columns: ['id'], returns: { sum: 3 } },
    { decision: 'allow' },
    { decision: 'define' },
    { decision: 'deny', layers: ['rls', 'filtered'] },
    { decision: 'deny', layers: ['grant'] },
    { decision: 'allow', exactly: [] },
    { decision: 'deny', layers: ['unauthenticated'] },
  ])
})
