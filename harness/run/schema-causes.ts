import { usesApi } from '../model/matrix.ts'
import type { CellRecord, SchemaRecord } from '../model/record.ts'
import type { Target } from '../model/target.ts'

/**
 * The commonest causes of a lockout, where the schema shows them. Nothing here changes a verdict.
 */

/** TRUNCATE, REFERENCES and TRIGGER are given to the API roles by every project, and no request uses them. */
const usable = /\b(?:anon|authenticated|service_role|public)=(?:SELECT|INSERT|UPDATE|DELETE)\b/

type Facts = SchemaRecord['facts']

/**
 * @returns a sentence when no table of the schema public is granted to any role of the API: the migrations rely on the
 *   default grants that projects had before 2026. Null where at least one table is, or there is none.
 */
export function missingDefaultGrants(facts: Facts, kind: Target['kind']): string | null {
  const tables = facts.filter(
    ([what, name, text]) => what === 'relation' && name.startsWith('public.') && /^[rp] /.test(text),
  )
  if (tables.length === 0 || tables.some(([, , text]) => usable.test(text))) return null
  const switches =
    kind === 'sandbox'
      ? 'Set `auto_expose_new_tables = true` under `[api]` in supabase/config.toml, or run with `--old-default-grants`; ' +
        'for a project that was made later, add GRANT statements to the migrations.'
      : 'Add GRANT statements to the migrations.'
  return (
    'no table of the schema public is granted to anon, authenticated or service_role: the migrations rely on the default ' +
    `grants of projects made before 2026. ${switches}`
  )
}

/** @returns true when a verdict follows from grants that are missing on every table: a lockout, or a control without effect. */
export function isWithoutGrant({ verdict, denial, control }: CellRecord): boolean {
  if (verdict === 'lockout') return denial === 'grant'
  const meaning = control?.outcome.meaning
  return verdict === 'inconclusive' && meaning?.kind === 'denied' && meaning.layer === 'grant'
}

/** @returns the reason in the schema for a refused write of an allowed actor; null where it shows none. */
export function likelyCause(cell: CellRecord, facts: Facts): string | null {
  const { verdict, denial, outcome, actorKind, resource } = cell
  if (verdict !== 'lockout' || outcome === null || denial === null) return null
  const [kind, name = ''] = resource.split(/ (.*)/)
  const why = kind === 'table' ? whyItReads(outcome) : null
  if (why === null || !usesApi(actorKind)) return null
  const role = actorKind === 'anon' ? 'anon' : 'authenticated'
  if (denial === 'grant') {
    return mayRead(name, role, facts)
      ? null
      : `${why} needs the privilege SELECT on ${name}, which ${role} does not have`
  }
  if (denial !== 'rls' && denial !== 'filtered') return null
  if (!isGuarded(name, facts)) return null
  return hasReadPolicy(name, role, facts) ? null : `${why} needs a SELECT policy on ${name}, and ${role} has none`
}

/** PostgreSQL applies SELECT privileges and policies to a write that reads rows (rowsecurity.c, CREATE POLICY). */
function whyItReads({ method, prefer }: NonNullable<CellRecord['outcome']>): string | null {
  if (method === 'PATCH') return 'an UPDATE with a filter'
  if (method === 'DELETE') return 'a DELETE with a filter'
  if (method !== 'POST' || prefer === null) return null
  if (prefer.includes('resolution=')) return 'INSERT with ON CONFLICT'
  return prefer.includes('return=representation') ? '`returning: representation`' : null
}

function mayRead(relation: string, role: string, facts: Facts): boolean {
  const [, , text = ''] = facts.find(([what, name]) => what === 'relation' && name === relation) ?? ['', '', '']
  // A grant on single columns may be enough: then there is no cause to name.
  const columns = facts.some(
    ([what, name, column]) => what === 'column' && name.startsWith(`${relation}.`) && granted(column, role),
  )
  return columns || granted(text, role)
}

function granted(text: string, role: string): boolean {
  return new RegExp(`(?:^|[ ,])(?:${role}|public)=SELECT\\b`).test(text)
}

/** A foreign table has no row security. The fact of a relation begins with its kind, its owner and its row security. */
function isGuarded(relation: string, facts: Facts): boolean {
  const text = facts.find(([what, name]) => what === 'relation' && name === relation)?.[2]
  return text !== undefined && /^[rp] \S+ t /.test(text)
}

function hasReadPolicy(relation: string, role: string, facts: Facts): boolean {
  return facts.some(([what, name, text]) => {
    if (what !== 'policy' || !name.startsWith(`${relation} `)) return false
    const [, roles = ''] = /^[r*] t (.*?) using /.exec(text) ?? []
    return roles.split(',').some((one) => ['public', '-', '', role].includes(one.trim())) && /^[r*] t /.test(text)
  })
}
