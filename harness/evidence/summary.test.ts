import { expect, test } from 'vitest'
import { exampleBreach, exampleCell, exampleRun } from '../../test/support/example-records.ts'
import { exampleRace, exampleScenario } from '../../test/support/example-scenarios.ts'
import type { CellRecord, RunRecord } from '../model/record.ts'
import { block, code, escaped, table } from './markdown.ts'
import { summary } from './summary.ts'
import { totalsOf } from './totals.ts'

const of = (cells: readonly CellRecord[], changes: Partial<RunRecord> = {}) =>
  summary({ run: exampleRun(cells, changes), cells, scenarios: [] })

test('the first line contains the target and its open holes', () => {
  const cells = [exampleBreach(), exampleCell({ actor: 'carol' })]
  const first = (changes: Partial<RunRecord>) => of(cells, changes).split('\n')[0]
  const sandbox = { alias: 'sandbox', kind: 'sandbox', versions: {} } as const
  expect(first({})).toBe('# Trespass on the hosted project `staging`: **1 breach**, 1 held')
  expect(first({ target: sandbox })).toBe('# Trespass on a sandbox: **1 breach**, 1 held')
  expect(first({ target: sandbox, holes: ['rls-off', 'using-true'] })).toBe(
    '# Trespass on a sandbox, with holes opened on purpose (`rls-off`, `using-true`): **1 breach**, 1 held',
  )
  expect(first({ target: { ...sandbox, alias: 'ci' } })).toContain('on a sandbox (`ci`)')
  expect(of([]).split('\n')[0]).toBe('# Trespass on the hosted project `staging`: **no cells**')
})

test('describes a run in full', () => {
  const cells = [
    exampleCell({ actor: 'carol' }),
    exampleBreach(),
    exampleBreach({ actor: 'guest', actorKind: 'anonymous-auth' }),
    exampleCell({
      actor: 'bob',
      operation: 'list',
      verdict: 'undecided',
      because: 'the matrix says `define`; refused: rls',
      observed: { kind: 'refused', layer: 'rls' },
      expected: { decision: 'define' },
      outcome: null,
      effect: null,
      control: null,
    }),
  ]
  const invariants = [
    { id: 'DOC-1', matrix: 'documents', sentence: 'Private | always.', cells: ['x'], verdict: 'breach' },
    { id: 'DOC-2', matrix: 'documents', sentence: 'Kept.', cells: [], verdict: 'inconclusive' },
  ] as const
  const cleanup = { made: 3, swept: 2, left: ['row 7 of public.documents: timeout'] }
  expect(of(cells, { invariants, cleanup, complete: false, shard: '1/2', chosen: ['--cell x'] })).toBe(`\
# Trespass on the hosted project \`staging\`: **2 breach**, **1 undecided**, 1 held

- run \`r20260301-020000\`, \`2026-03-01T02:00:00.000Z\` to \`2026-03-01T02:00:09.000Z\`
- revision \`0123abc\`
- schema fingerprint \`ff00\`
- Trespass \`0.1.0\` on Node \`20.19.0\`
- services: \`postgrest 12.0.2\`
- **only shard \`1/2\`** of a run
- **only some of the cells**: \`--cell x\`
- **not complete**: what is here is true, but it is not all

## What needs a decision

### breach: \`documents › mallory › rename theirs\`

a denial was expected, it happened: title theirs → defaced

\`\`\`text
as          mallory (authenticated)
sent        PATCH /rest/v1/documents?id=eq.5f0c3c1e-5b9a-4a39-9a2e-0d7f9f0b6b12 {"title":"defaced"} (Prefer: return=minimal)
answer      204: carried out
effect      it happened: title theirs → defaced
control     alice got 204: carried out; it happened: title mine → defaced
expected    deny
written at  matrices/documents.matrix.yaml:31:12
also as     guest
repeat      npx trespass run --target staging --cell "documents › mallory › rename theirs"
\`\`\`

### undecided: \`documents › list\`

no decision is written for 1 actor

\`\`\`text
refused     bob: rls
written at  matrices/documents.matrix.yaml:31:12
decide      npx trespass decide --target staging documents
\`\`\`

## Invariants

| verdict | id | invariant | declared by | proven by |
| --- | --- | --- | --- | --- |
| **breach** | \`DOC-1\` | Private \\| always. | \`documents\` | 1 |
| not tried | \`DOC-2\` | Kept. | \`documents\` | 0 |

## Matrices

| matrix | resource | actors | operations | cells |
| --- | --- | --- | --- | --- |
| \`documents\` | \`table public.documents\` | 4 | 2 | **2 breach**, **1 undecided**, 1 held |

## Cleanup

Made 3, swept 2, left 1. \`trespass cleanup\` sweeps what is left:

- \`row 7 of public.documents: timeout\`
`)
})

