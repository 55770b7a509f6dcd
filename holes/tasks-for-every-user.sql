-- Hole: the new version of the function that authorizes workers only checks that the caller is signed in.
-- Found as:
--   breach  claim_task › alice › claim
--   breach  claim_task › bob › claim
--   breach  claim_task › careful › claim
--   breach  claim_task › carol › claim
--   breach  claim_task › climber › claim
--   breach  claim_task › dual › claim
--   breach  claim_task › former › claim
--   breach  claim_task › guest › claim
--   breach  claim_task › mallory › claim
--   breach  finish_task › alice › finish
--   breach  finish_task › bob › finish
--   breach  finish_task › careful › finish
--   breach  finish_task › carol › finish
--   breach  finish_task › climber › finish
--   breach  finish_task › dual › finish
--   breach  finish_task › former › finish
--   breach  finish_task › guest › finish
--   breach  finish_task › mallory › finish

create or replace function private.takes_tasks() returns boolean
  language sql stable
  set search_path = ''
  as $$ select session_user = 'task_worker' or auth.jwt() ->> 'role' in ('authenticated', 'service_role') $$;
