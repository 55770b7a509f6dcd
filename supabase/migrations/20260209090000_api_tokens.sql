-- Keys to the organization's own API: for its owners, and only in a session with a second factor.

create table public.api_tokens (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references public.organizations on delete cascade,
  label text not null,
  -- Written once, compared by the server, readable for no user.
  token_hash text not null
);
create index api_tokens_organization_id_idx on public.api_tokens (organization_id);

alter table public.api_tokens enable row level security;
grant select (id, organization_id, label), insert (organization_id, label, token_hash), delete
  on public.api_tokens to authenticated;
grant select, insert, update, delete on public.api_tokens to service_role;

create policy "anonymous users stay out" on public.api_tokens
  as restrictive to authenticated using (not (select private.is_anonymous()));
-- Restrictive: it opens nothing, and nothing else opens the table without it.
create policy "a second factor is asked for" on public.api_tokens
  as restrictive to authenticated using ((select auth.jwt() ->> 'aal') = 'aal2');
create policy "owners manage tokens" on public.api_tokens
  to authenticated using (organization_id in (select private.organizations_as('owner')));
