-- Hole: the editor's role is read from user_metadata, which every user writes.
create or replace function private.is_editor() returns boolean
  language sql stable
  set search_path = ''
  as $$
    select coalesce('editor' in (auth.jwt() -> 'app_metadata' ->> 'role', auth.jwt() -> 'user_metadata' ->> 'role'), false)
  $$;
