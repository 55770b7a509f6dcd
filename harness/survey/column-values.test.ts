import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { column, noHints } from '../../test/support/survey-catalog.ts'
import { readExpression } from '../init/expressions.ts'
import { alternativesOf } from '../init/facts.ts'
import type { Check } from '../init/model.ts'
import { ColumnValues } from './column-values.ts'
import type { Hints } from './model.ts'

const needed = { nullable: false } as const
const valuesOf = (hints: Partial<Hints> = {}) => new ColumnValues({ ...noHints, ...hints }, () => 1_234_567)
const checkOf = async (expression: string): Promise<Check> => ({
  name: 'checked',
  ways: alternativesOf(await readExpression(expression)),
})
const fill = async (changes: Parameters<typeof column>[1], expression?: string, name = 'c') => {
  const checks = expression === undefined ? {} : { 'public.t': [await checkOf(expression)] }
  return valuesOf({ checks }).fill('public.t', column(name, changes), `${name} of red`, 'ann')
}

describe('a value for a column', () => {
  it.each([
    ['text', undefined, 'c of red $unique'],
    ['character varying(17)', undefined, '$unique'],
    ['character varying(3)', undefined, 'abc'],
    ['text', `c ~ '^[a-z0-9]+$'::text`, '$unique'],
    ['text', `c ~ '^[^@]+@[^@]+$'::text`, 'a@a$unique'],
    ['text', `c = ANY (ARRAY['x'::text, 'y'::text])`, 'x'],
    ['integer', undefined, 1_234_567],
    ['smallint', undefined, 1],
    ['integer', '(c >= 1) AND (c <= 5)', 1],
    ['bigint', 'c >= 5000000', 5_000_000],
    ['numeric(6,2)', 'c > (0)::numeric', 1],
    ['boolean', undefined, false],
    ['jsonb', undefined, { note: 'c of red $unique' }],
    ['uuid', undefined, '$uuid'],
    ['vector(3)', undefined, '[1,0,0]'],
    ['tsvector', undefined, 'trespass'],
    ['uuid[]', undefined, []],
  ])('%s, %s', async (type, expression, value) => {
    expect(await fill({ type, ...needed }, expression)).toEqual({ kind: 'value', value })
  })

  it.each([undefined, `contact_email ~ '^[^@]+@[^@]+$'::text`])(
    'is the address of the holder in a column for addresses: %s',
    async (expression) => {
      expect(await fill({ ...needed }, expression, 'contact_email')).toEqual({ kind: 'value', value: '$ann.email' })
    },
  )

  it.each([
    ['a default that says something', { hasDefault: true, default: `'draft'::text` }],
    ['a number that may be null', { type: 'integer' }],
    ['an identity', { type: 'bigint', identity: 'always', ...needed } as const],
    ['a generated value', { generated: true }],
  ])('is left to the database: %s', async (_, changes) => {
    expect(await fill(changes)).toEqual({ kind: 'omitted' })
  })

  it('is left to the database where a check joins the column with another', async () => {
    expect(await fill({}, 'c <> d')).toEqual({ kind: 'omitted' })
    expect(await fill({}, '(c IS NULL) OR (d IS NULL)')).toEqual({ kind: 'omitted' })
    expect(await fill({}, 'd > 3')).toMatchObject({ kind: 'value' })
  })

  it('is given to a text whose default is empty', async () => {
    expect(await fill({ hasDefault: true, default: `''::text`, ...needed })).toMatchObject({ kind: 'value' })
  })

  it('is not known for a type without a common form', async () => {
    expect(await fill({ type: 'public.place', ...needed })).toEqual({
      kind: 'impossible',
      why: 'no value is known for the column c of type public.place',
    })
  })

  it('is the first label of an enum, and another one in an update', () => {
    const values = valuesOf({ types: { 'public.mood': { kind: 'enum', labels: ['calm', 'cross'] } } })
    const mood = column('mood', { type: 'public.mood', ...needed })
    expect(values.fill('public.t', mood, 'mood', 'ann')).toEqual({ kind: 'value', value: 'calm' })
    expect(values.another('public.t', mood, 'mood', 'ann')).toBe('cross')
  })

  it('is one of the type under a domain', () => {
    const values = valuesOf({
      types: { 'public.cents': { kind: 'domain', base: 'bigint', nullable: true, checks: [] } },
    })
    const cents = column('cents', { type: 'public.cents', ...needed })
    expect(values.fill('public.t', cents, 'cents', 'ann')).toEqual({ kind: 'value', value: 1_234_567 })
  })

  it('keeps to every bound of a number', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: -50, max: 5_000_000 }), fc.nat({ max: 5_000_000 }), async (least, span) => {
        const filled = await fill({ type: 'bigint', ...needed }, `(c >= ${least}) AND (c <= ${least + span})`)
        const value = filled.kind === 'value' ? Number(filled.value) : Number.NaN
        expect(value).toBeGreaterThanOrEqual(least)
        expect(value).toBeLessThanOrEqual(least + span)
      }),
    )
  })
})
