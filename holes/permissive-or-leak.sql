-- Hole: a second policy was meant for colleagues only. Permissive policies are joined by OR: it opens every document
-- that is in any project, of any tenant.
-- Found as:
--   breach  documents › climber › list
--   breach  documents › editor › list
--   breach  documents › former › list
--   breach  documents › mallory › list

create policy "colleagues read documents of projects" on public.documents
  for select to authenticated using (project_id is not null);
