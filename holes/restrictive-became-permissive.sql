-- Hole: created again without AS RESTRICTIVE, the second factor asks for nothing and opens the table to everyone who
-- has one.
drop policy "a second factor is asked for" on public.api_tokens;
create policy "a second factor is asked for" on public.api_tokens
  to authenticated using ((select auth.jwt() ->> 'aal') = 'aal2');
