-- pgvector (github.com/pgvector/pgvector, 0.8). The types are stored as text and read by PostgreSQL's own input functions:
-- those of JSON for vector and halfvec. The cast to a length checks what the real input functions check. Distances are
-- computed in double precision. Bodies are `return` expressions, bound by object: ALTER EXTENSION SET SCHEMA may move all.

create function _vector_failed(code text, message text) returns boolean
  language plpgsql immutable
  as $$
begin
  raise exception using errcode = code, message = message;
end
$$;

do $$
declare
  kind text;
  input text;
  name text;
begin
  foreach kind in array array['vector', 'halfvec', 'sparsevec'] loop
    name := case kind when 'sparsevec' then 'text' else 'json_' end;
    execute format('create type %I', kind);
    execute format('create function %I(cstring, oid, integer) returns %I language internal immutable strict parallel safe
      as %L', kind || '_in', kind, name || 'in');
    execute format('create function %I(%I) returns cstring language internal immutable strict parallel safe as %L',
      kind || '_out', kind, name || 'out');
    execute format('create function %I(cstring[]) returns integer language internal immutable strict parallel safe
      as ''bittypmodin''', kind || '_typmod_in');
    execute format('create function %I(internal, oid, integer) returns %I language internal immutable strict parallel safe
      as %L', kind || '_recv', kind, name || 'recv');
    execute format('create function %I(%I) returns bytea language internal immutable strict parallel safe as %L',
      kind || '_send', kind, name || 'send');
    execute format('create type %1$I (input = %1$s_in, output = %1$s_out, typmod_in = %1$s_typmod_in,
      receive = %1$s_recv, send = %1$s_send, storage = extended)', kind);
  end loop;
end
$$;

-- The elements of a value, checked.
create function _vector_checked(elements real[], kind text) returns real[]
  language sql immutable strict parallel safe
  return case
    when cardinality(elements) = 0 and _vector_failed('22000', kind || ' must have at least 1 dimension') then null
    when (array_ndims(elements) <> 1 or array_position(elements, null) is not null)
      and _vector_failed('22P02', 'invalid input syntax for type ' || kind) then null
    when elements && array['NaN', 'Infinity', '-Infinity']::real[]
      and _vector_failed('22000', 'NaN and infinity are not allowed in ' || kind) then null
    else elements end;
create function _vector_elements(vector) returns real[]
  language sql immutable strict parallel safe
  return _vector_checked(translate($1::text, '[]', '{}')::real[], 'vector');
create function _vector_elements(halfvec) returns real[]
  language sql immutable strict parallel safe
  return _vector_checked(translate($1::text, '[]', '{}')::real[], 'halfvec');
create function _vector_elements(sparsevec) returns real[]
  language sql immutable strict parallel safe
  return case
    when $1::text !~ '^\s*\{\s*(\d+\s*:\s*[-+.\deE]+\s*(,\s*\d+\s*:\s*[-+.\deE]+\s*)*)?\}\s*/\s*[1-9]\d*\s*$'
      and _vector_failed('22P02', format('invalid input syntax for type sparsevec: "%s"', $1::text)) then null
    else array(
      select coalesce(entry.value, 0)
      from generate_series(1, split_part($1::text, '/', 2)::integer) as at left join (
        select split_part(pair, ':', 1)::integer as at, split_part(pair, ':', 2)::real as value
        from regexp_split_to_table(btrim(split_part($1::text, '/', 1), '{} '), ',') as pair where pair <> '') as entry
        using (at)
      order by at) end;

create function _to_vector(elements real[]) returns vector
  language sql immutable strict parallel safe
  return ('[' || array_to_string(_vector_checked(elements, 'vector'), ',') || ']')::vector;
-- A half keeps eleven bits of a number.
create function _to_halfvec(elements real[]) returns halfvec
  language sql immutable strict parallel safe
  return ('[' || array_to_string(array(
    select case when element = 0 then 0
      else round(element / 2 ^ (greatest(floor(log(2, abs(element)::numeric)), -14) - 10)::float8)
        * 2 ^ (greatest(floor(log(2, abs(element)::numeric)), -14) - 10)::float8 end::real
    from unnest(_vector_checked(elements, 'halfvec')) with ordinality as t(element, at) order by at), ',') || ']')::halfvec;
create function _to_sparsevec(elements real[]) returns sparsevec
  language sql immutable strict parallel safe
  return ('{' || array_to_string(array(
    select at || ':' || element from unnest(elements) with ordinality as t(element, at) where element <> 0 order by at
  ), ',') || '}/' || cardinality(elements))::sparsevec;

-- Helpers of the distances.
create function _vector_same(a real[], b real[]) returns boolean
  language sql immutable strict parallel safe
  return cardinality(a) = cardinality(b)
    or _vector_failed('22000', format('different vector dimensions %s and %s', cardinality(a), cardinality(b)));
create function _vector_dot(a real[], b real[]) returns float8
  language sql immutable strict parallel safe
  return (select sum(x::float8 * y) from unnest(a, b) as t(x, y) where _vector_same(a, b));
create function _vector_l2(a real[], b real[]) returns float8
  language sql immutable strict parallel safe
  return (select sum((x::float8 - y) ^ 2) from unnest(a, b) as t(x, y) where _vector_same(a, b));
create function _vector_l1(a real[], b real[]) returns float8
  language sql immutable strict parallel safe
  return (select sum(abs(x::float8 - y)) from unnest(a, b) as t(x, y) where _vector_same(a, b));
create function _vector_cosine(a real[], b real[]) returns float8
  language sql immutable strict parallel safe
  return case when _vector_dot(a, a) = 0 or _vector_dot(b, b) = 0 then 'NaN'
    else 1 - least(greatest(_vector_dot(a, b) / sqrt(_vector_dot(a, a) * _vector_dot(b, b)), -1), 1) end;
create function _vector_sized(elements real[], size integer) returns real[]
  language sql immutable strict parallel safe
  return case when size <> -1 and size <> cardinality(elements)
    and _vector_failed('22000', format('expected %s dimensions, not %s', size, cardinality(elements))) then null
    else elements end;

-- The parts that the three types share. %1$s is the type.
do $$
declare
  kind text;
  source text;
  function_of constant text := 'create function %s language sql immutable strict parallel safe return %s';
  pair text;
  distance text[];
  compared text[];
begin
  foreach kind in array array['vector', 'halfvec', 'sparsevec'] loop
    pair := '_vector_elements($1), _vector_elements($2)';
    foreach distance slice 1 in array array[
      ['l2_distance', 'sqrt(_vector_l2(%s))'], ['inner_product', '_vector_dot(%s)'],
      ['cosine_distance', '_vector_cosine(%s)'], ['l1_distance', '_vector_l1(%s)'],
      [kind || '_l2_squared_distance', '_vector_l2(%s)'], [kind || '_negative_inner_product', '-_vector_dot(%s)']]
    loop
      execute format(function_of, format('%s(%s, %s) returns float8', distance[1], kind, kind), format(distance[2], pair));
    end loop;
    execute format(function_of, format('%s(%s) returns float8', case kind when 'vector' then 'vector_norm' else 'l2_norm' end,
      kind), 'sqrt(_vector_dot(_vector_elements($1), _vector_elements($1)))');
    execute format(function_of, format('l2_normalize(%s) returns %s', kind, kind), format('_to_%s(array(
      select case when length = 0 then 0 else (element / length)::real end
      from unnest(_vector_elements($1)) with ordinality as t(element, at),
        (select sqrt(_vector_dot(_vector_elements($1), _vector_elements($1))) as length) as l order by at))', kind));
    foreach compared slice 1 in array array[
      ['lt', '<', '>', '>=', 'scalarlt'], ['le', '<=', '>=', '>', 'scalarle'], ['eq', '=', '=', '<>', 'eq'],
      ['ne', '<>', '<>', '=', 'neq'], ['ge', '>=', '<=', '<', 'scalarge'], ['gt', '>', '<', '<=', 'scalargt']]
    loop
      execute format(function_of, format('%s_%s(%s, %s) returns boolean', kind, compared[1], kind, kind),
        format('_vector_elements($1) %s _vector_elements($2)', compared[2]));
      execute format('create operator %s (leftarg = %s, rightarg = %s, function = %s_%s, commutator = %s, negator = %s,
        restrict = %ssel, join = %sjoinsel)', compared[2], kind, kind, kind, compared[1], compared[3], compared[4],
        compared[5], compared[5]);
    end loop;
    execute format(function_of, format('%s_cmp(%s, %s) returns integer', kind, kind, kind), 'btarraycmp(' || pair || ')');
    execute format('create operator family %s_ops using btree', kind);
    execute format('create operator class %1$s_ops default for type %1$s using btree family %1$s_ops as
      operator 1 <, operator 2 <=, operator 3 =, operator 4 >=, operator 5 >, function 1 %1$s_cmp(%1$s, %1$s)', kind);
    foreach distance slice 1 in array array[
      ['<->', 'l2_distance'], ['<#>', kind || '_negative_inner_product'], ['<=>', 'cosine_distance'], ['<+>', 'l1_distance']]
    loop
      execute format('create operator %s (leftarg = %s, rightarg = %s, function = %s, commutator = %s)',
        distance[1], kind, kind, distance[2], distance[1]);
    end loop;
    execute format(function_of, format('%s(%s, integer, boolean) returns %s', kind, kind, kind),
      format('_to_%s(_vector_sized(_vector_elements($1), $2))', kind));
    execute format('create cast (%1$s as %1$s) with function %1$s(%1$s, integer, boolean) as implicit', kind);
    foreach source in array array['integer', 'real', 'double precision', 'numeric'] loop
      execute format(function_of, format('array_to_%s(%s[], integer, boolean) returns %s', kind, source, kind),
        format('_to_%s(_vector_sized($1::real[], $2))', kind));
      execute format('create cast (%s[] as %s) with function array_to_%s(%s[], integer, boolean) as assignment',
        source, kind, kind, source);
    end loop;
    foreach source in array array['vector', 'halfvec', 'sparsevec'] loop
      continue when source = kind;
      execute format(function_of, format('%s_to_%s(%s, integer, boolean) returns %s', source, kind, source, kind),
        format('_to_%s(_vector_sized(_vector_elements($1), $2))', kind));
      execute format('create cast (%1$s as %2$s) with function %1$s_to_%2$s(%1$s, integer, boolean) as %3$s', source, kind,
        -- A conversion that may lose nothing but precision is implicit from vector alone.
        case when source = 'vector' or (source = 'halfvec' and kind = 'sparsevec') then 'implicit' else 'assignment' end);
    end loop;
  end loop;

  foreach kind in array array['vector', 'halfvec'] loop
    execute format(function_of, format('vector_dims(%s) returns integer', kind), 'cardinality(_vector_elements($1))');
    execute format(function_of, format('%s_to_float4(%s, integer, boolean) returns real[]', kind, kind),
      '_vector_elements($1)');
    execute format('create cast (%1$s as real[]) with function %1$s_to_float4(%1$s, integer, boolean) as %2$s', kind,
      case kind when 'vector' then 'implicit' else 'assignment' end);
    execute format(function_of, format('binary_quantize(%s) returns bit', kind), 'array_to_string(array(
      select (element > 0)::integer from unnest(_vector_elements($1)) with ordinality as t(element, at) order by at), '''')
      ::pg_catalog."bit"');
    execute format(function_of, format('subvector(%s, integer, integer) returns %s', kind, kind),
      format('_to_%s((_vector_elements($1))[$2:$2 + $3 - 1])', kind));
    foreach distance slice 1 in array array[['add', '+'], ['sub', '-'], ['mul', '*']] loop
      execute format(function_of, format('%s_%s(%s, %s) returns %s', kind, distance[1], kind, kind, kind),
        format('_to_%s(array(select a %s b from unnest(%s) with ordinality as t(a, b, at)
          where _vector_same(%s) order by at))', kind, distance[2], pair, pair));
      execute format('create operator %s (leftarg = %s, rightarg = %s, function = %s_%s%s)', distance[2], kind, kind, kind,
        distance[1], case distance[2] when '-' then '' else ', commutator = ' || distance[2] end);
    end loop;
    execute format(function_of, format('%s_concat(%s, %s) returns %s', kind, kind, kind, kind),
      format('_to_%s(_vector_elements($1) || _vector_elements($2))', kind));
    execute format('create operator || (leftarg = %1$s, rightarg = %1$s, function = %1$s_concat)', kind);
    -- The state is the count, followed by the sums.
    execute format(function_of, format('%s_accum(float8[], %s) returns float8[]', kind, kind),
      'case when cardinality($1) = 1 then array[1::float8] || _vector_elements($2)::float8[]
       else array(select a + b from unnest($1, array[1::float8] || _vector_elements($2)::float8[]) with ordinality
         as t(a, b, at) where _vector_same($1[2:]::real[], _vector_elements($2)) order by at) end');
    execute format(function_of, format('%s_avg(float8[]) returns %s', kind, kind), format(
      'case when $1[1] = 0 then null else _to_%s(array(
         select (a / $1[1])::real from unnest($1[2:]) with ordinality as t(a, at) order by at)) end', kind));
    execute format('create aggregate avg(%1$s) (sfunc = %1$s_accum, stype = float8[], finalfunc = %1$s_avg,
      initcond = ''{0}'')', kind);
    execute format('create aggregate sum(%1$s) (sfunc = %1$s_add, stype = %1$s)', kind);
  end loop;
end
$$;

create function hamming_distance(bit, bit) returns float8
  language sql immutable strict parallel safe
  return bit_count($1 # $2)::float8;
create function jaccard_distance(bit, bit) returns float8
  language sql immutable strict parallel safe
  return case when bit_count($1 & $2) = 0 then 1 else 1 - bit_count($1 & $2)::float8 / bit_count($1 | $2) end;
create operator <~> (leftarg = bit, rightarg = bit, function = hamming_distance, commutator = <~>);
create operator <%> (leftarg = bit, rightarg = bit, function = jaccard_distance, commutator = <%>);

-- Indexes are hash indexes without operators: PostgreSQL keeps them and the planner never uses them, so that every search
-- is exact.
create function hnswhandler(internal) returns index_am_handler language internal as 'hashhandler';
create function ivfflathandler(internal) returns index_am_handler language internal as 'hashhandler';
create access method hnsw type index handler hnswhandler;
create access method ivfflat type index handler ivfflathandler;
do $$
declare
  kind text;
  method text;
  operators text;
begin
  foreach kind in array array['vector', 'halfvec', 'sparsevec', 'bit'] loop
    execute format('create function _vector_hash(%s) returns integer language internal immutable strict parallel safe
      as ''hashvarlena''', kind);
    foreach method in array array['hnsw', 'ivfflat'] loop
      continue when kind = 'sparsevec' and method = 'ivfflat';
      foreach operators in array case when kind = 'bit' then array['hamming', 'jaccard'] else array['l2', 'ip', 'cosine', 'l1'] end
      loop
        continue when operators in ('l1', 'jaccard') and method = 'ivfflat';
        execute format('create operator family %s_%s_ops using %s', kind, operators, method);
        execute format('create operator class %1$s_%2$s_ops %3$s for type %1$s using %4$s family %1$s_%2$s_ops as
          function 1 _vector_hash(%1$s)', kind, operators,
          case when kind = 'vector' and operators = 'l2' and method = 'ivfflat' then 'default' else '' end, method);
      end loop;
    end loop;
  end loop;
end
$$;

grant set on parameter hnsw.ef_search, hnsw.iterative_scan, hnsw.max_scan_tuples, hnsw.scan_mem_multiplier,
  ivfflat.probes, ivfflat.iterative_scan, ivfflat.max_probes to postgres;
