import { suspicion } from './flows.ts'
import type { Flow, FlowKind, Relation, SurveyRecord } from './model.ts'

/** A flow with its number in the survey, by which `--allow` and `--deny` name it. */
interface Numbered {
  readonly flow: Flow
  readonly number: number
}

const titles: Readonly<Record<Relation, string>> = {
  'another-tenant': 'another tenant',
  'same-tenant': 'the own tenant',
  'not-of-the-run': 'rows that the run did not make',
  unowned: 'rows that belong to no user and no tenant',
  own: 'own rows',
}

const verbs: Readonly<Record<FlowKind, string>> = {
  shown: 'is shown',
  changed: 'changes',
  added: 'adds a row',
  removed: 'removes',
  revealed: 'finds out what exists',
}

/**
 * Writes a survey for a terminal: flows grouped by object and rule, the most suspicious first. Flows that matrices allow,
 * and reads of own rows that no matrix denies, are counted and not listed. Pure.
 *
 * @param listed `all` to list them.
 */
export function surveyText(record: SurveyRecord, listed: { readonly all: boolean } = { all: false }): string {
  const numbered = record.flows.map((flow, n): Numbered => ({ flow, number: n + 1 }))
  const left = listed.all ? [] : numbered
  const allowed = left.filter(({ flow }) => flow.expected?.decision === 'allow')
  const quiet = left.filter(({ flow: { relation, kind, expected } }) => {
    return expected === undefined && relation === 'own' && kind === 'shown'
  })
  const counts = new Set([...allowed, ...quiet])
  const groups = grouped(
    numbered.filter((one) => !counts.has(one)),
    ({ flow }) => [suspicion(flow), flow.object, flow.kind, flow.relation, flow.rules],
  )
  const { objects, attempts, unknown } = record.tried
  const lines = [
    `Survey of ${record.target.alias}: ${objects} objects, ${attempts} attempts, ${record.flows.length} flows`,
    ...record.limits.map((limit) => `  not seen: ${limit}`),
    '',
    ...groups.flatMap(groupLines),
    ...allowedLines(allowed),
    ...(quiet.length === 0
      ? []
      : [`Reads of own rows: ${counted(quiet.length, 'flow')}, which survey.json lists.`, '']),
    ...(unknown === 0 ? [] : [`The outcome of ${counted(unknown, 'attempt')} is not known.`, '']),
    ...(record.unsurveyed.length === 0 ? [] : ['Not surveyed']),
    ...record.unsurveyed.map(({ object, why }) => `  ${object}: ${why}`),
  ]
  return lines.join('\n').trimEnd()
}

function allowedLines(allowed: readonly Numbered[]): readonly string[] {
  if (allowed.length === 0) return []
  const alike = allowed.filter(({ flow }) => flow.expected?.alike === true).length
  const note = alike === 0 ? '' : `, ${alike} of them to another user that stands as the actor does`
  const verb = allowed.length === 1 ? 'is' : 'are'
  return [`${counted(allowed.length, 'flow')} ${verb} allowed by matrices${note}: --all lists them.`, '']
}

function groupLines(group: readonly Numbered[]): readonly string[] {
  const [first] = group
  if (first === undefined) return []
  const { object, kind, relation, rules, actorKind, expected } = first.flow
  const toVisitor = relation === 'another-tenant' && actorKind === 'anon' && kind === 'shown'
  const what = toVisitor ? 'another tenant, to a visitor' : titles[relation]
  const same = grouped(group, ({ flow }) => [
    ...[shownOwner(flow), flow.door, flow.columns, flow.hidden],
    flow.expected?.decision === 'deny' ? flow.expected.cells : [],
  ])
  return [
    `${object}: ${verbs[kind]}: ${what}${expected?.decision === 'deny' ? ', which a matrix denies' : ''}`,
    ...(rules.length === 0 ? [] : [`  let through by ${rules.join(', ')}`]),
    ...same.map(flowLine),
    '',
  ]
}

function flowLine(same: readonly Numbered[]): string {
  const [first] = same
  if (first === undefined) return ''
  const { door, columns, hidden, expected } = first.flow
  const whose = shownOwner(first.flow)
  const actors = [...new Set(same.map(({ flow }) => flow.actor))].join(', ')
  const numbers = spans(same.map(({ number }) => number))
  // A door that names rows has its own: "a call with the rows of red".
  const of = whose === '' ? '' : / rows of /.test(door) ? `: rows of ${whose}` : ` of ${whose}`
  const shown = columns.length === 0 ? '' : ` (${columns.join(', ')})`
  const secret = hidden.length === 0 ? '' : `; the grants hide ${hidden.join(', ')}`
  const denied = expected?.decision === 'deny' ? `; denied by ${expected.cells.join(', ')}` : ''
  return `  ${actors}: ${door}${of}${shown}${secret}${denied}  [${numbers}]`
}

/** Whose own rows they are follows from the actor. */
function shownOwner({ relation, whose }: Flow): string {
  return relation === 'own' ? '' : whose
}

/** `3-5, 8` */
function spans(numbers: readonly number[]): string {
  const texts: string[] = []
  let from: number | null = null
  for (const [n, number] of numbers.entries()) {
    from ??= number
    if (numbers[n + 1] === number + 1) continue
    texts.push(from === number ? String(number) : `${from}-${number}`)
    from = null
  }
  return texts.join(', ')
}

function counted(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`
}

/** Groups in the order in which each first appears. */
function grouped<T>(items: readonly T[], key: (item: T) => unknown): readonly (readonly T[])[] {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const name = JSON.stringify(key(item))
    const known = groups.get(name)
    if (known === undefined) groups.set(name, [item])
    else known.push(item)
  }
  return [...groups.values()]
}
