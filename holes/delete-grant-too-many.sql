-- Hole: delete is granted, and the policy of owners and admins covers every command.
grant delete on public.organizations to authenticated;
