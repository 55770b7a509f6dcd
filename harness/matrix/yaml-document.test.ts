import { describe, expect, test } from 'vitest'
import type { Problem } from '../errors.ts'
import { readYaml } from './yaml-document.ts'

function read(text: string) {
  const problems: Problem[] = []
  const data = readYaml(text, 'a.yaml', problems)?.data
  return { data, problems: problems.map(({ code, found }) => `${code}: ${found}`) }
}

const levels = 200_000
const lines = (count: number, line: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => line(n)).join('\n')

/** Ten aliases of the line before on each line. */
const bomb = lines(12, (n) => `a${n}: &a${n} [${Array(10).fill(n === 0 ? 'x' : `*a${n - 1}`)}]`)

describe('a text that would take all time and memory', { timeout: 10_000 }, () => {
  test.each([
    ['lists', `a: ${'['.repeat(levels)}${']'.repeat(levels)}`],
    ['lists that are not closed', '['.repeat(levels)],
    ['lists of lines', `${'- '.repeat(levels)}x`],
    ['mappings', `a: ${'{ a: '.repeat(levels)}x${' }'.repeat(levels)}`],
    ['keys', `${'? '.repeat(levels)}x`],
    ['indentation', lines(2_000, (n) => `${' '.repeat(n)}a:`)],
    ['aliases', lines(100, (n) => `a${n}: &a${n} [[[[${n === 0 ? 'x' : `*a${n - 1}`}]]]]`)],
  ])('is refused for its levels of %s', (_, text) => {
    expect(read(text)).toEqual({ data: undefined, problems: ['too-deep: more than 200 levels of nesting'] })
  })

  test('is refused for aliases that multiply each other', () => {
    expect(read(bomb)).toEqual({ data: undefined, problems: ['too-large: more than 20000 values that aliases repeat'] })
  })

  test.each([
    ['keys', lines(250_000, (n) => `a${n}: 1`)],
    ['values', lines(250_000, () => '- 1')],
    ['mappings', lines(120_000, () => '- a: 1')],
  ])('is refused for too many %s', (_, text) => {
    expect(read(text)).toEqual({ data: undefined, problems: ['too-large: more than 400000 tokens'] })
  })

  test('is read when it has many aliases of one anchor', () => {
    const { data, problems } = read(`a: &a x\nb:\n${lines(5_000, () => '  - *a')}`)
    expect([data, problems]).toEqual([{ a: 'x', b: Array(5_000).fill('x') }, []])
  })
})

describe('an alias', () => {
  test('has the value that its anchor had right before', () => {
    expect(read('a: &a 1\nb: *a\nc: &a 2\nd: *a').data).toEqual({ a: 1, b: 1, c: 2, d: 2 })
  })

  test.each([
    ['a: &a [*a]', 'an alias that holds itself'],
    ['a: *b', 'the alias `*b`'],
  ])('that leads nowhere is refused: %s', (text, found) => {
    expect(read(text)).toEqual({ data: undefined, problems: [expect.stringContaining(found)] })
  })
})

test('a text of 150 levels is read', () => {
  expect(read(`a: ${'['.repeat(150)}${']'.repeat(150)}`).problems).toEqual([])
})
