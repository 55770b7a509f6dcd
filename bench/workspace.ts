import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'

/** Half of the operations are writes. */
const actors = 25

const migration = (table: string) => `
create table public.${table} (
  id uuid primary key default gen_random_uuid(),
  owner_id uuid not null references auth.users (id) on delete cascade,
  title text not null
);
create index on public.${table} (owner_id);
alter table public.${table} enable row level security;
grant select, insert, update, delete on public.${table} to authenticated, service_role;
create policy "owners read" on public.${table} for select to authenticated using (owner_id = (select auth.uid()));
create policy "owners write" on public.${table} for all to authenticated
  using (owner_id = (select auth.uid())) with check (owner_id = (select auth.uid()));
`

/** The number of cells of a workspace, and of its matrices, each about a table of its own. */
export interface WorkspaceSize {
  /** Eight kinds of operations in turn by 25 actors: a multiple of 25 for each matrix. */
  readonly cells: number
  readonly matrices: number
}

/**
 * Writes a workspace into a temporary folder.
 *
 * @returns the folder.
 */
export async function largeWorkspace({ cells, matrices }: WorkspaceSize): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'trespass-bench-'))
  await mkdir(join(root, 'matrices'))
  await mkdir(join(root, 'supabase', 'migrations'), { recursive: true })
  const tables = Array.from({ length: matrices }, (_, index) => (index === 0 ? 'documents' : `documents_${index + 1}`))
  await writeFile(join(root, 'supabase', 'migrations', '20260101000000_tables.sql'), tables.map(migration).join(''))
  const names = Array.from({ length: actors }, (_, index) => `actor ${index + 1}`)
  const roster = {
    actors: Object.fromEntries(['owner', ...names.slice(1)].map((name) => [name, { kind: 'authenticated' }])),
  }
  await writeFile(join(root, 'matrices', 'actors.yaml'), stringify(roster))
  for (const table of tables) {
    await writeFile(join(root, 'matrices', `${table}.matrix.yaml`), stringify(matrix(table, cells / actors / matrices)))
  }
  return root
}

function matrix(table: string, operations: number): object {
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
    matrix: table,
    resource: { table: `public.${table}` },
    fixtures: {
      own: { owner_id: '$actor.id', title: 'mine' },
      theirs: { owner_id: '$owner.id', title: 'theirs' },
    },
    operations: Object.fromEntries(declared),
    expect: { owner: { '*': 'allow' }, '*': { ...allowed, '*': 'deny(filtered)' } },
  }
}
