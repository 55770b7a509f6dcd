import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { processes } from '../e2e/processes.ts'
import { isBelow, type Services } from './services.ts'

/** Everything that a run could leave, as lines by kind. Two states are equal if the lines are. */
export type Traces = Readonly<Record<string, string>>

/** Realtime of the sandbox makes a slot of another name whenever it connects to the database again. */
const catalogue = `
  select 'relation', n.nspname || '.' || c.relname || ' ' || c.relkind::text
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'
  union all select 'function', p.oid::regprocedure::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'
  union all select 'trigger', tgrelid::regclass || ' ' || tgname || ' ' || tgenabled::text from pg_trigger
    where not tgisinternal
  union all select 'rule', ev_class::regclass || ' ' || rulename || ' ' || ev_enabled::text from pg_rewrite
    where ev_class >= 16384
  union all select 'policy', polrelid::regclass || ' ' || polname from pg_policy
  union all select 'role', rolname from pg_roles
  union all select 'published table', pubname || ' ' || schemaname || '.' || tablename from pg_publication_tables
  union all select 'prepared transaction', gid from pg_prepared_xacts
  union all select 'replication slot', slot_name::text from pg_replication_slots
    where slot_name not like 'sandbox\\_realtime\\_%'
  union all select 'connection', usename || ' ' || application_name from pg_stat_activity
    where usename = 'postgres' and application_name <> 'night' and backend_type in ('client backend', 'walsender')`

const tables = `select format('%I.%I', n.nspname, c.relname) as name
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and not c.relispartition and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'
    and has_table_privilege(c.oid, 'select')
  order by 1`

/**
 * Reads what is there: rows of every table, the catalogue, connections, files of Storage, files of the workspace, temporary
 * files, and processes.
 */
export async function tracesOf(services: Services, root: string, temporary: string): Promise<Traces> {
  const traces: Record<string, string> = {}
  for (const { name } of await services.query(tables)) {
    const rows = `select count(*) as rows, md5(coalesce(string_agg(t::text, e'\\n' order by t::text), '')) as digest`
    const [read] = await services.query(`${rows} from ${name} as t`)
    traces[`rows of ${name}`] = `${read?.rows} rows, ${read?.digest}`
  }
  const kinds = new Map<string, string[]>()
  for (const { kind, name } of await services.query(`select * from (${catalogue}) as t (kind, name)`)) {
    kinds.set(String(kind), [...(kinds.get(String(kind)) ?? []), String(name)])
  }
  for (const [kind, names] of kinds) traces[`${kind}s`] = names.sort().join('\n')
  traces['files of Storage'] = ['objects', 'arriving']
    .flatMap((name) => filesBelow(join(services.folder, name)))
    .join('\n')
  traces['files of the workspace'] = filesBelow(root).join('\n')
  traces['temporary files'] = readdirSync(temporary).sort().join('\n')
  traces.processes = marked(temporary, services.pid).join('\n')
  return traces
}

/** @returns the differences from `before`, which are given time to go: a killed process's connection ends a little later. */
export async function leftovers(read: () => Promise<Traces>, before: Traces): Promise<string[]> {
  for (const deadline = Date.now() + 15_000; ; await wait(200)) {
    const after = await read()
    const differences = [...new Set([...Object.keys(before), ...Object.keys(after)])]
      .filter((kind) => before[kind] !== after[kind])
      .map((kind) => difference(kind, before[kind] ?? '', after[kind] ?? ''))
    if (differences.length === 0 || Date.now() > deadline) return differences
  }
}

function difference(kind: string, before: string, after: string): string {
  const [old, now] = [before.split('\n'), after.split('\n')]
  const added = now.filter((line) => !old.includes(line))
  const gone = old.filter((line) => !now.includes(line))
  return `${kind}: added ${JSON.stringify(added)}, gone ${JSON.stringify(gone)}`
}

function filesBelow(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
    return entries.map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1)).sort()
  } catch {
    return [] // It is made with the first file.
  }
}

/** @returns the commands with this folder for temporary files, except those of the standing sandbox. */
function marked(temporary: string, sandbox: number): string[] {
  const all = processes()
  const isSandbox = isBelow(all, sandbox)
  return all
    .filter(({ pid, command }) => !isSandbox(pid) && !command.includes('sandbox-watchdog') && isMarked(pid, temporary))
    .map(({ command }) => command)
    .sort()
}

function isMarked(pid: number, temporary: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`TMPDIR=${temporary}`)
  } catch {
    return false // It has ended in the meantime, or belongs to another user.
  }
}
