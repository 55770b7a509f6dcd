import { expect, test } from 'vitest'
import { allOf, describe, didYouMean, didYouMeanOneOf, oneOf, quote } from './message-text.ts'

test('values are named as a person would', () => {
  expect([undefined, null, [], [1], {}, { a: 1 }, 'a', 7, false].map(describe)).toEqual([
    'nothing',
    'no value',
    'an empty list',
    'a list',
    'an empty mapping',
    'a mapping',
    '`a`',
    '`7`',
    '`false`',
  ])
})

test('long texts are shortened, and keys and tokens left out', () => {
  expect(quote('x'.repeat(70))).toBe(`\`${'x'.repeat(60)}…\``)
  expect(quote(['before sb', 'secret', 'abc after'].join('_'))).toBe('`before (a key) after`')
  expect(quote(`Bearer ${['eyJhbGci', 'eyJyb2xl', 'c2ln'].join('.')}`)).toBe('`Bearer (a key)`')
})

test('names are listed', () => {
  expect(oneOf(['a'])).toBe('`a`')
  expect(oneOf(['a', 'b', 'c'])).toBe('`a`, `b` or `c`')
  expect(allOf(['a', 'b'])).toBe('`a` and `b`')
})

test.each([
  ['rename ownn', ['read own', 'rename own'], 'did you mean `rename own`?'],
  ['tabel', ['table', 'view'], 'did you mean `table`?'],
  ['rnu', ['init', 'run'], 'did you mean `run`?'],
  ['Alice', ['alice'], 'did you mean `alice`?'],
  ['x', ['own', 'theirs'], undefined],
  ['entirely different', ['own', 'theirs'], undefined],
])('the name nearest to %s', (name, known, hint) => {
  expect(didYouMean(name, known)).toBe(hint)
})

test.each([
  ['update-usin-true', ['update-using-true', 'select-using-true', 'delete'], 'did you mean `update-using-true`?'],
  ['owm', ['own', 'ow', 'owl', 'owe', 'theirs'], 'did you mean `own`, `ow` or `owl`?'],
  ['seat', ['no more seats than the plan has', 'other'], 'did you mean `no more seats than the plan has`?'],
  ['entirely different', ['own', 'theirs'], undefined],
])('the names nearest to %s', (name, known, hint) => {
  expect(didYouMeanOneOf(name, known)).toBe(hint)
})
