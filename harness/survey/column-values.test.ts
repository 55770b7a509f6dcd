import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { limitsOf } from './checks.ts'
import { ColumnValues } from './column-values.ts'
import type { CheckConstraint, Hints } from './model.ts'
import { column, noHints } from './test-support.ts'

const needed = { nullable: false } as const
const valuesOf = (hints: Partial<Hints> = {}) => new ColumnValues({ ...noHints, ...hints }, () => 1_234_567)
const fill = (changes: Parameters<typeof column>[1], definition?: string, name = 'c') =>
  valuesOf(definition === undefined ? {} : { checks: [{ table: 'public.t', columns: [name], definition }] }).fill(
    'public.t',
    column(name, changes),
    `${name} of red`,
    'ann',
  )

describe('a value for a column', () => {
  it.each([
    ['text', undefined, 'c of red $unique'],
    ['character varying(20)', undefined, '$unique'],
    ['character varying(3)', undefined, 'EUR'],
    ['text', `CHECK ((c ~ '^[a-z0-9]+$'::text))`, '$unique'],
    ['text', `CHECK ((c ~ '^[^@]+@[^@]+$'::text))`, '$unique@example.com'],
    ['text', `CHECK ((c = ANY (ARRAY['x'::text, 'y'::text])))`, 'x'],
    ['integer', undefined, 1_234_567],
    ['smallint', undefined, 1],
    ['integer', 'CHECK (((c >= 1) AND (c <= 5)))', 1],
    ['bigint', 'CHECK ((c >= 5000000))', 5_000_000],
    ['numeric(6,2)', 'CHECK ((c > (0)::numeric))', 1],
    ['boolean', undefined, false],
    ['jsonb', undefined, { note: 'c of red $unique' }],
    ['uuid[]', undefined, []],
  ])('%s, %s', (type, definition, value) => {
    expect(fill({ type, ...needed }, definition)).toEqual({ kind: 'value', value })
  })

  it('is the address of the holder in a column for addresses', () => {
    expect(fill({ ...needed }, undefined, 'contact_email')).toEqual({ kind: 'value', value: '$ann.email' })
  })

  it.each([
    ['a default that says something', { hasDefault: true, default: `'draft'::text` }],
    ['a number that may be null', { type: 'integer' }],
    ['an identity', { type: 'bigint', identity: 'always', ...needed } as const],
    ['a generated value', { generated: true }],
  ])('is left to the database: %s', (_, changes) => {
    expect(fill(changes)).toEqual({ kind: 'omitted' })
  })

  it('is given to a text whose default is empty', () => {
    expect(fill({ hasDefault: true, default: `''::text`, ...needed })).toMatchObject({ kind: 'value' })
  })

  it('is not known for a type without a common form', () => {
    expect(fill({ type: 'point', ...needed })).toEqual({
      kind: 'impossible',
      why: 'no value is known for the column c of type point',
    })
  })

  it('is the first label of an enum, and another one in an update', () => {
    const values = valuesOf({ enums: { 'public.mood': ['calm', 'cross'] } })
    const mood = column('mood', { type: 'public.mood', ...needed })
    expect(values.fill('public.t', mood, 'mood', 'ann')).toEqual({ kind: 'value', value: 'calm' })
    expect(values.another('public.t', mood, 'mood', 'ann')).toBe('cross')
  })

  it('is one of the type under a domain', () => {
    const values = valuesOf({ domains: { 'public.cents': 'bigint' } })
    const cents = column('cents', { type: 'public.cents', ...needed })
    expect(values.fill('public.t', cents, 'cents', 'ann')).toEqual({ kind: 'value', value: 1_234_567 })
  })

  it('keeps to every bound of a number', () => {
    fc.assert(
      fc.property(fc.integer({ min: -50, max: 5_000_000 }), fc.nat({ max: 5_000_000 }), (least, span) => {
        const checks: CheckConstraint[] = [
          { table: 'public.t', columns: ['c'], definition: `CHECK (((c >= ${least}) AND (c <= ${least + span})))` },
        ]
        const filled = valuesOf({ checks }).fill('public.t', column('c', { type: 'bigint', ...needed }), 'c', 'ann')
        expect(limitsOf(checks, 'public.t', 'c')).toMatchObject({ least, most: least + span })
        const value = filled.kind === 'value' ? Number(filled.value) : Number.NaN
        expect(value).toBeGreaterThanOrEqual(least)
        expect(value).toBeLessThanOrEqual(least + span)
      }),
    )
  })
})
