-- Hole: the worker got what the service has, for a report that it was to write.
-- Found as:
--   breach  payments_worker › runner › enter
--   breach  payments_worker › runner › read receipts
--   breach  payments_worker › runner › top up
--   breach  tasks_worker › runner › become owner
--   breach  tasks_worker › runner › drop
--   breach  tasks_worker › runner › enqueue
--   breach  tasks_worker › runner › lengthen the lease
--   breach  tasks_worker › runner › read invoices
--   breach  tasks_worker › runner › read jobs
--   breach  tasks_worker › runner › read memberships
--   breach  tasks_worker › runner › read organizations
--   breach  tasks_worker › runner › read projects
--   breach  tasks_worker › runner › read the queue
--   breach  tasks_worker › runner › write the effect

alter role task_worker bypassrls;
grant select, insert, update, delete on all tables in schema public to task_worker;
