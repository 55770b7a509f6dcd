-- Postgres Changes: what the sandbox's Realtime asks PostgreSQL to decide, after the rules of Realtime's own
-- realtime.apply_rls and realtime.subscription_check_filters (github.com/supabase/realtime at 833cf36). These functions
-- are called by the superuser only.

-- Realtime decodes with wal2json, which sends whole rows of a publication's tables. pgoutput would keep to column lists
-- and row filters, and stops when the publication is dropped. So it reads a publication of the same tables without
-- lists and filters, which only the superuser can drop.
create publication sandbox_realtime_changes;
create function sandbox.mirror_publication() returns event_trigger
  language plpgsql
  security definer
  set search_path = ''
  as $$
declare
  step text;
begin
  -- The commands below call this function as well.
  if current_setting('sandbox.mirroring', true) = 'on' then
    return;
  end if;
  perform set_config('sandbox.mirroring', 'on', true);
  for step in
    with wanted as (
      select format('%I.%I', schemaname, tablename)::pg_catalog.regclass as relation
      from pg_catalog.pg_publication_tables where pubname = 'supabase_realtime'
    ), present as (
      select prrelid::pg_catalog.regclass as relation
      from pg_catalog.pg_publication_rel join pg_catalog.pg_publication p on p.oid = prpubid
      where pubname = 'sandbox_realtime_changes'
    ), actions as (
      select concat_ws(', ', case when pubinsert then 'insert' end, case when pubupdate then 'update' end,
        case when pubdelete then 'delete' end) as list, pubname
      from pg_catalog.pg_publication
    )
    select format('alter publication sandbox_realtime_changes set (publish = %L)', original.list)
      from actions original, actions mirror
      where original.pubname = 'supabase_realtime' and mirror.pubname = 'sandbox_realtime_changes'
        and original.list <> mirror.list
    union all
    select format('alter publication sandbox_realtime_changes drop table %s', relation)
      from present where relation not in (select relation from wanted)
    union all
    select format('alter publication sandbox_realtime_changes add table only %s', relation)
      from wanted where relation not in (select relation from present)
  loop
    execute step;
  end loop;
  perform set_config('sandbox.mirroring', 'off', true);
end
$$;
create event trigger sandbox_mirror_publication on ddl_command_end
  when tag in ('CREATE PUBLICATION', 'ALTER PUBLICATION', 'DROP PUBLICATION', 'CREATE TABLE', 'ALTER TABLE')
  execute function sandbox.mirror_publication();

-- A column's value as JSON. Realtime's decoder writes bytea as hexadecimal digits without the prefix.
create function sandbox.as_json(value text, type oid) returns jsonb
  language plpgsql stable
  as $$
declare
  result jsonb;
begin
  if type = 'bytea'::regtype then
    return to_jsonb(substr(value, 3));
  end if;
  execute format('select to_jsonb(%L::%s)', value, type::regtype) into result;
  return result;
end
$$;

-- Refuses a subscription that names a column which its role may not read, or a value that does not fit the column.
create function sandbox.check_subscription() returns trigger
  language plpgsql
  as $$
declare
  filter realtime.user_defined_filter;
  named text;
  type regtype;
  operator text;
