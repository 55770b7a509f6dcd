-- Hole: slugs are unique across organizations, so a refusal reveals which ones other organizations use.
-- Found as:
--   breach  projects › alice › find slugs
--   breach  projects › careful › find slugs
--   breach  projects › carol › find slugs
--   breach  projects › dual › find slugs

alter table public.projects add constraint projects_slug_key unique (slug);
