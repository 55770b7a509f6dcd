import type { AcceptedLint } from '../evidence/accepted.ts'
import { type ClientRole, clientRoles } from '../inventory/model.ts'
import { counted, type Line, type Section, some } from './document.ts'
import { type Lint, lintLevels } from './lints.ts'
import type { TriedCell, TriedCells } from './tried.ts'

/** The answer that a role got from the object of a lint, by the report's cells. */
interface Behaviour {
  readonly role: ClientRole
  /** `let through`: a cell that allows it held, or one that denies it did not. `denied`: cells that deny something held. */
  readonly seen: 'let through' | 'denied' | 'not tried'
  readonly cells: readonly string[]
  /** Of what was let through, the cells that do not allow it. */
  readonly breaches: readonly string[]
}

/** A lint with what the newest report shows of it, and the team's acceptance. */
export interface Advice extends Lint {
  /** Empty where no request shows it: a lint about speed, or about an extension. */
  readonly behaviour: readonly Behaviour[]
  readonly accepted: AcceptedLint | null
}

/** A lint as `accepted.yaml` names it: `rls_disabled_in_public table public.plans`. */
export function lintId({ name, object }: Pick<Lint, 'name' | 'object'>): string {
  return `${name} ${object}`
}

/**
 * Ties lints to cells and to acceptances. Pure.
 *
 * @param today the day in UTC: `2026-11-21`.
 */
export function adviceOn(
  lints: readonly Lint[],
  tried: TriedCells,
  accepted: readonly AcceptedLint[],
  today: string,
): readonly Advice[] {
  return lints.map((lint) => ({
    ...lint,
    behaviour: lint.tried === undefined ? [] : clientRoles.map((role) => behaviourOf(tried, lint.tried ?? '', role)),
    accepted: accepted.find((one) => one.lint === lintId(lint) && one.until >= today) ?? null,
  }))
}

function behaviourOf({ cells }: TriedCells, object: string, role: ClientRole): Behaviour {
  const own = cells.filter((cell) => cell.object === object && cell.role === role)
  const breaches = own.filter(({ verdict }) => verdict === 'breach')
  const through = [...own.filter(({ decision, verdict }) => decision === 'allow' && verdict === 'held'), ...breaches]
  const denied = own.filter(({ provesDenial, decision }) => provesDenial && decision === 'deny')
  const seen = through.length > 0 ? 'let through' : denied.length > 0 ? 'denied' : 'not tried'
  return { role, seen, cells: ids(seen === 'denied' ? denied : through), breaches: ids(breaches) }
}

function ids(cells: readonly TriedCell[]): readonly string[] {
  return [...new Set(cells.map(({ cell }) => cell))]
}

/** @returns the review of Supabase's lints by level, acceptances that are of no use last. */
export function adviceSections(
  advice: readonly Advice[],
  tried: TriedCells,
  accepted: readonly AcceptedLint[],
  today: string,
): readonly Section[] {
  const levels = lintLevels.flatMap((level): Section[] => {
    const own = advice.filter((one) => one.level === level)
    return own.length === 0
      ? []
      : [{ title: `${level} (${own.length})`, lines: own.map((one) => adviceLine(one, tried)) }]
  })
  const stale = accepted.flatMap(({ lint, until }): Line[] => {
    if (until < today) return [{ text: `accepted.yaml: the acceptance of ${lint} expired on ${until}` }]
    const isUsed = advice.some((one) => one.accepted?.lint === lint)
    return isUsed ? [] : [{ text: `accepted.yaml: ${lint} is accepted, and nothing is found there` }]
  })
  return [
    ...(levels.length === 0 ? [{ title: 'Nothing is found', lines: [] }] : levels),
    ...(stale.length === 0 ? [] : [{ title: 'Acceptances', lines: stale }]),
  ]
}

function adviceLine({ name, object, detail, behaviour, accepted, about }: Advice, tried: TriedCells): Line {
  const { changes } = tried
  const shown = behaviour.flatMap((one): Line[] => (one.seen === 'not tried' ? [] : [{ text: behaviourInWords(one) }]))
  const isTried = shown.length > 0
  const silent = about === 'performance' || behaviour.length === 0
  return {
    text: `${name} on ${object}: ${detail}`,
    under: [
      ...shown,
      ...(isTried || silent
        ? []
        : [{ text: tried.run === null ? 'not tried: there is no report' : 'not tried by any cell' }]),
      ...(isTried && (changes === null || changes.length > 0)
        ? [
            {
              text:
                changes === null
                  ? 'the report does not say which schema it met'
                  : `the schema has ${counted(changes.length, 'change', 'changes')} since the report`,
            },
          ]
        : []),
      ...(accepted === null
        ? []
        : [{ text: `accepted by ${accepted.owner} until ${accepted.until}: ${accepted.reason}` }]),
    ],
  }
}

function behaviourInWords({ role, seen, cells, breaches }: Behaviour): string {
  if (seen === 'denied') return `denied to ${role} by behaviour: ${some(cells, 3)}`
  const allowed = cells.filter((cell) => !breaches.includes(cell))
  const parts = [
    ...(allowed.length === 0 ? [] : [`confirmed for ${role}, and the matrix allows it: ${some(allowed, 3)}`]),
    ...(breaches.length === 0 ? [] : [`confirmed for ${role}, and the matrix denies it: ${some(breaches, 3)}`]),
  ]
  return parts.join('; ')
}
