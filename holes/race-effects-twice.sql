-- Found by: a finish that was cut off counts once
-- Because: runner began \"finish\".*rows of public\.task_effects is 2 and has to be 1
-- Hole: the effects of tasks got a number of their own as the primary key, and with the old key went what kept them to one
-- for each task. The function looks at the claim before it locks the task, so an attempt that was cut off and the next one
-- both get through.

alter table public.task_effects drop constraint task_effects_pkey;
alter table public.task_effects add column id bigint generated always as identity primary key;

create or replace function public.finish_task(task_id bigint, token bigint, outcome text) returns void
  language plpgsql volatile security definer
  set search_path = ''
  as $$
  begin
    if not private.takes_tasks() then
      raise insufficient_privilege using message = 'only workers and editors finish tasks';
    end if;
    if not exists (
      select from public.tasks
      where tasks.id = finish_task.task_id and tasks.status = 'running' and tasks.fence = token
    ) then
      raise sqlstate 'PT409' using message = 'the claim is over';
    end if;
    update public.tasks set status = 'done', leased_until = null where tasks.id = finish_task.task_id;
    insert into public.task_effects (task_id, fence, result) values (finish_task.task_id, token, outcome);
  end
  $$;
