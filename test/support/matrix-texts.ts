import type { Position, Problem } from '../../harness/errors.ts'
import { type Parsed, parseActorsText, parseMatrixText, type TextOptions } from '../../harness/matrix/parse-text.ts'
import type { LoadedRoster } from '../../harness/matrix/read-actors.ts'
import type { LoadedMatrix } from '../../harness/model/matrix.ts'
import { paths } from '../../harness/paths/registry.ts'

/** Marks the place in a text where a problem is expected. */
const pin = '‸'

/** One mistake in a text, with the place at which it has to be reported. */
export interface Mistake {
  readonly it: string
  /** With `‸` before the character that the problem points at. */
  readonly text: string
  readonly code: string
  readonly found: string
  readonly expected: string
  readonly hint?: string
}

/** @returns the text without its pin, and the problem at the pin's place. */
export function expectation(
  { text, code, found, expected, hint }: Mistake,
  file: string,
): [string, Omit<Problem, 'code'> & { readonly code: string }] {
  const before = text.split(pin)[0]?.split('\n') ?? []
  const at: Position = { file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
  return [text.replace(pin, ''), { code, at, found, expected, ...(hint === undefined ? {} : { hint }) }]
}

export const actorsFile = 'matrices/actors.yaml'
export const matrixFile = 'matrices/documents.matrix.yaml'

export const actorsText = `
actors:
  visitor: { kind: anon }
  alice:   { kind: authenticated }
  bob:     { kind: authenticated }
  guest:   { kind: anonymous-auth }
  expired: { kind: authenticated, as: alice, token: expired }
groups:
  people:  [alice, bob]
  members: [bob, guest]
world:
  acme:          { table: public.organizations, values: { name: "Acme $run" } }
  alice in acme: { table: public.memberships, values: { organization_id: $acme.id, user_id: $alice.id } }
`

/** @returns the actors file that a test's matrices are read against, or another. */
export function readActorsText(text = actorsText): Parsed<LoadedRoster> {
  return parseActorsText(text, { file: actorsFile })
}

/** Reads a matrix against the actors of {@link actorsText}, or others. */
export function readMatrixText(
  text: string,
  options: Partial<TextOptions> = {},
  actors = actorsText,
): Parsed<LoadedMatrix> {
  const { result } = readActorsText(actors)
  if (result === undefined) throw new Error('the actors of the tests are wrong')
  const { roster, groups } = result
  return parseMatrixText(text, { file: matrixFile, roster, groups, complete: true, paths, ...options })
}

const sections = {
  matrix: 'matrix: documents',
  resource: 'resource: { table: public.documents }',
  invariants: 'invariants: { DOC-1: A document is read by its owner. }',
  fixtures: 'fixtures: { own: { owner_id: $actor.id, title: mine }, theirs: { owner_id: $bob.id, title: theirs } }',
  operations: 'operations: { read own: { select: own }, rename own: { update: own, set: { title: renamed } } }',
  expect: 'expect: { "*": { "*": allow } }',
}

/** @returns a sound matrix with some of its sections replaced; an empty text leaves a section out. */
export function matrixText(replaced: Partial<typeof sections> = {}): string {
  return Object.values({ ...sections, ...replaced })
    .filter((section) => section !== '')
    .join('\n')
}

/** @returns the sound matrix with these operations. */
export function withOperations(operations: string): string {
  return matrixText({ operations: `operations:\n${operations}` })
}
