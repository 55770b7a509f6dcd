-- Hole: nothing keeps anonymous users out of channels. A row in memberships is enough, and a topic of their own they
-- have anyway.
-- Found as:
--   breach       realtime_documents › guest › hear of a change
--   breach       realtime_documents › guest › hear of a new one
--   breach       realtime_documents › guest › hear of a removal
--   wrong-layer  realtime_documents › guest › speak to oneself
--   breach       realtime_presence › guest › join
--   wrong-layer  realtime_presence › guest › listen
--   breach       realtime_presence › guest › see bob
--   breach       realtime_presence › guest › show up
--   wrong-layer  realtime_projects › guest › hear of a change
--   breach       realtime_projects › guest › hear of a removal
--   breach       realtime_rooms › guest › hear carol
--   breach       realtime_rooms › guest › hear the database
--   breach       realtime_rooms › guest › join
--   wrong-layer  realtime_rooms › guest › speak

drop policy "anonymous users stay out" on realtime.messages;
