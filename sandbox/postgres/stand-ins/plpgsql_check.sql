-- plpgsql_check (github.com/okbob/plpgsql_check): no function is checked, so none has a fault.
create function plpgsql_check_function(
  funcoid regprocedure, relid regclass default 0, format text default 'text', fatal_errors boolean default true,
  other_warnings boolean default true, performance_warnings boolean default false, extra_warnings boolean default true
) returns setof text
  language sql as 'select null::text where false';
create function plpgsql_check_function(
  name text, relid regclass default 0, format text default 'text', fatal_errors boolean default true,
  other_warnings boolean default true, performance_warnings boolean default false, extra_warnings boolean default true
) returns setof text
  language sql as 'select null::text where false';
create function plpgsql_check_function_tb(
  funcoid regprocedure, relid regclass default 0, fatal_errors boolean default true, other_warnings boolean default true,
  performance_warnings boolean default false, extra_warnings boolean default true,
  out functionid regproc, out lineno integer, out statement text, out sqlstate text, out message text, out detail text,
  out hint text, out level text, out "position" integer, out query text, out context text
) returns setof record
  language sql as 'select null::regproc, 0, null::text, null::text, null::text, null::text, null::text, null::text, 0,
    null::text, null::text where false';
