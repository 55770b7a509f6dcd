-- Hole: the worker's function was created again and is executable by everyone, as every new function is.
-- Found as:
--   breach  claim_job › alice › claim
--   breach  claim_job › bob › claim
--   breach  claim_job › careful › claim
--   breach  claim_job › carol › claim
--   breach  claim_job › climber › claim
--   breach  claim_job › dual › claim
--   breach  claim_job › editor › claim
--   breach  claim_job › former › claim
--   breach  claim_job › guest › claim
--   breach  claim_job › mallory › claim
--   breach  claim_job › signed-out › claim
--   breach  claim_job › visitor › claim
--   breach  tasks_worker › cashier › claim a job
--   breach  tasks_worker › runner › claim a job

grant execute on function public.claim_job(text, text) to public;
