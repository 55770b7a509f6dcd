import { expect, it } from 'vitest'
import { parseJson, parseJsonObject } from './json-text.ts'

it('keeps every digit that JavaScript would lose, as a text', () => {
  const text = '{"id": 9007199254740993, "safe": 9007199254740991, "price": 1234567890.12345678901, "e": 1.5e300}'
  expect(parseJson(text)).toEqual({
    id: '9007199254740993',
    safe: 9007199254740991,
    price: '1234567890.12345678901',
    e: 1.5e300,
  })
  expect(parseJson('[-9007199254740993, 0.30000000000000004]')).toEqual(['-9007199254740993', 0.30000000000000004])
})

it('leaves texts alone that look like numbers', () => {
  const value = { '12345678901234567890': 'a "12345678901234567890" \\', b: ['12345678901234567891'] }
  expect(parseJson(JSON.stringify(value))).toEqual(value)
})

it('distinguishes an object from every other value', () => {
  expect(parseJsonObject('{"a":null}')).toEqual({ a: null })
  for (const text of ['[]', 'null', '1', '"a"', '{']) expect(() => parseJsonObject(text), text).toThrow(SyntaxError)
})
