-- Nothing is granted by itself, whatever defaults the project was created with: what a role may do stands beside the
-- object that it may do it to. service_role bypasses row security, but not grants, so it is named there too.
alter default privileges in schema public revoke all on tables from anon, authenticated, service_role;
alter default privileges in schema public revoke all on sequences from anon, authenticated, service_role;
alter default privileges in schema public revoke all on functions from anon, authenticated, service_role;

-- Helpers of policies live where the Data API does not look. Each of them pins its search_path.
create schema private;

-- A visitor who signed in anonymously has the role authenticated like every user; only a claim of the token differs.
create function private.is_anonymous() returns boolean
  language sql stable
  set search_path = ''
  as $$ select coalesce((auth.jwt() ->> 'is_anonymous')::boolean, false) $$;
revoke execute on function private.is_anonymous() from public;
grant execute on function private.is_anonymous() to authenticated;

-- Reference data that everyone reads and only a migration writes, in an exposed schema of its own.
create schema catalog;
grant usage on schema catalog to anon, authenticated, service_role;

create table catalog.plans (
  code text primary key,
  name text not null,
  monthly_cents integer not null check (monthly_cents >= 0)
);
alter table catalog.plans enable row level security;
grant select on catalog.plans to anon, authenticated;
grant select, insert, update, delete on catalog.plans to service_role;

create policy "everyone reads plans" on catalog.plans
  for select to anon, authenticated using (true);

insert into catalog.plans (code, name, monthly_cents)
values ('free', 'Free', 0), ('team', 'Team', 2900), ('company', 'Company', 9900);
