import type { Access } from './access.ts'
import type { CutJudgement, CutRecord, CutShort, Forward, Opening, TriedCell, TriedState } from './model.ts'

/**
 * Judges an interrupted migration: a cell that is denied both before and after the migration must not be allowed at any cut. A
 * pure function of the records.
 */
export function judgeCuts(given: CutShort): CutJudgement {
  const { cuts, states } = given
  const before = stateNamed(states, 'before')
  const after = stateNamed(states, 'after')
  if (before === undefined || after === undefined || cuts.length === 0) {
    return { verdict: 'error', because: 'The migration was never cut, or never tried before and after.', openings: [] }
  }
  if (after.cells.length === 0) {
    const because =
      'No cell of the chosen matrices could be tried after the migration. Choose matrices of what it changes.'
    return { verdict: 'inconclusive', because, openings: [] }
  }
  const ends: CutOutcomes = { before: placesIn(before), after: placesIn(after) }
  const weighed = cuts.flatMap((cut) => weigh(cut, stateNamed(states, cut.tried), ends))
  const openings = weighed.flatMap((found) => (isDoubt(found) ? [] : [found]))
  const [first] = openings
  if (first !== undefined) return { verdict: 'breach', because: breach(first, openings, given, ends), openings }
  const doubts = weighed.filter(isDoubt)
  const [doubt] = doubts
  if (doubt !== undefined) {
    const cells = new Set(doubts.map(({ cell }) => cell.id)).size
    const because = `${sentenceOfCut(doubt.cut, given)} ${doubt.why} That leaves ${count(cells, 'cell')} unproven.`
    return { verdict: 'inconclusive', because, openings }
  }
  return { verdict: 'held', because: held(given), openings }
}

interface CutOutcomes {
  readonly before: ReadonlyMap<string, TriedCell>
  readonly after: ReadonlyMap<string, TriedCell>
}

interface Doubt {
  readonly cut: CutRecord
  readonly cell: TriedCell
  /** A sentence. */
  readonly why: string
}

function isDoubt(found: Opening | Doubt): found is Doubt {
  return 'why' in found
}

function stateNamed(states: readonly TriedState[], name: string): TriedState | undefined {
  return states.find((state) => state.name === name)
}

function placesIn({ cells }: TriedState): ReadonlyMap<string, TriedCell> {
  return new Map(cells.map((cell) => [cell.id, cell]))
}

function weigh(cut: CutRecord, state: TriedState | undefined, ends: CutOutcomes): readonly (Opening | Doubt)[] {
  // A cut in the state of before or after the migration allows nothing new.
  if (cut.tried === 'before' || cut.tried === 'after') return []
  return (state?.cells ?? []).flatMap((cell): (Opening | Doubt)[] => {
    const [was, is, now] = [ends.before.get(cell.id)?.access, ends.after.get(cell.id)?.access, cell.access]
    const width = widthOf(now)
    if (width === null) return [{ cut, cell, why: `Whether ${whatOf(cell)} is open is not known: ${cell.because}.` }]
    if (width === 0) {
      const known = [was, is, now].some((access) => access !== undefined && isSound(access))
      return known
        ? []
        : [{ cut, cell, why: `No actor could do ${whatOf(cell)} before or after, so that its refusal proves nothing.` }]
    }
    const [wide, wider] = [widthOf(was), widthOf(is)]
    if (width <= Math.max(wide ?? 0, wider ?? 0)) return []
    if (wide !== null && wider !== null) return [{ cut, cell }]
    return [{ cut, cell, why: `${whatOf(cell)} is open, and whether it is before and after is not known.` }]
  })
}

/** The degree of access: a missing cell is closed. Null if the access is not proven. */
function widthOf(access: Access | undefined): number | null {
  switch (access?.way) {
    case undefined:
    case 'closed':
      return 0
    case 'open':
      return 1
    case 'wide open':
      return 2
    case 'unproven':
      return null
  }
}

/** Whether the access shows that the request can work. */
function isSound(access: Access): boolean {
  return access.way === 'closed' ? access.proven : access.way !== 'unproven'
}

