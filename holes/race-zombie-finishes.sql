-- Found by: a crashed worker's task is done once
-- Because: runner came back and finished task \d+, which runner 2 had taken over at .*, by its claim from .*, which was over
-- Hole: a worker finishes a task with the token of a claim, and the function does not check that it is the newest claim. A
-- worker that was presumed dead finishes a task that another one is working on.

create or replace function public.finish_task(task_id bigint, token bigint, outcome text) returns void
  language plpgsql volatile security definer
  set search_path = ''
  as $$
  begin
    if not private.takes_tasks() then
      raise insufficient_privilege using message = 'only workers and editors finish tasks';
    end if;
    update public.tasks
    set status = 'done', leased_until = null
    where tasks.id = finish_task.task_id and tasks.status = 'running';
    if not found then
      raise sqlstate 'PT409' using message = 'the claim is over';
    end if;
    insert into public.task_effects (task_id, fence, result) values (finish_task.task_id, token, outcome);
  end
  $$;
