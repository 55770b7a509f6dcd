-- Hole: every user with the token of an invitation may use it, also if it was sent to another address.
-- Found as:
--   breach  accept_invitation › alice › accept theirs
--   breach  accept_invitation › careful › accept theirs
--   breach  accept_invitation › carol › accept theirs
--   breach  accept_invitation › climber › accept theirs
--   breach  accept_invitation › dual › accept theirs
--   breach  accept_invitation › editor › accept theirs
--   breach  accept_invitation › former › accept theirs
--   breach  accept_invitation › mallory › accept theirs

create or replace function public.accept_invitation(invitation_token text) returns void
  language plpgsql security definer
  set search_path = ''
  as $$
declare
  invitation public.invitations;
begin
  if private.is_anonymous() then
    raise exception 'sign up before you accept an invitation';
  end if;
  update public.invitations
    set status = 'accepted'
    where token = invitation_token and status = 'pending'
    returning * into invitation;
  if not found then
    raise exception 'there is no such invitation';
  end if;
  insert into public.memberships (organization_id, user_id, role)
    values (invitation.organization_id, auth.uid(), invitation.role)
    on conflict do nothing;
end
$$;
