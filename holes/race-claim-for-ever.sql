-- Found by: a crashed worker's task is done once
-- Because: runner was cut off at .* with task \d+.*No worker got it again: runner 2 asked \d+ times
-- Hole: a claim does not expire. A task of a crashed worker stays with it, and no other worker gets it.

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
          and queue.status = 'queued'
        order by queue.id
        limit 1
        for update skip locked
      )
      returning tasks.*;
  end
  $$;
