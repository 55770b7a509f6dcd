import type { Case, Expectation, Observation, Reading, Sighting } from '../model/verdict.ts'

type Allowed = Extract<Expectation, { decision: 'allow' }>
type Others = { readonly others?: Case['others'] | undefined }

/** The most places that a sentence names; the record holds all of them. */
const placesNamed = 4

/** @returns a description of what came back although the expectation denies it; null for nothing. */
export function shownAgainst({ reading, sightings = [] }: Observation, { others }: Others): string | null {
  const places = certainSightings(sightings)
  if (places.length > 0) return `the answer holds ${placesInWords(places)}`
  if (reading === undefined) return null
  const copies = (reading.along ?? []).filter((name) => reading.reach.includes(name))
  if (copies.length > 0) return `copies of these came back that other cells were given: ${copies.join(', ')}`
  const { strangers = 0 } = reading
  return others !== 'allow' && strangers > 0 ? othersInWords(strangers, reading) : null
}

/** @returns a description of what came back beyond the expectation; null for nothing. */
export function shownBeyond(expected: Allowed, observed: Observation, { others }: Others): string | null {
  const { exactly } = expected
  if (exactly === undefined) return null
  const { reading, sightings = [] } = observed
  const along = (reading?.along ?? []).filter((name) => !exactly.includes(name))
  if (along.length > 0) return `more came back than allowed: ${along.join(', ')}`
  const places = certainSightings(sightings).filter(({ fixture }) => !exactly.includes(fixture))
  if (places.length > 0) return `more came back than allowed: ${placesInWords(places)}`
  // An older report has the number of rows that are no fixture, and not their owners.
  if (reading?.strangers === undefined || others === 'allow' || reading.others === 0) return null
  return `more came back than allowed: ${othersInWords(reading.others, reading)}`
}

/** @returns why an answer without a fixture does not prove that it was withheld; null when it does. */
export function doubtAboutAnswer({
  reading,
  sightings = [],
}: Pick<Observation, 'reading' | 'sightings'>): string | null {
  if (reading?.cut === true) return cutOff
  const { unexplained = 0 } = reading ?? {}
  if (unexplained > 0) {
    return `${unexplained} ${unexplained === 1 ? 'row' : 'rows'} came back that cannot be distinguished from rows of others: ${explainRows}`
  }
  const alike = reading?.alike ?? []
  if (alike.length > 0) {
    return `rows came back that look like ${alike.join(', ')} and may be others: give the fixtures values of their own (\`$unique\`)`
  }
  const places = sightings.filter(({ weak }) => weak === true)
  if (places.length === 0) return null
  return `the answer holds ${placesInWords(places)}, perhaps by chance: give the fixture a value of its own (\`$unique\`)`
}

const explainRows = 'return the key of the table, or say `others: allow` where the operation shows such rows by design'

const cutOff =
  'the answer was cut off (`max_rows`, a size limit), and what is missing from it proves nothing: show the key of the rows, or ask for fewer'

/** @returns where the values stood by which rows were recognised that did not come as rows; empty for none. */
export function placesOf({ sightings = [] }: Observation): string {
  const places = certainSightings(sightings).filter(({ at }) => !at.startsWith('rows['))
  return places.length === 0 ? '' : ` (${placesInWords(places)})`
}

function certainSightings(sightings: readonly Sighting[]): readonly Sighting[] {
  return sightings.filter(({ weak }) => weak !== true)
}

/** @returns `theirs.title in message`. */
function placesInWords(sightings: readonly Sighting[]): string {
  const places = sightings.slice(0, placesNamed).map(({ fixture, column, at }) => `${fixture}.${column} in ${at}`)
  const more = sightings.length - places.length
  return `${places.join(', ')}${more === 0 ? '' : ` and ${more} more`}`
}

function othersInWords(rows: number, { ofRun = [] }: Reading): string {
  const named = ofRun.length === 0 ? '' : `, among them ${ofRun.join(', ')}`
  return `${rows} ${rows === 1 ? 'row' : 'rows'} of others${named}`
}
