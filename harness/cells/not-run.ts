import type { JsonObject } from '../json.ts'
import type { Component } from '../matrix/components.ts'
import type { AttemptPlan, CellPlan } from '../matrix/plan/plan.ts'
import { writtenValues } from '../matrix/read-operations.ts'
import { referencesIn } from '../model/references.ts'
import type { RunContext } from './context.ts'

/** The parts of a run that decide whether a cell can be tried. */
type CellRequirements = Pick<RunContext, 'sessions' | 'absent' | 'unmade' | 'sees' | 'target'>

const nothingMade =
  'what it acts on cannot be made or read back: set TRESPASS_SECRET_KEY, or TRESPASS_DATABASE_URL and TRESPASS_USERS'

/** @returns why a cell cannot be tried on this target, with what would change it; null when it can be tried. Pure. */
export function whyNotRun(cell: CellPlan, components: readonly Component[], means: CellRequirements): string | null {
  if (cell.attempts.length === 0) return null
  const absent = means.absent[cell.actor.name]
  if (absent !== undefined) return absent.why
  for (const { operation } of cell.attempts) {
    const unavailable = operation.path.unavailable?.(means.target, operation.declaration.body) ?? null
    if (unavailable !== null) return unavailable
  }
  const blind = means.sees === 'nothing'
  for (const attempt of cell.attempts) {
    if (blind && (attempt.sets.length > 0 || attempt.operation.writes)) return nothingMade
    const missing = namesOf(attempt, components).find((name) => whyUnknown(name, means) !== null)
    if (missing !== undefined) return `it needs ${missing}: ${whyUnknown(missing, means)}`
  }
  return null
}

/** @returns why a name has no row or user on this target; null where it may have one. */
export function whyUnknown(
  name: string,
  { absent, unmade }: Pick<CellRequirements, 'absent' | 'unmade'>,
): string | null {
  const actor = absent[name]
  if (actor !== undefined && actor.user === null) return actor.why
  return unmade[name] ?? null
}

/** Every name that the request and its fixtures refer to, with `$actor` replaced by its actor. */
function namesOf({ operation, identity, sets }: AttemptPlan, components: readonly Component[]): readonly string[] {
  const fixtures = sets.flatMap(({ component }) => components[component]?.fixtures ?? [])
  const values: readonly JsonObject[] = [
    writtenValues(operation.declaration),
    ...fixtures.map((fixture) => fixture.values),
  ]
  const names = values.flatMap((value) => referencesIn(value).map(({ name }) => name))
  return names.map((name) => (name === 'actor' ? identity : name))
}
