-- Hole: row security is on and the policy is gone, so nobody reads plans any more. Nothing leaks, but nothing works.
drop policy "everyone reads plans" on catalog.plans;
