import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { exampleBreach, exampleCell, exampleOutcome, exampleRun } from '../../../test/support/example-records.ts'
import { findings } from './findings.ts'
import type { TerminalStyle } from './terminal-style.ts'
import { widthOf } from './text.ts'

const style: TerminalStyle = { color: false, unicode: true, width: 100 }
const run = exampleRun([])
const sandbox = exampleRun([], { target: { alias: 'sandbox', kind: 'sandbox', versions: {} }, holes: ['using-true'] })

test('describes findings in plain words, worst first, and one cause once', () => {
  const cells = [
    exampleCell({ actor: 'bob', verdict: 'inconclusive', because: 'the control by alice failed: timeout' }),
    exampleCell(),
    exampleBreach(),
    exampleBreach({ actor: 'guest' }),
    exampleBreach({ actor: 'former' }),
  ]
  expect(findings(cells, sandbox, style)).toBe(`\
BREACH  documents › mallory › rename theirs
  a denial was expected, it happened: title theirs → defaced
  as          mallory (authenticated)
  sent        PATCH /rest/v1/documents?id=eq.5f0c3c1e-5b9a-4a39-9a2e-0d7f9f0b6b12
              {"title":"defaced"} (Prefer: return=minimal)
  answer      204: carried out
  control     alice got 204: carried out; it happened: title mine → defaced
  expected    deny
  written at  matrices/documents.matrix.yaml:31:12
  also as     guest, former
  repeat      npx trespass run --with-hole using-true --cell "documents › mallory › rename theirs"

INCONCLUSIVE  documents › bob › rename theirs
  the control by alice failed: timeout
  as          bob (authenticated)
  sent        PATCH /rest/v1/documents?id=eq.5f0c3c1e-5b9a-4a39-9a2e-0d7f9f0b6b12
              {"title":"defaced"} (Prefer: return=minimal)
  answer      204: denied (filtered)
  effect      nothing changed
  control     alice got 204: carried out; it happened: title mine → defaced
  expected    deny
  written at  matrices/documents.matrix.yaml:31:12
  repeat      npx trespass run --with-hole using-true --cell "documents › bob › rename theirs"

`)
})

test('shows the undecided cells of one operation in one block, even if their results differ', () => {
  const undecided = { verdict: 'undecided', denial: null, expected: { decision: 'define' } } as const
  const renamed = { kind: 'access', what: 'it was carried out: theirs.title changed' } as const
  const cells = [
    exampleCell({ ...undecided, observed: { kind: 'refused', layer: 'filtered' } }),
    exampleCell({ ...undecided, actor: 'alice', observed: renamed }),
    exampleCell({ ...undecided, actor: 'bob', observed: renamed }),
    exampleCell({ ...undecided, actor: 'dora', observed: { kind: 'unknown', why: 'not run: no key' } }),
  ]
  expect(findings(cells, run, style)).toBe(`\
UNDECIDED  documents › rename theirs
  no decision is written for 4 actors
  access      alice, bob: it was carried out: theirs.title changed
  refused     mallory: filtered
  not known   dora: not run: no key
  written at  matrices/documents.matrix.yaml:31:12
  decide      npx trespass decide --target staging documents

`)
})

test('prints nothing if every cell held', () => {
  expect(findings([exampleCell()], run, style)).toBe('')
})

test('shows twenty causes in full, then one line each, then counts', () => {
  const cells = Array.from({ length: 300 }, (_, index) =>
    ['bob', 'carol'].map((actor) => exampleBreach({ actor, matrix: `m${index}`, resource: `table public.t${index}` })),
  ).flat()
  const text = findings(cells, run, style)
  expect(text.match(/^ {2}sent /gm)).toHaveLength(20)
  expect(text).toContain(
    'BREACH  m20 › bob › rename theirs and 1 more like it: ' +
      'a denial was expected, it happened: title theirs → defaced  matrices/documents.matrix.yaml:31:12\n',
  )
  expect(text.match(/^BREACH/gm)).toHaveLength(220)
  expect(text).toMatch(/\nand 160 more cells: all of them are in cells\.jsonl\n\n$/)
})

