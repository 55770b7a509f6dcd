-- What organizations pay, spend and occupy. Each of these is asked for by several people, or delivered several times, in
-- the same moment; so each change is one transaction, and whatever it depends on is locked before it is looked at.

-- Its password is set where it runs, never in a migration. A role belongs to the whole server and may be there already.
do $$
begin
  if not exists (select from pg_catalog.pg_roles where rolname = 'payment_worker') then
    create role payment_worker login noinherit;
  end if;
end
$$;
alter role payment_worker set statement_timeout = '10s';
alter role payment_worker set idle_in_transaction_session_timeout = '30s';

-- Bookkeepers are made by the administration, as editors are.
create function private.keeps_books() returns boolean
  language sql stable
  set search_path = ''
  as $$ select coalesce((auth.jwt() -> 'app_metadata' ->> 'bookkeeper')::boolean, false) $$;
revoke execute on function private.keeps_books() from public;
grant execute on function private.keeps_books() to authenticated;

-- What an organization has paid and not spent.
create table public.accounts (
  organization_id uuid primary key references public.organizations on delete cascade,
  balance_cents bigint not null default 0 check (balance_cents >= 0)
);
alter table public.accounts enable row level security;
grant select on public.accounts to authenticated;
grant select, insert, update, delete on public.accounts to service_role;

create policy "anonymous users stay out" on public.accounts
  as restrictive to authenticated using (not (select private.is_anonymous()));
create policy "owners and admins read the account" on public.accounts
  for select to authenticated using (organization_id in (select private.organizations_as('owner', 'admin')));

-- A provider sends an event until it is answered, and more than once all the same. The primary key keeps the first.
create table public.payment_receipts (
  provider text not null,
  event_id text not null,
  organization_id uuid not null references public.accounts on delete cascade,
  amount_cents bigint not null check (amount_cents > 0),
  received_at timestamptz not null default now(),
  primary key (provider, event_id)
);
create index payment_receipts_organization_id_idx on public.payment_receipts (organization_id);
alter table public.payment_receipts enable row level security;
grant insert (provider, event_id, organization_id, amount_cents) on public.payment_receipts to authenticated;
grant select, insert, update, delete on public.payment_receipts to service_role;

create policy "anonymous users stay out" on public.payment_receipts
  as restrictive to authenticated using (not (select private.is_anonymous()));
create policy "bookkeepers enter receipts" on public.payment_receipts
  for insert to authenticated with check ((select private.keeps_books()));

-- A receipt and its effect are one: whoever writes a receipt, by whatever way, has booked it, or neither is there.
create function private.book_payment() returns trigger
  language plpgsql security definer
  set search_path = ''
  as $$
begin
  update public.accounts
  set balance_cents = balance_cents + new.amount_cents
  where organization_id = new.organization_id;
  return null;
end
$$;
revoke execute on function private.book_payment() from public;
create trigger book_payment after insert on public.payment_receipts
  for each row execute function private.book_payment();

-- For whoever has to answer the provider, which takes anything but a success for a reason to send the event again.
-- Returns whether the event counted now. One that comes under the same id with other contents is refused.
create function public.receive_payment(provider text, event_id text, organization_id uuid, amount_cents bigint)
  returns boolean
  language plpgsql volatile security definer
  set search_path = ''
  as $$
begin
  -- session_user is who logged in, also inside of a security definer function; behind the API it is never the worker.
  if not (
    private.keeps_books()
    or pg_catalog.pg_has_role(session_user, 'payment_worker', 'member')
    or coalesce(auth.jwt() ->> 'role' = 'service_role', false)
  ) then
    raise insufficient_privilege using message = 'only bookkeepers and workers receive payments';
  end if;
  insert into public.payment_receipts (provider, event_id, organization_id, amount_cents)
    values (receive_payment.provider, receive_payment.event_id, receive_payment.organization_id, receive_payment.amount_cents)
    on conflict do nothing;
  if found then
    return true;
  end if;
  if not exists (
    select from public.payment_receipts as known
    where known.provider = receive_payment.provider
      and known.event_id = receive_payment.event_id
      and known.organization_id = receive_payment.organization_id
      and known.amount_cents = receive_payment.amount_cents
  ) then
    raise sqlstate 'PT409' using message = 'this event was received with other contents';
  end if;
  return false;
end
$$;
revoke execute on function public.receive_payment(text, text, uuid, bigint) from public;
grant execute on function public.receive_payment(text, text, uuid, bigint) to authenticated, service_role, payment_worker;
grant usage on schema public to payment_worker;

-- Takes from an account. The statement that writes looks again at what there is when it has waited for another one.
create function private.charge(organization_id uuid, amount_cents bigint) returns bigint
  language plpgsql volatile security definer
  set search_path = ''
  as $$
declare
  rest bigint;
