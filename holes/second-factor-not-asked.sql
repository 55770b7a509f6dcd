-- Hole: the password alone opens the API tokens.
drop policy "a second factor is asked for" on public.api_tokens;
