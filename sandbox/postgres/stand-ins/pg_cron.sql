-- pg_cron (github.com/citusdata/pg_cron): jobs are recorded, and none runs by itself. `select cron.run_job('name')` runs one
-- now; the extension has no such function.
create schema cron;

create sequence cron.jobid_seq;
create table cron.job (
  jobid bigint primary key default nextval('cron.jobid_seq'),
  schedule text not null,
  command text not null,
  nodename text not null default 'localhost',
  nodeport integer not null default 5432,
  database text not null default current_database(),
  username text not null default current_user,
  active boolean not null default true,
  jobname text,
  constraint jobname_username_uniq unique (jobname, username)
);
alter table cron.job enable row level security;
create policy cron_job_policy on cron.job using (username = current_user);

create sequence cron.runid_seq;
create table cron.job_run_details (
  jobid bigint,
  runid bigint primary key default nextval('cron.runid_seq'),
  job_pid integer,
  database text,
  username text,
  command text,
  status text,
  return_message text,
  start_time timestamptz,
  end_time timestamptz
);
alter table cron.job_run_details enable row level security;
create policy cron_job_run_details_policy on cron.job_run_details using (username = current_user);

create function cron._check_schedule() returns trigger
  language plpgsql
  as $$
declare
  field constant text := '[0-9a-zA-Z*,/$-]+';
begin
  if new.schedule !~* format('^\s*(%s(\s+%s){4}|@(yearly|annually|monthly|weekly|daily|midnight|hourly|reboot)|([1-9]|[1-5][0-9])\s+seconds?)\s*$',
    field, field)
  then
    raise exception using errcode = '22023', message = format('invalid schedule: %s', new.schedule),
      hint = 'Use cron format (e.g. 5 4 * * *), or interval format ''[1-59] seconds''';
  end if;
  return new;
end
$$;
create trigger check_schedule before insert or update on cron.job for each row execute function cron._check_schedule();

-- The extension's functions may be called by every role and write its own jobs alone. A view decides by the role that
-- calls, where a SECURITY DEFINER function would see its owner.
create view cron._own_jobs as select * from cron.job where username = current_user with check option;

create function cron.schedule(job_name text, schedule text, command text) returns bigint
  language sql as $$
    insert into cron._own_jobs (jobname, schedule, command, username, database, active)
    values (job_name, schedule, command, current_user, current_database(), true)
    on conflict (jobname, username) do update
      set schedule = excluded.schedule, command = excluded.command, database = excluded.database, active = excluded.active
    returning jobid
  $$;
create function cron.schedule(schedule text, command text) returns bigint
  language sql as $$ select cron.schedule(null, schedule, command) $$;
create function cron.schedule_in_database(
  job_name text, schedule text, command text, database text, username text default null, active boolean default true
) returns bigint
  language sql as $$
    insert into cron._own_jobs (jobname, schedule, command, username, database, active)
    values (job_name, schedule, command, coalesce(username, current_user), database, active)
    on conflict (jobname, username) do update
      set schedule = excluded.schedule, command = excluded.command, database = excluded.database, active = excluded.active
    returning jobid
  $$;

create function cron.unschedule(job_id bigint) returns boolean
  language plpgsql
  as $$
begin
  delete from cron._own_jobs where jobid = job_id;
  if not found then
    raise exception using errcode = 'XX000', message = format('could not find valid entry for job %L', job_id);
  end if;
  return true;
end
$$;
create function cron.unschedule(job_name text) returns boolean
  language plpgsql
  as $$
begin
  delete from cron._own_jobs where jobname = job_name;
  if not found then
    raise exception using errcode = 'XX000', message = format('could not find valid entry for job %L', job_name);
  end if;
  return true;
end
$$;

create function cron.alter_job(
  job_id bigint, schedule text default null, command text default null, database text default null,
  username text default null, active boolean default null
) returns void
  language plpgsql
  as $$
#variable_conflict use_column
begin
  update cron._own_jobs set
    schedule = coalesce(alter_job.schedule, schedule),
    command = coalesce(alter_job.command, command),
    database = coalesce(alter_job.database, database),
    username = coalesce(alter_job.username, username),
    active = coalesce(alter_job.active, active)
  where jobid = alter_job.job_id;
  if not found then
    raise exception 'Job % does not exist or you don''t own it', job_id;
  end if;
end
$$;

-- Runs as the role that calls, which has to be the job's: a SECURITY DEFINER function may not change its role.
create function cron.run_job(job_name text) returns bigint
  language plpgsql set search_path = "$user", public, extensions
  as $$
declare
  job cron.job;
  run bigint;
begin
  select * into job from cron.job where jobname = job_name and username = current_user;
  if not found then
    raise exception using errcode = 'XX000', message = format('could not find valid entry for job %L', job_name);
  end if;
  execute job.command;
  insert into cron.job_run_details (jobid, job_pid, database, username, command, status, start_time, end_time)
  values (job.jobid, pg_backend_pid(), job.database, job.username, job.command, 'succeeded', now(), clock_timestamp())
  returning runid into run;
  return run;
end
$$;

revoke execute on all functions in schema cron from public;
grant usage on schema cron to postgres with grant option;
grant all on all functions in schema cron to postgres with grant option;
grant all on all tables in schema cron to postgres with grant option;
grant all on all sequences in schema cron to postgres with grant option;
revoke all on cron.job from postgres;
grant select on cron.job to postgres with grant option;
-- As the extension does. A role needs USAGE of the schema too, which the project grants.
grant execute on function cron.schedule(text, text), cron.schedule(text, text, text), cron.unschedule(bigint),
  cron.unschedule(text) to public;
grant select, insert, update, delete on cron._own_jobs to public;
grant usage on cron.jobid_seq to public;
