import { describe, expect, it } from 'vitest'
import { limitsOf } from './checks.ts'

const of = (column: string, ...definitions: string[]) =>
  limitsOf(
    definitions.map((definition) => ({ table: 'public.t', columns: [column], definition })),
    'public.t',
    column,
  )

describe('the check constraints of a column, as PostgreSQL prints them', () => {
  it.each([
    [`CHECK ((status = ANY (ARRAY['open'::text, 'it''s shut'::text])))`, { values: ['open', `it's shut`] }],
    [
      `CHECK (((status)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[])))`,
      { values: ['a', 'b'] },
    ],
    [`CHECK ((status = 'only'::text))`, { values: ['only'] }],
    [`CHECK ((status >= 3))`, { least: 3 }],
    [`CHECK ((status > 0))`, { least: 1 }],
    [`CHECK ((status > (0)::numeric))`, { least: 1 }],
    [`CHECK (((status >= 1) AND (status <= 5)))`, { least: 1, most: 5 }],
    [`CHECK ((char_length(status) <= 40))`, { longest: 40 }],
    [`CHECK (((length(status) >= 3) AND (length(status) < 80)))`, { shortest: 3, longest: 79 }],
    [`CHECK ((status <> ''::text))`, {}],
  ])('%s', (definition, expected) => {
    const { joined, patterns, ...limits } = of('status', definition)
    expect({ joined, patterns }).toEqual({ joined: false, patterns: [] })
    expect(limits).toEqual({ values: null, least: null, most: null, shortest: null, longest: null, ...expected })
  })

  it('reads a pattern', () => {
    expect(of('slug', `CHECK ((slug ~ '^[a-z0-9-]+$'::text))`).patterns).toEqual([/^[a-z0-9-]+$/])
    expect(of('slug', `CHECK ((slug ~* '^x'::text))`).patterns).toEqual([/^x/i])
  })

  it('leaves a pattern that only PostgreSQL reads to the database', () => {
    expect(of('slug', `CHECK ((slug ~ '[[:<:]x('::text))`).patterns).toEqual([])
  })

  it('knows a constraint that joins columns, and reads nothing else from it', () => {
    const checks = [{ table: 'public.t', columns: ['a', 'b'], definition: 'CHECK ((a > b))' }]
    expect(limitsOf(checks, 'public.t', 'a')).toMatchObject({ joined: true, least: null })
    expect(limitsOf(checks, 'public.other', 'a')).toMatchObject({ joined: false })
  })
})
