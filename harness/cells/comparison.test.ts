import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { answerWith } from '../../test/support/example-answers.ts'
import type { JsonObject } from '../json.ts'
import type { Answer } from '../paths/path.ts'
import { differencesBetween } from './comparison.ts'

function side(answer: Partial<Answer>, body: JsonObject = {}) {
  return { answer: answerWith({ status: 200, ...answer }), body }
}

const now = new Date().toISOString()

const differ = (one: ReturnType<typeof side>, other: ReturnType<typeof side>) => differencesBetween(one, other)

describe('differences that reveal a secret', () => {
  it.each([
    ['status', side({ status: 409 }), side({ status: 201 }), ['status is 409 and 201']],
    ['code', side({ code: '23505' }), side({ code: '42501' }), ['code is 23505 and 42501']],
    ['message', side({ message: 'taken' }), side({}), ['message is taken and absent']],
    [
      'details',
      side({ details: 'Key (id)=(5) exists' }),
      side({ details: 'none' }),
      ['details is Key (id)=(5) exists and none'],
    ],
    ['hint', side({}), side({ hint: 'try' }), ['hint is absent and try']],
    ['header', side({ headers: { location: '/a' } }), side({}), ['header location is /a and absent']],
    ['count', side({ count: 1 }), side({ count: 0 }), ['count is 1 and 0']],
    ['returned value', side({ value: true }), side({ value: false }), ['body is true and false']],
    ['value and none', side({ value: 0 }), side({}), ['body is 0 and absent']],
    ['number of rows', side({ rows: [{ a: 1 }] }), side({ rows: [] }), ['body is [{a: 1}] and []', 'rows is 1 and 0']],
    ['columns', side({ rows: [{ a: 1 }] }), side({ rows: [{ b: 1 }] }), ['body is [{a: 1}] and [{b: 1}]']],
    [
      'content',
      side({ rows: [{ free: true }] }),
      side({ rows: [{ free: false }] }),
      ['body is [{free: true}] and [{free: false}]'],
    ],
    [
      'a header of the project',
      side({ headers: { 'x-exists': 'true' } }),
      side({ headers: { 'x-exists': 'false' } }),
      ['header x-exists is true and false'],
    ],
    [
      'a uuid and the nil uuid',
      side({ value: '11111111-2222-4111-8111-111111111111' }),
      side({ value: '00000000-0000-0000-0000-000000000000' }),
      ['body is ‹uuid› and 00000000-0000-0000-0000-000000000000'],
    ],
    [
      'a time of long ago',
      side({ value: now }),
      side({ value: '1970-01-01T00:00:00Z' }),
      ['body is ‹time› and ‹text›'],
    ],
    ['one name and another', side({ value: 'Ann' }), side({ value: 'Bob' }), ['body is ‹text› and another ‹text›']],
  ])('%s', (_, one, other, differences) => {
    expect(differ(one, other)).toEqual(differences)
  })
})

describe('values that differ in every request', () => {
  it.each([
    [
      'a value of the request',
      side({ message: '"abc" is taken' }, { slug: 'abc' }),
      side({ message: '"xyz" is taken' }, { slug: 'xyz' }),
    ],
    [
      'a value inside another',
      side({ details: '(abc) (abc-2)' }, { a: ['abc', 'abc-2'] }),
      side({ details: '(x y) (x y-2)' }, { a: ['x y', 'x y-2'] }),
    ],
    ['a number of the request', side({ details: '(id)=(17)' }, { id: 17 }), side({ details: '(id)=(99)' }, { id: 99 })],
    [
      'a uuid',
      side({ message: 'no 11111111-1111-4111-8111-111111111111' }),
      side({ message: 'no 22222222-2222-4222-8222-222222222222' }),
    ],
    ['the time', side({ message: `at ${now}` }), side({ message: `at ${now.replace('T', ' ').replace('Z', '1+00')}` })],
    ['the number of a new row', side({ status: 201, rows: [{ id: 5 }] }), side({ status: 201, rows: [{ id: 6 }] })],
    ['the order of keys', side({ value: { a: 1, b: 2 } }), side({ value: { b: 2, a: 1 } })],
  ])('%s', (_, one, other) => {
    expect(differ(one, other)).toEqual([])
  })

  it('is no more than its own', () => {
    const one = side({ message: 'constraint 170 of row 17' }, { id: 17 })
    expect(differ(one, side({ message: 'constraint 171 of row 18' }, { id: 18 }))).toHaveLength(1)
    expect(differ(side({ message: 'ab' }, { a: 'ab' }), side({ message: 'cd' }, { a: 'cd' }))).toHaveLength(1)
  })
})

describe('a value of a row of the run', () => {
  const secret = '11111111-2222-4111-8111-111111111111'
  const known = {
    spansIn: (text: string) =>
      text.includes(secret) ? [{ from: text.indexOf(secret), to: text.indexOf(secret) + 36 }] : [],
  }

  it('differs from one that was made up, unless the request holds it', () => {
    const madeUp = side({ value: '33333333-2222-4111-8111-111111111111' })
    expect(differencesBetween(side({ value: secret }), madeUp, known)).toHaveLength(1)
    expect(
      differencesBetween(side({ value: secret }, { id: secret }), side({ value: 'x y' }, { id: 'x y' }), known),
    ).toEqual([])
  })
})

describe('two answers', () => {
  const header = fc.constantFrom('x-exists', 'x-reason', 'location', 'cache-control')
  const text = fc.constantFrom('yes', 'no', 'taken', '1', '0', '')

  it('with the same text look the same, even if only one request contained it', () => {
    fc.assert(
      fc.property(header, text, fc.uuid(), fc.uuid(), (name, value, one, other) => {
        const answer = (own: string) =>
          side({ headers: { [name]: `${value} ${own}` }, value: { said: value, of: own }, message: own }, { id: own })
        expect(differ(answer(one), answer(other))).toEqual([])
      }),
    )
  })

  it('that differ anywhere by a value that is not their own differ', () => {
    fc.assert(
      fc.property(header, text, text, (name, one, other) => {
        fc.pre(one !== other)
        const places: readonly ((value: string) => Partial<Answer>)[] = [
          (value) => ({ headers: { [name]: value } }),
          (value) => ({ value: { deep: [value] } }),
          (value) => ({ message: value }),
          (value) => ({ rows: [{ a: value }] }),
        ]
        for (const place of places) expect(differ(side(place(one)), side(place(other)))).toHaveLength(1)
      }),
    )
  })
})
