import pLimit from 'p-limit'
import { z } from 'zod'
import { TrespassError } from '../errors.ts'
import type { JsonObject } from '../json.ts'
import { parseJsonObject } from '../json-text.ts'
import type { Statement } from '../paths/path.ts'
import type { Catalog, DatabaseFunction, Relation } from './catalog.ts'
import { type Database, type Query, RefusedStatement, type TextRows } from './connection.ts'
import { quoted, quotedRelation } from './identifiers.ts'
import { createLookup, type Lookup } from './lookup.ts'
import { type Relations, relationOf } from './relations.ts'
import { aliased, byShape, rowset, selection } from './rowset.ts'
import { type Rule, runningFunctions, switchOff } from './rules.ts'

/** A statement for the owner of an object, with the claims and headers that it runs with. */
export interface OwnerRequest {
  /** The resource: a table, a view or a function by schema and name. */
  readonly name: string
  readonly statement: Statement
  /** The claims that `auth.uid()` and the like read: those of the user that the fixtures were made for. */
  readonly claims: JsonObject
  /** The headers that `request.headers` holds. */
  readonly headers?: Readonly<Record<string, string>>
}

/** The result of a statement of the owner. */
export interface OwnerAnswer {
  /** The statement, for the record. */
  readonly text: string
  /** Null for a statement whose rows, if any, cannot be read. */
  readonly rows: readonly JsonObject[] | null
  /** Why the database refused; null when it did not. */
  readonly refused: Refusal | null
}

interface Refusal {
  readonly code: string
  readonly message: string
  readonly routine: string | null
  /** The functions that were running. */
  readonly where: string
}

export interface OwnerTrial<Seen> {
  /** The role that owns the object. */
  readonly owner: string
  readonly seen: Seen
  /** The same statement without the rule that kept the owner from it; null where that is not needed, or not known. */
  readonly without: { readonly rule: string; readonly seen: Seen } | null
}

/** The caller's queries inside the transaction. */
export interface Inside<Seen> {
  /** Called before the statement. */
  before(lookup: Lookup): Promise<void>
  /** Called after it, before the rollback. */
  after(lookup: Lookup, answer: OwnerAnswer): Promise<Seen>
  /** @returns true when the statement had its effect; if not, it is tried without the rules that prevent it. */
  worked(seen: Seen): boolean
}

/** Milliseconds for which the owner's statements wait for a lock, so that they hardly delay attempts. */
const lockTimeout = 1000

/**
 * Carries a statement out as the owner of the object, in a transaction that is always rolled back. If a trigger, a rule or
 * forced row security keeps the owner from it too, the statement is carried out once more without that, in the same
 * transaction.
 *
 * @throws TrespassError `no-owner` when the database user may not act as the owner, or the object is not there.
 */
export function tryAsOwner<Seen>(
  database: Database,
  relations: Relations,
  request: OwnerRequest,
  inside: Inside<Seen>,
): Promise<OwnerTrial<Seen>> {
  return database.rolledBack(async (query) => {
    const catalog = await relations.catalog()
    const lookup = createLookup({ ...database, query: shielded(query) }, relations)
    const settings = ["'lock_timeout', $1", "'request.jwt.claims', $2", "'request.headers', $3"]
    const values = [String(lockTimeout), JSON.stringify(request.claims), JSON.stringify(request.headers ?? {})]
    await query(`select ${settings.map((setting) => `set_config(${setting}, true)`).join(', ')}`, values)
    const owner = await ownerOf(query, request)
    await inside.before(lookup)
    await query('savepoint before_statement')
    const answer = await asOwner(query, owner, request, catalog)
    const seen = await inside.after(lookup, answer)
    if (inside.worked(seen)) return { owner, seen, without: null }
    await query('rollback to savepoint before_statement')
    const rules = await rulesBehind(query, owner, request, answer)
    if (rules.length === 0 || (await switchOff(query, rules)) !== null) return { owner, seen, without: null }
    const again = await inside.after(lookup, await asOwner(query, owner, request, catalog))
    return { owner, seen, without: { rule: rules.map(({ what }) => what).join(', '), seen: again } }
  })
}

/** A query for a value that no column can hold is refused, which must not end the transaction. One query at a time. */
function shielded(query: Query): Query {
  const oneAtATime = pLimit(1)
  return (text, values) =>
    oneAtATime(async () => {
      await query('savepoint before_look')
      try {
        return await query(text, values)
      } catch (error) {
        await query('rollback to savepoint before_look')
        throw error
      }
    })
}

