import { readFile } from 'node:fs/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { mutantOf } from '../../test/support/mutable-schema.ts'
import { type Statement, statementsOf } from '../cuts/statements.ts'
import { sarifShape } from '../evidence/sarif-shape.ts'
import { withAccepted } from './accept.ts'
import { chooseMutants, kindNamed } from './choose.ts'
import type { Mutant, MutantResult, MutantStatus, MutationRecord } from './model.ts'
import { mutationSarif } from './mutation-sarif.ts'
import { scoreOf, scoresBy } from './score.ts'
import { standardReport } from './standard-report.ts'
import { suggestionFor } from './suggest.ts'
import { mutationText } from './text.ts'

const resultOf = (status: MutantStatus, id: string = status): MutantResult => ({
  mutant: mutantOf({ id, change: `the policy \`${id}\` is dropped` }),
  ...{ status, cells: 3, durationMs: 5 },
  ...(status === 'noticed' ? { noticedBy: { cell: 'notes › bob › read', verdict: 'breach', because: 'it came' } } : {}),
  ...(status === 'equivalent' || status === 'failed' ? { why: 'of a reason' } : {}),
})

const statuses = ['noticed', 'survived', 'untouched', 'equivalent', 'failed'] as const
const results = statuses.map((status) => resultOf(status))
const record: MutationRecord = {
  ...{
    schema: 'trespass/mutation@1',
    run: 'r',
    startedAt: '2026-01-01T00:00:00Z',
    finishedAt: '2026-01-01T00:01:00Z',
    complete: true,
    schemaFingerprint: 'f',
  },
  ...{ made: 5, chosen: 5, seed: null, total: scoreOf('all', results), unsound: [], limits: [], results },
  objects: scoresBy(results, ({ mutant }) => mutant.object),
  kinds: scoresBy(results, ({ mutant }) => mutant.kind),
}

test('the score is the share of noticed mutants among those that could have been', () => {
  expect(scoreOf('all', results)).toMatchObject({ noticed: 1, unnoticed: 2, equivalent: 1, failed: 1, score: 33.3 })
  expect(scoreOf('all', [resultOf('equivalent'), resultOf('failed')]).score).toBeNull()
})

test('a score is rounded down', () => {
  const many = [...Array.from({ length: 1999 }, () => resultOf('noticed')), resultOf('survived')]
  expect(scoreOf('all', many).score).toBe(99.9)
})

test('a sample is the same for the same seed, and another one for another', () => {
  const all = Array.from({ length: 50 }, (_, n) => mutantOf({ id: String(n) }))
  const drawn = (seed: number) => chooseMutants(all, { sample: 10, seed }).map(({ id }) => id)
  expect(drawn(1)).toEqual(drawn(1))
  expect(drawn(1)).not.toEqual(drawn(2))
  expect(new Set(chooseMutants(all, { seed: 3 })).size).toBe(50)
})

test('mutants are chosen by object and kind, and a choice that leaves none is an error', () => {
  const all = [mutantOf(), mutantOf({ object: 'bucket avatars', kind: 'bucket' })]
  expect(chooseMutants(all, { object: /avatars/ })).toEqual([all[1]])
  expect(chooseMutants(all, { namedIn: "values ('avatars')" })).toEqual([all[1]])
  expect(chooseMutants(all, { kinds: ['policy-dropped'] })).toEqual([all[0]])
  expect(() => chooseMutants(all, { object: /x/ })).toThrow(expect.objectContaining({ code: 'no-mutants' }))
  expect(() => kindNamed('policy-droped')).toThrow(expect.objectContaining({ code: 'usage' }))
})

test('an accepted mutant leaves the score until its day has passed', () => {
  const entry = { owner: 'team', reason: 'by design' }
  const acceptances = [
    { ...entry, mutant: 'survived', until: '2026-12-31' },
    { ...entry, mutant: 'untouched', until: '2026-01-01' },
    { ...entry, mutant: 'noticed', until: '2026-12-31' },
    { ...entry, mutant: 'gone', until: '2026-12-31' },
  ]
  const weighed = withAccepted(results, acceptances, new Set<string>(statuses), '2026-06-01')
  expect(weighed.results.map(({ status }) => status)).toEqual([
    'noticed',
    'accepted',
    'untouched',
    'equivalent',
    'failed',
  ])
  expect(weighed.notes).toEqual([
    'accepted.yaml: untouched expired on 2026-01-01',
    'accepted.yaml: noticed is noticed, its entry can go',
    'accepted.yaml: gone is no mutant of the schema',
  ])
})

test('the standard report fits its schema, and every mutant has a place in its source', async () => {
  const path = '../../node_modules/mutation-testing-report-schema/dist/src/mutation-testing-report-schema.json'
  const schema = JSON.parse(await readFile(new URL(path, import.meta.url), 'utf8'))
  const report = standardReport(record, '1.0.0')
  expect(z.fromJSONSchema(schema).safeParse(JSON.parse(JSON.stringify(report))).error).toBeUndefined()
  const [file] = Object.values(report.files)
  expect(file?.mutants.map(({ status }) => status)).toEqual([
    'Killed',
    'Survived',
    'NoCoverage',
    'Ignored',
    'RuntimeError',
  ])
  const { start, end } = file?.mutants[0]?.location ?? { start: { line: 0 }, end: { line: 0, column: 0 } }
  expect(file?.source.split('\n')[start.line - 1]?.length).toBe(end.column - 1)
})

