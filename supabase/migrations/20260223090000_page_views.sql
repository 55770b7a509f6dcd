-- A log that everyone adds to and only the evaluation reads. It has no primary key: nobody names one of its rows.

create table public.page_views (
  path text not null,
  viewer_id uuid default auth.uid() references auth.users on delete cascade,
  viewed_at timestamptz not null default now()
);
create index page_views_viewer_id_idx on public.page_views (viewer_id);

-- Who was looking and when is filled in by the database, so it cannot be claimed.
alter table public.page_views enable row level security;
grant insert (path) on public.page_views to anon, authenticated;
grant select, insert, update, delete on public.page_views to service_role;

create policy "everyone records views" on public.page_views
  for insert to anon, authenticated with check (true);
