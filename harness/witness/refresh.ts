import { z } from 'zod'
import { messageOf } from '../errors.ts'
import { type Database, RefusedStatement } from './connection.ts'
import { quoted } from './identifiers.ts'
import type { StaleView } from './witness.ts'

/** The reasons for a refresh. */
export interface Refresh {
  /** Tables whose rows have changed: every materialized view that shows them is refreshed. */
  readonly tables: readonly string[]
  /** Relations that are going to be read: the materialized views that they show are refreshed, whatever fills those. */
  readonly relations: readonly string[]
}

/**
 * Pairs of a relation and a view that shows its rows. `pg_rewrite` holds a view's query and `pg_depend` the objects in the query;
 * a partitioned table shows its partitions. `follows` adds the tables that refer to a table: triggers fill them with it, and a
 * removal takes their rows along. The tables that a view's function reads are not recorded anywhere.
 */
const affected = `
  with recursive named(oid, name) as (
    select c.oid, n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
  ), shows(source, view) as (
    select d.refobjid, r.ev_class from pg_depend d join pg_rewrite r on r.oid = d.objid
    where d.classid = 'pg_rewrite'::regclass and d.refclassid = 'pg_class'::regclass and r.ev_class <> d.refobjid
    union
    select inhrelid, inhparent from pg_inherits
  ), follows(source, view) as (
    select source, view from shows
    union
    select confrelid, conrelid from pg_constraint where contype = 'f'
  ), above(oid) as (
    select oid from named where name = any($1)
    union
    select f.view from above a join follows f on f.source = a.oid
  ), below(oid) as (
    select oid from named where name = any($2)
    union
    select s.source from below b join shows s on s.view = b.oid
  ), levels(oid, depth) as (
    select oid, 0 from (select oid from above union select oid from below) all_of_them
    union
    select s.view, l.depth + 1 from levels l join shows s on s.source = l.oid
    where s.view in (select oid from above union select oid from below)
  )
  select n.nspname, c.relname, c.relispopulated::text,
    exists (select from pg_index i where i.indrelid = c.oid and i.indisunique and i.indisvalid and i.indimmediate
      and i.indpred is null and i.indexprs is null)::text,
    (c.oid in (select oid from below))::text
  from levels v join pg_class c on c.oid = v.oid join pg_namespace n on n.oid = c.relnamespace
  where c.relkind = 'm'
  group by c.oid, n.nspname, c.relname, c.relispopulated
  order by max(v.depth), n.nspname, c.relname`

const truth = z.enum(['true', 'false']).transform((text) => text === 'true')
const views = z.array(z.tuple([z.string(), z.string(), truth, truth, truth]))

/**
 * Refreshes materialized views, those that others are made of first. One with a unique index is refreshed while others
 * read it.
 *
 * @param populate false where a view that has never been filled stays empty: filling it would open it on the target.
 * @returns the views that show older rows, each with why
 */
export async function refreshViews(
  database: Database,
  { tables, relations }: Refresh,
  populate: boolean,
): Promise<readonly StaleView[]> {
  const found = views.parse(await database.query(affected, [tables, relations]))
  const stale: StaleView[] = []
  for (const [schema, name, isPopulated, hasKey, isRead] of found) {
    const view = `${schema}.${name}`
    if (!isPopulated && !populate) {
      stale.push({
        view,
        isRead,
        mayHoldRows: false,
        why: 'it was never populated, and on this target a run does not change that',
      })
      continue
    }
    const concurrently = isPopulated && hasKey ? 'concurrently ' : ''
    const sql = `refresh materialized view ${concurrently}${quoted(schema)}.${quoted(name)}`
    await database.query(sql).catch((error: unknown) => {
      // A view that the role may not refresh was not refreshed by the run before either.
      const mayHoldRows = !(error instanceof RefusedStatement && error.sqlstate === '42501')
      stale.push({ view, isRead, mayHoldRows, why: messageOf(error) })
    })
  }
  return stale
}
