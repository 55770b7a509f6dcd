-- Found by: everything that is spent is taken from the account
-- Because: account.balance_cents is 900 and has to be 200
-- Hole: the balance is read, and what is written afterwards is what was read, less the amount.

create or replace function private.charge(organization_id uuid, amount_cents bigint) returns bigint
  language plpgsql volatile security definer
  set search_path = ''
  as $$
declare
  rest bigint;
begin
  select accounts.balance_cents - charge.amount_cents into rest
  from public.accounts
  where accounts.organization_id = charge.organization_id;
  if rest is null or rest < 0 then
    raise sqlstate 'PT409' using message = 'there is not enough on the account';
  end if;
  update public.accounts set balance_cents = rest where accounts.organization_id = charge.organization_id;
  return rest;
end
$$;
