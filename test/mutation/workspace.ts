/** A table whose protection is the same under every name. */
const table = (name: string) => `
create table public.${name} (
  id uuid primary key default gen_random_uuid(),
  owner_id uuid not null references auth.users,
  title text not null constraint ${name}_short check (length(title) < 100)
);
alter table public.${name} enable row level security;
grant select, insert, update, delete on public.${name} to authenticated, service_role;
create policy "owners" on public.${name} for all to authenticated
  using (owner_id = (select auth.uid()) and title <> 'hidden');

create function public.keep_${name}() returns trigger language plpgsql set search_path = ''
  as $$ begin if new.title = 'forbidden' then raise exception 'no'; end if; return new; end $$;
create trigger keep before insert or update on public.${name} for each row execute function public.keep_${name}();

create function public.rename_${name}(row_id uuid, new_title text) returns void
  language plpgsql security definer set search_path = '' as $$
begin
  perform from public.${name} t where t.id = row_id and t.owner_id = auth.uid();
  if not found then raise exception 'not yours'; end if;
  update public.${name} set title = new_title where id = row_id;
end $$;
revoke execute on function public.rename_${name} from public;
grant execute on function public.rename_${name} to authenticated, service_role;
`

/** The matrix of one of the two tables. */
const matrix = (name: string, operations: string, expect: string) => `matrix: ${name}
resource: { table: public.${name} }
fixtures:
  own:    { owner_id: $actor.id, title: mine }
  theirs: { owner_id: $bob.id, title: theirs }
  secret: { owner_id: $actor.id, title: hidden }
operations:
${operations}
expect:
${expect}
`

const call = (name: string, operations: string, expect: string) => `matrix: rename_${name}
resource: { function: public.rename_${name} }
fixtures:
  own:    { table: public.${name}, values: { owner_id: $actor.id, title: mine } }
  theirs: { table: public.${name}, values: { owner_id: $bob.id, title: theirs } }
operations:
${operations}
expect:
${expect}
`

/**
 * Two tables and two functions with the same protection. The matrices of `watched` try everything that the schema decides;
 * those of `ignored` try one operation that the owner may do.
 */
export const mutationFiles = {
  'supabase/migrations/1_tables.sql': table('watched') + table('ignored'),
  'matrices/actors.yaml': `actors:
  visitor: { kind: anon }
  alice:   { kind: authenticated }
  bob:     { kind: authenticated }
`,
  'matrices/watched.matrix.yaml': matrix(
    'watched',
    `  list:            { select: "*" }
  create:          { insert: { owner_id: $actor.id, title: "new $unique" } }
  create forbidden: { insert: { owner_id: $actor.id, title: forbidden } }
  create long:     { insert: { owner_id: $actor.id, title: ${'x'.repeat(100)} } }
  rename own:      { update: own, set: { title: renamed } }
  rename theirs:   { update: theirs, set: { title: defaced } }
  delete own:      { delete: own }`,
    `  visitor: { "*": deny(grant) }
  alice:
    list: { allow: { exactly: [own] } }
    create, rename own, delete own: allow
    create forbidden: deny(application)
    create long: deny(constraint)
    rename theirs: deny(filtered)
  bob: { list: { allow: { exactly: [own, theirs] } }, create forbidden: deny(application), create long: deny(constraint), "*": allow }`,
  ),
  'matrices/ignored.matrix.yaml': matrix(
    'ignored',
    '  read own: { select: own }',
    '  visitor: { "*": n/a }\n  "*": { "*": allow }',
  ),
  'matrices/rename-watched.matrix.yaml': call(
    'watched',
    `  rename own:    { call: { row_id: $own.id, new_title: renamed }, changes: { own: { title: renamed } } }
  rename theirs: { call: { row_id: $theirs.id, new_title: defaced }, changes: { theirs: { title: defaced } } }`,
    `  visitor: { "*": deny(grant) }
  alice:   { rename own: allow, rename theirs: deny(application) }
  bob:     { "*": allow }`,
  ),
  'matrices/rename-ignored.matrix.yaml': call(
    'ignored',
    '  rename own:    { call: { row_id: $own.id, new_title: renamed }, changes: { own: { title: renamed } } }',
    '  visitor: { "*": n/a }\n  "*": { "*": allow }',
  ),
} as const
