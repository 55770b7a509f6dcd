import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'smol-toml'
import { z } from 'zod'
import { TrespassError } from '../../errors.ts'
import { type AuthSwitches, readAuthSwitches, readServiceFacts } from '../../inventory/read-api.ts'
import type { SchemaFact } from '../../model/record.ts'
import type { Target } from '../../model/target.ts'
import type { Secret } from '../../redaction/redact.ts'
import {
  type AppliedMigration,
  abilitiesBeyondCatalog,
  type CatalogConnection,
  openCatalog,
  readMigrationHistory,
} from '../../witness/catalog-only.ts'
import { readCatalogFacts } from '../../witness/fingerprint.ts'
import { type CatalogTarget, catalogTarget, isCatalogOnly } from '../../workspace/catalog-target.ts'
import type { Config } from '../../workspace/config.ts'
import { loadEnvironment } from '../../workspace/environment.ts'
import { openReadOnly } from '../../workspace/open-target.ts'
import { projectDigest } from '../../workspace/project-ref.ts'
import { secretsIn } from '../../workspace/secrets.ts'
import { type ReviewCatalog, readReviewCatalog } from '../catalog.ts'
import type { Environment } from './environment.ts'

/** The name of the side that is the schema of the committed migrations. */
export const migrationsSide = 'migrations'

/** Everything that is read of one side of a comparison. */
export interface Side {
  /** `migrations`, or the alias of a target. */
  readonly name: string
  readonly facts: readonly SchemaFact[]
  /** Names of relations and functions that belong to an extension. */
  readonly extensionMembers: ReadonlySet<string>
  readonly catalog: ReviewCatalog
  /** The role that reads it. */
  readonly login: string
  /** The rows of the Supabase CLI's history; null where there is none, or it cannot be read. */
  readonly kept: readonly AppliedMigration[] | null
  readonly settings: Environment
  /** Equal for two sides of one hosted project; null where no address names one. */
  readonly project: string | null
  /** False for a protected target, of which nothing but the catalog is read. */
  readonly hasBuckets: boolean
  readonly secrets: readonly Secret[]
}

/** The workspace that the sides belong to. */
export interface SideOptions {
  readonly root: string
  readonly config: Config
  readonly onProgress: (text: string) => void
}

/**
 * Reads one side. Of a protected target nothing is read but the catalog, over one connection, and only where its login can do
 * nothing else; of any other target the public settings of its services too. Nothing is written.
 *
 * @throws TrespassError `catalog-role-too-strong`, `review-needs-database`, and those of the guard and of the connection.
 */
export async function readSide(name: string, options: SideOptions): Promise<Side> {
  const { root, config, onProgress } = options
  const environment = loadEnvironment(root, name === migrationsSide ? 'sandbox' : name, process.env)
  const secrets = secretsIn(environment)
  if (isCatalogOnly(environment, config)) {
    const target = catalogTarget(root, environment, config)
    return { ...(await readProtected(target)), name, secrets, project: projectDigest(null, target.databaseUrl) }
  }
  const opened = await openReadOnly({ root, config, environment, sandbox: { holes: [] }, onProgress })
  try {
    const { target } = opened
    const { databaseUrl, databaseCa, hold, endpoint } = target
    if (databaseUrl === null) {
      const message = `found no database URL for ${name}, expected one: a comparison reads the catalog`
      const hint = 'Set TRESPASS_DATABASE_URL for this target. A login that can read the catalog is enough.'
      throw new TrespassError('review-needs-database', message, { hint })
    }
    const catalog = openCatalog(databaseUrl, databaseCa, hold)
    try {
      const common = await readCommon(catalog)
      const buckets = await readBuckets(catalog)
      const settings = new Map([
        ...common.settings,
        ...(await settingsOfServices(target)),
        ...(name === migrationsSide ? await configuredSettings(root) : []),
      ])
      const facts = [...common.facts, ...(buckets ?? [])]
      return {
        ...{ ...common, facts, settings, name, secrets, hasBuckets: buckets !== null },
        project: projectDigest(endpoint.url, databaseUrl),
      }
    } finally {
      await catalog.close()
    }
  } finally {
    await opened.close()
  }
}

type ReadOnlySide = Omit<Side, 'name' | 'secrets' | 'project'>

async function readProtected({ alias, databaseUrl, databaseCa }: CatalogTarget): Promise<ReadOnlySide> {
  const catalog = openCatalog(databaseUrl, databaseCa)
  try {
    const abilities = await abilitiesBeyondCatalog(catalog)
    if (abilities.length > 0) {
      const more = abilities.length > 5 ? ` and ${abilities.length - 5} more` : ''
      const found = `the login of the protected target ${alias} may do more than read the catalog`
      const message = `${found}: ${abilities.slice(0, 5).join(', ')}${more}`
      const hint = 'Use a login without any grant: docs/reviews.md shows how to make it. Nothing else was sent.'
      throw new TrespassError('catalog-role-too-strong', message, { hint })
    }
    return { ...(await readCommon(catalog)), hasBuckets: false }
  } finally {
    await catalog.close()
  }
}