begin
  foreach filter in array new.filters loop
    type := sandbox.readable_type(new.entity, new.claims ->> 'role', filter.column_name);
    operator := case filter.op when 'like' then '~~' when 'ilike' then '~~' when 'match' then '~' when 'imatch' then '~*' end;
    if type is null then
      raise exception 'invalid column for filter %', filter.column_name;
    elsif filter.op = 'in' then
      if jsonb_array_length(sandbox.as_json(filter.value, (type::text || '[]')::regtype)) > 100 then
        raise exception 'too many values for `in` filter. Maximum 100';
      end if;
    elsif filter.op = 'is' then
      if filter.value not in ('null', 'true', 'false', 'unknown') then
        raise exception 'invalid value for is filter: must be null, true, false, or unknown';
      elsif filter.value <> 'null' and type <> 'boolean'::regtype then
        raise exception 'is % filter requires a boolean column, got %', filter.value, type;
      end if;
    elsif operator is not null then
      if not exists (select from pg_operator where oprname = operator and oprleft = type and oprresult = 'boolean'::regtype
          and (operator = '~~' or oprright = type)) then
        raise exception 'operator % requires a text-compatible column type, got %', filter.op, type;
      end if;
      if filter.op in ('match', 'imatch') then
        begin
          perform '' ~ filter.value;
        exception when others then
          raise exception 'invalid regular expression for % filter: %', filter.op, sqlerrm;
        end;
      end if;
    else
      perform sandbox.as_json(filter.value, type);
    end if;
  end loop;
  foreach named in array coalesce(new.selected_columns, '{}') loop
    if sandbox.readable_type(new.entity, new.claims ->> 'role', named) is null then
      raise exception 'invalid column for select %', named;
    end if;
  end loop;
  return new;
end
$$;

-- The type of a column that the role may read; null when there is none of that name or the role may not.
create function sandbox.readable_type(entity regclass, role name, column_name text) returns regtype
  language sql stable
  as $$
    select atttypid::regtype from pg_attribute
    where attrelid = entity and attname = column_name and attnum > 0 and not attisdropped
      and has_column_privilege(role, attrelid, attnum, 'SELECT')
  $$;

create trigger check_subscription before insert or update on realtime.subscription
  for each row execute function sandbox.check_subscription();

-- Whether a row passes a filter. `cells` are the columns that the change carries, as text by name; a filter on a column
-- that it does not carry is not passed.
create function sandbox.passes(filter realtime.user_defined_filter, entity regclass, cells jsonb) returns boolean
  language plpgsql stable
  as $$
declare
  type text;
  comparison text;
  result boolean;
begin
  select atttypid::regtype into type from pg_attribute
    where attrelid = entity and attname = filter.column_name and not attisdropped;
  if type is null or not cells ? filter.column_name then
    return false;
  end if;
  comparison := case filter.op
    when 'is' then format('%L::%s is %s', cells ->> filter.column_name, type, filter.value)
    when 'isdistinct' then format('%L::%s is distinct from %L::%2$s', cells ->> filter.column_name, type, filter.value)
    when 'in' then format('%L::%s = any (%L::%2$s[])', cells ->> filter.column_name, type, filter.value)
    else format('%L::%s %s %L::%2$s', cells ->> filter.column_name, type,
      case filter.op when 'eq' then '=' when 'neq' then '<>' when 'lt' then '<' when 'lte' then '<=' when 'gt' then '>'
        when 'gte' then '>=' when 'like' then '~~' when 'ilike' then '~~*' when 'match' then '~' when 'imatch' then '~*'
      end, filter.value)
  end;
  execute 'select ' || comparison into result;
  return coalesce(result <> coalesce(filter.negate, false), false);
end
$$;

-- Whether a role with these claims sees the row of this primary key under the table's policies, now.
create function sandbox.sees(role regrole, claims jsonb, lookup text) returns boolean
  language plpgsql
  as $$
declare
  visible boolean;
begin
  perform set_config('role', (select rolname from pg_roles where oid = role), true),
    set_config('request.jwt.claims', claims::text, true);
  execute lookup into visible;
  perform set_config('role', 'none', true);
  return visible;
end
$$;

-- The recipients of one change, and its payload. One row of the result is one payload and the subscriptions that get it.
--   action     INSERT, UPDATE or DELETE
--   cells      the new row as text by column name; columns of which the log says only that they are unchanged are missing
--   old_cells  the old row, as far as the table's replica identity has it
create function sandbox.tell_change(relation regclass, action text, committed_at timestamptz, cells jsonb, old_cells jsonb)
  returns table (subscription_ids uuid[], change jsonb)
  language plpgsql
  as $$
declare
  secured boolean;
  table_schema text;
  table_name text;
  key_columns text[];
  too_large boolean := octet_length(coalesce(cells::text, '')) + octet_length(coalesce(old_cells::text, '')) > 1024 * 1024;
  lookup text;
  refusal text;
  audience record;
