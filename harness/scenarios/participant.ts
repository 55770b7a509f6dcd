/** One session that takes part. */
export interface Participant {
  /** The session's name: `alice`, `alice 2`. */
  readonly session: string
  readonly actor: string
}

/** @returns a session for each actor of a list; an actor that is named again gets a number. */
export function participantsOf(actors: readonly string[]): readonly Participant[] {
  const seen = new Map<string, number>()
  return actors.map((actor) => {
    const times = (seen.get(actor) ?? 0) + 1
    seen.set(actor, times)
    return { session: times === 1 ? actor : `${actor} ${times}`, actor }
  })
}
