/** Slots that are booked, correctly and incorrectly, and scenarios about them. */
const migration = `
create table public.slots (
  id uuid primary key default gen_random_uuid(),
  label text not null,
  capacity integer not null
);
create table public.bookings (
  id uuid primary key default gen_random_uuid(),
  slot_id uuid not null references public.slots on delete cascade,
  made_by text not null default pg_current_xact_id()::text,
  made_in text not null default pg_current_snapshot()::text,
  user_id uuid not null default auth.uid() references auth.users on delete cascade
);
alter table public.slots enable row level security;
alter table public.bookings enable row level security;
grant select, insert, update, delete on public.slots, public.bookings to service_role;

create function public.book(slot uuid) returns void language plpgsql security definer set search_path = '' as $$
begin
  perform 1 from public.slots where id = slot for update;
  if (select count(*) from public.bookings where slot_id = slot) >= (select capacity from public.slots where id = slot) then
    raise exception 'full';
  end if;
  insert into public.bookings (slot_id) values (slot);
end $$;

-- Checks first and locks afterwards, when the booking refers to the slot.
create function public.book_blindly(slot uuid) returns void language plpgsql security definer set search_path = '' as $$
begin
  if (select count(*) from public.bookings where slot_id = slot) >= (select capacity from public.slots where id = slot) then
    raise exception 'full';
  end if;
  insert into public.bookings (slot_id) values (slot);
end $$;

create function public.look(slot uuid) returns boolean language sql stable security definer set search_path = '' as $$
  select exists (select from public.slots where id = slot)
$$;

create function public.crash(slot uuid) returns void language plpgsql security definer set search_path = '' as $$
begin
  perform 1 from public.slots where id = slot for update;
  if exists (select from public.bookings where slot_id = slot) then
    raise exception 'out of order' using errcode = 'XX000';
  end if;
  insert into public.bookings (slot_id) values (slot);
end $$;

grant execute on function public.book(uuid), public.book_blindly(uuid), public.look(uuid), public.crash(uuid) to authenticated;
`

const actors = `
actors:
  alice: { kind: authenticated }
  bob:   { kind: authenticated }
  carol: { kind: authenticated }
`

/** A workspace needs a matrix; these tests are not about it. */
const matrix = `
matrix: slots
resource: { table: public.slots }
operations: { add: { insert: { label: "$run", capacity: 1 } } }
expect: { "*": { "*": deny } }
`

/** @returns a scenario in which several sessions call a function at once. */
export function contest(name: string, call: string, changes: readonly string[] = []): string {
  return `
scenario: ${name}
recipe: contended
resource: { function: public.${call} }
invariants: { SLOT-1: A slot is not booked twice. }
proves: [SLOT-1]
fixtures:
  slot: { table: public.slots, values: { label: "$unique", capacity: 1 } }
operations:
  book: { call: { slot: $slot.id } }
contest: { book: [alice, bob, carol] }
gate: slot
expect:
  winners: 1
  losers: deny(application)
  final:
    bookings: { table: public.bookings, where: { slot_id: $slot.id }, count: 1 }
${changes.join('\n')}
`
}

/** @returns the files of a workspace with these scenarios, by name. */
export function workspaceWith(scenarios: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const named = Object.entries(scenarios).map(([name, text]) => [`scenarios/${name}.scenario.yaml`, text])
  return {
    'supabase/migrations/20260101000000_slots.sql': migration,
    'matrices/actors.yaml': actors,
    'matrices/slots.matrix.yaml': matrix,
    ...Object.fromEntries(named),
  }
}
