import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { treeOf } from '../mutation/conditions.ts'
import { conditionOf } from './condition.ts'
import { describeTree } from './describe-tree.ts'
import { type Formula, formulaOf, implies, simplified, sqlOf } from './formula.ts'

async function formula(text: string): Promise<Formula> {
  const tree = await treeOf(text)
  if (tree === null) throw new Error(`PostgreSQL's parser does not read ${text}`)
  return formulaOf(tree)
}

/** A condition over a few columns, with the value of the whole by their values; null stands for NULL. */
interface Generated {
  readonly sql: string
  readonly value: (row: Row) => boolean | null
}
type Row = Readonly<Record<string, boolean | null>>

const names = ['a', 'b', 'c', 'd']
const leaf = fc.oneof(
  fc.constantFrom(...names).map((name): Generated => ({ sql: name, value: (row) => row[name] ?? null })),
  fc.constantFrom(true, false, null).map((value): Generated => ({ sql: String(value), value: () => value })),
)
const condition = fc.letrec<{ node: Generated }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    tie('node').map((one): Generated => ({ sql: `(not ${one.sql})`, value: (row) => not(one.value(row)) })),
    fc.tuple(tie('node'), tie('node')).map(([one, other]): Generated => {
      return { sql: `(${one.sql} and ${other.sql})`, value: (row) => and(one.value(row), other.value(row)) }
    }),
    fc.tuple(tie('node'), tie('node')).map(([one, other]): Generated => {
      return {
        sql: `(${one.sql} or ${other.sql})`,
        value: (row) => not(and(not(one.value(row)), not(other.value(row)))),
      }
    }),
  ),
})).node

function not(value: boolean | null): boolean | null {
  return value === null ? null : !value
}

function and(one: boolean | null, other: boolean | null): boolean | null {
  if (one === false || other === false) return false
  return one === null || other === null ? null : true
}

const rows: readonly Row[] = [true, false, null].flatMap((a) =>
  [true, false, null].flatMap((b) =>
    [true, false, null].flatMap((c) => [true, false, null].map((d) => ({ a, b, c, d }))),
  ),
)

/** Whether a row passes a formula whose atoms are columns and negated columns. */
function passes(part: Formula, row: Row): boolean {
  if (part.kind === 'constant') return part.value
  if (part.kind === 'atom') {
    const value = row[/"sval":"([abcd])"/.exec(part.key)?.[1] ?? ''] ?? null
    return (part.key.startsWith('not ') ? not(value) : value) === true
  }
  return part.kind === 'and' ? part.parts.every((one) => passes(one, row)) : part.parts.some((one) => passes(one, row))
}

describe('simplified', () => {
  test.each([
    ['a and true', 'a'],
    ['a or false', 'a'],
    ['a or true', 'true'],
    ['a and false', 'false'],
    ['a or null', 'a'],
    ['a or (a and b)', 'a'],
    ['a and (a or b)', 'a'],
    ['a or b or a', 'a OR b'],
    ['(a and b) or (b and a)', 'a AND b'],
    ['not (a or b)', 'NOT (a) AND NOT (b)'],
    ['a and not a', 'false'],
    ['a or not a', 'a OR NOT (a)'],
    ['1 = 1', 'true'],
    ['1 = 0 or a', 'a'],
    ['coalesce(a, false) or a', 'a'],
    ["status = 'a' or status = any (array['a', 'b'])", "status = ANY (ARRAY['a', 'b'])"],
    ['owner_id = auth.uid() or (select auth.uid()) = owner_id', 'owner_id = auth.uid()'],
    [
      'exists (select 1 from t where t.x) or exists (select t.id from t where t.x)',
      'EXISTS (SELECT 1 FROM t WHERE t.x)',
    ],
  ])('%s is %s', async (text, expected) => {
    expect(sqlOf(simplified(await formula(text)))).toBe(expected)
  })

  test('a simplified condition passes the same rows', async () => {
    await fc.assert(
      fc.asyncProperty(condition, async ({ sql, value }) => {
        const short = simplified(await formula(sql))
        for (const row of rows) expect(passes(short, row)).toBe(value(row) === true)
      }),
      { numRuns: 200 },
    )
  })
})

