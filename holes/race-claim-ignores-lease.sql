-- Found by: a crashed worker's task is done once
-- Because: runner 2 claimed task \d+ at \d+\.\d{3} s although runner's claim from \d+\.\d{3} s was valid until \d+\.\d{3} s
-- Hole: the new version of the claim hands out the tasks of crashed workers again, but does not check whether their claim
-- has expired. Every task in progress is given to the next worker that asks.

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
          and queue.status <> 'done'
        order by queue.id
        limit 1
        for update skip locked
      )
      returning tasks.*;
  end
  $$;
