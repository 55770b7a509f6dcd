import { beforeAll, expect, test } from 'vitest'
import type { CellRecord } from '../../harness/model/record.ts'
import { inProcess } from './in-process.ts'
import { evidenceOf, notHeld } from './report.ts'
import { asStaging, type StandingSandbox, standingSandbox } from './standing-sandbox.ts'
import { patience, temporaryFolder, writeFiles } from './support.ts'

const migration = `create extension pgmq;
create table public.profiles (
  id uuid primary key references auth.users on delete cascade, email text, role text not null default 'member'
);
create table public.trusting_profiles (
  id uuid primary key references auth.users on delete cascade, email text, role text not null default 'member'
);
create table public.notes (
  id uuid primary key default gen_random_uuid(),
  owner_id uuid references auth.users on delete set null, author_id uuid references auth.users on delete cascade, title text
);
alter table public.profiles enable row level security;
alter table public.trusting_profiles enable row level security;
alter table public.notes enable row level security;
grant select, insert, update, delete on public.profiles, public.trusting_profiles, public.notes to service_role;

create function public.handle_new_user() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  if new.email like '%@refused.test' then raise exception 'no sign-ups from there'; end if;
  insert into public.profiles (id, email) values (new.id, new.email);
  insert into public.trusting_profiles (id, email, role)
    values (new.id, new.email, coalesce(new.raw_user_meta_data ->> 'role', 'member'));
  return new;
end $$;
create trigger on_auth_user_created after insert on auth.users for each row execute function public.handle_new_user();

create function public.delete_account() returns void language sql security definer set search_path = '' as $$
  delete from auth.users where id = (select auth.uid());
$$;
create function public.forget_account() returns void language sql security definer set search_path = '' as $$
  delete from public.notes where owner_id = (select auth.uid());
  delete from auth.users where id = (select auth.uid());
$$;
revoke execute on function public.delete_account, public.forget_account from public, anon;
grant execute on function public.delete_account, public.forget_account to authenticated;

select pgmq.create('orders');
select pgmq.create('open_orders');
grant select, insert, update, delete on pgmq.q_open_orders to authenticated;
grant all on pgmq.q_open_orders to service_role;
alter table pgmq.q_orders enable row level security;
grant usage on schema pgmq_public to authenticated;
grant select, insert, update, delete on pgmq.q_orders to authenticated;
grant insert, select on pgmq.a_orders to authenticated;
grant usage on schema pgmq to authenticated;
grant all on pgmq.q_orders, pgmq.a_orders to service_role;
create policy owner on pgmq.q_orders to authenticated using (message ->> 'owner' = (select auth.uid())::text);
`

const actors = `actors:
  visitor: { kind: anon }
  alice:   { kind: authenticated }
  bob:     { kind: authenticated }
  guest:   { kind: anonymous-auth }
  expired: { kind: authenticated, as: alice, token: expired }
groups:
  signed in: [alice, guest]
`

