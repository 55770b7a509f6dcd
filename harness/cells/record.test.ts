import { describe, expect, it } from 'vitest'
import { answerWith } from '../../test/support/example-answers.ts'
import { TrespassError } from '../errors.ts'
import type { CellPlan } from '../matrix/plan/plan.ts'
import type { Judgement } from '../model/verdict.ts'
import type { Attempted } from './attempt.ts'
import type { RunContext } from './context.ts'
import { recordOf } from './record.ts'

const at = { file: 'matrices/documents.matrix.yaml', line: 3, column: 5 }
const matrix = {
  name: 'documents',
  file: at.file,
  resource: { kind: 'table', name: 'public.documents' },
  invariants: {},
  fixtures: [],
  operations: [],
  cells: [],
}
const cell: CellPlan = {
  id: 'documents › alice › rename own',
  matrix: 'documents',
  actor: { name: 'alice', kind: 'authenticated', at },
  operation: { name: 'rename own', path: 'data-api', verb: 'update', body: {}, proves: ['DOC-1'], at },
  expected: { decision: 'deny', layers: ['rls'] },
  at,
  attempts: [],
  controls: [],
}
const session = {
  kind: 'actor',
  actor: 'alice',
  actorKind: 'authenticated',
  user: null,
  credential: 'attacked',
  url: 'http://project.example',
  apiKey: null,
  token: null,
} as const
const context: Pick<RunContext, 'sessions'> = { sessions: { alice: session } }
const attempted: Attempted = {
  body: { update: 'own', set: { title: 'new' } },
  answer: answerWith({
    status: 403,
    code: '42501',
    message: 'new row violates row-level security policy',
    request: {
      method: 'PATCH',
      path: '/rest/v1/documents?id=eq.1',
      headers: { prefer: 'return=minimal' },
      body: { title: 'new' },
    },
  }),
  face: 'policy-check',
  meaning: { kind: 'denied', layer: 'rls' },
  effect: { kind: 'nothing' },
  startedAt: '2026-01-01T00:00:00.000Z',
  durationMs: 4,
}
const judgement: Judgement = { verdict: 'held', denial: 'rls', because: 'a row-security policy refused it' }
const { meaning, effect } = attempted
const observation = { by: 'bob', meaning, effect }
const given = {
  expected: cell.expected,
  credential: 'attacked',
  attempt: { meaning, effect },
  control: observation,
} as const

describe('the record of a cell', () => {
  it('names the headers that the matrix gave, without their values', () => {
    const sent = { ...attempted, headers: { 'x-tenant': 'acme', 'x-share-token': 'a secret' } }
    const record = recordOf(matrix, cell, context, { given, judgement, attempted: sent, control: null })
    expect(record.outcome?.headers).toEqual(['x-share-token', 'x-tenant'])
    expect(JSON.stringify(record)).not.toMatch(/acme|a secret/)
  })

  it('holds everything that judging it again needs', () => {
    const record = recordOf(matrix, cell, context, {
      given,
      judgement,
      attempted,
      control: { by: 'bob', attempted, observation },
    })
    expect(record).toEqual({
      id: cell.id,
      matrix: 'documents',
      actor: 'alice',
      actorKind: 'authenticated',
      credential: 'attacked',
      path: 'data-api',
      operation: 'rename own',
      resource: 'table public.documents',
      expected: cell.expected,
      ...judgement,
      outcome: {
        method: 'PATCH',
        request: '/rest/v1/documents?id=eq.1',
        prefer: 'return=minimal',
        body: { title: 'new' },
        status: 403,
        code: '42501',
        message: 'new row violates row-level security policy',
        face: 'policy-check',
        meaning,
        reading: null,
      },
      effect,
      control: { by: 'bob', outcome: record.outcome, effect },
      comparison: null,
      invariants: ['DOC-1'],
      at,
      startedAt: attempted.startedAt,
      durationMs: 4,
    })
  })

  it('holds the observation of an undecided cell, or why it could not be tried instead of an entry among the cells that were not run', () => {
    const undecided: CellPlan = { ...cell, expected: { decision: 'define' } }
    const observed = { kind: 'refused', layer: 'rls' } as const
    const parts = {
      given,
      judgement: { ...judgement, verdict: 'undecided', observed } as const,
      attempted,
      control: null,
    }
    expect(recordOf(matrix, undecided, context, parts)).toMatchObject({ verdict: 'undecided', observed })
    const untried = { ...given, notRun: 'no key', attempt: null, control: null }
    const left = recordOf(matrix, undecided, context, { ...parts, given: untried, attempted: null })
    expect(left).not.toHaveProperty('notRun')
  })

  it('names a failure of Trespass to try an undecided cell, which stays undecided', () => {
    const undecided: CellPlan = { ...cell, expected: { decision: 'missing' } }
    const record = recordOf(matrix, undecided, context, { error: new TrespassError('no-such-row', 'no row was made') })
    expect(record).toMatchObject({ verdict: 'undecided', observed: { kind: 'unknown', why: 'no row was made' } })
  })

  it('holds how often a rate limit refused the request before it was accepted', () => {
    const waiting = { ...attempted, waits: 2 }
    const record = recordOf(matrix, cell, context, { given, judgement, attempted: waiting, control: null })
    expect(record.outcome?.waits).toBe(2)
  })

  it('holds the comparison of a pair, and nothing of an attempt that was not made', () => {
    const comparison = { differences: ['status is 409 and 201'], meanings: [meaning, meaning] } as const
    const parts = { given: { ...given, comparison }, judgement, attempted: null, control: null }
    expect(recordOf(matrix, cell, context, parts)).toMatchObject({
      comparison,
      outcome: null,
      effect: null,
      control: null,
    })
  })

  it.each([
    [new TrespassError('no-such-row', 'no row was made'), 'no row was made'],
    [new TrespassError('no-such-row', 'no row was made', { hint: 'look' }), 'no row was made; look'],
    [new TypeError('undefined is not'), 'Trespass itself failed: undefined is not'],
    ['a text', 'Trespass itself failed: a text'],
  ])('states why Trespass failed', (error, because) => {
    const record = recordOf(matrix, cell, context, { error })
    expect(record).toMatchObject({ verdict: 'error', denial: null, because, outcome: null, control: null })
  })
})
