import { expect, test } from 'vitest'
import { done, read, refused, unanswered } from '../../../test/support/example-history.ts'
import type { OperationEvent } from '../../model/scenario.ts'
import { moments } from './deliveries.ts'
import { judgeDifferentEvent } from './different-event.ts'

function verdictOf(delivery: OperationEvent, balance: number) {
  const history = [read(200, moments.together, {}), delivery, read(400, moments.different, { balance: [105, balance] })]
  return judgeDifferentEvent(history, 1).map(({ verdict }) => verdict)
}

test('a different event that counts is the control that held', () => {
  expect(verdictOf(done('ann', 210), 105)).toEqual(['held'])
})

test.each([
  ['is refused', refused('ann', 210), 100],
  ['is not answered', unanswered('ann', 210), 105],
  ['has no effect', done('ann', 210), 100],
])('a different event that %s leaves the replays unproven', (_, delivery, balance) => {
  expect(verdictOf(delivery, balance)).toEqual(['inconclusive'])
})
