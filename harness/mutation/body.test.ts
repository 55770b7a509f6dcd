import { describe, expect, test } from 'vitest'
import { clausesIn, conditionsIn, withCondition } from './body.ts'

const found = (body: string) => conditionsIn(body).map(({ kind, text, refuses }) => [kind, text, refuses])

describe('the conditions in the body of a function', () => {
  test('an IF that refuses is known by its branch', () => {
    const body = `begin
      if auth.uid() is null then raise exception 'no'; end if;
      if is_admin() then update t set a = 1; elsif b then return; else null; end if;
    end`
    expect(found(body)).toEqual([
      ['if', 'auth.uid() is null', true],
      ['if', 'is_admin()', false],
      ['if', 'b', true],
    ])
  })

  test.each([
    ['select a from t where b = 1 and c', 'b = 1 and c'],
    ['select a from t where b order by c', 'b'],
    ['select a from t where b in (select c from d limit 1) limit 1', 'b in (select c from d limit 1)'],
    ['update t set a = 1 where b returning a', 'b'],
    ['perform from t where b for update', 'b'],
    ["delete from t where a = ';' and b = 'x''; --'; select 1", "a = ';' and b = 'x''; --'"],
    ['select a from t where b -- and c\n  and d;', 'b -- and c\n  and d'],
    ['select a from t where b /* order by */ and d', 'b /* order by */ and d'],
    ['select a from t where "order by" = 1', '"order by" = 1'],
    ['select count(*) filter (where b) from t', 'b'],
    ['select a from t where b = $x$ ; limit $x$ limit 1', 'b = $x$ ; limit $x$'],
    ['for r in select a from t where b loop null; end loop', 'b'],
  ])('%s', (body, condition) => {
    expect(found(body)[0]).toEqual(['where', condition, false])
  })

  test('a subquery has its own WHERE', () => {
    expect(found('select a from t where b in (select c from d where e)').map(([, text]) => text)).toEqual([
      'b in (select c from d where e)',
      'e',
    ])
  })

  test('the THEN of a CASE inside of a condition is not that of the IF', () => {
    expect(found('begin if case when a then b else c end then return; end if; end')).toEqual([
      ['if', 'case when a then b else c end', true],
    ])
  })

  test.each(['drop table if exists x', "select 'if a then b'", '-- where a', 'update t set a = 1 where current of c'])(
    '%s holds none',
    (body) => {
      expect(found(body).filter(([kind]) => kind === 'if')).toEqual([])
    },
  )

  test('a condition is replaced in its place', () => {
    const body = 'select a from t where b and c order by d'
    const [condition] = conditionsIn(body)
    expect(condition && withCondition(body, condition, 'true')).toBe('select a from t where true order by d')
  })
})

describe('the clauses in the body of a function that keep callers apart', () => {
  const clauses = (body: string) => clausesIn(body).map(({ kind, text }) => [kind, text])

  test.each([
    ['select a from t where b for update;', [['lock', 'for update']]],
    ['select a from t FOR NO KEY UPDATE', [['lock', 'FOR NO KEY UPDATE']]],
    ['select a from t for share limit 1', [['lock', 'for share']]],
    ['select a from t for key share of t', [['lock', 'for key share of t']]],
    [
      'select a from t, s.u for update of t, s.u nowait',
      [
        ['lock', 'for update of t, s.u nowait'],
        ['wait', 'nowait'],
      ],
    ],
    [
      'select (select a from t limit 1 for update skip locked)',
      [
        ['lock', 'for update skip locked'],
        ['wait', 'skip locked'],
      ],
    ],
    ['for r in select a from t loop null; end loop', []],
    ["execute 'select a from t for update'", []],
    ['select a -- for update', []],
    ['insert into t values (1) on conflict do nothing;', [['conflict', 'on conflict do nothing']]],
    [
      'insert into t values (1) on conflict (a) where b do update set c = (select d from e) where f returning a',
      [['conflict', 'on conflict (a) where b do update set c = (select d from e) where f']],
    ],
    [
      'with i as (insert into t values (1) on conflict on constraint t_key do nothing) select 1',
      [['conflict', 'on conflict on constraint t_key do nothing']],
    ],
    ['select a from t join u on conflict_id = t.id', []],
  ])('%s', (body, expected) => {
    expect(clauses(body)).toEqual(expected)
  })
})
