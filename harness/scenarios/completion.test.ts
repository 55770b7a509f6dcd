import { expect, test } from 'vitest'
import { completionOf } from './completion.ts'

test.each([
  ['a success happened', { kind: 'done' }, null, 'ok', null],
  ['the known face of a refusal did not', { kind: 'denied', layer: 'constraint' }, '23505', 'failed', 'constraint'],
  ['a request that works for nobody did not', { kind: 'unusable', why: 'misspelt' }, '42703', 'failed', null],
  ['a defect of the project did not', { kind: 'broken', why: 'a policy recurses' }, '42P17', 'failed', null],
  ['an unknown answer may have happened', { kind: 'unknown', why: 'the service failed' }, null, 'unknown', null],
  ['a crash may have happened', { kind: 'unknown', why: 'the service failed' }, 'XX000', 'unknown', null],
  ['a serialization failure did not', { kind: 'unknown', why: 'lost' }, '40001', 'failed', null],
  ['a deadlock did not', { kind: 'unknown', why: 'lost' }, '40P01', 'failed', null],
  ['a lock that was not to be had did not', { kind: 'unknown', why: 'locked' }, '55P03', 'failed', null],
  ['a cancelled statement did not', { kind: 'unknown', why: 'too long' }, '57014', 'failed', null],
  ['a connection that the server ended may have', { kind: 'unknown', why: 'gone' }, '57P01', 'unknown', null],
] as const)('%s', (_, meaning, code, fate, denial) => {
  expect(completionOf(meaning, { code })).toMatchObject({ fate, denial })
})

test('the reason of an unknown outcome is kept', () => {
  expect(completionOf({ kind: 'unknown', why: 'no answer came' }, { code: null }).why).toBe('no answer came')
})
