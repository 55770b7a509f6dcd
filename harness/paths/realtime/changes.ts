import { type JsonObject, sameJson } from '../../json.ts'
import type { TargetRow } from '../path.ts'
import { type Change, type Notice, type NoticeMatcher, ownSubscription } from './notices.ts'

/** The kinds of changes, as a matrix and as Realtime name them. */
export const changeTypes = { insert: 'INSERT', update: 'UPDATE', delete: 'DELETE' } as const

/** A change that came in. */
export interface ReceivedChange {
  readonly change: Change
}

/** @returns finds the change of a row, as a subscriber that may read the row's key receives it. */
export function changeOf(type: Change['type'], { key }: TargetRow): NoticeMatcher<ReceivedChange> {
  return receivedChange((change) => change.type === type && [change.record, change.old].some((row) => holds(row, key)))
}

/**
 * Finds the change of a row, as a subscriber that may not read the row's key receives it: by its commit time. If that is withheld
 * too, it is withheld for every row: the missing grant on the key belongs to the role.
 *
 * @param known the same change, as a subscriber with the grant received it; null when none did.
 */
export function changeWithoutKey(
  type: Change['type'],
  target: TargetRow,
  known: Change | null,
): NoticeMatcher<ReceivedChange> {
  const shown = changeOf(type, target)
  const keys = Object.keys(target.key)
  return (notice) => {
    if (notice.kind !== 'change' || notice.subscription !== ownSubscription) return undefined
    const { change } = notice
    const row = type === 'DELETE' ? change.old : change.record
    if (keys.every((column) => Object.hasOwn(row, column))) return shown(notice)
    const same = change.committed === null ? change.errors !== null : change.committed === known?.committed
    return change.type === type && same ? notice : undefined
  }
}

/** @returns finds any removal of that commit time or later: changes that were committed before have arrived by then. */
export function removalSince({ committed }: Change): NoticeMatcher<ReceivedChange> {
  const since = Date.parse(committed ?? '')
  return receivedChange((change) => change.type === 'DELETE' && Date.parse(change.committed ?? '') >= since)
}

function receivedChange(fits: (change: Change) => boolean): NoticeMatcher<ReceivedChange> {
  return (notice: Notice) => (notice.kind === 'change' && fits(notice.change) ? notice : undefined)
}

function holds(row: JsonObject, key: JsonObject): boolean {
  const columns = Object.entries(key)
  return columns.every(([column, value]) => {
    const shown = row[column]
    // A number that JavaScript would round is a text in one and a number in the other.
    return shown !== undefined && (sameJson(shown, value) || String(shown) === String(value))
  })
}
