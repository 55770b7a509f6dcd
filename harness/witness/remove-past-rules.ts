import { type Database, type Query, RefusedStatement } from './connection.ts'
import { quotedRelation } from './identifiers.ts'
import { listRules, type Rule, runningFunctions, switchOff, switchOn } from './rules.ts'
import type { RowKey } from './witness.ts'

/** How rows are removed and read inside the transaction. */
export interface Removal {
  readonly rows: readonly RowKey[]
  /**
   * True when rules of other tables than those of the rows are switched off too, such as those of rows that a cascade removes.
   */
  readonly anyTable: boolean
  remove(database: Database): Promise<void>
  isGone(database: Database): Promise<boolean>
}

/** Milliseconds for which a table's lock is waited for: while a statement waits, those of the application wait behind it. */
const lockTimeout = 1000
/** A rule may only take effect once another one is switched off. */
const rounds = 10

/**
 * Removes rows that triggers or rules keep, with those triggers and rules switched off, in one transaction that switches
 * them on again: other sessions never see them off, and a crash leaves them as they were.
 *
 * @returns why the rows stay; null when they are gone.
 * @throws RefusedStatement when something else than a trigger or a rule keeps the rows. Nothing has changed then.
 */
export async function removePastRules(database: Database, removal: Removal): Promise<string | null> {
  try {
    await database.transaction((query) => inTransaction(database, query, removal))
    return null
  } catch (error) {
    if (error instanceof RowKept) return error.message
    throw error
  }
}

/** Rolls the transaction back and carries the reason. */
class RowKept extends Error {}

async function inTransaction(database: Database, query: Query, removal: Removal): Promise<void> {
  await query(`set local lock_timeout = ${lockTimeout}`)
  const inside = { ...database, query: recovering(query) }
  const off: Rule[] = []
  for (let round = 0; round < rounds; round++) {
    await query('savepoint before_removal')
    const refused = await tried(inside, removal)
    if (refused === null && (await removal.isGone(inside))) {
      await switchOn(query, off)
      return
    }
    await query('rollback to savepoint before_removal')
    // Those that are off already are not listed any more.
    const fresh = await rulesThatKeep(query, removal, refused)
    if (fresh.length === 0) throw refused ?? new RowKept('it was deleted, and it is still there')
    const locked = await switchOff(query, fresh)
    const names = fresh.map(({ what }) => what).join(', ')
    if (locked !== null) throw new RowKept(`kept by the ${names}, not switched off: ${locked.message}`)
    off.push(...fresh)
  }
  throw new RowKept(`kept by more than the ${off.map(({ what }) => what).join(', ')}`)
}

/** A refusal undoes the statement alone, as it does outside a transaction. */
function recovering(query: Query): Query {
  return async (text, values) => {
    await query('savepoint before_statement')
    try {
      const rows = await query(text, values)
      await query('release savepoint before_statement')
      return rows
    } catch (error) {
      if (error instanceof RefusedStatement) await query('rollback to savepoint before_statement')
      throw error
    }
  }
}

/** Deferred triggers run now: afterwards their rules are switched on again. */
async function tried(database: Database, { remove }: Removal): Promise<RefusedStatement | null> {
  try {
    await remove(database)
    await database.query('set constraints all immediate')
    return null
  } catch (error) {
    if (!(error instanceof RefusedStatement) || transientStates.has(error.sqlstate)) throw error
    return error
  }
}

/** Serialization failure, deadlock, lock timeout, statement timeout: no trigger's doing, although one may have been running. */
const transientStates = new Set(['40001', '40P01', '55P03', '57014'])

/** The tables of the rows, with partitions and tables that inherit from them, and all triggers that fire. */
const firingTriggers = `with recursive tree as (
    select to_regclass(n)::oid as oid from unnest($1::text[]) as n
    union select i.inhrelid from pg_inherits i join tree on i.inhparent = tree.oid),
  firing as (
    select t.tgname, t.tgrelid, t.tgfoid, t.tgtype, r.rolname, t.tgrelid in (select oid from tree) as own,
      case t.tgenabled when 'A' then 'always trigger' else 'trigger' end as kind
    from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_roles r on r.oid = c.relowner
    where not t.tgisinternal and t.tgenabled in ('O', 'A') and c.relkind in ('r', 'p'))`

const triggers = `select format('trigger %I on %s', tgname, tgrelid::regclass), rolname,
  format('alter table only %s disable trigger %I', tgrelid::regclass, tgname),
  format('alter table only %s enable %s %I', tgrelid::regclass, kind, tgname)`

const rules = `select format('rule %I on %s', w.rulename, c.oid::regclass), r.rolname,
  format('alter table only %s disable rule %I', c.oid::regclass, w.rulename),
  format('alter table only %s enable %s %I', c.oid::regclass,
    case w.ev_enabled when 'A' then 'always rule' else 'rule' end, w.rulename)
  from pg_rewrite w join pg_class c on c.oid = w.ev_class join pg_roles r on r.oid = c.relowner
  where c.oid in (select oid from tree) and c.relkind in ('r', 'p') and w.ev_type = '4' and w.ev_enabled in ('O', 'A')`

/**
 * An error names the functions that were running. Rows that stay without an error are kept by a trigger before the delete,
 * by a rule, or by a trigger after it that brings them back. In `pg_trigger.tgtype`, 8 is DELETE and 2 is BEFORE.
 */
async function rulesThatKeep(query: Query, removal: Removal, refused: RefusedStatement | null): Promise<Rule[]> {
  const tables = [...new Set(removal.rows.map(({ table }) => table))].map(quotedRelation)
  // Some rules cannot be applied to a delete of several rows at all, such as those with a condition.
  if (refused?.sqlstate === '0A000') return listRules(query, `${firingTriggers} ${rules}`, [tables])
  if (refused !== null) {
    const raising = `${firingTriggers}, raising as (select * from firing
      where tgfoid in (select to_regprocedure(f)::oid from unnest($2::text[]) as f) and (own or $3))`
    const nearest = `${raising} ${triggers} from raising where own or not exists (select from raising where own)`
    return listRules(query, nearest, [tables, runningFunctions(refused.reported), removal.anyTable])
  }
  const before = `${firingTriggers} ${triggers} from firing where own and tgtype & 8 > 0 and tgtype & 2 > 0 union all ${rules}`
  const found = await listRules(query, before, [tables])
  if (found.length > 0) return found
  return listRules(query, `${firingTriggers} ${triggers} from firing where own and tgtype & 8 > 0`, [tables])
}
