-- Hole: the message of the function reveals which projects of other organizations exist.
-- Found as:
--   breach  archive_project › alice › find projects
--   breach  archive_project › bob › find projects
--   breach  archive_project › careful › find projects
--   breach  archive_project › carol › find projects
--   breach  archive_project › climber › find projects
--   breach  archive_project › dual › find projects
--   breach  archive_project › editor › find projects
--   breach  archive_project › former › find projects
--   breach  archive_project › guest › find projects

create or replace function public.archive_project(project_id uuid) returns void
  language plpgsql security definer
  set search_path = ''
  as $$
begin
  if not exists (select 1 from public.projects where id = archive_project.project_id) then
    raise exception 'there is no such project';
  end if;
  update public.projects
    set status = 'archived'
    where id = archive_project.project_id
      and organization_id in (select private.organizations_as('owner', 'admin'))
      and not private.is_anonymous();
  if not found then
    raise exception 'only owners and admins archive this project';
  end if;
end
$$;
