import { describe, expect, test } from 'vitest'
import { functionOf } from '../../test/support/mutable-schema.ts'
import { functionMutants } from './functions.ts'

const checks = async (body: string) =>
  (await functionMutants(functionOf({ body })))
    .filter(({ kind }) => kind === 'function-check')
    .map(({ apply, direction }) => [/\$function\$([\s\S]*)\$function\$/.exec(apply[0] ?? '')?.[1], direction])

describe('the mutants of a function', () => {
  test.each([
    [true, 'invoker', 'definer', 'narrower'],
    [false, 'definer', 'invoker', 'wider'],
  ])('one that is a definer: %s', async (definer, then, now, direction) => {
    const [first] = await functionMutants(functionOf({ definer }))
    expect(first).toMatchObject({
      kind: 'function-rights',
      apply: [`alter function public.rename(note uuid) security ${then}`],
      undo: [`alter function public.rename(note uuid) security ${now}`],
      direction,
    })
  })

  test('a check that refuses is left out', async () => {
    expect(await checks('begin if a or b then raise; end if; end')).toEqual([
      ['begin if false then raise; end if; end', 'wider'],
      ['begin if b then raise; end if; end', 'wider'],
      ['begin if a then raise; end if; end', 'wider'],
    ])
  })

  test('a check that permits always permits', async () => {
    expect(await checks('begin if a then perform b(); end if; end')).toEqual([
      ['begin if true then perform b(); end if; end', 'wider'],
    ])
  })

  test('a WHERE loses a conjunct, or all of it', async () => {
    expect(await checks('update t set a = 1 where b and c')).toEqual([
      ['update t set a = 1 where true', 'wider'],
      ['update t set a = 1 where c', 'wider'],
      ['update t set a = 1 where b', 'wider'],
    ])
  })

  test('every change is taken back by the definition as it was', async () => {
    const one = functionOf({ body: 'select 1 where a and b' })
    const mutants = (await functionMutants(one)).filter(({ kind }) => kind === 'function-check')
    expect(mutants.map(({ undo }) => undo)).toEqual(mutants.map(() => [one.definition]))
  })

  test.each(['', 'begin null; end', 'select 1 where true'])('a body without a check has none: %s', async (body) => {
    expect(await checks(body)).toEqual([])
  })

  test('a lock, its SKIP LOCKED and an ON CONFLICT are removed, each alone', async () => {
    const body = 'select a from t for update skip locked; insert into t values (1) on conflict do nothing'
    const mutants = (await functionMutants(functionOf({ body }))).filter(({ kind }) =>
      ['function-lock', 'function-conflict'].includes(kind),
    )
    expect(mutants.map(({ kind, apply }) => [kind, /\$function\$(.*)\$function\$/s.exec(apply[0] ?? '')?.[1]])).toEqual(
      [
        ['function-lock', 'select a from t ; insert into t values (1) on conflict do nothing'],
        ['function-lock', 'select a from t for update ; insert into t values (1) on conflict do nothing'],
        ['function-conflict', 'select a from t for update skip locked; insert into t values (1) '],
      ],
    )
  })

  test.each([
    ["''", true],
    ["'private', 'public'", false],
  ])('a search_path of %s is removed', async (path, isEquivalent) => {
    const definition = `CREATE OR REPLACE FUNCTION public.rename(note uuid)\n RETURNS void\n LANGUAGE sql\n SET search_path TO ${path}\nAS $function$ select 1 $function$\n`
    const mutants = (await functionMutants(functionOf({ definition }))).filter(({ kind }) => kind === 'function-path')
    expect(mutants).toMatchObject([
      { apply: ['alter function public.rename(note uuid) reset search_path'], undo: [definition] },
    ])
    expect(mutants[0]?.equivalent !== undefined).toBe(isEquivalent)
  })

  test('a function without a search_path, and one whose body names it, has no such mutant', async () => {
    const kinds = (await functionMutants(functionOf({ body: '\n SET search_path TO private' }))).map(({ kind }) => kind)
    expect(kinds).not.toContain('function-path')
  })
})
