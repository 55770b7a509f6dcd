import { describe, expect, it } from 'vitest'
import { exampleBreach, exampleCell, exampleRun } from '../../test/support/example-records.ts'
import type { CellRecord } from '../model/record.ts'
import type { Observed } from '../model/verdict.ts'
import { causesOf } from './causes.ts'
import { htmlReport } from './html/page.ts'
import { undecidedOperation } from './undecided.ts'

const cell = (actor: string, observed: Observed | undefined, changes: Partial<CellRecord> = {}) =>
  exampleCell({
    actor,
    verdict: 'undecided',
    denial: null,
    expected: { decision: 'define' },
    ...(observed === undefined ? {} : { observed }),
    ...changes,
  })

const renamed: Observed = { kind: 'access', what: 'it was carried out: theirs.title changed' }
const filtered: Observed = { kind: 'refused', layer: 'filtered' }

const cells = [
  cell('mallory', filtered),
  cell('dora', { kind: 'unknown', why: 'not run: no key' }),
  cell('alice', renamed),
  cell('guest', filtered, { expected: { decision: 'missing' } }),
  cell('bob', renamed, { outcome: null }),
  cell('alice', { kind: 'refused', layer: null }, { operation: 'compare' }),
]

describe('undecided cells', () => {
  it('are one block for each operation, the actors that met the same beside each other, access first', () => {
    const blocks = causesOf(cells).map((cause) => undecidedOperation(cause, 8))
    expect(blocks).toEqual([
      {
        title: 'documents › rename theirs',
        because: 'no decision is written for 5 actors',
        facts: [
          { label: 'access', text: 'alice, bob: it was carried out: theirs.title changed' },
          { label: 'refused', text: 'mallory, guest: filtered' },
          { label: 'not known', text: 'dora: not run: no key' },
          { label: 'written at', text: 'matrices/documents.matrix.yaml:31:12' },
        ],
      },
      {
        title: 'documents › compare',
        because: 'no decision is written for 1 actor',
        facts: [
          { label: 'refused', text: 'alice: the two answers look the same' },
          { label: 'written at', text: 'matrices/documents.matrix.yaml:31:12' },
        ],
      },
    ])
  })

  it('name so many actors and places, and count the others', () => {
    const many = ['a', 'b', 'c', 'd'].map((actor, n) =>
      cell(actor, filtered, { matrix: 'my notes', at: { file: 'm.yaml', line: n + 1, column: 1 } }),
    )
    const [cause] = causesOf(many)
    expect(cause && undecidedOperation(cause, 2)).toMatchObject({
      facts: [
        { label: 'refused', text: 'a, b and 2 more: filtered' },
        { label: 'written at', text: 'm.yaml:1:1, m.yaml:2:1, m.yaml:3:1 and 1 more' },
      ],
    })
  })

  it('of a report that did not try them are marked as such', () => {
    const [cause] = causesOf([cell('alice', undefined, { outcome: null, effect: null, control: null })])
    expect(cause && undecidedOperation(cause, 2)?.facts[0]).toEqual({
      label: 'not known',
      text: 'alice: it was not tried',
    })
  })

  it('are no block where something else did not hold', () => {
    expect(causesOf([exampleBreach()]).map((cause) => undecidedOperation(cause, 8))).toEqual([null])
  })

  it('stand so on the page', () => {
    const page = [...htmlReport({ run: exampleRun(cells), cells, scenarios: [] })].join('')
    expect(page).toContain('undecided: documents › rename theirs')
    expect(page).toContain('<dt>access</dt><dd>alice, bob: it was carried out: theirs.title changed</dd>')
    expect(page).toContain('npx trespass decide --target staging documents')
    expect(page.match(/<article class="finding undecided"/g)).toHaveLength(2)
  })
})