const matrices = {
  'matrices/actors.yaml': actors,
  'matrices/accounts.matrix.yaml': `matrix: accounts
resource: { auth: users }
fixtures:
  own:     { email: "own-$unique@accounts.test", password: "aA1!own-$run" }
  waiting: { email: "waiting-$unique@accounts.test", password: "aA1!own-$run", email_confirmed_at: null }
  banned:  { email: "banned-$unique@accounts.test", password: "aA1!own-$run", banned_until: "2100-01-01T00:00:00Z" }
  profile: { table: public.profiles, find: { id: $own.id } }
operations:
  sign up:
    sign_up: { email: "New-$unique@accounts.test", password: "aA1!new-$run", data: { role: admin } }
    adds: { table: public.profiles, values: { email: "new-$unique@accounts.test", role: member } }
  sign up from there: { sign_up: { email: "new-$unique@refused.test", password: "aA1!new-$run" } }
  sign up weakly:     { sign_up: { email: "weak-$unique@accounts.test", password: "a" } }
  sign up again:      { sign_up: { email: $own.email, password: "aA1!new-$run" } }
  sign in:            { sign_in: { email: $own.email, password: "aA1!own-$run" }, reads: own }
  sign in by guess:   { sign_in: { email: $own.email, password: "aA1!guess" }, reads: own }
  sign in unknown:    { sign_in: { email: "unknown-$unique@accounts.test", password: "aA1!guess" } }
  sign in banned:     { sign_in: { email: $banned.email, password: "aA1!own-$run" }, reads: banned }
  sign in waiting:    { sign_in: { email: $waiting.email, password: "aA1!own-$run" }, reads: waiting }
  same refusal:       { distinguish: [sign in by guess, sign in unknown] }
  follow the link:    { verify: magiclink, of: own, reads: own }
  follow it twice:    { verify: magiclink, of: own, token: used, reads: own }
  guess a link:       { verify: magiclink, of: own, token: wrong, reads: own }
  confirm:            { verify: signup, of: waiting, changes: { waiting: { email_confirmed_at: $changed } } }
  recover known:      { recover: { email: $own.email } }
  recover unknown:    { recover: { email: "unknown-$unique@accounts.test" } }
  same answer:        { distinguish: [recover known, recover unknown] }
  rename:             { update_user: { data: { name: renamed } }, as: own, changes: { own: { raw_user_meta_data: $changed } } }
  new password:       { update_user: { password: "aA1!other-$run" }, as: own, changes: { own: { encrypted_password: $changed } } }
  new address:        { update_user: { email: "moved-$unique@accounts.test" }, as: own, changes: { own: { email_change: "moved-$unique@accounts.test" } } }
  become admin:       { update_user: { app_metadata: { role: admin } }, as: own, changes: { own: { raw_app_meta_data: $changed } } }
  become permanent:
    update_user: { email: "permanent-$unique@accounts.test" }
    as: own
    adds: { table: auth.users, values: { email: "permanent-$unique@accounts.test", is_anonymous: false } }
  enrol:              { enroll: totp, as: own, adds: { table: auth.mfa_factors, values: { user_id: $own.id, status: unverified } } }
  unenrol:            { unenroll: totp, as: own }
  link:               { link_identity: github, as: own }
  delete:             { delete_user: own }
expect:
  visitor:
    sign up, sign in, follow the link, confirm: allow
    sign up from there, sign up again: deny(constraint)
    sign up weakly: deny
    become permanent: n/a
    link: n/a
    "*": deny
  alice:
    rename, new password, new address, enrol, unenrol: allow
    become admin, delete: deny
    link: deny(limit)
    "*": n/a
  guest:
    become permanent: allow
    enrol, become admin: deny
    "*": n/a
  expired:
    rename, enrol, delete: deny
    "*": n/a
  bob: { "*": n/a }
`,
  'matrices/trusting.matrix.yaml': `matrix: trusting
resource: { auth: users }
operations:
  sign up:
    sign_up: { email: "new-$unique@accounts.test", password: "aA1!new-$run", data: { role: admin } }
    adds: { table: public.trusting_profiles, values: { email: "new-$unique@accounts.test", role: member } }
expect: { visitor: { sign up: allow }, "*": { sign up: n/a } }
`,
  ...deletions('delete_account', true),
  ...deletions('forget_account', false),
  'matrices/send.matrix.yaml': `matrix: send
resource: { function: pgmq_public.send }
operations:
  order own:    { call: { queue_name: orders, message: { owner: $actor.id, id: $unique } }, adds: { table: pgmq.q_orders, values: { message: { owner: $actor.id, id: $unique } } } }
  order theirs: { call: { queue_name: orders, message: { owner: $run, id: $unique } }, adds: { table: pgmq.q_orders, values: { message: { owner: $run, id: $unique } } } }
expect:
  alice: { order own: allow, order theirs: deny(rls) }
  visitor: { "*": deny(grant) }
  "*": { "*": n/a }
`,
  ...takingMatrix('orders'),
  ...takingMatrix('open_orders'),
  'matrices/pop.matrix.yaml': messageMatrix('pop', '{ queue_name: orders }', 'removes: [own]'),
  'matrices/archive.matrix.yaml': messageMatrix(
    'archive',
    '{ queue_name: orders, message_id: $own.msg_id }',
    'removes: [own], adds: { table: pgmq.a_orders, values: { msg_id: $own.msg_id } }',
  ),
  'matrices/delete.matrix.yaml': messageMatrix(
    'delete',
    '{ queue_name: orders, message_id: $own.msg_id }',
    'removes: [own]',
  ),
}

