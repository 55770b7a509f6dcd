-- Found by: a deactivated member loses access
-- Because: While it waited, at .*, membership is changed, and it was carried out all the same: what it may was asked before it waited
-- Hole: the function checks the right to archive, and then waits for a row that another session has locked. After the wait
-- it does not check the right again.

create or replace function public.archive_project(project_id uuid) returns void
  language plpgsql security definer
  set search_path = ''
  as $$
begin
  update public.projects
    set status = 'archived'
    where id = archive_project.project_id
      and organization_id in (select private.organizations_as('owner', 'admin'))
      and not private.is_anonymous();
  if not found then
    raise exception 'there is no such project';
  end if;
end
$$;
