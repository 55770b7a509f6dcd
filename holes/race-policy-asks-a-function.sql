-- Found by: a request is approved and paid for once
-- Because: all won, and only 1 may
-- Hole: what is pending is asked of a function, as policies often do, instead of the row's own column. One decision after
-- the other is refused. But whoever has waited for a row is judged by what the function saw before.

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
