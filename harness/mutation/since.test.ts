import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { isNamedIn, migrationsSince } from './since.ts'

test.each([
  ['table public.documents', 'alter table public.documents add column a text', true],
  ['table public.documents', 'ALTER TABLE Documents ADD a text', true],
  ['table public.documents', 'create table public.documents_archive ()', false],
  ['table public.documents', 'create table public.my_documents ()', false],
  ['table public."Order Items"', 'alter table "Order Items" add a text', true],
  ['function public.rename(note uuid, title text)', 'create function rename(note uuid) …', true],
  ['function public.rename(note uuid, title text)', 'drop table note', false],
  ['bucket avatars', "insert into storage.buckets values ('avatars')", true],
  ['bucket "my.files"', "insert into storage.buckets values ('my.files')", true],
  ['schema private', 'grant usage on schema private to authenticated', true],
  ['table public.a$b', 'alter table a$b', true],
])('%s is named in %s: %s', (object, sql, is) => {
  expect(isNamedIn({ object }, sql)).toBe(is)
})

test('the migrations of a branch are those it has added or changed, committed or not', async () => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'trespass-since-')))
  try {
    const git = (...words: string[]) =>
      execFileSync('git', ['-C', root, '-c', 'user.name=a', '-c', 'user.email=a@example.com', ...words], {
        stdio: 'pipe',
      })
    const write = (name: string, sql: string) => writeFileSync(join(root, 'supabase/migrations', name), sql)
    mkdirSync(join(root, 'supabase/migrations'), { recursive: true })
    git('init', '--quiet', '--initial-branch', 'main')
    write('1_old.sql', 'old')
    git('add', '.')
    git('commit', '--quiet', '-m', 'one')
    git('switch', '--quiet', '-c', 'branch')
    write('2_committed.sql', 'committed')
    git('add', '.')
    git('commit', '--quiet', '-m', 'two')
    write('3_new.sql', 'new')
    expect(await migrationsSince(root, 'main')).toBe('committed\nnew')
    await expect(migrationsSince(root, 'nowhere')).rejects.toMatchObject({ code: 'usage' })
    await expect(migrationsSince(root, '--help')).rejects.toMatchObject({ code: 'usage' })
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
})
