-- The tables and functions of Supabase Storage as its own migrations leave them (github.com/supabase/storage,
-- migrations/tenant up to 0063). Left out are the tables of S3 multipart uploads, of analytics and of vector buckets.

create type storage.buckettype as enum ('STANDARD', 'ANALYTICS', 'VECTOR');

create table storage.buckets (
  id text not null primary key,
  name text not null,
  owner uuid,
  created_at timestamptz default now(),
  updated_at timestamptz default now(),
  public boolean default false,
  avif_autodetection boolean default false,
  file_size_limit bigint,
  allowed_mime_types text[],
  owner_id text,
  type storage.buckettype not null default 'STANDARD',
  versioning_status text not null default 'DISABLED'
    constraint buckets_versioning_status_check check (versioning_status in ('DISABLED', 'ENABLED', 'SUSPENDED'))
    constraint buckets_versioning_dark_check check (versioning_status = 'DISABLED'),
  constraint buckets_versioning_standard_only_check check (type = 'STANDARD' or versioning_status = 'DISABLED')
);
comment on column storage.buckets.owner is 'Field is deprecated, use owner_id instead';
create unique index bname on storage.buckets (name);

create table storage.objects (
  id uuid not null default gen_random_uuid() primary key,
  bucket_id text constraint "objects_bucketId_fkey" references storage.buckets,
  name text,
  owner uuid,
  created_at timestamptz default now(),
  updated_at timestamptz default now(),
  last_accessed_at timestamptz default now(),
  metadata jsonb,
  path_tokens text[] generated always as (string_to_array(name, '/')) stored,
  version text,
  owner_id text,
  user_metadata jsonb,
  archived_at timestamptz,
  is_delete_marker boolean not null default false,
  is_versioned boolean not null default false
);
comment on column storage.objects.owner is 'Field is deprecated, use owner_id instead';
create unique index bucketid_objname on storage.objects (bucket_id, name);
create index name_prefix_search on storage.objects (name text_pattern_ops);
create index idx_objects_bucket_id_name on storage.objects (bucket_id, name collate "C");
create index idx_objects_bucket_id_name_lower on storage.objects (bucket_id, lower(name) collate "C");

-- Functions with which policies split a name.
create function storage.foldername(name text) returns text[] language sql immutable as $$
  select (string_to_array(name, '/'))[1 : array_length(string_to_array(name, '/'), 1) - 1]
$$;
create function storage.filename(name text) returns text language sql immutable as $$
  select (string_to_array(name, '/'))[array_length(string_to_array(name, '/'), 1)]
$$;
-- Behind the last dot of the file's name; without a dot the whole of it.
create function storage.extension(name text) returns text language sql immutable as $$
  select reverse(split_part(reverse(storage.filename(name)), '.', 1))
$$;

-- Which route of Storage asks, for policies that differ by it. Only the long form has the prefix "storage.".
create function storage.operation() returns text language sql stable as $$
  select current_setting('storage.operation', true)
$$;
create function storage.allow_any_operation(expected_operations text[]) returns boolean language sql stable as $$
  select exists (
    select from unnest(expected_operations) as expected
    where expected <> ''
      and regexp_replace(expected, '^storage\.', '') = regexp_replace(storage.operation(), '^storage\.', '')
  )
$$;
create function storage.allow_only_operation(expected_operation text) returns boolean language sql stable as $$
  select storage.allow_any_operation(array[expected_operation])
$$;

create function storage.can_insert_object(bucketid text, name text, owner uuid, metadata jsonb) returns void
  language plpgsql
  as $$
begin
  insert into storage.objects (bucket_id, name, owner, metadata) values (bucketid, name, owner, metadata);
  raise sqlstate 'PT200' using message = 'ROLLBACK', detail = 'rollback successful insert';
end
$$;

create function storage.get_size_by_bucket() returns table (size bigint, bucket_id text) language sql stable as $$
  select sum((objects.metadata ->> 'size')::bigint)::bigint, objects.bucket_id
  from storage.objects group by objects.bucket_id
$$;

-- Up to and with the first delimiter behind the prefix: the folder that a list shows instead of what is in it.
create function storage.get_common_prefix(p_key text, p_prefix text, p_delimiter text) returns text
  language sql immutable
  as $$
    select case when strpos(substr(p_key, length(p_prefix) + 1), p_delimiter) > 0
      then left(p_key, length(p_prefix) + strpos(substr(p_key, length(p_prefix) + 1), p_delimiter))
    end
  $$;

-- The query of list(), run as the caller. Names are looked up and sorted without regard to case. Sorted by another column the
-- folders come first; then prefix and search are LIKE patterns, which Storage has escaped. The argument levels is not
-- used any more.
create function storage.search(
  prefix text,
  bucketname text,
  limits int default 100,
  levels int default 1,
  offsets int default 0,
  search text default '',
  sortcolumn text default 'name',
  sortorder text default 'asc'
) returns table (
  name text, id uuid, updated_at timestamptz, created_at timestamptz, last_accessed_at timestamptz, metadata jsonb
)
  language plpgsql stable
  as $$
