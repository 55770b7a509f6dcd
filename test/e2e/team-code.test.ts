import { beforeAll, expect, test, vi } from 'vitest'
import type { CellRecord } from '../../harness/model/record.ts'
import { inProcess } from './in-process.ts'
import { evidenceOf, notHeld } from './report.ts'
import { asStaging, type StandingSandbox, standingSandbox } from './standing-sandbox.ts'
import { patience, temporaryFolder, writeFiles } from './support.ts'
import { startBackend } from './team-backend.ts'
import { functionConfig, functionFiles } from './team-functions.ts'

const migration = `create table public.notes (
  id uuid primary key default gen_random_uuid(), owner_id uuid not null references auth.users, title text not null
);
alter table public.notes enable row level security;
grant select, update on public.notes to authenticated;
grant select, insert, update, delete on public.notes to service_role;
create policy own on public.notes to authenticated using (owner_id = (select auth.uid()));

create table public.accounts (id uuid primary key default gen_random_uuid(), name text not null, cents int not null default 0);
create table public.receipts (event text primary key, account_id uuid not null references public.accounts);
alter table public.accounts enable row level security;
alter table public.receipts enable row level security;
grant select, insert, update, delete on public.accounts, public.receipts to service_role;
create function public.book_each_time(event text, account uuid, cents int) returns void language sql as $$
  insert into public.receipts values (event, account) on conflict do nothing;
  update public.accounts a set cents = a.cents + book_each_time.cents where a.id = account;
$$;
create function public.book_once(event text, account uuid, cents int) returns void language plpgsql as $$
begin
  insert into public.receipts values (event, account) on conflict do nothing;
  if found then update public.accounts a set cents = a.cents + book_once.cents where a.id = account; end if;
end $$;
revoke execute on function public.book_each_time, public.book_once from public;
grant execute on function public.book_each_time, public.book_once to service_role;
`

const actors = `actors:
  visitor:  { kind: anon }
  alice:    { kind: authenticated }
  bob:      { kind: authenticated }
  tampered: { kind: authenticated, as: alice, token: tampered }
  provider: { kind: anon, api_key: none }
`

const notes = `fixtures:
  own:    { table: public.notes, values: { owner_id: $actor.id, title: "own $unique" } }
  theirs: { table: public.notes, values: { owner_id: $bob.id, title: "theirs $unique" } }
`

const people = (alice: string) => `expect:
  alice:    { ${alice} }
  bob:      { "*": allow }
  tampered: { "*own": n/a, "*": deny }
  visitor:  { "*own": n/a, "*": deny }
  provider: { "*": n/a }
`

/** A route or a function that reads and changes one note. */
function noteMatrix(name: string, resource: string, of: (note: string, title?: string) => string): string {
  return `matrix: ${name}
resource: { ${resource}, of: public.notes }
${notes}operations:
  read own:      { ${of('own')}, reads: own }
  read theirs:   { ${of('theirs')}, denial: 404, reads: theirs }
  rename own:    { ${of('own', 'renamed')}, changes: { own: { title: renamed } } }
  rename theirs: { ${of('theirs', 'renamed')}, denial: 404, changes: { theirs: { title: renamed } } }
${people('read own: allow, rename own: allow, "*": deny').replaceAll('"*own": n/a', '"read own": n/a, "rename own": n/a')}`
}

const asRoute = (note: string, title?: string) =>
  title === undefined
    ? `request: get, path: /$${note}.id`
    : `request: patch, path: /$${note}.id, json: { title: ${title} }`

const asFunction = (note: string, title?: string) =>
  `invoke: post, json: { id: $${note}.id${title === undefined ? '' : `, title: ${title}`} }`

function pageMatrix(name: string, route: string): string {
  const page = (note: string) =>
    `request: get, path: /$${note}.id, session: cookies, denial: { redirect: /login }, reads: ${note}`
  return `matrix: ${name}
resource: { http: ${route}, of: public.notes }
${notes}operations:
  show own:    { ${page('own')} }
  show theirs: { ${page('theirs')} }
${people('show own: allow, "*": deny').replaceAll('"*own"', 'show own')}`
}

function mineMatrix(name: string, route: string): string {
  return `matrix: ${name}
resource: { http: ${route}, of: public.notes }
${notes}operations:
  list own:    { request: get, session: cookies, reads: own }
  list theirs: { request: get, session: cookies, cookie_user: $bob.id, reads: theirs }
${people('list own: allow, "*": deny').replaceAll('"*own"', 'list own')}`
}

