import { canonical } from '../canonical.ts'
import type { JsonObject } from '../json.ts'

/** A row that one or more rows of an answer may be. */
export interface Candidate {
  readonly name: string
  readonly table: string
  readonly baseKey: JsonObject
  /** True when the request asked for it. */
  readonly asked: boolean
  /** True when it is the caller's own: it names the caller's user. */
  readonly own: boolean
}

/** Explains rows that match several candidates. */
export interface Explained {
  /** Requested rows that certainly came back. */
  readonly seen: readonly string[]
  /** Others that came back beyond doubt. */
  readonly along: readonly string[]
  /** Requested rows that may be among those that came back, or may not. */
  readonly alike: readonly string[]
  /** True when rows that came back are requested ones without being identifiable. */
  readonly unrecognised: boolean
  /** Rows beyond all candidates. */
  readonly more: number
}

/**
 * Explains rows that show too few columns to identify the candidate. The caller's own rows come first: a caller that has such a
 * row and gets one back got its own.
 *
 * @param rows how many rows came back.
 */
export function explain(rows: number, candidates: readonly Candidate[]): Explained {
  const own = candidates.filter((candidate) => candidate.own)
  const rest = candidates.filter((candidate) => !candidate.own)
  const asked = rest.filter((candidate) => candidate.asked)
  const beside = rest.filter((candidate) => !candidate.asked)
  const left = Math.max(0, rows - different(own))
  const seen = own.filter((candidate) => candidate.asked)
  const along = own.filter((candidate) => !candidate.asked)
  const none = { seen: namesOf(seen), along: namesOf(along), alike: [], unrecognised: false, more: 0 }
  if (left === 0) return none
  if (left >= different(rest)) {
    return {
      ...none,
      seen: namesOf([...seen, ...asked]),
      along: namesOf([...along, ...beside]),
      more: left - different(rest),
    }
  }
  if (asked.length === 0) return { ...none, along: namesOf([...along, ...beside]) }
  // More rows than the others account for: at least one of them is a requested row.
  if (left > different(beside)) {
    const [only] = asked
    return asked.length === 1 && only !== undefined
      ? { ...none, seen: namesOf([...seen, only]) }
      : { ...none, unrecognised: true }
  }
  return { ...none, alike: namesOf(asked) }
}

/** @returns how many rows of the database these are: several fixtures may have found the same one. */
export function different(rows: readonly Pick<Candidate, 'table' | 'baseKey'>[]): number {
  return new Set(rows.map(({ table, baseKey }) => `${table} ${canonical(baseKey)}`)).size
}

function namesOf(candidates: readonly Candidate[]): readonly string[] {
  return candidates.map(({ name }) => name)
}
