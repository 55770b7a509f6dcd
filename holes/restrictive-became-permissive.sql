-- Hole: created again without AS RESTRICTIVE, the second factor asks for nothing and opens the table to everyone who
-- has one.
-- Found as:
--   breach  api_tokens › alice › issue
--   breach  api_tokens › alice › list
--   breach  api_tokens › alice › revoke
--   breach  api_tokens › careful › list
--   breach  api_tokens › mallory › list

drop policy "a second factor is asked for" on public.api_tokens;
create policy "a second factor is asked for" on public.api_tokens
  to authenticated using ((select auth.jwt() ->> 'aal') = 'aal2');
