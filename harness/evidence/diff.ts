import type { CellRecord } from '../model/record.ts'

/** The kinds of change of a cell between two runs, the most urgent first. */
export const changeKinds = [
  'opened',
  'became-unproven',
  'no-longer-covered',
  'closed',
  'layer-changed',
  'became-proven',
  'newly-covered',
] as const
export type ChangeKind = (typeof changeKinds)[number]

/** The kinds that a run must not overlook. */
export const alarmingKinds: readonly ChangeKind[] = ['opened', 'became-unproven', 'no-longer-covered']

/** One cell that changed between two runs. */
export interface Change {
  readonly about: 'cell'
  readonly kind: ChangeKind
  /** The cell's id, by which the two records are matched. */
  readonly id: string
  readonly older: CellRecord | null
  readonly newer: CellRecord | null
}

/**
 * Compares two runs cell by cell, by the cells' ids and never by their order.
 *
 * @returns the cells that changed, by kind and then by id.
 */
export function changesBetween(older: readonly CellRecord[], newer: readonly CellRecord[]): Change[] {
  const before = new Map(older.map((cell) => [cell.id, cell]))
  const after = new Map(newer.map((cell) => [cell.id, cell]))
  const changes = [...new Set([...before.keys(), ...after.keys()])].flatMap((id): Change[] => {
    const [was, is] = [before.get(id) ?? null, after.get(id) ?? null]
    const kind = kindOf(was, is)
    return kind === null ? [] : [{ about: 'cell', kind, id, older: was, newer: is }]
  })
  return changes.sort((a, b) => order(a) - order(b) || (a.id < b.id ? -1 : 1))
}

function order({ kind }: Change): number {
  return changeKinds.indexOf(kind)
}

/** The access that an actor really had, whatever the matrix expected: the two runs may have had different matrices. */
type Access =
  | { readonly way: 'open' }
  | { readonly way: 'wide open' }
  | { readonly way: 'unproven' }
  | { readonly way: 'closed'; readonly by: string }

function accessOf({ verdict, denial, expected }: CellRecord): Access {
  switch (verdict) {
    case 'breach':
      return { way: 'wide open' }
    case 'held':
      return expected.decision === 'allow' ? { way: 'open' } : { way: 'closed', by: denial ?? 'looking the same' }
    case 'lockout':
    case 'wrong-layer':
      return { way: 'closed', by: denial ?? 'showing less' }
    case 'undecided':
    case 'error':
    case 'inconclusive':
      return { way: 'unproven' }
  }
}

function kindOf(older: CellRecord | null, newer: CellRecord | null): ChangeKind | null {
  if (older === null) return newer?.verdict === 'breach' ? 'opened' : 'newly-covered'
  if (newer === null) return 'no-longer-covered'
  const [was, is] = [accessOf(older), accessOf(newer)]
  if (is.way === 'unproven') return was.way === 'unproven' ? null : 'became-unproven'
  if (is.way === 'wide open') return was.way === 'wide open' ? null : 'opened'
  if (was.way === 'unproven') return 'became-proven'
  if (is.way === 'open') return was.way === 'closed' ? 'opened' : was.way === 'wide open' ? 'closed' : null
  if (was.way !== 'closed') return 'closed'
  return was.by === is.by ? null : 'layer-changed'
}

/** @returns a description of a change: `mallory can now "read theirs" on table public.documents`. */
export function changeInWords({ kind, older, newer }: Change): string {
  const cell = newer ?? older
  if (cell === null) return ''
  const what = `"${cell.operation}" on ${cell.resource}`
  switch (kind) {
    case 'opened':
      return `${cell.actor} can now ${what}: ${cell.because}`
    case 'closed':
      return `${cell.actor} can no longer ${what}: ${cell.because}`
    case 'layer-changed':
      return `${cell.actor} is still refused ${what}, by ${cell.denial ?? 'another way'} and no longer by ${older?.denial ?? 'another way'}`
    case 'became-unproven':
      return `whether ${cell.actor} may ${what} is not proven any more: ${cell.because}`
    case 'became-proven':
      return `whether ${cell.actor} may ${what} is proven now: ${cell.because}`
    case 'newly-covered':
      return `${cell.actor} and ${what} are tried now: ${cell.verdict}`
    case 'no-longer-covered':
      return `${cell.actor} and ${what} are not tried any more; they were ${cell.verdict}`
  }
}
