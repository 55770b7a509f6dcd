-- Hole: slugs are unique everywhere, so a refusal tells which ones other organizations use.
alter table public.projects add constraint projects_slug_key unique (slug);
