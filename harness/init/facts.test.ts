import { describe, expect, test } from 'vitest'
import { expanded, readCondition, readExpression } from './expressions.ts'
import { alternativesOf } from './facts.ts'
import type { Fact } from './model.ts'
import { valueFor } from './values.ts'

/** The value that is chosen for the column `a` where it has to satisfy a check. */
async function chosen(check: string, type: string) {
  const facts = alternativesOf(await readExpression(check))[0] ?? []
  return valueFor({ column: 'a', type, facts, side: 'alice', unique: false }, {})
}

describe('a check in the words of pg_get_expr', () => {
  test.each<[string, string, unknown]>([
    ["(a = ANY (ARRAY['x'::text, 'y'::text]))", 'text', 'x'],
    [
      "((a)::text = ANY ((ARRAY['x'::character varying, 'y'::character varying])::text[]))",
      'character varying(9)',
      'x',
    ],
    ["((a)::text = ANY ('{x,y}'::text[]))", 'text', 'x'],
    ["(a <> ALL (ARRAY['x'::text]))", 'text', 'Trespass $unique'],
    ["(a ~ '^[A-Z]{2}[0-9]{3}$'::text)", 'text', 'AA111'],
    ["(a ~ '^[a-z0-9-]+$'::text)", 'text', 'trespass-$unique'],
    ["(a ~* '^[A-Z0-9._%+-]+@[A-Z0-9.-]+\\.[A-Z]{2,}$'::text)", 'text', `\${unique}1@1.AA`],
    ["(a !~ '\\s'::text)", 'text', 'trespass-$unique'],
    ["(a ~~ 'https://%'::text)", 'text', 'https://$unique'],
    ['(length(a) >= 30)', 'text', 'xxxxxxxxxxxxxxTrespass $unique'],
    ['((char_length(TRIM(BOTH FROM a)) > 0) AND (char_length(a) <= 5))', 'text', 'abc'],
    ['(length(a) = 2)', 'text', 'ab'],
    ['(a = lower(a))', 'text', 'trespass-$unique'],
    ['((a >= (1)::numeric) AND (a <= (5)::numeric))', 'numeric', 1],
    ["(a > '100'::numeric)", 'numeric', 101],
    ['(a < (- 5))', 'integer', -6],
    ['((a >= 0) AND (a <> 1))', 'integer', 10],
    ['(a = ANY (ARRAY[3, 5]))', 'smallint', 3],
    ['(a > now())', 'timestamp with time zone', '2099-01-01T00:00:00Z'],
    ["(a <= (CURRENT_DATE - '18 years'::interval))", 'date', '2001-01-01'],
    ["((a >= '2031-05-01'::date) AND (a <= '2031-06-01'::date))", 'date', '2031-05-01'],
    ["(jsonb_typeof(a) = 'array'::text)", 'jsonb', []],
    ['(cardinality(a) >= 2)', 'integer[]', [1, 1]],
    ['(a IS TRUE)', 'boolean', true],
    ['(NOT a)', 'boolean', false],
    ['((a IS NULL) OR (COALESCE(a, 0) > 7))', 'integer', 10],
    ["(NOT (a = 'x'::text))", 'text', 'Trespass $unique'],
  ])('%s is satisfied', async (check, type, value) => {
    expect(await chosen(check, type)).toEqual(value)
  })

  test.each<[string, readonly (readonly Fact[])[]]>([
    [
      '(num_nonnulls(a, b) = 1)',
      [
        [
          { column: 'a', kind: 'present' },
          { column: 'b', kind: 'absent' },
        ],
        [
          { column: 'a', kind: 'absent' },
          { column: 'b', kind: 'present' },
        ],
      ],
    ],
    [
      "((state = 'draft'::text) OR (published_at IS NOT NULL))",
      [[{ column: 'state', kind: 'one of', values: ['draft'] }], [{ column: 'published_at', kind: 'present' }]],
    ],
    ['(ends_at > starts_at)', [[{ column: 'starts_at', kind: 'below', other: 'ends_at', orEqual: false }]]],
    ['(a <> b)', [[{ column: 'a', kind: 'differs from', other: 'b' }]]],
    ['(project_function(a) > 3)', [[]]],
    ['this is no expression', [[]]],
  ])('%s has these ways', async (check, ways) => {
    expect(alternativesOf(await readExpression(check))).toEqual(ways)
  })

  test('the condition of a view is read from its definition', async () => {
    const condition = await readCondition(
      " SELECT p.id FROM (posts p JOIN teams t ON ((t.id = p.team_id))) WHERE ((p.state = 'live'::text) AND p.shown);",
    )
    expect(alternativesOf(condition)).toEqual([
      [
        { column: 'state', kind: 'one of', values: ['live'] },
        { column: 'shown', kind: 'one of', values: [true] },
      ],
    ])
    expect(alternativesOf(await readCondition('SELECT 1 UNION SELECT 2'))).toEqual([[]])
  })

  test('a check of a generated column is about the columns that it is computed from', async () => {
    const total = await readExpression('(COALESCE(x, 0) + COALESCE(y, 0))')
    const ways = alternativesOf(expanded(await readExpression('(total > 0)'), { total }))
    expect(ways).toContainEqual([{ column: 'y', kind: 'min', value: 0, exclusive: true }])
  })
})
