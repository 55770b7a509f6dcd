import { usesApi } from '../model/matrix.ts'
import type { CellRecord, SchemaFact } from '../model/record.ts'

/** A thing of the schema, by which the statement that made it can be found. */
export type SchemaObject =
  | { readonly what: 'policy'; readonly relation: string; readonly name: string }
  | { readonly what: 'grant'; readonly privilege: string; readonly on: string; readonly role: string }
  | { readonly what: 'relation' | 'function'; readonly name: string }

/** A thing of the schema that most likely made a cell go wrong. It changes no verdict. */
export interface Suspect {
  readonly text: string
  readonly made: SchemaObject
}

/** The most suspects that are named; more would be a list of the schema. */
const named = 3
const longestExpression = 160

type Command = 'r' | 'a' | 'w' | 'd'
const commands: Readonly<Record<Command, string>> = { r: 'select', a: 'insert', w: 'update', d: 'delete' }
/** PostgREST's and Storage's methods. */
const methods: Readonly<Record<string, Command>> = {
  GET: 'r',
  HEAD: 'r',
  POST: 'a',
  PATCH: 'w',
  PUT: 'w',
  DELETE: 'd',
}

/**
 * Names the policies, grants and definitions that an attempt passed or failed by.
 *
 * @param facts of the schema as the run met it; empty where it could not be read.
 */
export function suspectsOf(cell: CellRecord, facts: readonly SchemaFact[]): readonly Suspect[] {
  const { verdict, credential, actorKind, outcome, resource, path } = cell
  const isAbout = verdict === 'breach' || verdict === 'lockout' || verdict === 'wrong-layer'
  if (!isAbout || credential === 'attacked' || !usesApi(actorKind) || outcome === null) return []
  const role = actorKind === 'anon' ? 'anon' : 'authenticated'
  const [kind, written = ''] = resource.split(/ (.*)/)
  const name = kind === 'function' ? written : written.replaceAll('"', '')
  const command = path === 'realtime' && kind === 'table' ? 'r' : methods[outcome.method]
  const about: About = { cell, role, facts, command: command ?? 'r' }
  switch (kind) {
    case 'table':
      return ofTable(name, about)
    case 'view':
      return ofView(name, about)
    case 'function':
      return ofFunction(name, about)
    case 'bucket':
      return [...ofPublicBucket(name, about), ...policies('storage.objects', about)].slice(0, named)
    case 'channel':
      return policies('realtime.messages', about)
    default:
      return []
  }
}

/**
 * Describes the policies that PostgreSQL applies to the request of a cell, those that allow first.
 *
 * @returns none where the resource has none, for a role of a worker, and where the schema could not be read.
 */
export function policiesConcerned(cell: CellRecord, facts: readonly SchemaFact[]): readonly string[] {
  const { resource, actorKind, path, outcome } = cell
  const [kind = '', written = ''] = resource.split(/ (.*)/)
  const relation = relationsWithPolicies[kind] ?? (kind === 'table' ? written.replaceAll('"', '') : null)
  if (relation === null || !usesApi(actorKind) || outcome === null) return []
  const command = path === 'realtime' && kind === 'table' ? 'r' : (methods[outcome.method] ?? 'r')
  const role = actorKind === 'anon' ? 'anon' : 'authenticated'
  return policiesOf(relation, { cell, role, facts, command })
    .toSorted((a, b) => Number(b.permissive) - Number(a.permissive))
    .map((policy) => describePolicy(policy, relation, command))
}

/** Resources whose rows are in a table of a service. */
const relationsWithPolicies: Readonly<Record<string, string>> = {
  bucket: 'storage.objects',
  channel: 'realtime.messages',
}

interface About {
  readonly cell: CellRecord
  readonly role: 'anon' | 'authenticated'
  readonly facts: readonly SchemaFact[]
  readonly command: Command
}

function ofTable(table: string, about: About): readonly Suspect[] {
  const text = textOf('relation', table, about.facts)
  if (text === undefined) return []
  if (about.cell.verdict !== 'lockout') {
    if (isDeniedByGrant(about.cell)) return grantOf(table, commands[about.command].toUpperCase(), text, about)
    if (text.split(' ')[2] === 'f') {
      return [{ text: `row security is off on ${table}`, made: { what: 'relation', name: table } }]
    }
  }
  return policies(table, about)
}

