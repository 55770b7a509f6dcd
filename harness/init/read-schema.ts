import { z } from 'zod'
import { readInventory } from '../inventory/read-inventory.ts'
import type { Target } from '../model/target.ts'
import { readCatalog, userSchema } from '../witness/catalog-query.ts'
import type { Database } from '../witness/connection.ts'
import { type Expression, expanded, readCondition, readExpression } from './expressions.ts'
import { alternativesOf } from './facts.ts'
import type { Check, Schema, TypeInfo } from './model.ts'
import { filledAtSignUp, metadataKeysIn } from './sign-up.ts'

const check = z.object({ name: z.string(), expression: z.string() })

const typeRow = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('enum'), name: z.string(), labels: z.array(z.string()) }),
  z.object({
    kind: z.literal('domain'),
    name: z.string(),
    base: z.string(),
    nullable: z.boolean(),
    checks: z.array(check),
  }),
  z.object({ kind: z.literal('composite'), name: z.string() }),
])

const checked = z.object({
  table: z.string(),
  checks: z.array(check),
  /** By column, the expression that computes it. */
  computed: z.record(z.string(), z.string()),
})
const body = z.object({ name: z.string(), source: z.string() })

const rules = z.tuple([z.tuple([z.string(), z.string()])])
const texts = z.tuple([z.tuple([z.string(), z.string(), z.string()])])

/**
 * Reads the types, checks and functions of a target's database, from which rows are planned. Nothing is written, and no row of
 * the project's tables is read.
 *
 * @param root the workspace's folder, for its Edge Functions.
 * @throws TrespassError of the connection.
 */
export async function readSchema(root: string, target: Target, database: Database): Promise<Schema> {
  const inventory = await readInventory(root, target)
  const catalog = await readCatalog(database)
  const [[bodies, triggers, views]] = texts.parse(
    await database.script(scriptOf(bodiesQuery, triggersQuery, viewsQuery)),
  )
  const sources = z.array(body).parse(JSON.parse(bodies))
  const signUpSources = z.array(z.string()).parse(JSON.parse(triggers))
  return {
    catalog,
    inventory,
    ...(await readValueRules(database)),
    conditions: Object.fromEntries(
      await Promise.all(
        z
          .array(body)
          .parse(JSON.parse(views))
          .map(async ({ name, source }) => [name, alternativesOf(await readCondition(source))] as const),
      ),
    ),
    bodies: Object.fromEntries(sources.map(({ name, source }) => [name, source])),
    metadataKeys: metadataKeysIn(signUpSources),
    filledAtSignUp: filledAtSignUp(signUpSources),
  }
}

/** Reads the rules for values in the project's tables: types and check constraints. */
export async function readValueRules(database: Pick<Database, 'script'>): Promise<Pick<Schema, 'types' | 'checks'>> {
  const [[types, checks]] = rules.parse(await database.script(scriptOf(typesQuery, checksQuery)))
  return {
    types: Object.fromEntries(await Promise.all(z.array(typeRow).parse(JSON.parse(types)).map(typeOf))),
    checks: Object.fromEntries(await Promise.all(z.array(checked).parse(JSON.parse(checks)).map(checksOf))),
  }
}

async function checksOf({ table, checks, computed }: z.output<typeof checked>) {
  const columns = Object.entries(computed).map(async ([column, text]) => [column, await readExpression(text)] as const)
  const expressions = Object.fromEntries(await Promise.all(columns))
  return [table, await Promise.all(checks.map((one) => understood(one, expressions)))] as const
}

async function understood(
  { name, expression }: z.output<typeof check>,
  computed: Readonly<Record<string, Expression>>,
): Promise<Check> {
  return { name, ways: alternativesOf(expanded(await readExpression(expression), computed)) }
}

async function typeOf(row: z.output<typeof typeRow>): Promise<readonly [string, TypeInfo]> {
  if (row.kind === 'enum') return [row.name, { kind: 'enum', labels: row.labels }]
  if (row.kind === 'composite') return [row.name, { kind: 'composite' }]
  const { base, nullable } = row
  return [
    row.name,
    { kind: 'domain', base, nullable, checks: await Promise.all(row.checks.map((one) => understood(one, {}))) },
  ]
}

const typesQuery = `
  select coalesce(json_agg(case
    when t.typtype = 'e' then json_build_object(
      'kind', 'enum', 'name', format_type(t.oid, null),
      'labels', (select json_agg(e.enumlabel order by e.enumsortorder) from pg_enum e where e.enumtypid = t.oid))
    when t.typtype = 'd' then json_build_object(
      'kind', 'domain', 'name', format_type(t.oid, null), 'base', format_type(t.typbasetype, t.typtypmod),
      'nullable', not t.typnotnull,
      'checks', (
        select coalesce(json_agg(json_build_object(
          'name', k.conname, 'expression', pg_get_expr(k.conbin, 0)) order by k.conname), '[]')
        from pg_constraint k where k.contypid = t.oid and k.contype = 'c'))
    else json_build_object('kind', 'composite', 'name', format_type(t.oid, null)) end), '[]')
  from pg_type t join pg_namespace n on n.oid = t.typnamespace
  where t.typtype in ('e', 'd', 'c') and ${userSchema}`

const checksQuery = `
  select coalesce(json_agg(json_build_object('table', t.name, 'checks', t.checks, 'computed', (
    select coalesce(json_object_agg(a.attname, pg_get_expr(d.adbin, d.adrelid)), '{}')
    from pg_attribute a join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where a.attrelid = t.oid and a.attgenerated <> '' and not a.attisdropped))), '[]')
  from (
    select c.oid, n.nspname || '.' || c.relname as name, json_agg(json_build_object(
      'name', k.conname, 'expression', pg_get_expr(k.conbin, k.conrelid)) order by k.conname) as checks
    from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
    where k.contype = 'c' and ${userSchema}
    group by 1, 2) t`

const bodiesQuery = `
  select coalesce(json_agg(json_build_object(
    'name', n.nspname || '.' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')',
    'source', coalesce(pg_get_function_sqlbody(p.oid), p.prosrc))), '[]')
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace
  where p.prokind = 'f' and ${userSchema}`

const triggersQuery = `
  select coalesce(json_agg(p.prosrc), '[]')
  from pg_trigger t join pg_proc p on p.oid = t.tgfoid
  where t.tgrelid = to_regclass('auth.users') and not t.tgisinternal`

const viewsQuery = `
  select coalesce(json_agg(json_build_object(
    'name', n.nspname || '.' || c.relname, 'source', pg_get_viewdef(c.oid))), '[]')
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('v', 'm') and ${userSchema}`

/** Sequential scans stay on: whole catalogs are read. */
function scriptOf(...queries: readonly string[]): string {
  const columns = queries.map((query) => `(${query})`).join(', ')
  return `set transaction read only; set local search_path = ''; set local enable_seqscan = on; select ${columns}`
}
