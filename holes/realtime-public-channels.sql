-- Hole: public access was allowed again. A public channel has nothing in common with the private one of the same name,
-- but no policy applies to it: every client with a key can join it and speak in the name of the organization.
-- Found as:
--   breach  realtime_rooms › alice › join as public
--   breach  realtime_rooms › bob › join as public
--   breach  realtime_rooms › climber › join as public
--   breach  realtime_rooms › dual › join as public
--   breach  realtime_rooms › former › join as public
--   breach  realtime_rooms › guest › join as public
--   breach  realtime_rooms › mallory › join as public
--   breach  realtime_rooms › visitor › join as public

alter database postgres reset trespass.realtime_private_only;
