import { expect, test } from 'vitest'
import { TrespassError } from '../errors.ts'
import { isFresh, isWellFormed, namesRun, referencesIn, resolve, type Scope } from './references.ts'

const scope: Scope = {
  run: 'r1',
  unique: 'u1',
  row: (name) =>
    ({
      own: { id: 7, title: 'mine', tags: ['a'], note: null },
      'alice in acme': { id: 'm1', 'Full Name': 'Alice' },
    })[name],
}

const braced = (inside: string): string => `$\u007b${inside}}`

test.each([
  ['$own.id', 7],
  ['$own.tags', ['a']],
  ['$own.note', null],
  ['$run', 'r1'],
  ['$unique', 'u1'],
  ['no. $own.id of $run', 'no. 7 of r1'],
  ['$own.id-$unique', '7-u1'],
  ['tags: $own.tags', 'tags: ["a"]'],
  ['$own.title.', 'mine.'],
  ['report-$unique.txt', 'report-u1.txt'],
  ['$changed', '\u0000changed'],
  ['$$', '$'],
  ['$$own.id', '$own.id'],
  ['costs 5 $$, $run', 'costs 5 $, r1'],
  ['costs $5, $run', 'costs $5, r1'],
  ['where id = $1', 'where id = $1'],
  [braced('alice in acme.id'), 'm1'],
  [`${braced('alice in acme.Full Name')}!`, 'Alice!'],
  [`${braced('run')}_x`, 'r1_x'],
  ['plain', 'plain'],
])('%s becomes %j', (text, value) => {
  expect(resolve(text, scope)).toEqual(value)
})

test('references are found and filled in at every depth, and keys are left alone', () => {
  const value = { a: ['$own.id', { $run: 'x $run' }], b: 1, c: null, d: true }
  expect(resolve(value, scope)).toEqual({ a: [7, { $run: 'x r1' }], b: 1, c: null, d: true })
  expect(referencesIn(value)).toEqual([
    { text: '$own.id', name: 'own', column: 'id', at: ['a', 0] },
    { text: '$run', name: 'run', column: null, at: ['a', 1, '$run'] },
  ])
})

test('the values of one list, such as the parameters of a statement, share its $unique', () => {
  expect(resolve(['stripe', 'evt-$unique', ['$unique']], scope)).toEqual(['stripe', 'evt-u1', ['u1']])
})

test('every row of a list has a $unique of its own', () => {
  const rows = [{ slug: '$unique', path: '/$unique' }, { slug: '$unique' }]
  expect(resolve(rows, scope)).toEqual([{ slug: 'u1', path: '/u1' }, { slug: 'u1-2' }])
})

test.each(['$other.id', '$own.slug', '$own', '$', 'x $own.note', braced(''), '$own.constructor'])(
  '%s cannot be filled in',
  (text) => {
    const error = (() => {
      try {
        return resolve(text, scope)
      } catch (caught) {
        return caught
      }
    })()
    expect(error).toBeInstanceOf(TrespassError)
    expect(error).toMatchObject({ code: 'unresolved-reference' })
  },
)

test.each([
  ['$own.id', true],
  ['$run', true],
  ['$run.id', true],
  [braced('run.id'), false],
  ['$running', false],
  ['$own', false],
  ['$', false],
  [braced('alice in acme.id'), true],
  [braced('alice in acme'), false],
])('%s is well-formed: %s', (text, sound) => {
  expect(referencesIn(text).map(isWellFormed)).toEqual([sound])
})

test('$uuid, $number, $date and $future are of the type that a key needs', () => {
  const today = new Date().toISOString().slice(0, 10)
  const { uuid, number, date, future } = resolve(
    { uuid: '$uuid', number: '$number', date: '$date', future: '$future' },
    scope,
  )
  expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(number).toSatisfy((value: unknown) => Number.isInteger(value) && Number(value) < 2 ** 31)
  expect(String(date) < today && today < String(future)).toBe(true)
  expect(resolve(`[$date,$future) of ${braced('number')}`, scope)).toBe(`[${date},${future}) of ${number}`)
})

test.each(['$uuid', '$number', '$date', '$future', '$unique'])(
  '%s is one value in a row, and another in the next',
  (word) => {
    const rows = resolve([{ a: word, b: word }, { a: word }], { ...scope, unique: `rows of ${word}` })
    expect(rows).toEqual([{ a: expect.anything(), b: expect.anything() }, { a: expect.anything() }])
    const [one, other] = JSON.parse(JSON.stringify(rows))
    expect(one.a).toBe(one.b)
    expect(other.a).not.toBe(one.a)
  },
)

test('thousands of rows have thousands of numbers and days', () => {
  const values = Array.from({ length: 3000 }, (_, n) =>
    resolve('$number $date $future', { ...scope, unique: `many ${n}` }),
  )
  for (const part of [0, 1, 2]) expect(new Set(values.map((value) => String(value).split(' ')[part])).size).toBe(3000)
})

test('a row may have the name of a word: then a column follows', () => {
  expect(resolve('$date.id', { ...scope, row: () => ({ id: 3 }) })).toBe(3)
  expect(referencesIn('$date.id $date.').map(({ name, column }) => [name, column])).toEqual([
    ['date', 'id'],
    ['date', null],
  ])
})

test.each([
  ['$unique', true, true],
  ['$uuid', true, true],
  ['$number', true, false],
  ['$date', true, false],
  ['$run', false, true],
  ['$own.id', false, true],
  ['plain', false, false],
])('%s is fresh: %s, and names a row of the run: %s', (text, fresh, names) => {
  expect(referencesIn(text).some(isFresh)).toBe(fresh)
  expect(namesRun(text)).toBe(names)
})