async function readCommon(catalog: CatalogConnection): Promise<Omit<ReadOnlySide, 'hasBuckets'>> {
  const facts = await readCatalogFacts(catalog)
  const [login] = await catalog.script('select current_user')
  const members = z.array(z.tuple([z.string()])).parse(await catalog.script(membersQuery))
  return {
    facts,
    extensionMembers: new Set(members.map(([name]) => name)),
    catalog: await readReviewCatalog(catalog, []),
    login: login?.[0] ?? '',
    kept: await readMigrationHistory(catalog),
    settings: new Map(z.array(z.tuple([z.string(), z.string()])).parse(await catalog.script(settingsQuery))),
  }
}

/** The names are those of the facts of a schema's fingerprint. */
const membersQuery = `set local search_path = '';
  select n.nspname || '.' || c.relname from pg_catalog.pg_depend d
    join pg_catalog.pg_class c on d.classid = 'pg_catalog.pg_class'::regclass and c.oid = d.objid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace where d.deptype = 'e'
  union all
  select p.oid::regprocedure::text from pg_catalog.pg_depend d
    join pg_catalog.pg_proc p on d.classid = 'pg_catalog.pg_proc'::regclass and p.oid = d.objid where d.deptype = 'e'
  union all
  select n.nspname || '.' || t.typname from pg_catalog.pg_depend d
    join pg_catalog.pg_type t on d.classid = 'pg_catalog.pg_type'::regclass and t.oid = d.objid
    join pg_catalog.pg_namespace n on n.oid = t.typnamespace where d.deptype = 'e'`

/** A setting of a role in one database goes before one in all of them. */
const settingsQuery = `
  with own as (
    select distinct on (r.rolname, split_part(s.text, '=', 1)) r.rolname, split_part(s.text, '=', 1) as name,
      regexp_replace(s.text, '^[^=]*=', '') as value
    from pg_catalog.pg_db_role_setting c join pg_catalog.pg_roles r on r.oid = c.setrole
    cross join lateral unnest(c.setconfig) s(text)
    where c.setdatabase = 0 or c.setdatabase = (select d.oid from pg_catalog.pg_database d where d.datname = current_database())
    order by 1, 2, c.setdatabase desc)
  select 'PostgreSQL', current_setting('server_version')
  union all select 'max_connections', current_setting('max_connections')
  union all select 'wal_level', current_setting('wal_level')
  union all select 'statement timeout of ' || r.name, coalesce(
      (select own.value from own where own.rolname = r.name and own.name = 'statement_timeout'), 'none of its own')
    from unnest(array['anon', 'authenticated', 'service_role', 'authenticator']) r(name)
  union all select case own.name when 'pgrst.db_schemas' then 'exposed schemas' when 'pgrst.db_max_rows' then 'max_rows'
      when 'pgrst.db_pre_request' then 'function before each request' else own.name end, own.value
    from own where own.rolname = 'authenticator' and own.name in ('pgrst.db_schemas', 'pgrst.db_max_rows', 'pgrst.db_pre_request')`

/** @returns null where the login may not read the list of buckets. */
async function readBuckets(catalog: CatalogConnection): Promise<readonly SchemaFact[] | null> {
  const [readable] = await catalog.script(`select coalesce((select pg_catalog.bool_and(
      pg_catalog.has_schema_privilege(n.oid, 'USAGE') and pg_catalog.has_table_privilege(c.oid, 'SELECT'))
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'storage' and c.relname = 'buckets'), false)`)
  if (readable?.[0] !== 't') return null
  const rows = await catalog.script(
    `select 'bucket', id, concat_ws(' ', public, file_size_limit, allowed_mime_types) from storage.buckets order by id`,
  )
  return z.array(z.tuple([z.literal('bucket'), z.string(), z.string()])).parse(rows)
}

async function settingsOfServices(target: Target): Promise<Environment> {
  const [{ schemas }, auth] = await Promise.all([readServiceFacts(target), readAuthSwitches(target)])
  return new Map([...(schemas === null ? [] : [['exposed schemas', schemas.join(', ')] as const]), ...switches(auth)])
}

function switches(auth: AuthSwitches | null): readonly (readonly [string, string])[] {
  const named: readonly (readonly [string, boolean | null | undefined])[] = [
    ['Auth: sign-ups', auth?.signUps],
    ['Auth: anonymous sign-ins', auth?.anonymousSignIns],
    ['Auth: e-mail and password', auth?.passwords],
    ['Auth: confirmation of addresses', auth?.confirmsAddresses],
  ]
  return named.flatMap(([name, value]) =>
    value === null || value === undefined ? [] : [[name, value ? 'on' : 'off'] as const],
  )
}

const configured = z.looseObject({
  api: z.looseObject({ max_rows: z.number().optional() }).optional(),
  auth: z.looseObject({ jwt_expiry: z.number().optional() }).optional(),
  storage: z.looseObject({ file_size_limit: z.union([z.string(), z.number()]).optional() }).optional(),
})

/** Reads what `supabase/config.toml` sets and no service publishes; the sandbox has refused a file that is broken. */
async function configuredSettings(root: string): Promise<Environment> {
  const text = await readFile(join(root, 'supabase/config.toml'), 'utf8').catch(() => '')
  const { data } = configured.safeParse(parse(text))
  const named = [
    ['max_rows', data?.api?.max_rows],
    ['Auth: lifetime of tokens', data?.auth?.jwt_expiry],
    ['Storage: file size limit of the project', data?.storage?.file_size_limit],
  ] as const
  return new Map(named.flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)] as const])))
}
