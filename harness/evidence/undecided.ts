import { groupBy } from '../group.ts'
import type { CellRecord } from '../model/record.ts'
import type { Observed } from '../model/verdict.ts'
import type { Cause } from './causes.ts'
import { type Fact, place } from './cell-facts.ts'

/** The undecided cells of one operation as one block, with the result of each. */
export interface UndecidedOperation {
  /** `matrix › operation`. */
  readonly title: string
  readonly because: string
  /** Actors with the same result are in one fact; access comes first. */
  readonly facts: readonly Fact[]
}

/** The number of positions in the matrix that a block names. */
const placesNamed = 3

/**
 * @param mostActors the maximum number of actors in a line.
 * @returns null for a cause that is not about undecided cells.
 */
export function undecidedOperation({ verdict, first, others }: Cause, mostActors: number): UndecidedOperation | null {
  if (verdict !== 'undecided') return null
  const cells = [first, ...others]
  const places = [...new Set(cells.map(({ at }) => place(at)))]
  const written = places.slice(0, placesNamed).join(', ')
  const more = places.length > placesNamed ? ` and ${places.length - placesNamed} more` : ''
  return {
    title: `${first.matrix} › ${first.operation}`,
    because: `no decision is written for ${cells.length} ${cells.length === 1 ? 'actor' : 'actors'}`,
    facts: [...observations(cells, mostActors), { label: 'written at', text: `${written}${more}` }],
  }
}

function observations(cells: readonly CellRecord[], mostActors: number): Fact[] {
  const groups = groupBy(cells, ({ observed }) => JSON.stringify(observed ?? notTried))
  return [...groups.values()]
    .map((same) => ({ observed: same[0]?.observed ?? notTried, actors: same.map(({ actor }) => actor) }))
    .sort((one, other) => kinds.indexOf(one.observed.kind) - kinds.indexOf(other.observed.kind))
    .map(({ observed, actors }) => {
      const named = actors.slice(0, mostActors).join(', ')
      const more = actors.length > mostActors ? ` and ${actors.length - mostActors} more` : ''
      const { label, text } = factOf(observed)
      return { label, text: `${named}${more}: ${text}` }
    })
}

const kinds: readonly Observed['kind'][] = ['access', 'refused', 'unknown']

/** Reports of versions that did not try undecided cells have no observation. */
const notTried: Observed = { kind: 'unknown', why: 'it was not tried' }

function factOf(observed: Observed): Fact {
  switch (observed.kind) {
    case 'access':
      return { label: 'access', text: observed.what }
    case 'refused':
      return { label: 'refused', text: observed.layer ?? 'the two answers look the same' }
    case 'unknown':
      return { label: 'not known', text: observed.why }
  }
}
