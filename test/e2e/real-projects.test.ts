import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { evidenceOf, explained, notHeld } from './report.ts'
import { asStaging, standingSandbox } from './standing-sandbox.ts'
import { patience, repository, temporaryFolder, trespass, writeFiles } from './support.ts'

const project = join(repository, 'test', 'fixtures', 'real-projects')

/** Runs the matrices of the fixture against one sandbox, and then actors that its sign-up trigger all refuses. */
test('a project is tried as it is: sign-ups, headers, keys, names and tables', { timeout: patience }, async () => {
  const root = temporaryFolder()
  cpSync(project, root, { recursive: true })
  const sandbox = await standingSandbox(root)
  asStaging(root, sandbox)
  // The sandbox gives login roles passwords of its own.
  const { password } = new URL(sandbox.variables.TRESPASS_WORKER_URL_FAR ?? '')
  await sandbox.query(`alter user mapping for public server near options (set password '${password}')`)
  const run = ['run', '--workspace', root, '--target', 'staging']

  const ended = await trespass(run)
  const { cells } = await evidenceOf(ended)
  expect(notHeld(cells), explained(cells)).toEqual([
    "breach  drafts › ann › edit ben's",
    'breach  events past › ann › read',
    // The value is outside the domain, so the request can work for no actor.
    'inconclusive  carts › visitor › add too much',
  ])
  expect(ended.code).toBe(1)
  expect(ended.text).toMatch(/made (\d+), swept \1$/m)
  // Row security does not guard it, and no fixture can be made in it.
  expect(ended.text).toContain('reachable and never tried: 1 foreign table\n  foreign table public.remote')
  const sent = cells.filter(({ operation }) => operation === 'read with token')
  expect(Object.fromEntries(sent.map(({ actor, outcome }) => [actor, outcome?.headers]))).toEqual({
    visitor: ['x-share-token'],
    ann: ['x-share-token', 'x-tenant'],
    ben: ['x-share-token'],
  })

  const without = (ann: string, found = 'username: ann', world = '') => {
    writeFiles(root, {
      'matrices/actors.yaml': `actors:\n  visitor: { kind: anon }\n  ann: ${ann}\n  ben: { kind: anon }\n${world}`,
    })
    writeFiles(root, { 'matrices/profiles.matrix.yaml': matrixOf('ann', found) })
    return trespass([...run, '--matrix', 'profiles*'])
  }
  const nameless = await without('{ kind: authenticated }')
  expect(nameless.code).toBe(2)
  expect(nameless.err).toContain(
    'the user of ann cannot be made: the trigger on_auth_user_created on auth.users (function public.handle_new_user) ' +
      'refuses the sign-up: null value in column "username" of relation "profiles" violates not-null constraint',
  )
  const byPhone = '{ kind: authenticated, user_metadata: { username: ann }, phone: only }'
  const withNumber = await without(byPhone, 'phone: $actor.phone')
  expect(withNumber.code, withNumber.text).toBe(0)
  const addressed = await without(byPhone, 'username: $ann.email')
  expect(addressed.code).toBe(2)
  expect(addressed.err).toContain('with `phone: only` the user has no e-mail address')
  const elsewhere = await without('{ kind: authenticated, email: "$actor@other.example" }')
  expect(elsewhere.code).toBe(2)
  expect(elsewhere.err).toContain('expected a domain of `trespass.config.ts`: `trespass.test` or `corp.test`')

  await sandbox.query(inviteOnly)
  const named = '{ kind: authenticated, user_metadata: { username: ann } }'
  const uninvited = await without(named)
  expect(uninvited.code).toBe(2)
  expect(uninvited.err).toContain('the trigger invited_only on auth.users (function public.require_invitation)')
  expect(uninvited.err).toContain('A row that it asks for, such as an invitation, is a row of `world`')
  const invited = await without(
    named,
    'username: ann',
    `world:
  acme: { table: public.orgs, values: { name: "Acme $run" } }
  invitation: { table: public.invitations, values: { org: $acme.id, email: $ann.email } }
`,
  )
  expect(invited.code, invited.text).toBe(0)
  expect(invited.text).toMatch(/made (\d+), swept \1$/m)
  const left =
    'select (select count(*) from auth.users) + (select count(*) from public.orgs) + (select count(*) from storage.buckets) as n'
  // The bucket that a migration has made stays.
  expect(await sandbox.query(left)).toEqual([{ n: '1' }])
})

function matrixOf(actor: string, found: string): string {
  return `matrix: profiles
resource: { table: public.profiles }
fixtures: { own: { find: { id: $actor.id, ${found} } } }
operations: { read: { select: own } }
expect: { ${actor}: { read: allow }, "*": { read: deny } }
`
}

/** The sign-up of an address that has no invitation is refused; an invitation is good for one. */
const inviteOnly = `
create table public.orgs (id uuid primary key default gen_random_uuid(), name text not null);
create table public.invitations (id uuid primary key default gen_random_uuid(), org uuid not null references public.orgs, email text not null);
create function public.require_invitation() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  delete from public.invitations where email = new.email;
  if not found then raise exception 'sign-ups are by invitation'; end if;
  return new;
end $$;
create trigger invited_only before insert on auth.users for each row execute function public.require_invitation();`
