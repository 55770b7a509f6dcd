import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { answerWith } from '../../test/support/example-answers.ts'
import type { Json, JsonObject } from '../json.ts'
import type { Answer } from '../paths/path.ts'
import { unexplainedRows } from './unexplained-rows.ts'

const asked = '0b8e6f0a-2222-4333-8444-a5b6c7d8e9f0'
const caller = '6f1d8f9e-1111-4222-8333-94a5b6c7d8e9'

function count(answer: Partial<Answer>) {
  return unexplainedRows(answerWith({ status: 200, ...answer }), {
    isOwn: (text) => text.includes(caller) || text.includes('my own title'),
    isKnown: (text) => asked.includes(text),
    isOfResource: (row) => Object.hasOwn(row, 'title'),
  })
}

/** Ways in which a function may answer rows. */
const packings: readonly ((rows: readonly JsonObject[]) => Partial<Answer>)[] = [
  (rows) => ({ rows }),
  (value) => ({ value: [...value] }),
  (items) => ({ value: { page: 1, items: [...items] } }),
  (items) => ({ value: { data: { items: [[...items]] } } }),
  (items) => ({ rows: [{ found: [...items] }] }),
]
const packing = fc.constantFrom(...packings)

const word = fc.string({ unit: fc.constantFrom(...'bcdghjkl'), minLength: 4, maxLength: 9 })
const sentence = fc.array(word, { minLength: 3, maxLength: 6 }).map((words) => words.join(' '))

describe('rows of others under columns of a function', () => {
  it('are counted where several differ, with any text', () => {
    const rows = fc.uniqueArray(word, { minLength: 3, maxLength: 20 })
    fc.assert(
      fc.property(rows, packing, (titles, pack) => {
        expect(count(pack(titles.map((n) => ({ n, w: null, open: true }))))).toBe(titles.length)
      }),
      { numRuns: 200 },
    )
  })

  it('are counted where two sentences differ', () => {
    fc.assert(
      fc.property(fc.uniqueArray(sentence, { minLength: 2, maxLength: 8 }), packing, (titles, pack) => {
        expect(count(pack(titles.map((n) => ({ n }))))).toBe(titles.length)
      }),
      { numRuns: 200 },
    )
  })

  it('are counted where one holds an id, an address or a token', () => {
    const values = fc.oneof(fc.uuid(), fc.emailAddress(), fc.integer({ min: 1e7, max: 1e9 }))
    fc.assert(
      fc.property(values, packing, (w, pack) => {
        expect(count(pack([{ n: 'a word', w }]))).toBe(1)
      }),
      { numRuns: 200 },
    )
  })

  it('are counted beside rows of the caller', () => {
    expect(count({ rows: [{ n: 'my own title' }, { n: 'the title of another' }, { n: 'one more title' }] })).toBe(2)
  })

  it('are counted where a function answers texts', () => {
    expect(count({ value: ['first', 'second', 'third'] })).toBe(3)
  })
})

describe('answers that show no rows of others', () => {
  it.each<[string, Json]>([
    ['nothing', null],
    ['an empty list', []],
    ['a text', 'you may not see this document'],
    ['a number', 48213377],
    ['a truth value', false],
    ['a refusal with an id', { ok: false, request: '3f1d8f9e-1111-4222-8333-94a5b6c7d8e9' }],
    ['an error', { error: 'not allowed', trace: '3f1d8f9e-1111-4222-8333-94a5b6c7d8e9' }],
    ['nulls', [{ n: null, w: null }]],
    ['one row of words', [{ n: 'refused', w: 'this is not your document, and you may not see it' }]],
    ['rows that are all alike', [{ n: 'hidden for you' }, { n: 'hidden for you' }, { n: 'hidden for you' }]],
    ['the id that was asked for', [{ n: asked }]],
    ['the nil uuid', [{ n: '00000000-0000-0000-0000-000000000000' }]],
    ['rows of the caller', [{ n: 'one title', w: caller }, { n: 'my own title' }, { n: 'two', w: caller }]],
    ['two short words', ['nothing', 'else']],
  ])('%s', (_, value) => {
    expect(count({ value })).toBe(0)
  })

  it('rows of the table, which are counted as such', () => {
    expect(count({ rows: [{ title: 'one' }, { title: 'two' }, { title: 'three' }] })).toBe(0)
  })

  it('an answer that is a refusal by its status', () => {
    expect(count({ status: 403, value: [{ n: 'one' }, { n: 'two' }, { n: 'three' }] })).toBe(0)
  })

  it('one row of arbitrary words', () => {
    fc.assert(
      fc.property(sentence, packing, (message, pack) => {
        expect(count(pack([{ code: 'denied', message }]))).toBe(0)
      }),
      { numRuns: 200 },
    )
  })
})
