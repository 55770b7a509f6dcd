-- Hole: the policy asks its own table, so PostgreSQL gives up (42P17) for whoever tries. That is no denial: nothing is
-- known about who may remove whom.
alter policy "owners remove anyone, admins remove members" on public.memberships
  using (
    exists (
      select 1
      from public.memberships as own
      where own.organization_id = memberships.organization_id and own.user_id = (select auth.uid()) and own.role = 'owner'
    )
  );
