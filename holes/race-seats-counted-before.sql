-- Found by: no more seats than the plan has
-- Because: all won, and only 3 may
-- Hole: the function counts the seats first, and nothing keeps another session from taking one meanwhile. Only the insert,
-- which refers to the row of the organization, waits for it.

create or replace function public.take_seat(organization_id uuid, device text) returns uuid
  language plpgsql volatile security definer
  set search_path = ''
  as $$
declare
  most integer;
  seat uuid;
begin
  if private.is_anonymous()
    or take_seat.organization_id not in (select private.organizations_as('owner', 'admin', 'member')) then
    raise insufficient_privilege using message = 'only members take seats';
  end if;
  select plans.seats into most
  from public.organizations
  join catalog.plans on plans.code = organizations.plan
  where organizations.id = take_seat.organization_id;
  if (select count(*) from public.seats where seats.organization_id = take_seat.organization_id) >= most then
    raise sqlstate 'PT409' using message = 'every seat of the plan is taken';
  end if;
  insert into public.seats (organization_id, user_id, device)
    values (take_seat.organization_id, auth.uid(), take_seat.device)
    returning id into seat;
  return seat;
end
$$;
