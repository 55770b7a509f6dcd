-- Hole: the policy reads its own table, so PostgreSQL raises an error (42P17) for every actor. That is no denial: it does
-- not show which actor may remove which member.
-- Found as:
--   inconclusive  memberships › alg-none › remove a member
--   inconclusive  memberships › alg-none › remove the owner
--   lockout       memberships › alice › remove a member
--   lockout       memberships › alice › remove the owner
--   inconclusive  memberships › bob › remove a member
--   inconclusive  memberships › bob › remove the owner
--   lockout       memberships › careful › remove a member
--   lockout       memberships › careful › remove the owner
--   lockout       memberships › carol › remove a member
--   inconclusive  memberships › carol › remove the owner
--   inconclusive  memberships › climber › remove a member
--   inconclusive  memberships › climber › remove the owner
--   lockout       memberships › dual › remove a member
--   inconclusive  memberships › dual › remove the owner
--   inconclusive  memberships › editor › remove a member
--   inconclusive  memberships › editor › remove the owner
--   inconclusive  memberships › expired › remove a member
--   inconclusive  memberships › expired › remove the owner
--   inconclusive  memberships › forged-role › remove a member
--   inconclusive  memberships › forged-role › remove the owner
--   inconclusive  memberships › former › remove a member
--   inconclusive  memberships › former › remove the owner
--   inconclusive  memberships › guest › remove a member
--   inconclusive  memberships › guest › remove the owner
--   inconclusive  memberships › keyless › remove a member
--   inconclusive  memberships › keyless › remove the owner
--   inconclusive  memberships › mallory › remove a member
--   inconclusive  memberships › mallory › remove the owner
--   inconclusive  memberships › signed-out › remove a member
--   inconclusive  memberships › signed-out › remove the owner
--   inconclusive  memberships › tampered › remove a member
--   inconclusive  memberships › tampered › remove the owner
--   inconclusive  memberships › unknown-role › remove a member
--   inconclusive  memberships › unknown-role › remove the owner
--   inconclusive  memberships › visitor › remove a member
--   inconclusive  memberships › visitor › remove the owner
--   inconclusive  memberships › wrong-key › remove a member
--   inconclusive  memberships › wrong-key › remove the owner

alter policy "owners remove anyone, admins remove members" on public.memberships
  using (
    exists (
      select 1
      from public.memberships as own
      where own.organization_id = memberships.organization_id and own.user_id = (select auth.uid()) and own.role = 'owner'
    )
  );