const owners = z.array(z.tuple([z.string(), z.enum(['t', 'f'])]))

/** @returns the role that owns the object, once it is certain that the database user can act as it. */
async function ownerOf(query: Query, { name, statement }: OwnerRequest): Promise<string> {
  const relation = 'select relowner from pg_class where oid = to_regclass($1)'
  const routine = `select p.proowner from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where n.nspname || '.' || p.proname = $1 limit 1`
  const job = `select r.oid from cron.job j join pg_roles r on r.rolname = j.username
    where j.jobname = $1 and j.database = current_database() and j.active limit 1`
  const isRelation = statement.kind !== 'call' && statement.kind !== 'job'
  const found = await query(
    `select r.rolname, pg_has_role(current_user, r.oid, 'member')
     from pg_roles r where r.oid = (${isRelation ? relation : statement.kind === 'job' ? job : routine})`,
    [isRelation ? quotedRelation(name) : name],
  )
  const [row] = owners.parse(found)
  if (row === undefined) throw noOwner(`${name} has no owner that the database shows`)
  const [owner, isMember] = row
  if (isMember === 'f') throw noOwner(`the database user may not act as ${owner}, the owner of ${name}`)
  await query('savepoint before_role')
  try {
    await query(`set local role ${quoted(owner)}`)
  } catch (error) {
    if (!(error instanceof RefusedStatement)) throw error
    throw noOwner(`the database user may not act as ${owner}, the owner of ${name}`)
  }
  await query('rollback to savepoint before_role')
  return owner
}

function noOwner(message: string): TrespassError {
  return new TrespassError('no-owner', message)
}

/** Deferred constraints refuse at the end of a transaction, which is rolled back instead: they are checked now. */
async function asOwner(query: Query, owner: string, request: OwnerRequest, catalog: Catalog): Promise<OwnerAnswer> {
  const { statement } = request
  const {
    text,
    values,
    read,
    shown = oneLine(text),
  } = statement.kind === 'job' ? await sqlOfJob(query, statement, catalog) : sqlOf(request, statement, catalog)
  await query('savepoint before_owner')
  try {
    await query(`set local role ${quoted(owner)}`)
    const rows = await query(text, values)
    await query('set constraints all immediate')
    await query('set local role none')
    return { text: shown, rows: read ? rows.map(([row]) => parseJsonObject(row ?? '{}')) : null, refused: null }
  } catch (error) {
    if (!(error instanceof RefusedStatement)) throw error
    await query('rollback to savepoint before_owner')
    const { message, routine, where } = error.reported
    return { text: shown, rows: null, refused: { code: error.sqlstate, message, routine, where } }
  }
}

function oneLine(text: string): string {
  return text.trim().replace(/\s+/g, ' ')
}

interface Sql {
  readonly text: string
  readonly values: readonly unknown[]
  /** True when each row of the answer is one object. */
  readonly read: boolean
  /** The statement in a record; the text when left out. */
  readonly shown?: string
}

function sqlOf({ name }: OwnerRequest, statement: Exclude<Statement, { kind: 'job' }>, catalog: Catalog): Sql {
  switch (statement.kind) {
    case 'select':
      return select(relationOf(catalog, name), statement.keys, statement.filter)
    case 'insert':
      return insert(relationOf(catalog, name), statement)
    case 'update':
      return change(relationOf(catalog, name), statement)
    case 'delete':
      return removal(relationOf(catalog, name), statement.key)
    case 'call':
      return call(name, catalog.functions[name] ?? [], statement.arguments, statement.wantsRows)
    case 'sql': {
      const readable = statement.wantsRows && /^\s*(select|values|table)\b/i.test(statement.text)
      const inner = statement.text.replace(/;\s*$/, '')
      return {
        text: readable ? `select to_jsonb(q) from (${inner}) as q` : inner,
        values: statement.values,
        read: readable,
      }
    }
  }
}

/**
 * EXECUTE runs all statements of a command in the transaction that is under way, and refuses those that would end it. The
 * record names the job: its command may hold a token.
 */
