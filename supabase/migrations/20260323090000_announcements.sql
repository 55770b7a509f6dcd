-- What owners tell their organization. Row security and its policies come before the first grant: wherever this file is
-- cut short, nobody reads what they may not.

create table public.announcements (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references public.organizations on delete cascade,
  title text not null
);
create index announcements_organization_id_idx on public.announcements (organization_id);

alter table public.announcements enable row level security;
create policy "anonymous users stay out" on public.announcements
  as restrictive to authenticated using (not (select private.is_anonymous()));
create policy "members read announcements" on public.announcements
  for select to authenticated
  using (organization_id in (select private.organizations_as('owner', 'admin', 'member')));
create policy "owners post announcements" on public.announcements
  for insert to authenticated
  with check (organization_id in (select private.organizations_as('owner')));

grant select, insert (organization_id, title) on public.announcements to authenticated;
grant select, insert, update, delete on public.announcements to service_role;
