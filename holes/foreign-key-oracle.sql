-- Hole: the policy does not ask for the project, and the foreign key answers instead, for hidden projects too.
alter policy "owners create documents" on public.documents with check (owner_id = (select auth.uid()));
