import type { Inventory } from '../inventory/model.ts'
import type { AcceptedGapRecord, CoverageRecord, CoverageUnit } from '../model/coverage.ts'
import type { Trial } from './trials.ts'
import { type ObjectKey, type WantedUnit, wantedUnits } from './units.ts'

/**
 * Compares the trials with everything that is reachable. Pure.
 *
 * @param accepted gaps that are in force.
 */
export function measure(
  inventory: Inventory,
  trials: readonly Trial[],
  accepted: readonly AcceptedGapRecord[],
): CoverageRecord {
  const { objects, units, leftOut } = wantedUnits(inventory)
  const direct = new Map<string, Trial[]>()
  const indirect = new Map<string, Set<string>>()
  for (const trial of trials) {
    add(direct, keyText(trial.object), trial)
    for (const name of [...trial.embeds, ...trial.touches]) {
      const key = keyText({ kind: 'relation', name })
      indirect.set(key, (indirect.get(key) ?? new Set()).add(trial.cell))
    }
    // An embedded relation is read with the caller's own rights; which of its rows came along is not declared.
    for (const name of trial.embeds) {
      const object: ObjectKey = { kind: 'relation', name }
      add(direct, keyText(object), { ...trial, object, commands: ['select'], expects: 'comparison', columns: [] })
    }
  }
  const shared = sharedOperations(trials)
  return {
    schema: 'trespass/coverage@1',
    source: inventory.source,
    limits: inventory.limits,
    leftOut,
    objects: objects.map(({ key, ...object }) => {
      const cells = new Set((direct.get(keyText(key)) ?? []).map(({ cell }) => cell))
      for (const cell of indirect.get(keyText(key)) ?? []) cells.add(cell)
      return { ...object, cells: cells.size }
    }),
    units: units.map((unit) => measured(unit, direct.get(keyText(unit.key)) ?? [], shared)),
    accepted,
  }
}

function add(map: Map<string, Trial[]>, key: string, trial: Trial): void {
  const known = map.get(key)
  if (known === undefined) map.set(key, [trial])
  else known.push(trial)
}

function keyText({ kind, name }: ObjectKey): string {
  return `${kind} ${name}`
}

function measured({ key: _, applies, ...unit }: WantedUnit, trials: readonly Trial[], shared: Shared): CoverageUnit {
  if (applies === undefined) return { ...unit, cells: cellsOf(trials.filter((trial) => counts(unit, trial, shared))) }
  const deciding = trials.flatMap((trial) => {
    const role = trial.actor === 'anon' ? 'anon' : 'authenticated'
    const fits = applies.filter((one) => one.role === role && trial.commands.includes(one.command))
    return fits.length === 0 ? [] : [{ trial, alone: fits.some(({ alone }) => alone) }]
  })
  // A refusal may come from elsewhere; a row that came through was let through by the only policy there is.
  const decided = deciding.some(({ trial, alone }) => alone && trial.expects === 'allow')
  return { ...unit, cells: cellsOf(deciding.map(({ trial }) => trial)), decided }
}

function cellsOf(trials: readonly Trial[]): number {
  return new Set(trials.map(({ cell }) => cell)).size
}

/** Operations that several users attempted. */
type Shared = ReadonlySet<string>

function sharedOperations(trials: readonly Trial[]): Shared {
  const users = new Map<string, Set<string>>()
  for (const { actor, operation, user } of trials) {
    if (actor === 'authenticated') users.set(operation, (users.get(operation) ?? new Set()).add(user))
  }
  return new Set([...users].filter(([, some]) => some.size > 1).map(([operation]) => operation))
}

function counts(unit: Omit<CoverageUnit, 'cells'>, trial: Trial, shared: Shared): boolean {
  if (unit.command !== 'any' && !trial.commands.includes(unit.command)) return false
  if (unit.column !== undefined && !trial.columns.includes(unit.column)) return false
  const refused = trial.expects === 'deny' || trial.partial
  if (unit.actor === 'another-tenant') {
    // A row of another user is refused; where all rows are open, a second user has to request them.
    const second = unit.side === 'either' && shared.has(trial.operation)
    return trial.actor === 'authenticated' && (refused || second)
  }
  if (unit.actor !== 'any' && unit.actor !== trial.actor) return false
  if (unit.side === 'either') return true
  return unit.side === 'deny' ? refused : trial.expects === 'allow'
}