declare
  folder_part constant text := coalesce(prefix, '');
  whole constant text := folder_part || coalesce(search, '');
  ascending constant boolean := lower(coalesce(sortorder, 'asc')) = 'asc';
  most constant int := least(coalesce(limits, 100), 1500);
  from_token constant int := coalesce(array_length(string_to_array(folder_part, '/'), 1), 1);
  to_token constant int := coalesce(array_length(string_to_array(whole, '/'), 1), 1);
  sorted_by constant text := lower(coalesce(sortcolumn, 'name'));
begin
  if sorted_by not in ('updated_at', 'created_at', 'last_accessed_at') then
    return query
      with matching as (
        select o.*, storage.get_common_prefix(o.name, whole, '/') as folder
        from storage.objects o
        where o.bucket_id = bucketname and starts_with(lower(o.name), lower(whole))
      ), folders as (
        select distinct on (lower(folder)) folder from matching
        where folder is not null order by lower(folder), lower(matching.name), matching.name
      ), entries as (
        select lower(folder) as key, rtrim(folder, '/') as path, null::uuid as id, null::timestamptz as updated_at,
          null::timestamptz as created_at, null::timestamptz as last_accessed_at, null::jsonb as metadata
        from folders
        union all
        select lower(m.name), m.name, m.id, m.updated_at, m.created_at, m.last_accessed_at, m.metadata
        from matching m where folder is null
      )
      select substr(e.path, length(folder_part) + 1), e.id, e.updated_at, e.created_at, e.last_accessed_at, e.metadata
      from entries e
      order by
        case when ascending then e.key end collate "C" asc, case when not ascending then e.key end collate "C" desc
      limit most offset offsets;
    return;
  end if;
  return query execute format(
    $sql$
      with matching as (
        select o.*, array_to_string(o.path_tokens[$1:$2], '/') as shown, array_length(o.path_tokens, 1) = $2 as is_file
        from storage.objects o where o.bucket_id = $3 and o.name ilike $4 || '%%'
      )
      (select shown, null::uuid, null::timestamptz, null::timestamptz, null::timestamptz, null::jsonb
        from matching where not is_file group by shown order by shown %1$s)
      union all
      (select shown, id, updated_at, created_at, last_accessed_at, metadata
        from matching where is_file order by %2$I %1$s)
      limit $5 offset $6
    $sql$,
    case when ascending then 'asc' else 'desc' end, sorted_by)
    using from_token, to_token, bucketname, whole, most, offsets;
end
$$;

-- One page of names behind a prefix, with everything below the next delimiter folded into one entry.
create function storage.list_objects_with_delimiter(
  _bucket_id text,
  prefix_param text,
  delimiter_param text,
  max_keys int default 100,
  start_after text default '',
  next_token text default '',
  sort_order text default 'asc'
) returns table (
  name text, id uuid, metadata jsonb, updated_at timestamptz, created_at timestamptz, last_accessed_at timestamptz
)
  language plpgsql stable
  as $$
declare
  whole constant text := coalesce(prefix_param, '');
  ascending constant boolean := lower(coalesce(sort_order, 'asc')) = 'asc';
  previous constant text := coalesce(nullif(next_token, ''), start_after, '');
  -- A folder is shown without its delimiter and takes its place in the order with it.
  previous_key constant text := previous || case
    when exists (
      select from storage.objects o
      where o.bucket_id = _bucket_id and starts_with(o.name, previous || delimiter_param)
    ) then delimiter_param else '' end;
begin
  return query
    with matching as (
      select o.*, storage.get_common_prefix(o.name, whole, delimiter_param) as folder
      from storage.objects o where o.bucket_id = _bucket_id and starts_with(o.name, whole)
    ), entries as (
      select distinct folder as key, rtrim(folder, delimiter_param) as path, null::uuid as id, null::jsonb as metadata,
        null::timestamptz as updated_at, null::timestamptz as created_at, null::timestamptz as last_accessed_at
      from matching where folder is not null
      union all
      select m.name, m.name, m.id, m.metadata, m.updated_at, m.created_at, m.last_accessed_at
      from matching m where folder is null
    )
    select e.path, e.id, e.metadata, e.updated_at, e.created_at, e.last_accessed_at
    from entries e
    where previous = ''
      or (ascending and e.key collate "C" > previous_key)
      or (not ascending and e.key collate "C" < previous_key)
    order by
      case when ascending then e.key end collate "C" asc, case when not ascending then e.key end collate "C" desc
    limit max_keys;
end
$$;

-- The same sorted by a time; a folder has the time of its oldest object.
create function storage.search_by_timestamp(
  p_prefix text,
  p_bucket_id text,
  p_limit int,
  p_level int,
  p_start_after text,
  p_sort_order text,
  p_sort_column text,
  p_sort_column_after text
) returns table (
  key text, name text, id uuid, updated_at timestamptz, created_at timestamptz, last_accessed_at timestamptz,
  metadata jsonb
)
  language plpgsql stable
  as $$