function breach({ cut, cell }: Opening, openings: readonly Opening[], given: CutShort, ends: CutOutcomes): string {
  const other = new Set(openings.map((opening) => `${opening.cut.done} ${opening.cell.id}`)).size - 1
  return [
    sentenceOfCut(cut, given),
    `Then ${whatOf(cell)} is ${cell.access.way}: ${withoutStop(cell.because)}.`,
    `It is ${endInWords(ends.before.get(cell.id))} before the migration and ${endInWords(ends.after.get(cell.id))} after it; left behind: ${listed(cut.remained)}.`,
    ...(other === 0 ? [] : [`${count(other, 'more cell')} ${other === 1 ? 'is' : 'are'} open at this or another cut.`]),
  ].join(' ')
}

function sentenceOfCut({ done, way, statement, place }: CutRecord, { file, statements }: CutShort): string {
  const by = { error: 'an error', 'statement-timeout': 'statement_timeout', 'lost-connection': 'a lost connection' }[
    way
  ]
  const last = statements[done - 1]
  if (place === 'in its middle') return `${file} was cut by ${by} in the middle of ${statement}.`
  const after = last === undefined ? 'before its first statement' : `after ${last.words}`
  return `${file} was cut by ${by} ${after} (${done} of ${statements.length} statements done).`
}

function endInWords(cell: TriedCell | undefined): string {
  return cell === undefined ? 'not there' : cell.access.way === 'open' ? 'not as wide open' : 'denied'
}

function held(given: CutShort): string {
  const { cuts, file, oneTransaction } = given
  const places = new Set(cuts.map(({ done }) => done)).size
  const none = cuts.filter(({ standing }) => standing === 'before').length
  const whole = cuts.filter(({ standing }) => standing === 'after').length
  const some = cuts.length - none - whole
  const left = [
    ...(none > 0 ? [`${none} left nothing behind`] : []),
    ...(some > 0 ? [`${some} left a part of it`] : []),
    ...(whole > 0 ? [`${whole} left all of it`] : []),
  ]
  return [
    `${file} was cut ${count(cuts.length, 'time')} in ${count(places, 'place')}: ${left.join(', ')}${oneTransaction ? '; it is one transaction' : ''}.`,
    ...(some > 0 ? ['No cell was allowed at any cut that is denied before and after.'] : []),
    again(given),
  ].join(' ')
}

function again({ cuts }: CutShort): string {
  const failing = cuts.filter(({ again: { how } }) => how !== 'completes')
  const [first] = failing
  if (first === undefined) return 'Running it again completes after every cut.'
  const places = [...new Set(failing.map(({ done }) => done))].join(', ')
  const why = withoutStop(first.again.why ?? 'it leaves another catalog')
  return [`Running it again does not complete after ${places} statements: ${why}.`, ...forwardOf(failing)].join(' ')
}

/** The statements that bring the database forward, as they were tried. */
function forwardOf(failing: readonly CutRecord[]): readonly string[] {
  const tried = failing.flatMap(({ forward }) => (forward === undefined ? [] : [forward]))
  const stuck = tried.find(({ how }) => how !== 'completes')
  if (stuck !== undefined) return [`${capital(forwardInWords(stuck))}.`]
  return tried.length === 0 ? [] : ['The statements from the interrupted one on bring it forward.']
}

/** @returns what applying the statements that a cut left out came to. */
export function forwardInWords({ from, how, why }: Forward): string {
  const what = from === null ? 'nothing is left to apply' : `the statements from number ${from} on`
  return how === 'completes'
    ? `${what} bring it forward`
    : `${what} do not bring it forward: ${withoutStop(why ?? 'they differ')}`
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

function whatOf({ actor, operation, resource }: TriedCell): string {
  return `"${operation}" by ${actor} on ${resource}`
}

function listed(items: readonly string[]): string {
  const shown = items.slice(0, 3).join('; ')
  return items.length > 3 ? `${shown}; and ${items.length - 3} more` : shown || 'nothing'
}

function withoutStop(text: string): string {
  return text.replace(/\.$/, '')
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`
}
