import { beforeAll, describe, expect, test } from 'vitest'
import { documented } from '../documented.ts'
import { pollsFile, pollsWorkspace, repaired } from '../migrations/polls.ts'
import { reportOf } from './report.ts'
import { type Ended, patience, temporaryFolder, trespass, writeFiles } from './support.ts'

/** The migration also gives every user access to the notes, and changes the layer that refuses the visitor. */
const opening = `${repaired}create policy "everybody reads notes" on public.notes for select to authenticated using (true);\n`

function workspace(migration: string): string {
  const root = temporaryFolder()
  writeFiles(root, pollsWorkspace(migration))
  return root
}

describe('a migration that opens a door', () => {
  let ended: Ended
  beforeAll(async () => {
    const root = workspace(opening)
    ended = await trespass(['run', '--workspace', root, '--before-apply', '--migration', pollsFile])
  }, patience)

  test('is a finding after the migration', () => {
    expect(ended.code, ended.text).toBe(1)
    expect(ended.out).toMatch(/^BREACH {2}notes › eve › read$/m)
  })

  test('is reported with the statement that opened it', () => {
    expect(ended.out).toContain(`\n${documented('docs/migrations.md', 'rehearsed ')}`)
  })

  test('is reported beside new cells, and the migrations that were left out', () => {
    expect(ended.out).toContain('not there before it (1)\n  polls: 1 allowed, 2 denied\n')
    expect(ended.out).toContain('left out, because they come after it: 20260103090000_later.sql')
  })

  test("is in a report with the migration's name", async () => {
    const shown = await trespass(['verify', reportOf(ended)])
    expect(shown.code, shown.text).toBe(0)
  })
})

test.each([
  ['no migration', ['--before-apply'], '--migration FILE'],
  [
    'a migration that is not there',
    ['--before-apply', '--migration', 'nope.sql'],
    'The newest is supabase/migrations/',
  ],
  ['a target', ['--before-apply', '--migration', pollsFile, '--target', 'staging'], 'found --target'],
  ['a migration without --before-apply', ['--migration', pollsFile], 'beside --before-apply'],
])(
  '%s is refused',
  async (_what, flags, said) => {
    const ended = await trespass(['run', '--workspace', workspace(repaired), ...flags])
    expect([ended.code, ended.err]).toEqual([2, expect.stringContaining(said)])
  },
  patience,
)

test(
  'a mistake in the migration is named with its place',
  async () => {
    const ended = await trespass([
      'run',
      '--workspace',
      workspace('select 1;\n  create tabel x;'),
      '--before-apply',
      '--migration',
      pollsFile,
    ])
    expect([ended.code, ended.err]).toEqual([
      2,
      expect.stringContaining(`${pollsFile}:2:10: syntax error at or near "tabel"`),
    ])
  },
  patience,
)