describe('implies', () => {
  test('a condition that implies another passes no row that the other refuses', async () => {
    let implied = 0
    await fc.assert(
      fc.asyncProperty(condition, condition, async (one, other) => {
        const [first, second] = [await formula(one.sql), await formula(other.sql)]
        if (!implies(first, second)) return
        implied += 1
        for (const row of rows) if (one.value(row) === true) expect(other.value(row)).toBe(true)
      }),
      { numRuns: 300 },
    )
    expect(implied).toBeGreaterThan(0)
  })

  test.each([
    ['a and b', 'a', true],
    ['a', 'a or b', true],
    ['a', 'a and b', false],
    ["role = 'editor'", "role = any (array['editor', 'admin'])", true],
    ["role = any (array['editor', 'admin'])", "role = 'editor'", false],
    ["kind = 'editor'", "role = any (array['editor', 'admin'])", false],
    ['false', 'a', true],
    ['a', 'true', true],
    ['not a', 'a', false],
  ])('%s implies %s: %s', async (one, other, expected) => {
    expect(implies(await formula(one), await formula(other))).toBe(expected)
  })
})

describe('in words', () => {
  test.each([
    ['true', 'always'],
    ['( SELECT auth.uid() AS uid) = owner_id', "owner_id is the caller's id"],
    [
      "((auth.jwt() -> 'app_metadata'::text) ->> 'role'::text) = 'admin'::text",
      "the claim app_metadata.role is 'admin'",
    ],
    ["(current_setting('request.jwt.claims'::text, true)::json ->> 'sub'::text) = owner", 'owner is the claim sub'],
    ["status = ANY (ARRAY['a'::text, 'b'::text])", "status is one of 'a', 'b'"],
    ['deleted_at IS NULL AND NOT archived', 'deleted_at is null and not (archived is true)'],
    ['public.is_member(org_id)', 'public.is_member(org_id) is true'],
    [
      '(org_id IN ( SELECT m.org_id FROM public.members m WHERE (m.user_id = auth.uid())))',
      "org_id is among m.org_id of the rows of public.members m where (m.user_id is the caller's id)",
    ],
    [
      'EXISTS ( SELECT 1 FROM public.members m JOIN public.orgs o ON o.id = m.org_id WHERE m.user_id = auth.uid())',
      "a row of public.members m joined with public.orgs o on (o.id is m.org_id) where (m.user_id is the caller's id) exists",
    ],
    [
      "(org_id IN ( SELECT private.orgs_as(VARIADIC ARRAY['owner'::text]) AS orgs_as))",
      "org_id is one of private.orgs_as(['owner'])",
    ],
    ['( SELECT private.is_editor() AS is_editor)', 'private.is_editor() is true'],
    ['level > 3', 'level is greater than 3'],
    ['a AND (b OR c)', 'a is true and (b is true or c is true)'],
    ["age(created_at) < '1 day'::interval", "age(created_at) is less than '1 day'"],
    ['(a IS DISTINCT FROM b)', '`a IS DISTINCT FROM b`'],
  ])('%s', async (text, expected) => {
    expect(describeTree(await formula(text))).toBe(expected)
  })
})

describe('the names in a condition', () => {
  test.each<[string, object]>([
    [
      'owner_id = auth.uid()',
      { perRow: ['auth.uid()'], lookups: [{ relation: null, columns: ['owner_id'] }], ofCaller: true, ofRow: true },
    ],
    ['owner_id = ( SELECT auth.uid() AS uid)', { perRow: [], ofCaller: true }],
    ["((( SELECT auth.jwt() AS jwt) ->> 'aal'::text) = 'aal2'::text)", { claims: ['aal'], perRow: [], ofRow: false }],
    ["status = 'open'::text", { lookups: [], ofCaller: false, ofRow: true }],
    [
      'EXISTS ( SELECT 1 FROM public.members m WHERE ((m.org_id = documents.org_id) AND (m.user_id = auth.uid())))',
      {
        relations: ['public.members'],
        lookups: [{ relation: 'public.members', columns: ['org_id', 'user_id'] }],
        ofRow: true,
      },
    ],
    [
      '(org_id IN ( SELECT members.org_id FROM public.members WHERE (members.user_id = ( SELECT auth.uid() AS uid))))',
      {
        relations: ['public.members'],
        perRow: [],
        lookups: [
          { relation: null, columns: ['org_id'] },
          { relation: 'public.members', columns: ['user_id'] },
        ],
      },
    ],
    ['public.is_member(org_id)', { functions: ['public.is_member'], relations: [], ofRow: true }],
    [
      '(team = ANY (public.teams_of(( SELECT auth.uid() AS uid))))',
      { functions: ['public.teams_of', 'auth.uid'], lookups: [{ relation: null, columns: ['team'] }] },
    ],
    ['CURRENT_USER = owner', { ofCaller: true }],
  ])('%s', async (text, expected) => {
    expect((await conditionOf(text)).mentions).toMatchObject(expected)
  })
})
