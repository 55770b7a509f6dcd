-- Hole: the whole table is granted where columns were, and the phone number with it.
-- Found as:
--   breach       profiles › alice › read bob's phone
--   breach       profiles › bob › read bob's phone
--   breach       profiles › careful › read bob's phone
--   breach       profiles › carol › read bob's phone
--   breach       profiles › dual › read bob's phone
--   wrong-layer  profiles › climber › read bob's phone
--   wrong-layer  profiles › editor › read bob's phone
--   wrong-layer  profiles › former › read bob's phone
--   wrong-layer  profiles › guest › read bob's phone
--   wrong-layer  profiles › mallory › read bob's phone

grant select on public.profiles to authenticated;