test('fits a comment when everything is broken', () => {
  const cells = Array.from({ length: 4000 }, (_, index) => exampleBreach({ operation: `operation ${index}` }))
  const text = of(cells)
  expect(text.length).toBeLessThan(65_536)
  expect(text).toContain('And 3880 more: all of them are in `cells.jsonl`.')
})

test('lets nothing from outside be markup', () => {
  expect(escaped('# <b>x</b> @team [a](b) `c` _d_ ~e~ & f|g\n- h')).toBe(
    '\\# \\<b\\>x\\</b\\> @\u200bteam \\[a\\]\\(b\\) \\`c\\` \\_d\\_ \\~e\\~ \\& f\\|g - h',
  )
  expect(escaped('- item')).toBe('\\- item')
  expect(escaped('1. item')).toBe('1\\. item')
  expect(escaped('    code')).toBe('code')
  expect(escaped('https://x.test www.x.test #12')).toBe('https\\://x.test www\\.x.test \\#\u200b12')
  expect(code('a `b`` c')).toBe('```a `b`` c```')
  expect(code('`x`')).toBe('`` `x` ``')
  expect(code('\n')).toBe('` `')
  expect(block(['```', 'x\u001b[2J'])).toBe('````text\n```\nx [2J\n````')
  expect(table(['a'], [[code('x|y')], ['b\\|c']])).toBe('| a |\n| --- |\n| `x\\|y` |\n| b\\|c |')
  expect(table(['a'], [[code('x\\\\|y')]])).toBe('| a |\n| --- |\n| `x\\\\\\|y` |')
})

test('lists scenarios in a table, and those that did not hold in full', () => {
  const notRun = exampleScenario({ id: 'later', verdict: 'inconclusive', notRun: 'no secret key', history: null })
  const scenarios = [exampleScenario({ id: 'kept' }), notRun, exampleRace()]
  const text = summary({
    run: exampleRun([], { scenarios: totalsOf(scenarios.map(({ record }) => record)) }),
    cells: [],
    scenarios,
  })
  expect(text.split('\n')[0]).toBe(
    '# Trespass on the hosted project `staging`: **1 breach**, **1 inconclusive**, 1 held',
  )
  expect(text).toContain('| `later` | no secret key |')
  expect(text).toContain(`\
## Scenarios

| verdict | scenario | recipe | paths | rounds | overlap in all | asked for, reached |
| --- | --- | --- | --- | --- | --- | --- |
| held | \`kept\` | \`contended\` | \`rpc\` | 1 | 3 | 3, in 1 of 1 |
| **inconclusive** | \`later\` | \`contended\` | \`rpc\` | 1 |  |  |
| **breach** | \`one place each\` | \`contended\` | \`rpc\` | 2 | 3 | 3, in 2 of 2 |
`)
  expect(text).toContain(`\
### breach: \`one place each\`

alice and bob all won, and only 1 may. So it was in 1 of 2 rounds.

\`\`\`text
recipe      contended
sessions    alice (authenticated), bob (authenticated)
paths       rpc
rounds      2, decided by round 2
overlap     level 3 (in the server at once) in 1 of 2 rounds, level 4 (they met each other) in 1 of 2 rounds; level 3 was asked for
declared    scenarios/place.scenario.yaml:2:1
repeat      npx trespass run --target staging --scenario "one place each" --round 2
history     histories/one-place-each.jsonl
\`\`\`

Round 2, in order:

\`\`\`text
  0.015 s  outside        the gate closes, locked: course
  0.020 s  alice          begins "claim": POST /rest/v1/rpc/claim_place
  0.030 s  bob            begins "claim": POST /rest/v1/rpc/claim_place
  0.060 s  alice and bob  2 of 2 wait behind the gate
`)
})
