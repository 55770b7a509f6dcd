import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'

/** Half of the operations are writes. */
const actors = 25

const migration = `
create table public.documents (
  id uuid primary key default gen_random_uuid(),
  owner_id uuid not null references auth.users (id) on delete cascade,
  title text not null
);
create index on public.documents (owner_id);
alter table public.documents enable row level security;
grant select, insert, update, delete on public.documents to authenticated, service_role;
create policy "owners read" on public.documents for select to authenticated using (owner_id = (select auth.uid()));
create policy "owners write" on public.documents for all to authenticated
  using (owner_id = (select auth.uid())) with check (owner_id = (select auth.uid()));
`

/**
 * Writes a workspace with one matrix into a temporary folder.
 *
 * @param cells a multiple of 200: eight kinds of operations by 25 actors.
 * @returns the folder.
 */
export async function largeWorkspace(cells: number): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'trespass-bench-'))
  await mkdir(join(root, 'matrices'))
  await mkdir(join(root, 'supabase', 'migrations'), { recursive: true })
  await writeFile(join(root, 'supabase', 'migrations', '20260101000000_documents.sql'), migration)
  const names = Array.from({ length: actors }, (_, index) => `actor ${index + 1}`)
  const roster = {
    actors: Object.fromEntries(['owner', ...names.slice(1)].map((name) => [name, { kind: 'authenticated' }])),
  }
  await writeFile(join(root, 'matrices', 'actors.yaml'), stringify(roster))
  await writeFile(join(root, 'matrices', 'documents.matrix.yaml'), stringify(matrix(cells / actors)))
  return root
}

function matrix(operations: number): object {
  const kinds = [
    (n: number) => [`read own ${n}`, { select: 'own' }],
    (n: number) => [`create ${n}`, { insert: { owner_id: '$actor.id', title: `new ${n} $unique` } }],
    (n: number) => [`read theirs ${n}`, { select: 'theirs' }],
    (n: number) => [`rename theirs ${n}`, { update: 'theirs', set: { title: 'renamed' } }],
    (n: number) => [`list ${n}`, { select: '*' }],
    (n: number) => [`rename own ${n}`, { update: 'own', set: { title: 'renamed' } }],
    (n: number) => [`count ${n}`, { select: '*', count: 'exact' }],
    (n: number) => [`delete theirs ${n}`, { delete: 'theirs' }],
  ]
  const declared = Array.from({ length: operations }, (_, n) => kinds[n % kinds.length]?.(n) ?? [])
  const names = declared.map(([name]) => String(name))
  const own = names.filter((name) => !name.includes('theirs'))
  const lists = names.filter((name) => /^(list|count) /.test(name))
  const allowed = Object.fromEntries(
    own.map((name) => [name, lists.includes(name) ? { allow: { exactly: ['own'] } } : 'allow']),
  )
  return {
    matrix: 'documents',
    resource: { table: 'public.documents' },
    fixtures: {
      own: { owner_id: '$actor.id', title: 'mine' },
      theirs: { owner_id: '$owner.id', title: 'theirs' },
    },
    operations: Object.fromEntries(declared),
    expect: { owner: { '*': 'allow' }, '*': { ...allowed, '*': 'deny(filtered)' } },
  }
}
