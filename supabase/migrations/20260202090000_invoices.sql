-- Billing writes invoices with the secret key; owners and admins of the organization read them.

create table public.invoices (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references public.organizations on delete cascade,
  number text not null,
  net_cents bigint not null check (net_cents >= 0),
  tax_cents bigint not null default 0 check (tax_cents >= 0),
  total_cents bigint not null generated always as (net_cents + tax_cents) stored,
  status text not null default 'open' check (status in ('open', 'paid')),
  unique (organization_id, number)
);

alter table public.invoices enable row level security;
grant select on public.invoices to authenticated;
grant select, insert, update, delete on public.invoices to service_role;

create policy "anonymous users stay out" on public.invoices
  as restrictive to authenticated using (not (select private.is_anonymous()));
create policy "owners and admins read invoices" on public.invoices
  for select to authenticated using (organization_id in (select private.organizations_as('owner', 'admin')));

-- By default a view reads with the rights of its owner, who sees every row. security_invoker uses those of the caller.
create view public.invoice_totals with (security_invoker = true) as
  select organization_id, count(*) as invoices, sum(total_cents) as total_cents
  from public.invoices
  group by organization_id;
grant select on public.invoice_totals to authenticated, service_role;
