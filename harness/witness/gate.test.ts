import { expect, test } from 'vitest'
import { waitingBehind } from './gate.ts'

test('a session that waits for the gate, or for one that does, is behind it', () => {
  const first = { pid: 2, for: [1] }
  const second = { pid: 3, for: [2] }
  const third = { pid: 4, for: [3, 9] }
  expect(waitingBehind([1], [third, second, first])).toEqual([third, second, first])
})

test('a session that waits for another one is not', () => {
  expect(waitingBehind([1], [{ pid: 3, for: [9] }])).toEqual([])
})

test('two transactions that wait for one another are not behind a gate that neither waits for', () => {
  const circle = [
    { pid: 2, for: [3] },
    { pid: 3, for: [2] },
  ]
  expect(waitingBehind([1], circle)).toEqual([])
})