begin
  return query execute format(
    $sql$
      with matching as (
        select o.*, storage.get_common_prefix(o.name, $1, '/') as folder
        from storage.objects o where o.bucket_id = $2 and starts_with(o.name, $1)
      ), entries as (
        select rtrim(folder, '/') as name, null::uuid as id, min(created_at) as updated_at,
          min(created_at) as created_at, null::timestamptz as last_accessed_at, null::jsonb as metadata
        from matching where folder is not null group by folder
        union all
        select name, id, updated_at, created_at, last_accessed_at, metadata from matching where folder is null
      )
      select split_part(name, '/', $3), name, id, updated_at, created_at, last_accessed_at, metadata
      from entries
      where $5 = '' or (date_trunc('milliseconds', %1$I), name collate "C") %2$s
        (coalesce(nullif($6, '')::timestamptz, 'epoch'), $5)
      order by coalesce(date_trunc('milliseconds', %1$I), 'epoch') %3$s, name collate "C" %3$s
      limit $4
    $sql$,
    p_sort_column, case p_sort_order when 'asc' then '>' else '<' end, p_sort_order)
    using coalesce(p_prefix, ''), p_bucket_id, p_level, p_limit, p_start_after, p_sort_column_after;
end
$$;

-- The query of listV2() with folders, run as the caller.
create function storage.search_v2(
  prefix text,
  bucket_name text,
  limits int default 100,
  levels int default 1,
  start_after text default '',
  sort_order text default 'asc',
  sort_column text default 'name',
  sort_column_after text default ''
) returns table (
  key text, name text, id uuid, updated_at timestamptz, created_at timestamptz, last_accessed_at timestamptz,
  metadata jsonb
)
  language plpgsql stable
  as $$
declare
  direction constant text := case lower(sort_order) when 'desc' then 'desc' else 'asc' end;
  most constant int := least(coalesce(limits, 100), 1500);
begin
  if lower(coalesce(sort_column, 'name')) in ('updated_at', 'created_at') then
    return query select * from storage.search_by_timestamp(
      prefix, bucket_name, most, levels, start_after, direction, lower(sort_column), sort_column_after);
    return;
  end if;
  return query
    select split_part(l.name, '/', levels), l.name, l.id, l.updated_at, l.created_at, l.last_accessed_at, l.metadata
    from storage.list_objects_with_delimiter(
      bucket_name, coalesce(prefix, ''), '/', most, start_after, '', direction) l;
end
$$;

create function storage.update_updated_at_column() returns trigger language plpgsql as $$
begin
  new.updated_at = now();
  return new;
end
$$;
create trigger update_objects_updated_at before update on storage.objects
  for each row execute function storage.update_updated_at_column();

create function storage.enforce_bucket_name_length() returns trigger language plpgsql as $$
begin
  if length(new.name) > 100 then
    raise exception 'bucket name "%" is too long (% characters). Max is 100.', new.name, length(new.name);
  end if;
  return new;
end
$$;
create trigger enforce_bucket_name_length_trigger before insert or update of name on storage.buckets
  for each row execute function storage.enforce_bucket_name_length();

-- A row that is deleted by SQL leaves its bytes behind. Storage says through a setting that it is Storage who deletes.
-- The trigger is one of the statement: it refuses also a DELETE that finds no row.
create function storage.protect_delete() returns trigger language plpgsql as $$
begin
  if coalesce(current_setting('storage.allow_delete_query', true), 'false') <> 'true' then
    raise exception using
      errcode = '42501',
      message = 'Direct deletion from storage tables is not allowed. Use the Storage API instead.',
      hint = 'This prevents accidental data loss from orphaned objects.';
  end if;
  return null;
end
$$;
create trigger protect_buckets_delete before delete on storage.buckets
  for each statement execute function storage.protect_delete();
create trigger protect_objects_delete before delete on storage.objects
  for each statement execute function storage.protect_delete();

-- Every grant is given, so that only row security protects, and without a policy it hides every row.
alter table storage.buckets enable row level security;
alter table storage.objects enable row level security;
do $$
declare
  object record;
begin
  for object in select oid::regclass as name from pg_class
    where relnamespace = 'storage'::regnamespace and relkind = 'r'
  loop
    execute format('alter table %s owner to supabase_storage_admin', object.name);
    execute format('grant all on %s to postgres with grant option', object.name);
    execute format('grant all on %s to anon, authenticated, service_role', object.name);
  end loop;
  for object in select oid::regprocedure as name from pg_proc where pronamespace = 'storage'::regnamespace loop
    execute format('alter function %s owner to supabase_storage_admin', object.name);
  end loop;
  alter type storage.buckettype owner to supabase_storage_admin;
end
$$;