test('one policy that breaks ten operations is one block with their names', () => {
  const cells = Array.from({ length: 14 }, (_, n) => exampleBreach({ operation: `rename ${n}` }))
  const text = findings([...cells, exampleBreach({ resource: 'table public.other', matrix: 'other' })], run, style)
  expect(text.match(/^BREACH/gm)).toHaveLength(2)
  expect(text).toContain(`\
  also        documents › mallory › rename 1
              documents › mallory › rename 2
`)
  expect(text).toContain('              documents › mallory › rename 10\n              and 3 more\n')
})

test.each([
  ['a read and a write of one table', { outcome: { ...exampleOutcome, method: 'GET' } }, 2],
  ['another verdict', { verdict: 'wrong-layer' }, 2],
  ['another operation with the same method', { operation: 'close' }, 1],
  ['another path to the table', { path: 'rpc' }, 2],
] as const)('%s makes %s blocks', (_, changes, blocks) => {
  const cells = [exampleBreach(), exampleBreach({ operation: 'other', ...changes })]
  expect(findings(cells, run, style).match(/^[A-Z-]{5,} {2}/gm)).toHaveLength(blocks)
})

test('a broken token that works, and one reason why nothing is proven, are one block over all tables', () => {
  const tables = ['a', 'b', 'c'].map((name) => ({ matrix: name, resource: `table public.${name}` }))
  const forged = tables.map((table) => exampleBreach({ ...table, actor: 'forged', credential: 'attacked' }))
  const unproven = { verdict: 'inconclusive', because: 'the service answered 503' } as const
  const down = tables.map((table) => exampleCell({ ...table, ...unproven }))
  const text = findings([...forged, ...down], run, style)
  expect(text.match(/^[A-Z-]{5,} {2}/gm)).toEqual(['BREACH  ', 'INCONCLUSIVE  '])
})

test('a finding names its most likely cause', () => {
  const text = findings([exampleBreach({ likely: ['policy "open"', 'made at a.sql:3'] })], run, style)
  expect(text).toContain('  likely      policy "open"\n              made at a.sql:3\n')
})

test('shows an address decoded, except for characters that would change its meaning', () => {
  const request = '/rest/v1/notes?title=eq.Bob%27s%20caf%C3%A9%26x%3D1&at=gt.%0A%E2%80%AE%FF'
  const text = findings([exampleBreach({ outcome: { ...exampleOutcome, request, body: null } })], run, style)
  expect(text).toContain("PATCH /rest/v1/notes?title=eq.Bob's café%26x%3D1&at=gt.%0A%E2%80%AE%FF")
})

test('names some of many actors that met the same hole', () => {
  const cells = Array.from({ length: 40 }, (_, index) => exampleBreach({ actor: `u${index}` }))
  const text = findings(cells, run, style)
  expect(text).toContain('  also as     u1, u2, u3, u4, u5, u6, u7, u8 and 31 more\n')
  expect(text.match(/^BREACH/gm)).toHaveLength(1)
})

test('lets no answer of a service steer the terminal', () => {
  const outcome = { ...exampleOutcome, status: 400, code: 'P0001', message: 'no\u001b[2J\u202e\nBREACH forged' }
  const text = findings([exampleBreach({ outcome, because: 'x\r\u0007' })], run, { ...style, color: true })
  expect(stripVTControlCharacters(text)).toContain('400 P0001 no\\u001b[2J\\u202e\\nBREACH forged: carried out')
  for (const control of ['\u001b[2J', '\r', '\u0007', '\u202e']) expect(text).not.toContain(control)
})

test('stays within the width, but for the command, which has to survive being copied', () => {
  const cell = exampleBreach({ operation: `rename ${'x'.repeat(90)}`, because: 'word '.repeat(40) })
  for (const line of findings([cell], run, { ...style, width: 60 }).split('\n')) {
    if (!/^(BREACH| {2}repeat)/.test(line)) expect(widthOf(line)).toBeLessThanOrEqual(60)
  }
})
