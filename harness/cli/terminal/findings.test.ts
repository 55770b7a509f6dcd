import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { exampleBreach, exampleCell, exampleOutcome, exampleRun } from '../../evidence/example-records.ts'
import { commandFor, findings } from './findings.ts'
import type { Look } from './look.ts'
import { widthOf } from './text.ts'

const look: Look = { color: false, unicode: true, width: 100 }
const run = exampleRun([])
const sandbox = exampleRun([], { target: { alias: 'sandbox', kind: 'sandbox', versions: {} }, holes: ['using-true'] })

test('tells each finding in plain words, worst first, and what is alike once', () => {
  const cells = [
    exampleCell({ actor: 'bob', verdict: 'inconclusive', because: 'the control by alice failed: timeout' }),
    exampleCell(),
    exampleBreach(),
    exampleBreach({ actor: 'guest' }),
    exampleBreach({ actor: 'former' }),
  ]
  expect(findings(cells, sandbox, look)).toBe(`\
BREACH  documents › mallory › rename theirs
  a denial was expected, it happened: title theirs → defaced
  as          mallory (authenticated)
  sent        PATCH /rest/v1/documents?id=eq.5f0c3c1e-5b9a-4a39-9a2e-0d7f9f0b6b12
              {"title":"defaced"} (Prefer: return=minimal)
  answer      204: carried out
  effect      it happened: title theirs → defaced
  control     alice got 204: carried out; it happened: title mine → defaced
  expected    deny
  written at  matrices/documents.matrix.yaml:31:12
  also as     guest, former
  repeat      trespass run --with-hole using-true --cell "documents › mallory › rename theirs"

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
  repeat      trespass run --with-hole using-true --cell "documents › bob › rename theirs"

`)
})

test('tells the undecided cells of one operation in one block, whatever each of them showed', () => {
  const undecided = { verdict: 'undecided', denial: null, expected: { decision: 'define' } } as const
  const renamed = { kind: 'access', what: 'it was carried out: theirs.title changed' } as const
  const cells = [
    exampleCell({ ...undecided, observed: { kind: 'refused', layer: 'filtered' } }),
    exampleCell({ ...undecided, actor: 'alice', observed: renamed }),
    exampleCell({ ...undecided, actor: 'bob', observed: renamed }),
    exampleCell({ ...undecided, actor: 'dora', observed: { kind: 'unknown', why: 'not run: no key' } }),
  ]
  expect(findings(cells, run, look)).toBe(`\
UNDECIDED  documents › rename theirs
  no decision is written for 4 actors
  access      alice, bob: it was carried out: theirs.title changed
  refused     mallory: filtered
  not known   dora: not run: no key
  written at  matrices/documents.matrix.yaml:31:12
  decide      trespass decide documents

`)
})

test('is silent when every cell held', () => {
  expect(findings([exampleCell()], run, look)).toBe('')
})

test('tells twenty causes in full, then one line each, then counts', () => {
  const cells = Array.from({ length: 300 }, (_, index) =>
    ['bob', 'carol'].map((actor) => exampleBreach({ actor, operation: `operation ${index}` })),
  ).flat()
  const text = findings(cells, run, look)
  expect(text.match(/^ {2}sent /gm)).toHaveLength(20)
  expect(text).toContain(
    'BREACH  documents › bob › operation 20 and 1 more like it: ' +
      'a denial was expected, it happened: title theirs → defaced  matrices/documents.matrix.yaml:31:12\n',
  )
  expect(text.match(/^BREACH/gm)).toHaveLength(220)
  expect(text).toMatch(/\nand 160 more cells: all of them are in cells\.jsonl\n\n$/)
})

test('names some of many actors that met the same hole', () => {
  const cells = Array.from({ length: 40 }, (_, index) => exampleBreach({ actor: `u${index}` }))
  const text = findings(cells, run, look)
  expect(text).toContain('  also as     u1, u2, u3, u4, u5, u6, u7, u8 and 31 more\n')
  expect(text.match(/^BREACH/gm)).toHaveLength(1)
})

test('lets no answer of a service steer the terminal', () => {
  const outcome = { ...exampleOutcome, status: 400, code: 'P0001', message: 'no\u001b[2J\u202e\nBREACH forged' }
  const text = findings([exampleBreach({ outcome, because: 'x\r\u0007' })], run, { ...look, color: true })
  expect(stripVTControlCharacters(text)).toContain('400 P0001 no\\u001b[2J\\u202e\\nBREACH forged: carried out')
  for (const control of ['\u001b[2J', '\r', '\u0007', '\u202e']) expect(text).not.toContain(control)
})

test('stays within the width, but for the command, which has to survive being copied', () => {
  const cell = exampleBreach({ operation: `rename ${'x'.repeat(90)}`, because: 'word '.repeat(40) })
  for (const line of findings([cell], run, { ...look, width: 60 }).split('\n')) {
    if (!/^(BREACH| {2}repeat)/.test(line)) expect(widthOf(line)).toBeLessThanOrEqual(60)
  }
})

test('writes a command that a shell takes as it is meant', () => {
  expect(commandFor('a › b › c', run)).toBe('trespass run --target staging --cell "a › b › c"')
  expect(commandFor(`a › $b › c's "d" \`e\``, run)).toBe(
    `trespass run --target staging --cell 'a › $b › c'\\''s "d" \`e\`'`,
  )
  expect(commandFor('a', { target: { alias: 'my stage', kind: 'hosted', versions: {} }, holes: ['one', 'two'] })).toBe(
    'trespass run --target "my stage" --with-hole one --with-hole two --cell a',
  )
})
