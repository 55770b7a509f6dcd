-- Background work. Row security is on and there is no policy: no user sees a row, even if a grant is too wide by
-- mistake. Workers use the secret key.

create table public.processing_jobs (
  id bigint generated always as identity primary key,
  kind text not null,
  payload jsonb not null default '{}',
  status text not null default 'queued' check (status in ('queued', 'running', 'done')),
  claimed_by text
);
create index processing_jobs_queue_idx on public.processing_jobs (kind, id) where status = 'queued';
alter table public.processing_jobs enable row level security;
grant select, insert, update, delete on public.processing_jobs to service_role;

-- A provider may send the same event more than once; the primary key keeps the first.
create table public.webhook_receipts (
  provider text not null,
  event_id text not null,
  payload jsonb not null default '{}',
  received_at timestamptz not null default now(),
  primary key (provider, event_id)
);
alter table public.webhook_receipts enable row level security;
grant select, insert, update, delete on public.webhook_receipts to service_role;

-- Takes the oldest job of a kind. Two workers never get the same one.
create function public.claim_job(job_kind text, worker text) returns setof public.processing_jobs
  language sql volatile security definer
  set search_path = ''
  as $$
    update public.processing_jobs
    set status = 'running', claimed_by = worker
    where id = (
      select id
      from public.processing_jobs
      where kind = job_kind and status = 'queued'
      order by id
      limit 1
      for update skip locked
    )
    returning *
  $$;
-- A function is executable by everyone unless that is taken back.
revoke execute on function public.claim_job(text, text) from public;
grant execute on function public.claim_job(text, text) to service_role;
