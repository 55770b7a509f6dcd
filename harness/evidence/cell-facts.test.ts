import { expect, test } from 'vitest'
import { exampleBreach, exampleCell, exampleOutcome } from '../../test/support/example-records.ts'
import type { CellRecord } from '../model/record.ts'
import { causesOf } from './causes.ts'
import { expectationInWords, facts } from './cell-facts.ts'

const shown = (cell: CellRecord) => Object.fromEntries(facts(cell).map(({ label, text }) => [label, text]))

test('describes a read by the rows that it returned', () => {
  const outcome = { ...exampleOutcome, method: 'GET', prefer: null, body: null, status: 200 }
  const reading = { reach: ['own', 'theirs'], seen: ['theirs'], columns: ['id', 'title'], others: 1, count: 2 }
  expect(shown(exampleCell({ outcome: { ...outcome, reading }, effect: { kind: 'standing' }, control: null }))).toEqual(
    {
      as: 'mallory (authenticated)',
      sent: 'GET /rest/v1/documents?id=eq.5f0c3c1e-5b9a-4a39-9a2e-0d7f9f0b6b12',
      answer: '200: carried out',
      'came back': 'theirs; in reach: own, theirs; 1 other row; counted 2; columns id, title',
      effect: 'no change was asked for',
      expected: 'deny',
      'written at': 'matrices/documents.matrix.yaml:31:12',
    },
  )
})

test('describes denials, failures, comparisons and broken credentials', () => {
  const denied = {
    status: 403,
    code: '42501',
    message: 'permission denied',
    meaning: { kind: 'denied', layer: 'grant' },
  } as const
  expect(
    shown(
      exampleCell({
        credential: 'attacked',
        outcome: { ...exampleOutcome, ...denied, body: { text: 'x'.repeat(500) } },
        control: {
          by: 'privileged',
          outcome: { ...exampleOutcome, status: 0, meaning: { kind: 'unknown', why: 'timeout' } },
          effect: { kind: 'unread', why: 'lost' },
        },
        comparison: { differences: ['code: 23505 or 42501'], meanings: [{ kind: 'done' }, { kind: 'done' }] },
      }),
    ),
  ).toMatchObject({
    as: 'mallory (authenticated, credential broken on purpose)',
    sent: expect.stringMatching(/x… \(511 characters\) \(Prefer: return=minimal\)$/),
    answer: '403 42501 permission denied: denied (grant)',
    differs: 'code: 23505 or 42501',
    control: 'privileged connection got none: it is not known what happened: timeout; could not be read: lost',
  })
})

test('writes expectations as a matrix does', () => {
  expect(expectationInWords({ decision: 'allow' })).toBe('allow')
  expect(expectationInWords({ decision: 'allow', exactly: [], columns: ['id'], returns: 3 })).toBe(
    'allow: exactly none; columns id; returns 3',
  )
  expect(expectationInWords({ decision: 'deny', layers: ['grant', 'rls'] })).toBe('deny(grant, rls)')
  expect(expectationInWords({ decision: 'missing' })).toBe('nothing is written for this actor and operation')
})

test('failures of the same kind form one group, worst first', () => {
  const causes = causesOf([
    exampleCell(),
    exampleCell({ actor: 'bob', verdict: 'inconclusive' }),
    exampleBreach({ actor: 'bob' }),
    exampleBreach({ actor: 'carol' }),
    exampleBreach({ actor: 'dave', outcome: { ...exampleOutcome, status: 200 } }),
    exampleBreach({ actor: 'erin', operation: 'another' }),
  ])
  expect(causes.map(({ verdict, first, others }) => [verdict, first.actor, others.map(({ actor }) => actor)])).toEqual([
    ['breach', 'bob', ['carol']],
    ['breach', 'dave', []],
    ['breach', 'erin', []],
    ['inconclusive', 'bob', []],
  ])
})
