-- Found by: a payment counts once
-- Because: delivered one event at once.*account.balance_cents is \d+ and has to be 100
-- Hole: the function books first and inserts the receipt afterwards. By then a concurrent delivery has booked as well, and
-- the existing receipt no longer prevents it.

drop trigger book_payment on public.payment_receipts;

create or replace function public.receive_payment(provider text, event_id text, organization_id uuid, amount_cents bigint)
  returns boolean
  language plpgsql volatile security definer
  set search_path = ''
  as $$
begin
  if not (
    private.keeps_books()
    or pg_catalog.pg_has_role(session_user, 'payment_worker', 'member')
    or coalesce(auth.jwt() ->> 'role' = 'service_role', false)
  ) then
    raise insufficient_privilege using message = 'only bookkeepers and workers receive payments';
  end if;
  if exists (
    select from public.payment_receipts as receipts
    where receipts.provider = receive_payment.provider and receipts.event_id = receive_payment.event_id
  ) then
    if not exists (
      select from public.payment_receipts as receipts
      where receipts.provider = receive_payment.provider
        and receipts.event_id = receive_payment.event_id
        and receipts.organization_id = receive_payment.organization_id
        and receipts.amount_cents = receive_payment.amount_cents
    ) then
      raise sqlstate 'PT409' using message = 'this event was received with other contents';
    end if;
    return false;
  end if;
  update public.accounts
  set balance_cents = balance_cents + receive_payment.amount_cents
  where accounts.organization_id = receive_payment.organization_id;
  insert into public.payment_receipts (provider, event_id, organization_id, amount_cents)
    values (receive_payment.provider, receive_payment.event_id, receive_payment.organization_id, receive_payment.amount_cents)
    on conflict do nothing;
  return true;
end
$$;