async function sqlOfJob(query: Query, { name, writes }: JobStatement, catalog: Catalog): Promise<Sql> {
  const shown = `job ${name}`
  if (writes.length > 0) return { ...writesOf(writes, catalog), shown }
  const found = await query(
    `select format('do language plpgsql %L', format('begin execute %L; end', command))
     from cron.job where jobname = $1 and database = current_database() and active`,
    [name],
  )
  const text = found[0]?.[0]
  if (typeof text !== 'string') throw noOwner(`there is no active job ${name}`)
  return { text, values: [], read: false, shown }
}

type JobStatement = Extract<Statement, { kind: 'job' }>

/** One statement that makes all writes. */
function writesOf(writes: JobStatement['writes'], catalog: Catalog): Sql {
  const parts: Sql[] = []
  for (const { table, key, set } of writes) {
    const first = parts.flatMap(({ values }) => values).length + 1
    const relation = relationOf(catalog, table)
    parts.push(set === null ? removal(relation, key, first) : change(relation, { key, set }, first))
  }
  const names = parts.map(({ text }, at) => `w${at} as (${text})`)
  return {
    text: `with ${names.join(', ')} select to_jsonb(w) from (${parts.map((_, at) => `select * from w${at}`).join(' union all ')}) as w`,
    values: parts.flatMap(({ values }) => values),
    read: true,
  }
}

function change(
  relation: Relation,
  { key, set: values }: { readonly key: JsonObject; readonly set: JsonObject },
  first = 1,
): Sql {
  const names = Object.keys(values)
  const [set, by] = [rowset(relation, names, first), selection(relation, key, first + 1)]
  const columns = names.map((column, n) => `${quoted(column)} = (select k.c${n} from ${set.from})`).join(', ')
  return {
    text: `update ${aliased(relation)} set ${columns} from ${by.from} where ${by.condition} returning to_jsonb(t)`,
    values: [set.encode([values]), by.encode([key])],
    read: true,
  }
}

function removal(relation: Relation, key: JsonObject, first = 1): Sql {
  const by = selection(relation, key, first)
  return {
    text: `delete from ${aliased(relation)} using ${by.from} where ${by.condition} returning to_jsonb(t)`,
    values: [by.encode([key])],
    read: true,
  }
}

/** Rows of different shapes are null in different columns, and each shape has a condition of its own. */
function select(relation: Relation, keys: readonly JsonObject[], filter: JsonObject): Sql {
  const shapes = byShape(keys.map((key) => ({ table: relation.name, key: { ...filter, ...key } })))
  const parts = shapes.map((rows, n) => {
    const all = rows.map(({ key }) => key)
    const by = selection(relation, all[0] ?? {}, n + 1)
    return {
      text: `select to_jsonb(t) from ${by.from} join ${aliased(relation)} on ${by.condition}`,
      value: by.encode(all),
    }
  })
  return {
    text: parts.map(({ text }) => text).join(' union all '),
    values: parts.map(({ value }) => value),
    read: true,
  }
}

function insert(relation: Relation, { rows, conflict }: Extract<Statement, { kind: 'insert' }>): Sql {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const set = rowset(relation, names)
  const key = (conflict?.columns ?? relation.primaryKey).map(quoted).join(', ')
  const merged = names.map((name) => `${quoted(name)} = excluded.${quoted(name)}`).join(', ')
  const onConflict =
    conflict === undefined ? '' : ` on conflict (${key}) do ${conflict.ignore ? 'nothing' : `update set ${merged}`}`
  const columns = names.length === 0 ? '' : ` (${names.map(quoted).join(', ')})`
  const source = names.length === 0 ? ' default values' : ` select ${set.columns.join(', ')} from ${set.from}`
  return {
    text: `insert into ${aliased(relation)}${columns}${source}${onConflict} returning to_jsonb(t)`,
    values: names.length === 0 ? [] : [set.encode(rows)],
    read: true,
  }
}

