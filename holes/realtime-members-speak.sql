-- Hole: one policy for all commands replaces two, so every member that may listen in a room may also speak there.
-- Found as:
--   breach  realtime_rooms › bob › speak
--   breach  realtime_rooms › bob › speak in a batch
--   breach  realtime_rooms › bob › speak over HTTP
--   breach  realtime_rooms › dual › speak in theirs

create policy "members use the room of their organization" on realtime.messages
  to authenticated
  using (
    extension = 'broadcast'
    and (select realtime.topic()) in (
      select 'organization:' || id from private.organizations_as('owner', 'admin', 'member') as id
    )
  );
