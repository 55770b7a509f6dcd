-- Hole: presence seemed harmless, so that every signed-in user sees who is there, in any organization, and shows up.
-- Found as:
--   breach       realtime_presence › alice › see mallory
--   breach       realtime_presence › alice › show up in theirs
--   breach       realtime_presence › bob › see mallory
--   breach       realtime_presence › bob › show up in theirs
--   breach       realtime_presence › climber › see bob
--   breach       realtime_presence › climber › show up
--   breach       realtime_presence › former › join
--   wrong-layer  realtime_presence › former › listen
--   breach       realtime_presence › former › see bob
--   breach       realtime_presence › former › show up
--   breach       realtime_presence › mallory › join
--   wrong-layer  realtime_presence › mallory › listen
--   breach       realtime_presence › mallory › see bob
--   breach       realtime_presence › mallory › show up

alter policy "members see who is there" on realtime.messages
  using (extension = 'presence' and realtime.topic() like 'presence:%');
alter policy "members show that they are there" on realtime.messages
  with check (extension = 'presence' and realtime.topic() like 'presence:%');
