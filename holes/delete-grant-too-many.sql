-- Hole: delete is granted, and the policy of owners and admins covers every command.
-- Found as:
--   breach       organizations › alice › delete
--   breach       organizations › careful › delete
--   breach       organizations › carol › delete
--   breach       organizations › dual › delete
--   wrong-layer  organizations › bob › delete
--   wrong-layer  organizations › climber › delete
--   wrong-layer  organizations › editor › delete
--   wrong-layer  organizations › former › delete
--   wrong-layer  organizations › guest › delete
--   wrong-layer  organizations › mallory › delete

grant delete on public.organizations to authenticated;
