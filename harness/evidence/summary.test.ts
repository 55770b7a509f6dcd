import { expect, test } from 'vitest'
import { exampleBreach, exampleCell, exampleRun } from './example-records.ts'
import { block, code, escaped, table } from './markdown.ts'
import type { CellRecord, RunRecord } from './record.ts'
import { summary } from './summary.ts'

const of = (cells: readonly CellRecord[], changes: Partial<RunRecord> = {}) =>
  summary({ run: exampleRun(cells, changes), cells })

test('says on the first line what the target was, and which holes were open', () => {
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

test('tells a run in full', () => {
  const cells = [
    exampleCell({ actor: 'carol' }),
    exampleBreach(),
    exampleBreach({ actor: 'guest', actorKind: 'anonymous-auth' }),
    exampleCell({
      actor: 'bob',
      operation: 'list',
      verdict: 'undecided',
      because: 'the matrix says `define`',
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
\`\`\`

### undecided: \`documents › bob › list\`

the matrix says \\\`define\\\`

\`\`\`text
as          bob (authenticated)
expected    define (nobody has decided yet)
written at  matrices/documents.matrix.yaml:31:12
\`\`\`

## Invariants

| verdict | id | invariant | matrix | cells |
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
  expect(text).toContain('And 3880 more cells: all of them are in `cells.jsonl`.')
})

test('lets nothing from outside be markup', () => {
  expect(escaped('# <b>x</b> @team [a](b) `c` _d_ ~e~ & f|g\n- h')).toBe(
    '\\# \\<b\\>x\\</b\\> @\u200bteam \\[a\\]\\(b\\) \\`c\\` \\_d\\_ \\~e\\~ \\& f\\|g - h',
  )
  expect(escaped('- item')).toBe('\\- item')
  expect(escaped('1. item')).toBe('1\\. item')
  expect(code('a `b`` c')).toBe('```a `b`` c```')
  expect(code('`x`')).toBe('`` `x` ``')
  expect(code('\n')).toBe('` `')
  expect(block(['```', 'x\u001b[2J'])).toBe('````text\n```\nx [2J\n````')
  expect(table(['a'], [[code('x|y')], ['b\\|c']])).toBe('| a |\n| --- |\n| `x\\|y` |\n| b\\|c |')
})
