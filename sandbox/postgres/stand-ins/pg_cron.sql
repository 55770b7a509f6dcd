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

create function cron._check_schedule(schedule text) returns void
  language plpgsql
  as $$
declare
  field constant text := '[0-9a-zA-Z*,/$-]+';
begin
  if schedule !~* format('^\s*(%s(\s+%s){4}|@(yearly|annually|monthly|weekly|daily|midnight|hourly|reboot)|([1-9]|[1-5][0-9])\s+seconds?)\s*$',
    field, field)
  then
    raise exception using errcode = '22023', message = format('invalid schedule: %s', schedule),
      hint = 'Use cron format (e.g. 5 4 * * *), or interval format ''[1-59] seconds''';
  end if;
end
$$;

-- The superuser writes, for the role that calls: in a SECURITY DEFINER function that is the owner of the session's statement.
create function cron._write_job(
  caller text, job_name text, new_schedule text, new_command text, new_database text, new_active boolean
) returns bigint
  language plpgsql security definer set search_path = ''
  as $$
declare
  made bigint;
begin
  perform cron._check_schedule(new_schedule);
  insert into cron.job (jobname, schedule, command, username, database, active)
  values (job_name, new_schedule, new_command, caller, coalesce(new_database, current_database()), new_active)
  on conflict on constraint jobname_username_uniq do update
    set schedule = excluded.schedule, command = excluded.command, database = excluded.database, active = excluded.active
  returning jobid into made;
  return made;
end
$$;

create function cron.schedule(schedule text, command text) returns bigint
  language sql as $$ select cron._write_job(current_user, null, schedule, command, null, true) $$;
create function cron.schedule(job_name text, schedule text, command text) returns bigint
  language sql as $$ select cron._write_job(current_user, job_name, schedule, command, null, true) $$;
create function cron.schedule_in_database(
  job_name text, schedule text, command text, database text, username text default null, active boolean default true
) returns bigint
  language sql as $$ select cron._write_job(coalesce(username, current_user), job_name, schedule, command, database, active) $$;

create function cron._remove_job(caller text, job_id bigint, job_name text) returns boolean
  language plpgsql security definer set search_path = ''
  as $$
begin
  delete from cron.job where username = caller and (jobid = job_id or jobname = job_name);
  if not found then
    raise exception using errcode = 'XX000', message = format('could not find valid entry for job %s',
      coalesce(quote_literal(job_name), quote_literal(job_id)));
  end if;
  return true;
end
$$;
create function cron.unschedule(job_id bigint) returns boolean
  language sql as $$ select cron._remove_job(current_user, job_id, null) $$;
create function cron.unschedule(job_name text) returns boolean
  language sql as $$ select cron._remove_job(current_user, null, job_name) $$;

create function cron._alter_job(
  caller text, changed bigint, new_schedule text, new_command text, new_database text, new_username text,
  new_active boolean
) returns void
  language plpgsql security definer set search_path = ''
  as $$
begin
  if new_schedule is not null then
    perform cron._check_schedule(new_schedule);
  end if;
  update cron.job set
    schedule = coalesce(new_schedule, schedule),
    command = coalesce(new_command, command),
    database = coalesce(new_database, database),
    username = coalesce(new_username, username),
    active = coalesce(new_active, active)
  where jobid = changed and username = caller;
  if not found then
    raise exception 'Job % does not exist or you don''t own it', changed;
  end if;
end
$$;
create function cron.alter_job(
  job_id bigint, schedule text default null, command text default null, database text default null,
  username text default null, active boolean default null
) returns void
  language sql as $$ select cron._alter_job(current_user, job_id, schedule, command, database, username, active) $$;

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

revoke execute on function cron._write_job, cron._remove_job, cron._alter_job, cron.run_job, cron.schedule_in_database,
  cron.alter_job from public;
grant usage on schema cron to postgres with grant option;
grant all on all functions in schema cron to postgres with grant option;
grant all on all tables in schema cron to postgres with grant option;
grant all on all sequences in schema cron to postgres with grant option;
revoke all on cron.job from postgres;
grant select on cron.job to postgres with grant option;
-- Their callers are functions that run as the role that calls.
grant execute on function cron._write_job, cron._remove_job to public;
