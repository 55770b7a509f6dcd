-- Found by: every worker gets a task of its own
-- Because: runner( \d)? was kept waiting although another task was free\..*had it waiting for a claim that was not committed yet
-- Hole: a claim locks the oldest task and does not skip those that others have locked. Every worker waits until the claim of
-- the one before it is committed, and a slow one holds up all of them.

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
        for update
      )
      returning tasks.*;
  end
  $$;
