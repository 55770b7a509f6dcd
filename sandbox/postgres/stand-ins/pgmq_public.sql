-- The objects that the dashboard's "Expose Queues" makes: wrappers of pgmq that run as their caller, made by postgres. It is
-- appended to pgmq for a project that uses the schema pgmq_public without creating it.
select pg_catalog.set_config('sandbox.creating_extension', '', true);
create schema if not exists pgmq_public authorization postgres;

create or replace function pgmq_public.send(queue_name text, message jsonb, sleep_seconds integer default 0)
  returns setof bigint
  language plpgsql set search_path = ''
  as $$ begin return query select * from pgmq.send(queue_name, message, sleep_seconds); end $$;
create or replace function pgmq_public.send_batch(queue_name text, messages jsonb[], sleep_seconds integer default 0)
  returns setof bigint
  language plpgsql set search_path = ''
  as $$ begin return query select * from pgmq.send_batch(queue_name, messages, sleep_seconds); end $$;
create or replace function pgmq_public.read(queue_name text, sleep_seconds integer, n integer)
  returns setof pgmq.message_record
  language plpgsql set search_path = ''
  as $$ begin return query select * from pgmq.read(queue_name, sleep_seconds, n); end $$;
create or replace function pgmq_public.pop(queue_name text) returns setof pgmq.message_record
  language plpgsql set search_path = ''
  as $$ begin return query select * from pgmq.pop(queue_name); end $$;
create or replace function pgmq_public.archive(queue_name text, message_id bigint) returns boolean
  language plpgsql set search_path = ''
  as $$ begin return pgmq.archive(queue_name, message_id); end $$;
create or replace function pgmq_public.delete(queue_name text, message_id bigint) returns boolean
  language plpgsql set search_path = ''
  as $$ begin return pgmq.delete(queue_name, message_id); end $$;

do $$
declare
  made regprocedure;
begin
  for made in select oid from pg_proc where pronamespace = 'pgmq_public'::regnamespace loop
    execute format('alter function %s owner to postgres', made);
  end loop;
end
$$;
grant usage on schema pgmq_public, pgmq to postgres, anon, authenticated, service_role;
grant execute on all functions in schema pgmq_public to postgres, anon, authenticated, service_role;
-- Every API role may call a wrapper. The privileges and policies of a queue's table decide which role reaches the queue.
grant all on all tables in schema pgmq to service_role;
alter default privileges for role postgres in schema pgmq grant all on tables to service_role;
alter default privileges for role postgres in schema pgmq
  grant usage, select, update on sequences to anon, authenticated, service_role;
