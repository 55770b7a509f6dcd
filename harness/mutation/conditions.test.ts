import { describe, expect, test } from 'vitest'
import { isCondition, isSameCondition, isTrue, withoutParts } from './conditions.ts'

async function parts(condition: string) {
  return (await withoutParts(condition)).map((one) => [one.condition, one.removed, one.direction])
}

describe('the parts of a condition', () => {
  test('a conjunct that is removed lets more rows through', async () => {
    expect(await parts('((a = 1) AND b)')).toEqual([
      ['b', 'a = 1', 'wider'],
      ['a = 1', 'b', 'wider'],
    ])
  })

  test('a disjunct that is removed lets fewer rows through', async () => {
    expect(await parts('(a OR b OR c)')).toEqual([
      ['b OR c', 'a', 'narrower'],
      ['a OR c', 'b', 'narrower'],
      ['a OR b', 'c', 'narrower'],
    ])
  })

  test('below NOT the direction is the opposite', async () => {
    expect(await parts('NOT (a AND b)')).toEqual([
      ['NOT (b)', 'a', 'narrower'],
      ['NOT (a)', 'b', 'narrower'],
    ])
  })

  test('the conjuncts of the WHERE of a subquery are parts', async () => {
    const condition = 'EXISTS (SELECT 1 FROM m WHERE ((m.id = d.id) AND (m.user_id = auth.uid())))'
    expect((await parts(condition)).map(([, removed]) => removed)).toEqual(['m.id = d.id', 'm.user_id = auth.uid()'])
  })

  test('the only condition of a subquery is removed with its WHERE', async () => {
    const [[condition = '', removed] = []] = await parts('id IN ( SELECT m.id FROM m WHERE m.user_id = auth.uid())')
    expect(condition).toMatch(/^id IN \(SELECT m\.id\s+FROM m\)$/)
    expect(removed).toBe('m.user_id = auth.uid()')
  })

  test('nested conditions lose one part at a time, and keep their grouping', async () => {
    expect(await parts('((a OR b) AND c)')).toEqual([
      ['c', 'a OR b', 'wider'],
      ['a OR b', 'c', 'wider'],
      ['b AND c', 'a', 'narrower'],
      ['a AND c', 'b', 'narrower'],
    ])
  })

  test.each(['a = 1', 'true', 'auth.uid() = owner_id', 'x between 1 and 2'])('%s has none', async (condition) => {
    expect(await parts(condition)).toEqual([])
  })

  test.each(['a and', 'a) from b where (c', ''])('%s is no condition', async (text) => {
    expect(await isCondition(text)).toBe(false)
    expect(await parts(text)).toEqual([])
  })

  test.each([
    `(((auth.jwt() ->> 'aal'::text) = 'aal2'::text) AND (created_at > (now() - '1 day'::interval)))`,
    `((status = ANY ('{a,b}'::text[])) AND ((storage.foldername(name))[1] = (auth.uid())::text))`,
    `((a IS DISTINCT FROM b) AND (organization_id IN ( SELECT private.organizations_as(VARIADIC ARRAY['owner'::text]) AS o)))`,
    `((lower(email) ~~ '%@example.com'::text) AND (CASE WHEN a THEN b ELSE c END))`,
  ])('conditions as PostgreSQL prints them are read and written: %s', async (condition) => {
    const [first, second] = await withoutParts(condition)
    expect(await isSameCondition(`(${first?.removed}) and (${second?.removed})`, condition)).toBe(true)
  })
})

test.each([
  ['true', true],
  ['(true)', true],
  ['false', false],
  ['true AND a', false],
  [null, false],
])('%s is the constant true: %s', (condition, expected) => {
  expect(isTrue(condition)).toBe(expected)
})
