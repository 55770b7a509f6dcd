import { describe, expect, it, test } from 'vitest'
import { answerOf, type StatementFlag, statementOf, textChecker } from './statement.ts'

const now = new Date('2026-03-02T12:00:00.000Z')
const answers = (changes: Partial<Record<StatementFlag, string>> = {}): ReadonlyMap<StatementFlag, string> => {
  const all = { 'applied-by': 'Dana', 'applied-at': 'x', method: 'by hand', result: 'applied', deviations: 'none' }
  const kept = Object.entries({ ...all, ...changes }).filter(([, text]) => text !== '')
  return new Map(kept.map(([flag, text]) => [flag as StatementFlag, text]))
}

describe('an answer', () => {
  test.each<[StatementFlag, string, string]>([
    ['applied-by', '  Dana \n Scully ', 'Dana Scully'],
    ['applied-at', '2026-03-02T10:15Z', '2026-03-02T10:15:00.000Z'],
    ['applied-at', '2026-03-02T10:15:30Z', '2026-03-02T10:15:30.000Z'],
    ['result', 'failed-partial', 'failed-partial'],
  ])('--%s %j is read as %j', (flag, text, read) => {
    expect(answerOf(flag, text, now)).toBe(read)
  })

  test.each<[StatementFlag, string, string]>([
    ['applied-by', '  ', 'expected a name'],
    ['applied-at', '2026-03-02T10:15:00', 'a time in UTC'],
    ['applied-at', '2026-03-02T10:15:00+01:00', 'a time in UTC'],
    ['applied-at', '2026-02-30T10:15:00Z', 'a time in UTC'],
    ['applied-at', 'yesterday', 'a time in UTC'],
    ['applied-at', '2026-03-02T12:00:01Z', 'a time that is over'],
    ['result', 'done', 'expected applied, failed-partial, corrected'],
    ['method', 'x'.repeat(501), 'how it was applied'],
  ])('--%s %j is refused', (flag, text, expected) => {
    expect(() => answerOf(flag, text, now)).toThrow(expected)
  })
})

describe('a text that a record must not contain', () => {
  const careful = textChecker(['abcdefgh', 'hunter2!'])
  test.each([
    'psql postgresql://postgres:x@db.example.com/postgres',
    'through https://example.com',
    'supabase link --project-ref abcdefghijklmnopqrst',
    'dana@example.com',
    'with hunter2!',
    'to ABCDEFGH',
    `with ${['sb', 'secret', '0a1b2c3d'].join('_')}`,
  ])('is found in %j', (text) => {
    const error = (() => {
      try {
        return careful('method', text)
      } catch (thrown) {
        return thrown
      }
    })()
    expect(error).toMatchObject({ code: 'secret-in-record', message: expect.stringContaining('--method') })
    expect(String(error)).not.toContain(text)
  })

  it('excludes ordinary statements of people', () => {
    const text = 'supabase db push, from the pipeline of staging (3 min)'
    expect(careful('method', text)).toBe(text)
  })
})

describe('a statement', () => {
  const followUp = { file: 'supabase/migrations/2.sql', revision: 'beef', sha256: 'cd' }
  it('is the given answer', () => {
    expect(statementOf(answers(), null)).toMatchObject({ appliedBy: 'Dana', result: 'applied', deviations: 'none' })
    expect(statementOf(answers({ deviations: '' }), followUp)).toMatchObject({ deviations: null, followUp })
  })

  it.each(['failed-partial', 'corrected'])('contains the deviations when the result is %s', (result) => {
    expect(() => statementOf(answers({ result }), null)).toThrow(`found --result ${result} and no deviation`)
    expect(() => statementOf(answers({ result, deviations: 'None.' }), null)).toThrow('no deviation')
    expect(statementOf(answers({ result }), followUp).result).toBe(result)
    expect(statementOf(answers({ result, deviations: 'an index was missing' }), null).result).toBe(result)
  })
})
