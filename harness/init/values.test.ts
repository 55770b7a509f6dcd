import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Fact, TypeInfo } from './model.ts'
import { holds, uniqueSamples, valueFor } from './values.ts'

const types: Readonly<Record<string, TypeInfo>> = {
  'public.mood': { kind: 'enum', labels: ['calm', 'cross'] },
  'public.short': {
    kind: 'domain',
    base: 'character varying(4)',
    nullable: false,
    checks: [{ name: 'c', ways: [[{ column: 'value', kind: 'matches', pattern: '^[a-z]+$', insensitive: false }]] }],
  },
  'public.pair': { kind: 'composite' },
}

test.each<[string, unknown]>([
  ['text', 'Trespass $unique'],
  ['character(3)', 'abc'],
  ['character varying(12)', '$unique'],
  ['numeric(10,2)', 1],
  ['bigint', 1],
  ['boolean', false],
  ['uuid', '5f0c1a52-6a1e-4d0b-9d3c-7b1f5a2e8c41'],
  ['jsonb', {}],
  ['timestamp(3) without time zone', '2030-01-01T00:00:00Z'],
  ['time without time zone', '12:00:00'],
  ['interval', '1 day'],
  ['bytea', '\\x74726573'],
  ['tstzrange', 'empty'],
  ['extensions.vector(3)', '[1,0,0]'],
  ['public.halfvec', '[1]'],
  ['extensions.sparsevec(3)', '{1:1}/3'],
  ['extensions.citext', 'Trespass $unique'],
  ['public.mood', 'calm'],
  ['public.mood[]', []],
  ['public.short', 'a'],
  ['public.pair', undefined],
  ['public.unheard_of', undefined],
])('a value of %s', (type, value) => {
  expect(valueFor({ column: 'a', type, facts: [], side: 'alice', unique: false }, types)).toEqual(value)
})

test.each<[string, readonly Fact[], unknown]>([
  ['text', [], 'Trespass $unique'],
  ['uuid', [], '$uuid'],
  ['integer', [], '$number'],
  ['numeric(12,2)', [{ column: 'a', kind: 'min', value: 0, exclusive: true }], '$number'],
  ['smallint', [{ column: 'a', kind: 'max', value: 100, exclusive: false }], undefined],
  ['date', [], '$date'],
  ['timestamp with time zone', [], '$date'],
  ['boolean', [], undefined],
])('a value of %s that is different in every row', (type, facts, value) => {
  expect(valueFor({ column: 'a', type, facts, side: 'alice', unique: true }, types)).toEqual(value)
})

test('the first member owns, the second does not', () => {
  const facts: Fact[] = [{ column: 'role', kind: 'one of', values: ['viewer', 'member', 'admin'] }]
  const role = (side: 'alice' | 'bob') => valueFor({ column: 'role', type: 'text', facts, side, unique: false }, {})
  expect([role('alice'), role('bob')]).toEqual(['admin', 'viewer'])
})

const bounded = fc.record({ least: fc.integer({ min: 0, max: 40 }), span: fc.integer({ min: 0, max: 40 }) })

test('a text between two lengths', () => {
  fc.assert(
    fc.property(bounded, fc.boolean(), ({ least, span }, unique) => {
      const facts: Fact[] = [
        { column: 'a', kind: 'min length', value: least },
        { column: 'a', kind: 'max length', value: least + span },
      ]
      const value = valueFor({ column: 'a', type: 'text', facts, side: 'alice', unique }, {})
      const isLongEnough = least + span >= uniqueSamples.long.length
      if (unique && !isLongEnough) expect(value).toBeUndefined()
      else if (value !== undefined) expect(facts.every((fact) => holds(fact, value))).toBe(true)
      else expect(unique || least + span < 1 || span < 1).toBe(true)
    }),
  )
})

test('a number between two bounds', () => {
  fc.assert(
    fc.property(fc.integer({ min: -1000, max: 1000 }), fc.nat(1000), (least, span) => {
      const facts: Fact[] = [
        { column: 'a', kind: 'min', value: least, exclusive: false },
        { column: 'a', kind: 'max', value: least + span, exclusive: false },
      ]
      const value = valueFor({ column: 'a', type: 'integer', facts, side: 'alice', unique: false }, {})
      expect(Number(value)).toBeGreaterThanOrEqual(least)
      expect(Number(value)).toBeLessThanOrEqual(least + span)
    }),
  )
})
