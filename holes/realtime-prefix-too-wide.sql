-- Hole: the topic is compared by how it begins, so that the room's members are let into every topic whose name goes on
-- from there: the room of the owners and admins is no longer theirs alone.
-- Found as:
--   breach  realtime_rooms › bob › join the admins'

alter policy "members hear the room of their organization" on realtime.messages
  using (
    extension = 'broadcast'
    and exists (
      select from private.organizations_as('owner', 'admin', 'member') as id
      where realtime.topic() like 'organization:' || id || '%'
    )
  );
