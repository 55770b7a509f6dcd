-- The public blog: authors write drafts, editors publish, the whole world reads what is published.

create table public.posts (
  id uuid primary key default gen_random_uuid(),
  author_id uuid not null default auth.uid() references auth.users on delete cascade,
  title text not null,
  status text not null default 'draft' check (status in ('draft', 'published'))
);
create index posts_author_id_idx on public.posts (author_id);

-- app_metadata is written by the administration only. user_metadata is written by the user: it decides nothing.
create function private.is_editor() returns boolean
  language sql stable
  set search_path = ''
  as $$ select coalesce(auth.jwt() -> 'app_metadata' ->> 'role' = 'editor', false) $$;
revoke execute on function private.is_editor() from public;
grant execute on function private.is_editor() to authenticated;

alter table public.posts enable row level security;
grant select on public.posts to anon;
grant select, insert (author_id, title, status), update (title, status), delete on public.posts to authenticated;
grant select, insert, update, delete on public.posts to service_role;

create policy "anonymous users only read what is published" on public.posts
  as restrictive to authenticated
  using (status = 'published' or not (select private.is_anonymous()))
  with check (not (select private.is_anonymous()));
create policy "everyone reads published posts" on public.posts
  for select to anon, authenticated using (status = 'published');
create policy "authors read their posts" on public.posts
  for select to authenticated using (author_id = (select auth.uid()));
create policy "authors write drafts" on public.posts
  for insert to authenticated with check (author_id = (select auth.uid()) and status = 'draft');
-- Without a check of its own, the condition holds for the new row too: a draft stays a draft.
create policy "authors change their drafts" on public.posts
  for update to authenticated using (author_id = (select auth.uid()) and status = 'draft');
create policy "authors delete their drafts" on public.posts
  for delete to authenticated using (author_id = (select auth.uid()) and status = 'draft');
create policy "editors read all posts" on public.posts
  for select to authenticated using ((select private.is_editor()));
create policy "editors change and publish all posts" on public.posts
  for update to authenticated using ((select private.is_editor()));

-- Lets the app decide whether it shows the button. The policies above decide whether it works.
create function public.can_publish() returns boolean
  language sql stable security definer
  set search_path = ''
  as $$ select private.is_editor() $$;
revoke execute on function public.can_publish() from public;
grant execute on function public.can_publish() to authenticated;
