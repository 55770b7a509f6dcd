-- Hole: the policies of presence forget the extension, and the topic becomes a second room in which all members speak.
-- Found as:
--   breach  realtime_presence › alice › join to listen
--   breach  realtime_presence › alice › listen
--   breach  realtime_presence › alice › speak
--   breach  realtime_presence › bob › join to listen
--   breach  realtime_presence › bob › listen
--   breach  realtime_presence › bob › speak

alter policy "members see who is there" on realtime.messages
  using (
    (select realtime.topic()) in (
      select 'presence:' || id from private.organizations_as('owner', 'admin', 'member') as id
    )
  );
alter policy "members show that they are there" on realtime.messages
  with check (
    (select realtime.topic()) in (
      select 'presence:' || id from private.organizations_as('owner', 'admin', 'member') as id
    )
  );
