-- A queue of tasks with claims that run out. Workers take from it in two ways: processes that log in to the database as
-- task_worker, and editors through the API. Both go through the two functions below and have no other way in.

-- Its password is set where it runs, never in a migration. A role belongs to the whole server and may be there already.
do $$
begin
  if not exists (select from pg_catalog.pg_roles where rolname = 'task_worker') then
    create role task_worker login noinherit;
  end if;
end
$$;
alter role task_worker set statement_timeout = '10s';
alter role task_worker set idle_in_transaction_session_timeout = '30s';

create table public.tasks (
  id bigint generated always as identity primary key,
  kind text not null,
  payload jsonb not null default '{}',
  status text not null default 'queued' check (status in ('queued', 'running', 'done')),
  worker text,
  leased_until timestamptz,
  attempts integer not null default 0,
  -- Rises with every claim. Whoever finishes a task shows the one of the own claim, and an older one is refused.
  fence bigint not null default 0,
  check ((status = 'running') = (leased_until is not null))
);
create index tasks_queue_idx on public.tasks (kind, id) where status <> 'done';
alter table public.tasks enable row level security;
grant select, insert, update, delete on public.tasks to service_role;

-- What came of a task; the primary key keeps it to one.
create table public.task_effects (
  task_id bigint primary key references public.tasks on delete cascade,
  fence bigint not null,
  result text not null,
  created_at timestamptz not null default now()
);
alter table public.task_effects enable row level security;
grant select, insert, update, delete on public.task_effects to service_role;

-- session_user is who logged in, also inside of a security definer function; behind the API it is never the worker.
create function private.takes_tasks() returns boolean
  language sql stable
  set search_path = ''
  as $$
    select pg_catalog.pg_has_role(session_user, 'task_worker', 'member')
      or private.is_editor()
      or coalesce(auth.jwt() ->> 'role' = 'service_role', false)
  $$;
revoke execute on function private.takes_tasks() from public;

-- Takes the oldest task of a kind that nobody holds, and says until when. A claim that has run out may be taken over, and
-- a task that failed three times is left alone. Two workers never get the same one.
create function public.claim_task(task_kind text, worker_name text, lease interval default '30 seconds')
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
        for update skip locked
      )
      returning tasks.*;
  end
  $$;
revoke execute on function public.claim_task(text, text, interval) from public;

-- Whoever holds the newest claim finishes the task. The row is locked before the claim is looked at.
create function public.finish_task(task_id bigint, token bigint, outcome text) returns void
  language plpgsql volatile security definer
  set search_path = ''
  as $$
  begin
    if not private.takes_tasks() then
      raise insufficient_privilege using message = 'only workers and editors finish tasks';
    end if;
    update public.tasks
    set status = 'done', leased_until = null
    where tasks.id = finish_task.task_id and tasks.status = 'running' and tasks.fence = token;
    if not found then
      raise sqlstate 'PT409' using message = 'the claim is over';
    end if;
    insert into public.task_effects (task_id, fence, result) values (finish_task.task_id, token, outcome);
  end
  $$;
revoke execute on function public.finish_task(bigint, bigint, text) from public;

grant execute on function public.claim_task(text, text, interval) to authenticated, service_role, task_worker;
grant execute on function public.finish_task(bigint, bigint, text) to authenticated, service_role, task_worker;
grant usage on schema public to task_worker;
