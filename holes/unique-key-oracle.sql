-- Hole: slugs are unique everywhere, so a refusal tells which ones other organizations use.
-- Found as:
--   breach  projects › alice › find slugs
--   breach  projects › careful › find slugs
--   breach  projects › carol › find slugs
--   breach  projects › dual › find slugs

alter table public.projects add constraint projects_slug_key unique (slug);