/** The form of the function whose arguments are given, by name; a single JSON argument without a name takes all of them. */
function call(name: string, overloads: readonly DatabaseFunction[], given: JsonObject, wantsRows: boolean): Sql {
  const names = Object.keys(given)
  const fits = (one: DatabaseFunction) =>
    names.every((argument) => one.arguments.some((known) => known.name === argument)) &&
    one.arguments.every(({ name: known, optional }) => optional || names.includes(known))
  const chosen = overloads.find(fits)
  const whole = overloads.find((one) => one.arguments.length === 1 && one.arguments[0]?.name === '')
  const types = new Map(chosen?.arguments.map((argument) => [argument.name, argument.type]) ?? [])
  const columns =
    chosen === undefined
      ? [`a ${whole?.arguments[0]?.type ?? 'jsonb'}`]
      : names.map((n, at) => `c${at} ${types.get(n) ?? 'text'}`)
  const parameters = chosen === undefined ? 'k.a' : names.map((n, at) => `${quoted(n)} => k.c${at}`).join(', ')
  const record =
    chosen === undefined ? { a: given } : Object.fromEntries(names.map((n, at) => [`c${at}`, given[n] ?? null]))
  const source = columns.length === 0 ? '' : `jsonb_to_record($1::jsonb) as k(${columns.join(', ')}), `
  // A function may return a scalar, which is a row of one column here.
  const row = "case jsonb_typeof(to_jsonb(r)) when 'object' then to_jsonb(r) else jsonb_build_object('value', r) end"
  const shown = wantsRows ? row : '1'
  return {
    text: `select ${shown} from ${source}${quotedRelation(name)}(${parameters}) as r`,
    values: columns.length === 0 ? [] : [JSON.stringify(record)],
    read: wantsRows,
  }
}

/** Rules that also keep the owner from a statement, each with the statement that switches it off. */
const rules = z.array(z.tuple([z.string(), z.string()]))

/**
 * An error of PL/pgSQL names the functions that were running: the triggers that call one of them. A statement that found
 * no row, without an error, may be the work of any trigger or rule of the table, or of forced row security.
 */
async function rulesBehind(
  query: Query,
  owner: string,
  { name, statement }: OwnerRequest,
  answer: OwnerAnswer,
): Promise<Pick<Rule, 'what' | 'owner' | 'disable'>[]> {
  const { refused } = answer
  const relation = statement.kind === 'call' || statement.kind === 'job' ? null : quotedRelation(name)
  if (refused !== null && refused.code !== '42501' && refused.where === '') return []
  const functions = refused === null ? [] : runningFunctions(refused)
  const found: TextRows =
    functions.length > 0
      ? await query(
          `with raising as (
             select t.tgname, t.tgrelid from pg_trigger t
             where not t.tgisinternal and t.tgfoid in (select to_regprocedure(f) from unnest($1::text[]) as f))
           select format('trigger %I on %s', tgname, tgrelid::regclass),
             format('alter table %s disable trigger %I', tgrelid::regclass, tgname)
           from raising where tgrelid = to_regclass($2) or not exists (select from raising where tgrelid = to_regclass($2))`,
          [functions, relation],
        )
      : await query(
          `select format('trigger %I on %s', t.tgname, t.tgrelid::regclass),
             format('alter table %s disable trigger %I', t.tgrelid::regclass, t.tgname)
           from pg_trigger t where t.tgrelid = to_regclass($1) and not t.tgisinternal and t.tgtype & 66 > 0
             and t.tgtype & $3::int > 0 and t.tgenabled <> 'D' and not $2
           union all
           select format('rule %I on %s', w.rulename, w.ev_class::regclass),
             format('alter table %s disable rule %I', w.ev_class::regclass, w.rulename)
           from pg_rewrite w where w.ev_class = to_regclass($1) and w.rulename <> '_RETURN'
             and w.ev_type::text = any ($4::text[]) and not $2
           union all
           select format('forced row security on %s', c.oid::regclass),
             format('alter table %s no force row level security', c.oid::regclass)
           from pg_class c where c.oid = to_regclass($1) and c.relforcerowsecurity`,
          [relation, refused !== null, ...eventsOf(statement)],
        )
  return rules.parse(found).map(([what, disable]) => ({ what, owner, disable }))
}

/** @returns the events that a statement causes: the bits of `pg_trigger.tgtype` and the values of `pg_rewrite.ev_type`. */
function eventsOf(statement: Statement): readonly [number, readonly string[]] {
  switch (statement.kind) {
    case 'select':
    case 'call':
    case 'job':
      return [0, []]
    case 'insert':
      return statement.conflict === undefined ? [4, ['3']] : [4 + 16, ['2', '3']]
    case 'update':
      return [16, ['2']]
    case 'delete':
      return [8, ['4']]
    case 'sql':
      return [4 + 8 + 16, ['2', '3', '4']]
  }
}