begin
  select relrowsecurity, nspname, relname into secured, table_schema, table_name
    from pg_class join pg_namespace on pg_namespace.oid = relnamespace where pg_class.oid = relation;
  select coalesce(array_agg(attname::text), '{}') into key_columns
    from pg_index join pg_attribute on attrelid = indrelid and attnum = any (indkey)
    where indrelid = relation and indisprimary;
  select format('select exists (select from %s where %s)', relation,
      string_agg(format('%I = %L', name, cells ->> name), ' and ')) into lookup
    from unnest(key_columns) as name;

  for audience in
    select claims_role, selected_columns, array_agg(subscription) as members
    from realtime.subscription
    where subscription.entity = relation and action_filter in ('*', action)
    group by claims_role, selected_columns
  loop
    refusal := case
      when action = 'DELETE' then null
      when key_columns = '{}' then 'Error 400: Bad Request, no primary key'
      when exists (select from unnest(key_columns) as name
        where not has_column_privilege(audience.claims_role, relation, name, 'SELECT')) then 'Error 401: Unauthorized'
    end;
    if refusal is not null then
      subscription_ids := array(select subscription_id from unnest(audience.members));
      change := jsonb_build_object('schema', table_schema, 'table', table_name, 'type', action, 'commit_timestamp', null,
          'columns', '[]'::jsonb, 'record', '{}'::jsonb, 'errors', jsonb_build_array(refusal))
        || case when action = 'UPDATE' then '{"old_record": {}}'::jsonb else '{}' end;
      return next;
      continue;
    end if;

    -- It is not known any more which users could see a deleted row, so every subscription with a matching filter gets it.
    subscription_ids := array(
      select subscription_id from unnest(audience.members) as member
      where not exists (
          select from unnest(member.filters) as filter
          where not sandbox.passes(filter, relation, case when action = 'DELETE' then old_cells else cells end))
        and (not secured or action = 'DELETE' or sandbox.sees(member.claims_role, member.claims, lookup)));
    continue when subscription_ids = '{}';

    with readable as (
      select attname, attnum, atttypid, attname = any (key_columns) as is_key from pg_attribute
      where attrelid = relation and attnum > 0 and not attisdropped
        and has_column_privilege(audience.claims_role, relation, attnum, 'SELECT')
        and (audience.selected_columns is null or attname = any (audience.selected_columns) or attname = any (key_columns))
    ), valued as (
      -- A value that the update left where it was (TOAST) is only in the old row.
      select attname, is_key,
        sandbox.as_json(cells ->> attname, atttypid) as value,
        sandbox.as_json(old_cells ->> attname, atttypid) as old_value,
        coalesce(cells, '{}') ? attname as is_new, coalesce(old_cells, '{}') ? attname as is_old
      from readable
    )
    select jsonb_build_object('schema', table_schema, 'table', table_name, 'type', action,
        'commit_timestamp', to_char(committed_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
        'columns', (select coalesce(jsonb_agg(jsonb_build_object('name', attname, 'type', typname) order by attnum), '[]')
          from readable join pg_type on pg_type.oid = atttypid),
        'errors', case when too_large then jsonb_build_array('Error 413: Payload Too Large') end)
      || case when action = 'DELETE' then '{}' else jsonb_build_object('record', coalesce(jsonb_object_agg(attname,
          case when is_new then value else old_value end) filter (where (is_new or is_old)
            and (not too_large or octet_length((case when is_new then value else old_value end)::text) <= 64)), '{}')) end
      || case when action = 'INSERT' then '{}' else jsonb_build_object('old_record', coalesce(jsonb_object_agg(attname,
          old_value) filter (where is_old and (action = 'UPDATE' or not secured or is_key)
            and (not too_large or octet_length(old_value::text) <= 64)), '{}')) end
      into change from valued;
    return next;
  end loop;
end
$$;

revoke execute on function sandbox.mirror_publication, sandbox.as_json, sandbox.check_subscription, sandbox.readable_type,
  sandbox.passes, sandbox.sees, sandbox.tell_change from public;
