-- Hole: the policy does not ask for the project, and the foreign key answers instead, for hidden projects too.
-- Found as:
--   breach  documents › alice › find projects
--   breach  documents › bob › find projects
--   breach  documents › careful › find projects
--   breach  documents › carol › find projects
--   breach  documents › climber › create in plan
--   breach  documents › climber › find projects
--   breach  documents › editor › create in plan
--   breach  documents › editor › find projects
--   breach  documents › former › create in plan
--   breach  documents › former › find projects
--   breach  documents › mallory › create in plan

alter policy "owners create documents" on public.documents with check (owner_id = (select auth.uid()));
