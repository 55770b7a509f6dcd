-- Found by: a payment counts once
-- Because: delivered one event at once.*rows of receipts is \d and has to be 1
-- Hole: receipts got a number of their own as the primary key, and with the old key went what made an event one. The
-- function still looks whether it knows the event, so one delivery after the other is recognised.

alter table public.payment_receipts drop constraint payment_receipts_pkey;
alter table public.payment_receipts add column id bigint generated always as identity primary key;

create or replace function public.receive_payment(provider text, event_id text, organization_id uuid, amount_cents bigint)
  returns boolean
  language plpgsql volatile security definer
  set search_path = ''
  as $$
declare
  known public.payment_receipts;
begin
  if not (
    private.keeps_books()
    or pg_catalog.pg_has_role(session_user, 'payment_worker', 'member')
    or coalesce(auth.jwt() ->> 'role' = 'service_role', false)
  ) then
    raise insufficient_privilege using message = 'only bookkeepers and workers receive payments';
  end if;
  select * into known
  from public.payment_receipts as receipts
  where receipts.provider = receive_payment.provider and receipts.event_id = receive_payment.event_id;
  if not found then
    insert into public.payment_receipts (provider, event_id, organization_id, amount_cents)
      values (receive_payment.provider, receive_payment.event_id, receive_payment.organization_id, receive_payment.amount_cents);
    return true;
  end if;
  if known.organization_id <> receive_payment.organization_id or known.amount_cents <> receive_payment.amount_cents then
    raise sqlstate 'PT409' using message = 'this event was received with other contents';
  end if;
  return false;
end
$$;
