import { afterAll, describe, expect, it } from 'vitest'
import type { Applier } from '../../harness/cuts/application.ts'
import { cutShortOf, historyOf } from '../../harness/cuts/history.ts'
import { judgeCuts } from '../../harness/cuts/judge-cuts.ts'
import { cutShortIn } from '../../harness/migrations/cut-short-in.ts'
import { makeWorkspace } from '../workspace.ts'
import { grantsFirst, pollsFile, pollsWorkspace, repaired } from './polls.ts'

const removed: (() => void)[] = []
afterAll(() => {
  for (const remove of removed) remove()
})

async function cutShort(migration: string, applier: Applier) {
  const { root, remove } = makeWorkspace(pollsWorkspace(migration))
  removed.push(remove)
  const matrices = ['polls', 'notes']
  return cutShortIn({ root, file: pollsFile, matrices, ways: ['error'], applier, onProgress: () => undefined })
}

describe('a migration that is sent statement by statement', () => {
  it('is a breach when it grants before row security and its policy are there', async () => {
    const result = await cutShort(grantsFirst, 'psql')
    const { verdict, because, openings } = result.judgement
    expect(verdict).toBe('breach')
    expect(because).toMatch(
      /^supabase\/migrations\/20260102090000_polls\.sql was cut by an error after line 6: grant select/,
    )
    expect(because).toContain('(2 of 4 statements done). Then "read" by eve on table public.polls is wide open')
    expect(because).toContain('It is not there before the migration and denied after it')
    expect(because).toContain(
      'the table public.polls is there with 3 columns, row security off, granted: select to authenticated',
    )
    expect(openings.map(({ cut, cell }) => [cut.done, cell.id])).toEqual([[2, 'polls › eve › read']])
    expect(result.leftOut).toEqual(['20260103090000_later.sql'])
    expect(judgeCuts(cutShortOf(historyOf(result, 1)))).toEqual(result.judgement)
  }, 240_000)

  it('holds when it is repaired', async () => {
    const { judgement, cuts } = await cutShort(repaired, 'psql')
    expect([judgement.verdict, judgement.because]).toEqual(['held', expect.stringContaining('3 left a part of it')])
    expect(judgement.because).toMatch(/Running it again does not complete after 1, 2, 3, 4 statements: .*42P07/)
    expect(cuts.map(({ standing }) => standing)).toEqual(['before', 'between', 'between', 'between', 'after'])
  }, 240_000)
})

it('leaves nothing when the Supabase CLI applies it, right or wrong', async () => {
  const { judgement, cuts } = await cutShort(grantsFirst, 'supabase-cli')
  expect(judgement.verdict, judgement.because).toBe('held')
  expect(new Set(cuts.map(({ standing, remained }) => `${standing} ${remained.length}`))).toEqual(new Set(['before 0']))
}, 240_000)
