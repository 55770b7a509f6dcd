-- Hole: the trigger sends the whole row, as the manual shows it, and so the text of the document too.
-- Found as:
--   breach  realtime_documents › alice › hear of a change
--   breach  realtime_documents › alice › hear of a new one
--   breach  realtime_documents › alice › hear of a removal
--   breach  realtime_documents › bob › hear of a change
--   breach  realtime_documents › bob › hear of a new one
--   breach  realtime_documents › bob › hear of a removal
--   breach  realtime_documents › bob › hear of bob's change
--   breach  realtime_documents › former › hear of a change
--   breach  realtime_documents › mallory › hear of a change
--   breach  realtime_documents › mallory › hear of a new one
--   breach  realtime_documents › mallory › hear of a removal

create or replace function private.tell_owner() returns trigger
  language plpgsql security definer
  set search_path = ''
  as $$
begin
  perform realtime.broadcast_changes(
    'user:' || coalesce(new.owner_id, old.owner_id), 'document changed', tg_op, tg_table_name, tg_table_schema, new, old
  );
  return null;
end
$$;
