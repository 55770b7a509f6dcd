-- Hole: the policy of a person's own topic asks what kind of topic it is, and not whose.
-- Found as:
--   breach  realtime_documents › alice › hear of bob's change
--   breach  realtime_documents › alice › join bob's
--   breach  realtime_documents › former › hear of bob's change
--   breach  realtime_documents › mallory › hear of bob's change
--   breach  realtime_documents › mallory › join bob's

alter policy "people hear what they are told" on realtime.messages
  using (extension = 'broadcast' and realtime.topic() like 'user:%');
