import { clientRoles } from '../inventory/model.ts'
import { quoted } from '../inventory/names.ts'
import { quote } from '../message-text.ts'
import { holds, type PolicySurroundings, type ReadConjuncts, whyUnchanged } from './access.ts'
import { conjunctsOf, isSameCondition, isTrue, withoutParts } from './conditions.ts'
import { type Draft, draftMutant } from './draft.ts'
import type { Direction, Mutant } from './model.ts'
import type { MutablePolicy, MutableTable } from './schema.ts'
import { createPolicy } from './sql.ts'

/** A changed policy, with how the change is described. */
interface Change {
  readonly kind: Mutant['kind']
  readonly after: MutablePolicy | null
  readonly detail: string
  readonly change: string
  readonly direction: Direction
  readonly equivalent?: string
}

/** @returns the mutants of the policies of a table and of its row security. */
export async function policyMutants(
  table: MutableTable,
  { isChangedUnread, isRefused }: Omit<PolicySurroundings, 'read'>,
): Promise<readonly Mutant[]> {
  const name = `${quoted(table.schema)}.${quoted(table.name)}`
  const known = new Map<string, ReturnType<ReadConjuncts>>()
  const read: ReadConjuncts = (condition) => {
    const conjuncts = known.get(condition) ?? conjunctsOf(condition)
    known.set(condition, conjuncts)
    return conjuncts
  }
  const around = { read, isChangedUnread, isRefused }
  const made = await Promise.all(
    table.policies.map(async (policy) => {
      const changes = await changesOf(policy)
      return await Promise.all(changes.map((change) => policyMutant(table, name, { policy, change, around })))
    }),
  )
  return [...made.flat(), ...rowSecurityMutants(table, name)]
}

async function policyMutant(
  table: MutableTable,
  name: string,
  parts: { readonly policy: MutablePolicy; readonly change: Change; readonly around: PolicySurroundings },
): Promise<Mutant> {
  const { policy: before, change, around } = parts
  const { after } = change
  const policy = quoted(before.name)
  const drop = `drop policy ${policy} on ${name}`
  const original = createPolicy(name, policy, before)
  const equivalent = change.equivalent ?? (await whyUnchanged(table, { before, after }, around))
  const bucket =
    table.schema === 'storage' && table.name === 'objects' ? await onlyBucket(before, after, around.read) : null
  const command = after?.command ?? before.command
  return draftMutant({
    kind: change.kind,
    object: `table ${name}`,
    detail: `policy ${policy}${change.detail}`,
    change: `the policy ${quote(before.name)} on ${name} ${change.change}`,
    apply: after === null ? [drop] : [drop, createPolicy(name, policy, after)],
    undo: after === null ? [original] : [drop, original],
    original,
    touches: [`${table.schema}.${table.name}`],
    direction: change.direction,
    commands: command === 'all' ? [] : [command],
    ...(bucket === null ? {} : { bucket }),
    ...(equivalent === null ? {} : { equivalent }),
  })
}

/** @returns the only bucket whose objects a policy of `storage.objects` lets through, before a change and after it. */
async function onlyBucket(
  before: MutablePolicy,
  after: MutablePolicy | null,
  read: ReadConjuncts,
): Promise<string | null> {
  // What a restrictive policy does not let through is of every other bucket.
  if (!before.permissive || after?.permissive === false) return null
  const conditions = [before, ...(after === null ? [] : [after])]
    .flatMap(({ using, check }) => [using, check])
    .filter((condition) => condition !== null)
  const buckets = await Promise.all(
    conditions.map(async (condition) => {
      const named = (await read(condition))?.flatMap(({ text }) => bucketEquality.exec(text)?.[1] ?? [])
      return named?.[0]?.replaceAll("''", "'") ?? null
    }),
  )
  const [first = null, ...others] = new Set(buckets)
  return others.length === 0 ? first : null
}

const bucketEquality = /^bucket_id = (?:CAST\()?'((?:[^']|'')*)'(?: AS text\)|::text)?$/

async function changesOf(policy: MutablePolicy): Promise<readonly Change[]> {
  const dropped: Change = {
    kind: 'policy-dropped',
    after: null,
    detail: '',
    change: 'is dropped',
    direction: policy.permissive ? 'narrower' : 'wider',
  }
  const conditions = await Promise.all((['using', 'check'] as const).map((side) => conditionChanges(policy, side)))
  return [
    dropped,
    ...conditions.flat(),
    ...(await checkRemoved(policy)),
    ...roleChanges(policy),
    ...otherChanges(policy),
  ]
}