function eventMatrix(name: string): string {
  const event = (sign: string) =>
    `{ invoke: post, json: { id: "event $unique", account: $account.id, cents: 100 }, sign: { scheme: stripe, secret_from_env: EVENTS_SECRET${sign} }, changes: { account: { cents: 100 } }`
  return `matrix: ${name}
resource: { edge_function: ${name} }
fixtures:
  account: { table: public.accounts, values: { name: "account $unique" } }
operations:
  signed:   ${event('')}, adds: { table: public.receipts, values: { event: "event $unique", account_id: $account.id } } }
  replayed: ${event('')}, repeat: 2 }
  unsigned: ${event(', forged: missing')} }
  guessed:  ${event(', forged: secret')} }
  changed:  ${event(', forged: body')} }
  old:      ${event(', age: 3600')} }
expect:
  provider: { signed: allow, replayed: allow, "*": deny }
  "*":      { "*": n/a }
`
}

const sound = {
  'matrices/notes.matrix.yaml': noteMatrix('notes', 'http: /notes', asRoute),
  'matrices/pages.matrix.yaml': pageMatrix('pages', '/pages'),
  'matrices/mine.matrix.yaml': mineMatrix('mine', '/mine'),
  'matrices/note.matrix.yaml': noteMatrix('note', 'edge_function: note', asFunction),
  'matrices/events.matrix.yaml': eventMatrix('events'),
}

const broken = {
  'matrices/open-notes.matrix.yaml': noteMatrix('open-notes', 'http: /open-notes', asRoute),
  'matrices/open-pages.matrix.yaml': pageMatrix('open-pages', '/open-pages'),
  'matrices/trusting-mine.matrix.yaml': mineMatrix('trusting-mine', '/trusting-mine'),
  'matrices/note-secret-key.matrix.yaml': noteMatrix('note-secret-key', 'edge_function: note-secret-key', asFunction),
  'matrices/events-unsigned-twice.matrix.yaml': eventMatrix('events-unsigned-twice'),
}

/** What a function answers whose code is changed later. */
function versionFunction(version: string): string {
  return `Deno.serve(() => new Response('${version}'))\n`
}

let root: string
let sandbox: StandingSandbox
let cells: readonly CellRecord[]
let text: string

beforeAll(async () => {
  // @supabase/ssr warns of the mistake that the trusting route makes.
  vi.spyOn(console, 'warn').mockImplementation(() => undefined)
  root = temporaryFolder()
  writeFiles(root, {
    'supabase/config.toml': functionConfig,
    'supabase/migrations/1_team.sql': migration,
    'matrices/actors.yaml': actors,
    ...functionFiles,
    'supabase/functions/version/index.ts': versionFunction('one'),
    ...sound,
    ...broken,
  })
  sandbox = await standingSandbox(root)
  const { TRESPASS_URL: url = '', TRESPASS_PUBLISHABLE_KEY: publishableKey = '' } = sandbox.variables
  const backend = await startBackend({ url, publishableKey, secretKey: sandbox.variables.TRESPASS_SECRET_KEY ?? '' })
  const lines = `${sandbox.lines}TRESPASS_HTTP_URL=${backend}\nEVENTS_SECRET=known-to-the-provider\n`
  const ended = await inProcess(['run', '--workspace', asStaging(root, { lines }), '--target', 'staging'])
  text = ended.text
  const evidence = await evidenceOf(ended)
  cells = evidence.cells
}, patience)

test('sound routes, pages and functions are held', () => {
  const names = cells.filter(({ matrix }) => !Object.keys(broken).some((file) => file.includes(`/${matrix}.matrix`)))
  expect(names).toHaveLength(42)
  expect(notHeld(names)).toEqual([])
})

test('each mistake of their twins is found by its effect or by its response', () => {
  const found = notHeld(cells)
  expect(found).toEqual([
    'breach  events-unsigned-twice › provider › changed',
    'breach  events-unsigned-twice › provider › guessed',
    'breach  events-unsigned-twice › provider › old',
    'breach  events-unsigned-twice › provider › unsigned',
    'breach  note-secret-key › alice › read theirs',
    'breach  note-secret-key › alice › rename theirs',
    'breach  note-secret-key › visitor › read theirs',
    'breach  note-secret-key › visitor › rename theirs',
    'breach  open-notes › alice › read theirs',
    'breach  open-notes › alice › rename theirs',
    'breach  open-notes › tampered › read theirs',
    'breach  open-notes › tampered › rename theirs',
    'breach  open-pages › alice › show theirs',
    'breach  trusting-mine › alice › list theirs',
    'breach  trusting-mine › tampered › list theirs',
    'lockout  events-unsigned-twice › provider › replayed',
  ])
})

test('no report shows the secret of a webhook', () => {
  expect(JSON.stringify(cells) + text).not.toContain('known-to-the-provider')
})

test('a function whose code has changed answers as it is now', async () => {
  const ask = async () => await (await fetch(`${sandbox.variables.TRESPASS_URL}/functions/v1/version`)).text()
  expect(await ask()).toBe('one')
  writeFiles(root, { 'supabase/functions/version/index.ts': versionFunction('another') })
  expect(await ask()).toBe('another')
})