function ofView(view: string, { facts, cell }: About): readonly Suspect[] {
  const text = textOf('relation', view, facts)
  const [kind, owner] = text?.split(' ') ?? []
  if (kind !== 'v' || cell.verdict === 'lockout') return []
  if (/^\S+ \S+ \S+ \S+ \S*security_invoker=(?:true|on|1)\b/.test(text ?? '')) return []
  const why = `${view} reads as its owner ${owner}: security_invoker is not set`
  return [{ text: why, made: { what: 'relation', name: view } }]
}

function ofFunction(name: string, about: About): readonly Suspect[] {
  const [, full = '', text = ''] =
    about.facts.find(([what, signature]) => what === 'function' && signature.startsWith(`${name}(`)) ?? []
  if (full === '') return []
  if (about.cell.verdict !== 'lockout' && isDeniedByGrant(about.cell)) return grantOf(name, 'EXECUTE', text, about)
  const [, owner = '', , definer] = text.split(' ')
  const runs = definer === 't' ? `runs as its owner ${owner} (security definer)` : 'runs as its caller'
  return [{ text: `${full} ${runs}`, made: { what: 'function', name } }]
}

function ofPublicBucket(bucket: string, { cell, command, facts }: About): readonly Suspect[] {
  if (cell.verdict !== 'breach' || command !== 'r') return []
  if (textOf('bucket', bucket, facts)?.startsWith('t') !== true) return []
  return [{ text: `the bucket ${bucket} is public`, made: { what: 'relation', name: 'storage.buckets' } }]
}

/** True where a grant alone was expected to refuse the request. */
function isDeniedByGrant({ expected }: CellRecord): boolean {
  return expected.decision === 'deny' && expected.layers.length === 1 && expected.layers[0] === 'grant'
}

function grantOf(on: string, privilege: string, text: string, { role }: About): readonly Suspect[] {
  const grantee = [role, 'public'].find((one) => new RegExp(`(?:^|[ ,])${one}=${privilege}\\b`).test(text))
  if (grantee === undefined) return []
  return [
    { text: `${privilege} on ${on} is granted to ${grantee}`, made: { what: 'grant', privilege, on, role: grantee } },
  ]
}

interface Policy {
  readonly name: string
  readonly permissive: boolean
  readonly using: string
  readonly check: string
}

function policies(relation: string, about: About): readonly Suspect[] {
  const { cell, command } = about
  const own = policiesOf(relation, about).filter(({ permissive }) => permissive || cell.verdict === 'lockout')
  // A policy that lets everything through explains more than one with a condition.
  const isOpen = ({ using, check }: Policy) => using === 'true' || check === 'true'
  const order = cell.verdict === 'lockout' ? own : own.toSorted((a, b) => Number(isOpen(b)) - Number(isOpen(a)))
  return order.slice(0, named).map((policy) => {
    const text = describePolicy(policy, relation, command)
    return { text, made: { what: 'policy', relation, name: policy.name } }
  })
}

function describePolicy(policy: Policy, relation: string, command: Command): string {
  const { name, permissive } = policy
  const restricts = permissive ? '' : 'restrictive '
  return `${restricts}policy "${name}" on ${relation} (${commands[command]}): ${conditions(policy, command)}`
}

/** @returns the text of a suspect without the command: a policy `for all` is one suspect for reads and for writes. */
export function suspectedObject(text: string): string {
  return /^(?:restrictive )?policy ".*" on \S+(?= \((?:select|insert|update|delete)\): )/.exec(text)?.[0] ?? text
}

function conditions({ using, check }: Policy, command: Command): string {
  const parts = [
    ...(using !== '' && command !== 'a' ? [`using ${short(using)}`] : []),
    ...(check !== '' && (command === 'a' || command === 'w') ? [`with check ${short(check)}`] : []),
  ]
  return parts.join(', ') || 'no condition'
}

function policiesOf(relation: string, { facts, role, command }: About): readonly Policy[] {
  return facts.flatMap(([what, name, text]) => {
    if (what !== 'policy' || !name.startsWith(`${relation} `)) return []
    const [, on, permissive, roles = '', using = '', check = ''] =
      /^(\S) ([tf]) (.*?) ?using(?: (.*?))? ?check(?: (.*))?$/s.exec(text) ?? []
    if (on !== '*' && on !== command) return []
    if (!roles.split(',').some((one) => one === role || one === 'public')) return []
    return [{ name: name.slice(relation.length + 1), permissive: permissive === 't', using, check }]
  })
}

function textOf(kind: string, name: string, facts: readonly SchemaFact[]): string | undefined {
  return facts.find(([what, one]) => what === kind && one === name)?.[2]
}

function short(expression: string): string {
  const flat = expression.replaceAll(/\s+/g, ' ')
  return flat.length <= longestExpression ? flat : `${flat.slice(0, longestExpression)}…`
}
