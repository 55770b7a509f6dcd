import { z } from 'zod'
import type { Catalog, DatabaseFunction } from './catalog.ts'
import { databaseRelationSchema, functionSchema } from './catalog-schema.ts'
import type { Database } from './connection.ts'

const answer = z.tuple([z.tuple([z.string(), z.string()])])

/**
 * Reads the catalog of every schema that is not PostgreSQL's own, in one round trip. The empty search path makes
 * `format_type` print the schema of every type that is not built in.
 */
export async function readCatalog(database: Database): Promise<Catalog> {
  const [[relations, functions]] = answer.parse(
    await database.script(
      // Sequential scans of the catalog are the faster ones, and the session of the witness avoids them.
      `set local search_path = ''; set local enable_seqscan = on; select (${relationsQuery}), (${functionsQuery})`,
    ),
  )
  return {
    relations: byName(z.array(databaseRelationSchema).parse(JSON.parse(relations))),
    functions: overloads(z.array(functionSchema).parse(JSON.parse(functions))),
  }
}

function byName<T extends { readonly name: string }>(items: readonly T[]): Record<string, T> {
  return Object.fromEntries(items.map((item) => [item.name, item]))
}

function overloads(functions: readonly DatabaseFunction[]): Record<string, DatabaseFunction[]> {
  const byFunction = new Map<string, DatabaseFunction[]>()
  for (const one of functions) {
    const others = byFunction.get(one.name)
    if (others === undefined) byFunction.set(one.name, [one])
    else others.push(one)
  }
  return Object.fromEntries(byFunction)
}

/** Left out: PostgreSQL's own schemas, among them every session's pg_temp and pg_toast. */
export const userSchema = `n.nspname <> 'information_schema' and n.nspname !~ '^pg_'`

/** The columns of an index: its key columns in order, then those that its expressions mention. */
const indexColumns = `
  select coalesce(json_agg(a.attname order by array_position(i.indkey::int2[], a.attnum), a.attnum), '[]')
  from pg_attribute a
  where a.attrelid = i.indrelid
    and (a.attnum = any ((i.indkey::int2[])[0 : i.indnkeyatts - 1])
      or i.indexprs is not null and exists (
        select from pg_depend d
        where d.classid = 'pg_class'::regclass and d.objid = i.indexrelid
          and d.refclassid = 'pg_class'::regclass and d.refobjid = i.indrelid and d.refobjsubid = a.attnum))`

const relationsQuery = `
  select coalesce(json_agg(json_build_object(
    'name', n.nspname || '.' || c.relname,
    'kind', case c.relkind when 'v' then 'view' when 'm' then 'materialized-view' when 'f' then 'foreign-table'
      else 'table' end,
    'isUnlogged', exists (
      with recursive part as (
        select c.oid as id
        union all select i.inhrelid from pg_inherits i join part on part.id = i.inhparent)
      select from part join pg_class p on p.oid = part.id where p.relpersistence = 'u' or p.relkind = 'f'),
    'columns', (
      select coalesce(json_object_agg(a.attname, json_build_object(
        'name', a.attname,
        'type', format_type(a.atttypid, a.atttypmod),
        'nullable', not a.attnotnull,
        'hasDefault', a.atthasdef and a.attgenerated = '',
        'default', (
          select pg_get_expr(d.adbin, d.adrelid) from pg_attrdef d
          where d.adrelid = c.oid and d.adnum = a.attnum and a.attgenerated = ''),
        'generated', a.attgenerated <> '',
        'identity', case a.attidentity when 'a' then 'always' when 'd' then 'by-default' else 'no' end
      ) order by a.attnum), '{}')
      from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped),
    'primaryKey', coalesce((
      select (${indexColumns}) from pg_index i where i.indrelid = c.oid and i.indisprimary), '[]'),
    'uniqueKeys', (
      select coalesce(json_agg((${indexColumns}) order by i.indexrelid::regclass::text), '[]')
      from pg_index i where i.indrelid = c.oid and i.indisunique and not i.indisprimary and i.indpred is null),
    'partialKeys', (
      select coalesce(json_agg(json_build_object(
        'columns', (${indexColumns}),
        'where', pg_get_expr(i.indpred, i.indrelid)
      ) order by i.indexrelid::regclass::text), '[]')
      from pg_index i where i.indrelid = c.oid and i.indisunique and i.indpred is not null),
    'exclusions', (
      select coalesce(json_agg(json_build_object(
        'columns', (${indexColumns}),
        'byValue', i.indexprs is null and not i.indisexclusion
      ) order by i.indexrelid::regclass::text), '[]')
      from pg_index i where i.indrelid = c.oid and (i.indisunique or i.indisexclusion)),
    'foreignKeys', (
      select coalesce(json_agg(json_build_object(
        'name', k.conname,
        'columns', (select json_agg(a.attname order by p.n)
          from unnest(k.conkey) with ordinality as p(attnum, n)
          join pg_attribute a on a.attrelid = k.conrelid and a.attnum = p.attnum),
        'references', rn.nspname || '.' || r.relname,
        'referencedColumns', (select json_agg(a.attname order by p.n)
          from unnest(k.confkey) with ordinality as p(attnum, n)
          join pg_attribute a on a.attrelid = k.confrelid and a.attnum = p.attnum),
        'onDelete', case k.confdeltype when 'r' then 'restrict' when 'c' then 'cascade' when 'n' then 'set-null'
          when 'd' then 'set-default' else 'no-action' end
      ) order by k.conname), '[]')
      from pg_constraint k
      join pg_class r on r.oid = k.confrelid
      join pg_namespace rn on rn.oid = r.relnamespace
      where k.conrelid = c.oid and k.contype = 'f' and k.conparentid = 0)
  ) order by n.nspname, c.relname), '[]')
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'f') and ${userSchema}`

const functionsQuery = `
  select coalesce(json_agg(json_build_object(
    'name', n.nspname || '.' || p.proname,
    'arguments', (
      select coalesce(json_agg(json_build_object(
        'name', coalesce(names.list[t.n], ''),
        'type', format_type(t.type, null),
        'optional', t.n > p.pronargs - p.pronargdefaults
      ) order by t.n), '[]')
      from unnest(p.proargtypes::oid[]) with ordinality as t(type, n)),
    'volatility', case p.provolatile when 'i' then 'immutable' when 's' then 'stable' else 'volatile' end,
    'returnsSet', p.proretset,
    'returnsRowsOf', (
      select rn.nspname || '.' || r.relname
      from pg_class r join pg_namespace rn on rn.oid = r.relnamespace
      where r.reltype = p.prorettype and r.relkind in ('r', 'p', 'v', 'm', 'f')),
    'securityDefiner', p.prosecdef
  ) order by n.nspname, p.proname, p.oid), '[]')
  from pg_proc p
  join pg_namespace n on n.oid = p.pronamespace
  cross join lateral (
    select coalesce(
      (select array_agg(a.name order by a.n)
        from unnest(p.proargnames, p.proargmodes) with ordinality as a(name, mode, n)
        where a.mode in ('i', 'b', 'v')),
      p.proargnames) as list) names
  where p.prokind = 'f' and ${userSchema}`
