-- Hole: the password alone opens the API tokens.
-- Found as:
--   breach  api_tokens › alice › issue
--   breach  api_tokens › alice › list
--   breach  api_tokens › alice › revoke
--   breach  api_tokens › mallory › list

drop policy "a second factor is asked for" on public.api_tokens;
