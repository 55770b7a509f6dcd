-- Found by: a request is approved and paid for once
-- Because: all won, and only 1 may
-- Hole: the policy calls a function for the pending requests, as policies often do, instead of reading the row's own column.
-- A second decision after the first is refused. One that has waited for the row is checked with the earlier state.

create function private.pending_requests() returns setof uuid
  language sql stable security definer
  set search_path = ''
  as $$ select id from public.purchase_requests where status = 'pending' $$;
revoke execute on function private.pending_requests() from public;
grant execute on function private.pending_requests() to authenticated;

alter policy "owners and admins decide what is pending" on public.purchase_requests
  using (
    id in (select private.pending_requests())
    and organization_id in (select private.organizations_as('owner', 'admin'))
  );
