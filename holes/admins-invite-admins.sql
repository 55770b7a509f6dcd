-- Hole: an admin hands out the rights of an admin.
-- Found as:
--   breach  invitations › carol › invite admin
--   breach  invitations › dual › invite admin

alter policy "owners invite anyone, admins invite members" on public.invitations
  with check (organization_id in (select private.organizations_as('owner', 'admin')));