async function conditionChanges(policy: MutablePolicy, side: 'using' | 'check'): Promise<readonly Change[]> {
  const condition = policy[side]
  if (condition === null) return []
  const clause = side === 'using' ? 'USING' : 'WITH CHECK'
  const constants = ([true, false] as const)
    .filter((value) => !(value ? isTrue(condition) : /^\(?false\)?$/i.test(condition)))
    .map(
      (value): Change => ({
        kind: value ? 'policy-true' : 'policy-false',
        after: { ...policy, [side]: String(value) },
        detail: `: ${clause} (${value})`,
        change: `has ${clause} (${value})`,
        direction: value ? 'wider' : 'narrower',
      }),
    )
  const parts = (await withoutParts(condition)).map(
    ({ condition: left, removed, direction }): Change => ({
      kind: 'policy-part',
      after: { ...policy, [side]: left },
      detail: `: ${clause} without ${removed}`,
      change: `lost ${quote(removed)} in ${clause}`,
      direction,
    }),
  )
  return [...constants, ...parts]
}

/** Without a check, the new row has to satisfy USING. An insert has no USING: its check becoming true is a mutant already. */
async function checkRemoved(policy: MutablePolicy): Promise<readonly Change[]> {
  const { using, check } = policy
  if (using === null || check === null) return []
  const same = await isSameCondition(using, check)
  return [
    {
      kind: 'policy-check',
      after: { ...policy, check: null },
      detail: ': no WITH CHECK',
      change: 'lost its WITH CHECK',
      direction: 'either',
      ...(same ? { equivalent: 'USING is the same condition, and holds for the new row too' } : {}),
    },
  ]
}

function roleChanges(policy: MutablePolicy): readonly Change[] {
  const { roles } = policy
  if (!policy.permissive || roles.includes('public')) return []
  const wider = [
    ...(roles.includes('authenticated') ? [] : [{ name: 'authenticated', after: [...roles, 'authenticated'] }]),
    { name: 'public', after: ['public'] },
  ]
  return wider.map(({ name, after }) => ({
    kind: 'policy-roles',
    after: { ...policy, roles: after },
    detail: `: to ${name}`,
    change: `applies to ${name}`,
    direction: 'wider',
  }))
}

function otherChanges(policy: MutablePolicy): readonly Change[] {
  const { command, permissive, using, check } = policy
  const mode: Change = {
    kind: 'policy-mode',
    after: { ...policy, permissive: !permissive },
    detail: permissive ? ': restrictive' : ': permissive',
    change: permissive ? 'is restrictive' : 'is permissive',
    direction: permissive ? 'narrower' : 'wider',
  }
  if (command === 'all' || !permissive) return [mode]
  const widened: Change = {
    kind: 'policy-command',
    // An insert policy has no USING, without which the other commands would reach no row.
    after: { ...policy, command: 'all', using: using ?? check },
    detail: ': for all',
    change: 'is for all commands',
    direction: 'wider',
  }
  return [mode, widened]
}

function rowSecurityMutants(table: MutableTable, name: string): readonly Mutant[] {
  if (!table.own || !table.rowSecurity) return []
  const shared = { kind: 'row-security', object: `table ${name}`, direction: 'wider' } as const
  const granted = clientRoles.some((role) =>
    (['select', 'insert', 'update', 'delete'] as const).some((command) => holds(table, role, command)),
  )
  const touches = [`${table.schema}.${table.name}`]
  const off: Draft = {
    ...shared,
    detail: 'off',
    change: `row security of ${name} is off`,
    apply: [`alter table ${name} disable row level security`],
    undo: [`alter table ${name} enable row level security`],
    touches,
    // A view or a definer function reads past row security, and may read for roles without a privilege.
    ...(granted ? {} : { equivalent: 'no client role holds a privilege on the table' }),
  }
  if (!table.forced) return [draftMutant(off)]
  const unforced: Draft = {
    ...shared,
    detail: 'not forced',
    change: `row security of ${name} is not forced for its owner`,
    apply: [`alter table ${name} no force row level security`],
    undo: [`alter table ${name} force row level security`],
    touches,
  }
  // Forced row security concerns the owner, as which views and functions read.
  const { equivalent: _, ...always } = off
  return [draftMutant(always), draftMutant(unforced)]
}