function message(queue: string, owner: string): string {
  return `{ table: pgmq.q_${queue}, values: { message: { owner: ${owner}, id: $unique }, vt: "2020-01-01T00:00:00Z" } }`
}

/** A read takes every message that the caller may see and that no other read holds: one cell says which ones come. */
function takingMatrix(queue: string) {
  return {
    [`matrices/read-${queue}.matrix.yaml`]: `matrix: read ${queue}
resource: { function: pgmq_public.read, of: pgmq.q_${queue} }
fixtures:
  own:    ${message(queue, '$actor.id')}
  theirs: ${message(queue, '$bob.id')}
operations:
  read: { call: { queue_name: ${queue}, sleep_seconds: 0, n: 100 }, reads: "*", changes: { own: { read_ct: $changed } } }
expect: { alice: { read: { allow: { exactly: [own] } } }, "*": { "*": n/a } }
`,
  }
}

/** A function of pgmq_public that removes one message. */
function messageMatrix(name: string, args: string, effects: string): string {
  return `matrix: ${name}
resource: { function: pgmq_public.${name}, of: pgmq.q_orders }
fixtures:
  own: ${message('orders', '$actor.id')}
operations:
  take: { call: ${args}, ${effects} }
expect: { alice: { take: allow }, "*": { "*": n/a } }
`
}

/** A function by which a user leaves: what of its rows goes along, and what stays. */
function deletions(name: string, keeps: boolean) {
  const stays = keeps
    ? 'changes: { kept: { owner_id: null } }, removes: [own, authored]'
    : 'removes: [own, authored, kept]'
  return {
    [`matrices/${name}.matrix.yaml`]: `matrix: ${name}
resource: { function: public.${name}, of: public.notes }
fixtures:
  own:      { table: auth.users, values: { id: $uuid, email: "leaving-$unique@accounts.test", password: "aA1!own-$run" } }
  kept:     { table: public.notes, values: { owner_id: $own.id, title: "kept $unique" } }
  authored: { table: public.notes, values: { author_id: $own.id, title: "authored $unique" } }
operations:
  leave: { call: {}, as: own, ${stays} }
expect:
  alice:   { leave: allow }
  visitor: { leave: deny(grant) }
  "*":     { leave: n/a }
`,
  }
}

let sandbox: StandingSandbox
let cells: readonly CellRecord[]
let text: string

beforeAll(async () => {
  const root = temporaryFolder()
  writeFiles(root, {
    'supabase/config.toml': `[api]
schemas = ["public", "pgmq_public"]
[auth]
enable_anonymous_sign_ins = true
[auth.mfa.totp]
enroll_enabled = true
verify_enabled = true
`,
    'supabase/migrations/1_accounts.sql': migration,
    ...matrices,
  })
  sandbox = await standingSandbox(root)
  const ended = await inProcess([
    'run',
    '--workspace',
    asStaging(root, { lines: sandbox.lines }),
    '--target',
    'staging',
  ])
  text = ended.text
  cells = (await evidenceOf(ended)).cells
}, patience)

test('requests to Auth, to functions that remove their user and to queues are judged by their effects', () => {
  expect(notHeld(cells)).toEqual(['breach  read open_orders › alice › read', 'lockout  trusting › visitor › sign up'])
})

test('a request of a user of the cell says so in its record, and no record holds a password or a token', () => {
  const renamed = cells.find(({ id }) => id === 'accounts › alice › rename')
  expect(renamed?.outcome).toMatchObject({ as: 'own', request: '/auth/v1/user' })
  expect(JSON.stringify(cells) + text).not.toMatch(/aA1!|eyJ[\w-]{10,}\./)
})

test('no user and no profile of the run stays', async () => {
  expect(await sandbox.query('select email from auth.users union all select email from public.profiles')).toEqual([])
})
