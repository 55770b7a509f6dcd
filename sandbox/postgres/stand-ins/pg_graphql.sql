-- pg_graphql (github.com/supabase/pg_graphql): its functions are there, and no query is resolved. /graphql/v1 is not served.
create function graphql.resolve(
  query text, variables jsonb default '{}', "operationName" text default null, extensions jsonb default null
) returns jsonb
  language sql stable
  as $$
    select '{"data": null, "errors": [{"message": "The sandbox resolves no GraphQL query."}]}'::jsonb
  $$;
create function graphql.comment_directive(comment_ text) returns jsonb
  language sql immutable
  as $$ select coalesce(substring(comment_ from '@graphql\((.+)\)')::jsonb, '{}') $$;
create function graphql.exception(message text) returns text
  language plpgsql
  as $$
begin
  raise exception using errcode = '22000', message = message;
end
$$;
create sequence graphql.seq_schema_version as integer cycle;
create function graphql.get_schema_version() returns integer
  language sql stable as $$ select last_value from graphql.seq_schema_version $$;
create function graphql.increment_schema_version() returns event_trigger
  language plpgsql as 'begin end';

grant usage on schema graphql to postgres, anon, authenticated, service_role;
grant execute on all functions in schema graphql to postgres, anon, authenticated, service_role;
