import canonicalize from 'canonicalize'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonical, canonicalLines } from './canonical.ts'

test('sorts keys by code unit at every level and leaves out undefined members', () => {
  expect(canonical({ b: [{ z: 1, a: undefined, Z: null }], a: 'x', é: 1, 10: 1, 9: 1 })).toBe(
    '{"10":1,"9":1,"a":"x","b":[{"Z":null,"z":1}],"é":1}',
  )
  expect(canonical([undefined, -0, 1e21, true])).toBe('[null,0,1e+21,true]')
})

test('returns the same text for every order of keys, and JSON reads it back', () => {
  const value = { text: 'a\n\u2028"\\\ud800', __proto__x: { deep: [1, [2, { three: {} }]] }, empty: [] }
  const turned = Object.fromEntries(Object.entries(value).reverse())
  expect(canonical(turned)).toBe(canonical(value))
  expect(JSON.parse(canonical(value))).toEqual(value)
  expect(canonical(value)).not.toContain('\n')
})

test('writes lines sorted by id in plain code-unit order', () => {
  const ids = ['b', 'a › z', 'B', 'a › é', 'a']
  expect([...canonicalLines(ids.map((id) => ({ id })))].join('')).toBe(
    '{"id":"B"}\n{"id":"a"}\n{"id":"a › z"}\n{"id":"a › é"}\n{"id":"b"}\n',
  )
})

test('is RFC 8785 for every JSON value of well-formed texts', () => {
  const json = fc.jsonValue({ maxDepth: 2, stringUnit: 'binary' })
  fc.assert(fc.property(json, (value) => canonical(value) === canonicalize(value)))
})

test('canonical JSON covers the values that RFC 8785 refuses: lone surrogates and numbers beyond JSON', () => {
  expect(() => canonicalize('\ud83d')).toThrow('surrogate')
  expect(canonical({ body: '\ud83d', seconds: Number.NaN })).toBe('{"body":"\\ud83d","seconds":null}')
})
