-- Found by: one member per invitation
-- Because: all won, and only 1 may
-- Hole: the function looks whether the invitation is pending, and then accepts it, whatever happened in between.

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
  select * into invitation
  from public.invitations
  where token = invitation_token and status = 'pending' and (email is null or email = auth.email());
  if not found then
    raise exception 'there is no such invitation';
  end if;
  update public.invitations set status = 'accepted' where id = invitation.id;
  insert into public.memberships (organization_id, user_id, role)
    values (invitation.organization_id, auth.uid(), invitation.role)
    on conflict do nothing;
end
$$;
