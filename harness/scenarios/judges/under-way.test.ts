import { expect, test } from 'vitest'
import { done, mark, unanswered } from '../../../test/support/example-history.ts'
import { judgeUnderWay } from './under-way.ts'

const finish = { operation: 'finish' }

test.each([
  ['both were seen waiting', ['ann', 'ann'], 'held'],
  ['only one was seen', ['ann'], 'inconclusive'],
  ['none was seen', [], 'inconclusive'],
])('%s', (_, sessions, verdict) => {
  const events = [unanswered('ann', 10, finish), done('ann', 20, finish), mark(100, 'waiting', sessions)]
  expect(judgeUnderWay(events, 1)).toMatchObject([{ verdict }])
})
