-- Projects belong to an organization, documents to a person who may put them into a project.

create table public.projects (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references public.organizations on delete cascade,
  slug text not null,
  name text not null,
  status text not null default 'active' check (status in ('active', 'archived')),
  -- Per organization: a slug that were unique everywhere would tell which ones other tenants use.
  unique (organization_id, slug)
);

create table public.documents (
  id uuid primary key default gen_random_uuid(),
  owner_id uuid not null default auth.uid() references auth.users on delete cascade,
  project_id uuid references public.projects on delete set null,
  title text not null,
  body text not null default ''
);
create index documents_owner_id_idx on public.documents (owner_id);
create index documents_project_id_idx on public.documents (project_id);

-- Projects: read by every member, written by owners and admins. An upsert sets every column that it sends, so the key
-- columns are among those that may be updated; the status is not, for that there is archive_project().
alter table public.projects enable row level security;
grant select, insert (id, organization_id, slug, name), update (id, organization_id, slug, name), delete
  on public.projects to authenticated;
grant select, insert, update, delete on public.projects to service_role;

create policy "anonymous users stay out" on public.projects
  as restrictive to authenticated using (not (select private.is_anonymous()));
create policy "members read projects" on public.projects
  for select to authenticated
  using (organization_id in (select private.organizations_as('owner', 'admin', 'member')));
create policy "owners and admins create projects" on public.projects
  for insert to authenticated
  with check (organization_id in (select private.organizations_as('owner', 'admin')));
-- The check is the same as the condition, so that a project cannot be moved into an organization of others.
create policy "owners and admins change projects" on public.projects
  for update to authenticated
  using (organization_id in (select private.organizations_as('owner', 'admin')))
  with check (organization_id in (select private.organizations_as('owner', 'admin')));
create policy "owners and admins delete projects" on public.projects
  for delete to authenticated
  using (organization_id in (select private.organizations_as('owner', 'admin')));

create function public.archive_project(project_id uuid) returns void
  language plpgsql security definer
  set search_path = ''
  as $$
begin
  -- Whoever has to wait for the row may lose the right meanwhile. The wait ends here, and the update asks again: each
  -- statement sees what holds when it begins.
  perform from public.projects
    where id = archive_project.project_id and organization_id in (select private.organizations_as('owner', 'admin'))
    for update;
  update public.projects
    set status = 'archived'
    where id = archive_project.project_id
      and organization_id in (select private.organizations_as('owner', 'admin'))
      and not private.is_anonymous();
  -- The same answer for a project that does not exist and for one that is not the caller's to archive.
  if not found then
    raise exception 'there is no such project';
  end if;
end
$$;
revoke execute on function public.archive_project(uuid) from public;
grant execute on function public.archive_project(uuid) to authenticated;

-- Documents: written by their owner alone, read by everyone who can see the project that they are in.
alter table public.documents enable row level security;
grant select, insert, update, delete on public.documents to authenticated, service_role;

create policy "anonymous users stay out" on public.documents
  as restrictive to authenticated using (not (select private.is_anonymous()));
create policy "owners read their documents" on public.documents
  for select to authenticated using (owner_id = (select auth.uid()));
create policy "documents of a project are read by those who see the project" on public.documents
  for select to authenticated using (project_id in (select id from public.projects));
-- A foreign key is checked without row security: the policy has to ask for the project itself, or an insert would tell
-- which ids exist in other organizations.
create policy "owners create documents" on public.documents
  for insert to authenticated
  with check (
    owner_id = (select auth.uid())
    and (project_id is null or project_id in (select id from public.projects))
  );
create policy "owners change their documents" on public.documents
  for update to authenticated
  using (owner_id = (select auth.uid()))
  with check (
    owner_id = (select auth.uid())
    and (project_id is null or project_id in (select id from public.projects))
  );
create policy "owners delete their documents" on public.documents
  for delete to authenticated using (owner_id = (select auth.uid()));
