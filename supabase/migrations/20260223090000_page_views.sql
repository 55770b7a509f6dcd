-- A log that every caller adds to and only the evaluation reads. It has no primary key: no query names a single row.

create table public.page_views (
  path text not null,
  viewer_id uuid default auth.uid() references auth.users on delete cascade,
  viewed_at timestamptz not null default now()
);
create index page_views_viewer_id_idx on public.page_views (viewer_id);

-- The database fills in the viewer and the time, so a caller cannot forge them.
alter table public.page_views enable row level security;
grant insert (path) on public.page_views to anon, authenticated;
grant select, insert, update, delete on public.page_views to service_role;

create policy "everyone records views" on public.page_views
  for insert to anon, authenticated with check (true);