begin
  update public.accounts
  set balance_cents = accounts.balance_cents - charge.amount_cents
  where accounts.organization_id = charge.organization_id and accounts.balance_cents >= charge.amount_cents
  returning accounts.balance_cents into rest;
  if not found then
    raise sqlstate 'PT409' using message = 'there is not enough on the account';
  end if;
  return rest;
end
$$;
revoke execute on function private.charge(uuid, bigint) from public;

-- Owners and admins spend what there is. Returns the rest.
create function public.spend(organization_id uuid, amount_cents bigint) returns bigint
  language plpgsql volatile security definer
  set search_path = ''
  as $$
begin
  if private.is_anonymous() or organization_id not in (select private.organizations_as('owner', 'admin')) then
    raise insufficient_privilege using message = 'only owners and admins spend';
  end if;
  if amount_cents is null or amount_cents <= 0 then
    raise exception 'an amount is more than nothing';
  end if;
  return private.charge(organization_id, amount_cents);
end
$$;
revoke execute on function public.spend(uuid, bigint) from public;
grant execute on function public.spend(uuid, bigint) to authenticated;

-- Members ask for what is to be bought, owners and admins decide, once. What is approved is paid for at once.
create table public.purchase_requests (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references public.organizations on delete cascade,
  asked_by uuid default auth.uid() references auth.users on delete set null,
  amount_cents bigint not null check (amount_cents > 0),
  status text not null default 'pending' check (status in ('pending', 'approved', 'rejected'))
);
create index purchase_requests_organization_id_idx on public.purchase_requests (organization_id);
create index purchase_requests_asked_by_idx on public.purchase_requests (asked_by);
alter table public.purchase_requests enable row level security;
grant select, insert (organization_id, amount_cents), update (status) on public.purchase_requests to authenticated;
grant select, insert, update, delete on public.purchase_requests to service_role;

create policy "anonymous users stay out" on public.purchase_requests
  as restrictive to authenticated using (not (select private.is_anonymous()));
create policy "members see requests" on public.purchase_requests
  for select to authenticated
  using (organization_id in (select private.organizations_as('owner', 'admin', 'member')));
create policy "members ask" on public.purchase_requests
  for insert to authenticated
  with check (
    status = 'pending'
    and asked_by = (select auth.uid())
    and organization_id in (select private.organizations_as('owner', 'admin', 'member'))
  );
-- The row's own column is looked at again when the row was waited for; what a function says about it would not be.
create policy "owners and admins decide what is pending" on public.purchase_requests
  for update to authenticated
  using (status = 'pending' and organization_id in (select private.organizations_as('owner', 'admin')))
  with check (status in ('approved', 'rejected') and organization_id in (select private.organizations_as('owner', 'admin')));

create function private.pay_for_request() returns trigger
  language plpgsql security definer
  set search_path = ''
  as $$
begin
  perform private.charge(new.organization_id, new.amount_cents);
  return null;
end
$$;
revoke execute on function private.pay_for_request() from public;
create trigger pay_for_request after update of status on public.purchase_requests
  for each row when (new.status = 'approved') execute function private.pay_for_request();

-- A plan comes with so many seats.
alter table catalog.plans add column seats integer not null default 3 check (seats > 0);
update catalog.plans set seats = 10 where code = 'team';
update catalog.plans set seats = 100 where code = 'company';

-- Members take a seat for each device that they work on.
create table public.seats (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references public.organizations on delete cascade,
  user_id uuid not null references auth.users on delete cascade,
  device text not null
);
create index seats_organization_id_idx on public.seats (organization_id);
create index seats_user_id_idx on public.seats (user_id);
alter table public.seats enable row level security;
grant select, delete on public.seats to authenticated;
grant select, insert, update, delete on public.seats to service_role;

create policy "anonymous users stay out" on public.seats
  as restrictive to authenticated using (not (select private.is_anonymous()));
create policy "members see who sits where" on public.seats
  for select to authenticated
  using (organization_id in (select private.organizations_as('owner', 'admin', 'member')));
create policy "members give up their seats" on public.seats
  for delete to authenticated using (user_id = (select auth.uid()));

-- Takes a seat while the plan has one.
create function public.take_seat(organization_id uuid, device text) returns uuid
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
  -- One after the other: whoever counts has to know that nobody else takes a seat meanwhile.
  select plans.seats into most
  from public.organizations
  join catalog.plans on plans.code = organizations.plan
  where organizations.id = take_seat.organization_id
  for update of organizations;
  if (select count(*) from public.seats where seats.organization_id = take_seat.organization_id) >= most then
    raise sqlstate 'PT409' using message = 'every seat of the plan is taken';
  end if;
  insert into public.seats (organization_id, user_id, device)
    values (take_seat.organization_id, auth.uid(), take_seat.device)
    returning id into seat;
  return seat;
end
$$;
revoke execute on function public.take_seat(uuid, text) from public;
grant execute on function public.take_seat(uuid, text) to authenticated;
