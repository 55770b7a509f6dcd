-- Rows for local development. A run of Trespass neither reads nor touches them: it works on what it made itself.
insert into public.organizations (id, name, plan)
values ('5eed0000-0000-4000-8000-000000000001', 'Initech', 'team');

insert into public.projects (organization_id, slug, name)
values ('5eed0000-0000-4000-8000-000000000001', 'tps-reports', 'TPS reports');

insert into public.invoices (organization_id, number, net_cents, tax_cents)
values ('5eed0000-0000-4000-8000-000000000001', '2026-0001', 2900, 551);

insert into public.processing_jobs (kind, payload)
values ('send-invoice', '{"number": "2026-0001"}');
