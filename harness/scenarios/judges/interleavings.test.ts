import { describe, expect, test } from 'vitest'
import { done, mark, read, refused, unanswered } from '../../../test/support/example-history.ts'
import type { HistoryEvent } from '../../model/scenario.ts'
import { type Interleaved, judgeInterleavings, moments } from './interleavings.ts'

const who = { session: 'eve', operation: 'claim' }
const revoked = { ...mark(1000, 'happened'), text: 'membership is removed' }
const taken = (at: number, moment: string, isDone: boolean) =>
  read(at, moment, { 'project.name': ['Taken', isDone ? 'Taken' : 'Ours'] })

/** The readings of the witness at each of the four points. */
interface Seen {
  readonly first?: boolean
  readonly after?: boolean
  readonly meanwhile?: boolean
  readonly before?: boolean
}

function history({ first = false, after = true, meanwhile = false, before = false }: Seen): readonly HistoryEvent[] {
  return [
    taken(10, moments.first, first),
    done('eve', 100),
    taken(300, moments.after, after),
    done('eve', 900, { returnedAt: 1200 }),
    revoked,
    mark(1100, 'waiting', ['eve']),
    taken(1300, moments.meanwhile, meanwhile),
    refused('eve', 2000),
    taken(2200, moments.before, before),
  ]
}

const verdictsOf = (events: readonly HistoryEvent[], during: Interleaved['during'] = 'either') =>
  judgeInterleavings({ ...who, during }, events, 1).map(({ verdict }) => verdict)

describe('an operation that meets a revocation', () => {
  test.each(['allow', 'deny', 'either'] as const)('ends as declared: %s', (during) => {
    const done = verdictsOf(history({ meanwhile: true }), during)
    const undone = verdictsOf(history({ meanwhile: false }), during)
    expect(done).toEqual(['held', during === 'deny' ? 'breach' : 'held', 'held'])
    expect(undone).toEqual(['held', during === 'allow' ? 'lockout' : 'held', 'held'])
  })

  test('is judged by its effect, and not by the answer', () => {
    expect(verdictsOf(history({ before: true }))).toEqual(['held', 'held', 'breach'])
    const answered = history({}).map((event) => (event.kind === 'operation' ? done('eve', event.invokedAt) : event))
    expect(verdictsOf(answered).at(-1)).toBe('held')
  })

  test('is described with the revocation and its time', () => {
    const found = judgeInterleavings({ ...who, during: 'deny' }, history({ meanwhile: true }), 1)
    expect(found[1]?.because).toMatch(
      /^eve began "claim" at 0\.900 s, .*\. While it waited, at 1\.000 s, membership is removed, and it was carried out/,
    )
  })
})

describe('nothing is proven', () => {
  test('where the operation never worked, or had nothing to do', () => {
    expect(verdictsOf(history({ after: false }))[0]).toBe('inconclusive')
    expect(verdictsOf(history({ first: true }))[0]).toBe('inconclusive')
  })

  test('where it was not seen waiting when the revocation had committed', () => {
    const events = history({})
    expect(verdictsOf(events.filter((event) => event.kind !== 'mark' || event.what !== 'waiting'))[1]).toBe(
      'inconclusive',
    )
    const tooEarly = events.map((event) =>
      event.kind === 'mark' && event.what === 'waiting' ? { ...event, at: 950 } : event,
    )
    expect(verdictsOf(tooEarly)[1]).toBe('inconclusive')
  })

  test('where the operation had no effect for an unknown reason', () => {
    const lost = (events: readonly HistoryEvent[]) =>
      events.map((event) =>
        event.kind === 'operation' ? unanswered('eve', event.invokedAt, { returnedAt: event.returnedAt }) : event,
      )
    expect(verdictsOf(lost(history({})), 'allow')).toEqual(['held', 'inconclusive', 'inconclusive'])
    expect(verdictsOf(lost(history({ meanwhile: true, before: true })), 'deny')).toEqual(['held', 'breach', 'breach'])
  })

  test('where nothing was revoked', () => {
    expect(verdictsOf([done('eve', 1)])).toEqual([])
  })
})
