import type { ScenarioRecord } from '../model/scenario.ts'
import { type ChangeKind, changeKinds } from './diff.ts'

/** The kinds of change of a scenario between two runs, the most urgent first. */
export const scenarioChangeKinds = [...changeKinds, 'slower'] as const
export type ScenarioChangeKind = ChangeKind | 'slower'

/** One scenario that changed between two runs. */
export interface ScenarioChange {
  readonly about: 'scenario'
  readonly kind: ScenarioChangeKind
  /** The scenario's name, by which the two records are matched. */
  readonly id: string
  readonly older: ScenarioRecord | null
  readonly newer: ScenarioRecord | null
}

/** The number of seconds by which a scenario has to be slower. Smaller differences are measurement noise. */
const slowerSeconds = 1

/**
 * Compares the scenarios of two runs by their names. The overlap counts only through the verdict: below the level that is asked
 * for, a scenario is not proven.
 *
 * @returns the scenarios that changed, by kind and then by name.
 */
export function scenarioChangesBetween(
  older: readonly ScenarioRecord[],
  newer: readonly ScenarioRecord[],
): ScenarioChange[] {
  const before = new Map(older.map((record) => [record.id, record]))
  const after = new Map(newer.map((record) => [record.id, record]))
  const changes = [...new Set([...before.keys(), ...after.keys()])].flatMap((id): ScenarioChange[] => {
    const [was, is] = [before.get(id) ?? null, after.get(id) ?? null]
    const kind = kindOf(was, is)
    return kind === null ? [] : [{ about: 'scenario', kind, id, older: was, newer: is }]
  })
  const order = ({ kind }: ScenarioChange) => scenarioChangeKinds.indexOf(kind)
  return changes.sort((one, other) => order(one) - order(other) || (one.id < other.id ? -1 : 1))
}

/** The result of a scenario, whatever was expected. */
function shownBy({ verdict }: ScenarioRecord): 'kept' | 'broken' | 'refused' | 'refused otherwise' | 'nothing' {
  switch (verdict) {
    case 'held':
      return 'kept'
    case 'breach':
      return 'broken'
    case 'lockout':
      return 'refused'
    case 'wrong-layer':
      return 'refused otherwise'
    case 'undecided':
    case 'error':
    case 'inconclusive':
      return 'nothing'
  }
}

function kindOf(older: ScenarioRecord | null, newer: ScenarioRecord | null): ScenarioChangeKind | null {
  if (older === null) return newer?.verdict === 'breach' ? 'opened' : 'newly-covered'
  if (newer === null) return 'no-longer-covered'
  const [was, is] = [shownBy(older), shownBy(newer)]
  if (was === is) return is !== 'nothing' && slowerIn(older, newer).length > 0 ? 'slower' : null
  if (is === 'nothing') return 'became-unproven'
  if (is === 'broken') return 'opened'
  if (was === 'nothing') return 'became-proven'
  if (was === 'broken' || is === 'refused') return 'closed'
  return was === 'refused' && is === 'kept' ? 'opened' : 'layer-changed'
}

interface Slower {
  readonly name: string
  readonly was: number
  readonly is: number
}

function slowerIn(older: ScenarioRecord, newer: ScenarioRecord): Slower[] {
  return Object.entries(newer.measured ?? {}).flatMap(([name, is]) => {
    const was = older.measured?.[name]
    return was !== undefined && is - was >= slowerSeconds ? [{ name, was, is }] : []
  })
}

/** @returns a description of a change: `it goes wrong now: alice and bob all won, and only 1 may.` */
export function scenarioChangeInWords({ kind, older, newer }: ScenarioChange): string {
  const because = newer?.because ?? ''
  switch (kind) {
    case 'opened':
      return newer?.verdict === 'breach' ? `it goes wrong now: ${because}` : `what was refused works now: ${because}`
    case 'closed':
      return older?.verdict === 'breach'
        ? `it goes wrong no longer: ${because}`
        : `what worked is refused now: ${because}`
    case 'layer-changed':
      return `it was ${older?.verdict ?? 'not run'} and is ${newer?.verdict ?? 'not run'}: ${because}`
    case 'became-unproven':
      return `it is not proven any more: ${because}`
    case 'became-proven':
      return `it is proven now: ${because}`
    case 'newly-covered':
      return `it is run now: ${newer?.verdict ?? 'not run'}`
    case 'no-longer-covered':
      return `it is not run any more; it was ${older?.verdict ?? 'not run'}`
    case 'slower': {
      const slower = older === null || newer === null ? [] : slowerIn(older, newer)
      return `it takes longer now: ${slower.map(({ name, was, is }) => `${name} ${is} s, and ${was} s before`).join('; ')}`
    }
  }
}
