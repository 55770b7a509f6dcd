import { describe, expect, it } from 'vitest'
import { withoutForeignRows } from './foreign-rows.ts'

const secret = 'theirs a1b2c3'
const known = {
  spansIn: (text: string) => {
    const from = text.indexOf(secret)
    return from < 0 ? [] : [{ from, to: from + secret.length }]
  },
}

describe('the part of a message that a record keeps', () => {
  it.each([
    ['a JSON row', 'not yours: {"id": 1, "title": "a } b"} at all', 'not yours: {‹…›} at all'],
    ['a list of rows', 'not yours: [{"id": 1}, {"id": 2}]', 'not yours: [‹…›]'],
    ['a row as PostgreSQL prints it', 'not yours: (1,"a title",2026-01-01)', 'not yours: (‹…›)'],
    ['a value of a row of the run', `"${secret}" is locked`, '"‹…›" is locked'],
  ])('is not %s', (_, message, words) => {
    expect(withoutForeignRows(message, known, '{}')).toBe(words)
  })

  it.each([
    ['its own words', 'permission denied for table docs'],
    ['a type', 'function f(integer, text) does not exist'],
    ['a name in brackets', 'Key (id)=(5) already exists'],
    ['an open bracket', 'expected { at 5'],
  ])('is %s', (_, message) => {
    expect(withoutForeignRows(message, known, '{}')).toBe(message)
  })

  it('holds the values that the caller sent', () => {
    expect(withoutForeignRows(`"${secret}" is taken`, known, JSON.stringify({ title: secret }))).toBe(
      `"${secret}" is taken`,
    )
  })
})
