create table public.notes (
  id uuid primary key default gen_random_uuid(),
  owner_id uuid not null references auth.users (id) on delete cascade,
  body text not null
);
alter table public.notes enable row level security;
grant select, insert, update, delete on public.notes to authenticated;
create policy own on public.notes to authenticated using (owner_id = auth.uid()) with check (owner_id = auth.uid());
