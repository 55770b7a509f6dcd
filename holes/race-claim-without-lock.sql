-- Found by: every worker gets a task of its own
-- Because: runner( \d)? claimed task \d+ at \d+\.\d{3} s although runner( \d)?'s claim from \d+\.\d{3} s had not been given back
-- Hole: a claim selects the oldest task without a lock, and the update does not check it again. A worker that selects before
-- the claim of another one is committed gets the same task.

create or replace function public.claim_task(task_kind text, worker_name text, lease interval default '30 seconds')
  returns setof public.tasks
  language plpgsql volatile security definer
  set search_path = ''
  as $$
  begin
    if not private.takes_tasks() then
      raise insufficient_privilege using message = 'only workers and editors take tasks';
    end if;
    return query
      update public.tasks
      set status = 'running',
        worker = worker_name,
        leased_until = clock_timestamp() + least(lease, interval '5 minutes'),
        attempts = tasks.attempts + 1,
        fence = tasks.fence + 1
      where tasks.id = (
        select queue.id
        from public.tasks as queue
        where queue.kind = task_kind
          and queue.attempts < 3
          and (queue.status = 'queued' or (queue.status = 'running' and queue.leased_until < clock_timestamp()))
        order by queue.id
        limit 1
      )
      returning tasks.*;
  end
  $$;
