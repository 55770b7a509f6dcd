import { beforeAll, describe, expect, test } from 'vitest'
import { insertForeignRows } from './foreign-rows.ts'
import { evidenceOf } from './report.ts'
import { smallTables, smallWorkspace } from './small-workspace.ts'
import { asStaging, rowsOf, type StandingSandbox, standingSandbox } from './standing-sandbox.ts'
import { patience, trespass } from './support.ts'

/** A log without a foreign key, which a trigger fills and no sweep covers; labels that are merged; a function that writes. */
const more = `create table public.log (id bigint generated always as identity primary key, what text not null);
create function public.log_note() returns trigger language plpgsql security definer set search_path = ''
  as $$ begin insert into public.log (what) values (tg_op); return null; end $$;
create trigger log_note after insert or update or delete on public.notes for each row execute function public.log_note();

create table public.labels (slug text primary key, owner_id uuid not null references auth.users, colour text not null);
create sequence public.tickets;
create function public.take_ticket(note uuid) returns bigint language sql volatile
  as $$ update public.notes set title = 'taken' where id = note; select nextval('public.tickets') $$;
revoke execute on function public.take_ticket from public;
grant execute on function public.take_ticket to service_role, authenticated;
grant usage on sequence public.tickets to service_role, authenticated;
alter table public.labels enable row level security;
grant select, insert, update, delete on public.labels to service_role, authenticated;
create policy "owners" on public.labels to authenticated using (owner_id = (select auth.uid()));
`

/** Every user may do everything with every row, also with the rows of other people. */
const everythingOpen = ['notes', 'comments', 'labels']
  .map((name) => `create policy "open" on public.${name} to authenticated using (true) with check (true);`)
  .join('\n')

const labels = `matrix: labels
resource: { table: public.labels }
fixtures:
  own:    { slug: "own-$unique", owner_id: $actor.id, colour: red }
  theirs: { slug: "theirs-$unique", owner_id: $bob.id, colour: red }
operations:
  list:         { select: "*" }
  save new:     { upsert: { slug: "new-$unique", owner_id: $actor.id, colour: blue } }
  save own:     { upsert: own, values: { colour: blue } }
  save theirs:  { upsert: theirs, values: { colour: blue } }
  paint theirs: { update: theirs, set: { colour: black } }
  drop theirs:  { delete: theirs }
expect:
  visitor: { "*": deny(grant) }
  bob:     { "*": allow }
  "*":     { list: { allow: { exactly: [own] } }, save new: allow, save own: allow, save theirs: deny(rls), "*": deny(filtered) }
`
const tickets = `matrix: tickets
resource: { function: public.take_ticket }
fixtures:
  own: { table: public.notes, values: { owner_id: $actor.id, title: mine } }
operations:
  take: { call: { note: $own.id }, changes: { own: { title: taken } } }
expect:
  visitor: { "*": deny(grant) }
  "*":     { "*": allow }
`

const tables = [...smallTables, 'public.log', 'public.labels']
let sandbox: StandingSandbox
let root: string

beforeAll(async () => {
  root = smallWorkspace({
    'supabase/migrations/3_more.sql': more,
    'matrices/labels.matrix.yaml': labels,
    'matrices/tickets.matrix.yaml': tickets,
  })
  sandbox = await standingSandbox(root)
  asStaging(root, sandbox)
  await insertForeignRows(sandbox)
  await sandbox.query(`insert into public.labels select slug, id, 'green'
    from (select id from auth.users limit 1) as someone, unnest(array['own-', 'theirs-', 'new-', 'own']) as slug`)
}, patience)

/** The last value of each sequence. */
async function sequences(): Promise<Record<string, unknown>> {
  const rows = await sandbox.query(`select schemaname || '.' || sequencename as name, last_value
    from pg_sequences where schemaname in ('public', 'auth')`)
  return Object.fromEntries(rows.map(({ name, last_value }) => [String(name), last_value]))
}

/** @returns the names whose values differ. */
function moved<Value>(before: Record<string, Value>, after: Record<string, Value>): string[] {
  return Object.keys(before)
    .filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
    .sort()
}

/** Runs all, and expects that the earlier rows are unchanged. @returns the exit, and the tables and sequences that changed. */
async function runAmongOthers() {
  const before = { rows: await rowsOf(sandbox, tables), sequences: await sequences() }
  const ended = await trespass(['run', '--workspace', root, '--target', 'staging'])
  const after = { rows: await rowsOf(sandbox, tables), sequences: await sequences() }
  for (const table of tables) {
    const now = new Set(after.rows[table])
    expect(
      before.rows[table]?.filter((row) => !now.has(row)),
      `of ${table}`,
    ).toEqual([])
  }
  return { ended, tables: moved(before.rows, after.rows), sequences: moved(before.sequences, after.sequences) }
}

/** Changes that a run cannot undo: values of sequences, and rows of a trigger that nothing links to their cause. */
const unavoidable = {
  tables: ['public.log'],
  sequences: [
    'auth.refresh_tokens_id_seq',
    'public.comments_id_seq',
    'public.log_id_seq',
    'public.note_audit_id_seq',
    'public.tickets',
  ],
}

describe('rows of other people', { timeout: 2 * patience }, () => {
  test('are byte for byte as they were when all is held', async () => {
    const { ended, ...rest } = await runAmongOthers()
    expect(ended.code, ended.text).toBe(0)
    expect(rest).toEqual(unavoidable)
  })

  test('are byte for byte as they were when everything is open', async () => {
    await sandbox.query(everythingOpen)
    const { ended, ...rest } = await runAmongOthers()
    expect(ended.code, ended.text).toBe(1)
    const { cells } = await evidenceOf(ended)
    const broken = new Set(cells.filter(({ verdict }) => verdict === 'breach').map(({ operation }) => operation))
    expect([...broken].sort()).toEqual([
      'delete theirs',
      'drop theirs',
      'list',
      'paint theirs',
      'read theirs',
      'rename theirs',
      'save theirs',
    ])
    expect(rest).toEqual(unavoidable)
  })
})
