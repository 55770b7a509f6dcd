import { expect, test } from 'vitest'
import { done, read, refused, unanswered } from '../../../test/support/example-history.ts'
import type { HistoryEvent, OperationEvent } from '../../model/scenario.ts'
import { moments } from './deliveries.ts'
import { judgeReplayAnswers, type ReplayAnswer } from './replay-answers.ts'

const insert = { operation: 'enter' }
const taken = { ...insert, denial: 'constraint', status: 409, code: '23505' } as const

function judged(expected: Record<string, ReplayAnswer>, together: OperationEvent[], again: OperationEvent[] = []) {
  const history: HistoryEvent[] = [
    read(1, moments.before, {}),
    ...together,
    read(200, moments.together, {}),
    ...again,
    read(400, moments.again, {}),
  ]
  return judgeReplayAnswers(new Map(Object.entries(expected)), history, 1)
}
const verdictOf = (...args: Parameters<typeof judged>) => judged(...args).map(({ verdict }) => verdict)

test('replays that are all accepted are held where they have to be', () => {
  const [finding] = judged({ claim: 'accepted' }, [done('ann', 10), done('ann 2', 11)], [done('ann', 210)])
  expect(finding).toMatchObject({ verdict: 'held', because: 'Replays were answered as expected: claim accepted.' })
})

test('a replay that is refused and has to be accepted is a lockout', () => {
  const [finding] = judged({ claim: 'accepted' }, [done('ann', 10)], [refused('ann', 210)])
  expect(finding?.verdict).toBe('lockout')
  expect(finding?.because).toBe(
    'ann began "claim" at 0.210 s, which was refused with 409 PT409 (application) at 0.310 s, and a replay has to be accepted.',
  )
})

test('one of those at once may be the first, whichever it is', () => {
  const replies = [refused('ann', 10, taken), done('ann 2', 11, insert), refused('ann 3', 12, taken)]
  expect(verdictOf({ enter: ['constraint'] }, replies)).toEqual(['held'])
})

test('a second one that is accepted is a breach', () => {
  expect(verdictOf({ enter: ['constraint'] }, [done('ann', 10, insert), done('ann 2', 11, insert)])).toEqual(['breach'])
})

test('no later one may be accepted, also where none was at first', () => {
  const first = [done('bob', 9), refused('ann', 10, taken)]
  expect(verdictOf({ enter: ['constraint'] }, first, [done('ann', 210, insert)])).toEqual(['breach'])
})

test('a refusal by another layer is no refusal of a replay', () => {
  const again = [refused('ann', 210, { ...taken, denial: 'grant' })]
  expect(verdictOf({ enter: ['constraint'] }, [done('ann', 10, insert)], again)).toEqual(['wrong-layer'])
})

test('an answer that fits no response pattern proves nothing', () => {
  expect(verdictOf({ claim: 'accepted' }, [done('ann', 10), unanswered('ann 2', 11)])).toEqual(['inconclusive'])
})

test('a wrong answer comes before an unknown one', () => {
  const replies = [unanswered('bob', 9), done('ann', 10, insert), done('ann 2', 11, insert)]
  expect(verdictOf({ enter: ['constraint'] }, replies)).toEqual(['breach'])
})

test('without an expectation the answers are not judged: the state settles them', () => {
  expect(judged({}, [done('ann', 10), refused('ann 2', 11), unanswered('ann 3', 12)])).toEqual([])
})

test.each<[string, readonly (number | null)[], readonly (number | null)[], string]>([
  ['one at once and none later', [1, 0], [0], 'held'],
  ['two at once', [1, 1], [0], 'breach'],
  ['one more later', [1, 0], [1], 'breach'],
  ['one at once that nothing states', [null, 0], [0], 'held'],
  ['one later that nothing states', [1, 0], [null], 'inconclusive'],
])('empty answers of writes count by the rows that they changed: %s', (_, together, again, verdict) => {
  const at = (changed: readonly (number | null)[], from: number) =>
    changed.map((each, n) => done(`ann ${n}`, from + n, { changed: each }))
  expect(verdictOf({ claim: ['filtered'] }, at(together, 10), at(again, 210))).toEqual([verdict])
})
