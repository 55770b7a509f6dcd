-- pg_net (github.com/supabase/pg_net): a request is queued and recorded, and never sent. There is no response.
create schema net;

create domain net.http_method as text
  check (value ilike 'get' or value ilike 'post' or value ilike 'delete');

-- Unlogged, as in the extension.
create unlogged table net.http_request_queue (
  id bigint generated always as identity primary key,
  method net.http_method not null,
  url text not null,
  headers jsonb,
  body bytea,
  timeout_milliseconds integer not null
);
create unlogged table net._http_response (
  id bigint,
  status_code integer,
  content_type text,
  headers jsonb,
  content text,
  timed_out boolean,
  error_msg text,
  created timestamptz not null default now()
);

create type net.request_status as enum ('PENDING', 'SUCCESS', 'ERROR');
create type net.http_response as (status_code integer, headers jsonb, body text);
create type net.http_response_result as (status net.request_status, message text, response net.http_response);

create function net._urlencode_string(string varchar) returns text
  language sql immutable strict
  as $$
    select string_agg(
      case when byte ~ '[A-Za-z0-9._~-]' and length(byte) = 1 then byte
        else regexp_replace(upper(encode(convert_to(byte, 'UTF8'), 'hex')), '(..)', '%\1', 'g') end, '' order by at)
    from regexp_split_to_table(string, '') with ordinality as t(byte, at)
  $$;

create function net._encode_url_with_params_array(url text, params_array text[]) returns text
  language sql immutable strict
  as $$
    select case when cardinality(params_array) = 0 then url
      else url || case when strpos(url, '?') > 0 then '&' else '?' end || array_to_string(params_array, '&') end
  $$;

create function net._enqueue(
  method text, url text, params jsonb, headers jsonb, body bytea, timeout_milliseconds integer
) returns bigint
  language sql volatile
  as $$
    insert into net.http_request_queue (method, url, headers, body, timeout_milliseconds)
    values (
      method,
      net._encode_url_with_params_array(url, array(
        select net._urlencode_string(key) || '=' || net._urlencode_string(value)
        from jsonb_each_text(coalesce(params, '{}')))),
      headers, body, timeout_milliseconds)
    returning id
  $$;

create function net.http_get(
  url text, params jsonb default '{}', headers jsonb default '{}', timeout_milliseconds integer default 5000
) returns bigint
  language sql security definer set search_path = net
  as $$ select net._enqueue('GET', url, params, headers, null, timeout_milliseconds) $$;

create function net.http_delete(
  url text, params jsonb default '{}', headers jsonb default '{}', timeout_milliseconds integer default 5000,
  body jsonb default null
) returns bigint
  language sql security definer set search_path = net
  as $$ select net._enqueue('DELETE', url, params, headers, convert_to(body::text, 'UTF8'), timeout_milliseconds) $$;

create function net.http_post(
  url text, body jsonb default '{}', params jsonb default '{}',
  headers jsonb default '{"Content-Type": "application/json"}', timeout_milliseconds integer default 5000
) returns bigint
  language plpgsql security definer set search_path = net
  as $$
declare
  content_type text := (
    select value from jsonb_each_text(coalesce(headers, '{}')) where lower(key) = 'content-type' limit 1);
begin
  if content_type is null then
    headers := coalesce(headers, '{}') || '{"Content-Type": "application/json"}';
  elsif content_type <> 'application/json' then
    raise exception 'Content-Type header must be "application/json"';
  end if;
  return net._enqueue('POST', url, params, headers, convert_to(body::text, 'UTF8'), timeout_milliseconds);
end
$$;

create function net._http_collect_response(request_id bigint, async boolean default true) returns net.http_response_result
  language sql stable security definer set search_path = net
  as $$ select row('PENDING', 'request is pending processing', null)::net.http_response_result $$;
create function net.http_collect_response(request_id bigint, async boolean default true) returns net.http_response_result
  language sql stable security definer set search_path = net
  as $$ select net._http_collect_response(request_id, async) $$;

create function net.worker_restart() returns boolean language sql as 'select true';
create function net.check_worker_is_up() returns void language sql as '';

grant usage on schema net to supabase_functions_admin, postgres, anon, authenticated, service_role;
revoke all on all functions in schema net from public;
grant execute on function net.http_get, net.http_post, net.http_delete, net.http_collect_response
  to supabase_functions_admin, postgres, anon, authenticated, service_role;
grant execute on function net.worker_restart, net.check_worker_is_up to postgres;
grant select, insert, update, delete, truncate on net.http_request_queue, net._http_response to postgres, service_role;