test('the text lists unnoticed mutants with their statements, and the score', () => {
  const text = mutationText(record)
  expect(text).toContain('  the policy `survived` is dropped\n    3 cells held\n')
  expect(text).toContain('  the policy `untouched` is dropped\n    no cell touches it\n')
  expect(text).toContain('    | drop policy "owners read" on public.notes;')
  expect(text).not.toContain('the policy `noticed` is dropped')
  expect(text.split('\n').slice(-2)).toEqual([
    '5 mutants: 1 noticed, 2 unnoticed, 1 equivalent, 1 failed',
    'Score 33.3 %',
  ])
})

test('a suggestion is an operation that the mutant lets through, denied to another user', () => {
  const at = { file: 'actors.yaml', line: 1, column: 1 }
  const actors = [
    { name: 'visitor', kind: 'anon' as const, at },
    { name: 'alice', kind: 'authenticated' as const, at },
    { name: 'bob', kind: 'authenticated' as const, at },
    { name: 'forger', kind: 'authenticated' as const, token: 'tampered' as const, at },
  ]
  const suggested = (changes: Partial<ReturnType<typeof mutantOf>>) =>
    suggestionFor(mutantOf(changes), { actors, world: [] }, ['public']).matrix.split('\n')
  expect(suggested({ direction: 'wider', commands: ['delete'] })).toEqual([
    'resource: { table: public.notes }',
    'operations:',
    '  delete theirs: { delete: theirs }',
    'expect:',
    '  bob: { delete theirs: deny }',
  ])
  expect(suggested({ direction: 'narrower' }).at(-1)).toBe('  alice: { read theirs: allow }')
  expect(suggested({ direction: 'wider', role: 'anon' }).at(-1)).toBe('  visitor: { read theirs: deny }')
  expect(suggested({ touches: ['private.notes'] })[0]).toBe('resource: { } # what uses table public.notes')
  expect(suggested({ object: 'function public.claim(job uuid)' })[0]).toBe('resource: { function: public.claim }')
})

describe('the unnoticed mutants as SARIF', () => {
  const file = 'supabase/migrations/1.sql'
  let statements: readonly Statement[] = []
  beforeAll(async () => {
    const sql = [
      'create table public.notes (id int);',
      'create policy "owners read" on public.notes for select using (true);',
      'create function public.rename() returns void language sql as $$$$;',
      'grant execute on function public.rename to authenticated;',
      "insert into storage.buckets values ('pictures');",
    ]
    statements = await statementsOf(sql.join('\n'), file)
  })
  const sarifOf = (mutant: Partial<Mutant>, status: MutantStatus = 'survived') => {
    const [one = resultOf(status)] = [{ ...resultOf(status), mutant: mutantOf(mutant) }]
    const text = mutationSarif({
      record: { ...record, results: [one] },
      statements,
      version: '1.0.0',
      place: 'apps/api/',
    })
    return sarifShape.parse(JSON.parse(text)).runs[0]?.results ?? []
  }
  const lineOf = (mutant: Partial<Mutant>) => sarifOf(mutant)[0]?.locations[0]?.physicalLocation.region.startLine
  const call = { object: 'function public.rename()', touches: ['public.rename'], original: 'x' }

  test.each<[string, Partial<Mutant>, number]>([
    ['a policy', {}, 2],
    ['a table', { kind: 'row-security', original: 'alter table public.notes' }, 1],
    ['the body of a function', { ...call, kind: 'function-check' }, 3],
    ['a privilege that is lost', { ...call, kind: 'grant-removed', role: 'authenticated', commands: ['call'] }, 4],
    ['a privilege that is added', { ...call, kind: 'grant-added', role: 'anon', commands: ['call'] }, 3],
    ['a bucket', { kind: 'bucket', object: 'bucket pictures', touches: ['bucket pictures'], original: 'x' }, 5],
    ['what no statement names', { kind: 'constraint', object: 'table a.b', touches: ['a.b'], original: 'x' }, 1],
  ])('a mutant of %s stands at the statement that made it', (_, mutant, line) => {
    expect(lineOf(mutant)).toBe(line)
  })

  test('a result has the path of the workspace in its repository, and only unnoticed mutants are results', () => {
    expect(sarifOf({})[0]?.locations[0]?.physicalLocation.artifactLocation.uri).toBe(`apps/api/${file}`)
    for (const status of ['noticed', 'equivalent', 'accepted', 'failed'] as const)
      expect(sarifOf({}, status)).toEqual([])
    expect(sarifOf({}, 'untouched')).toHaveLength(1)
  })
})
