-- Hole: the whole table is granted where columns were, and the phone number with it.
grant select on public.profiles to authenticated;
