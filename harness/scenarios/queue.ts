import type { Waiting } from '../witness/gate.ts'

/** Who stands behind a gate: a backend that began to wait when a session had sent its request is that session's. */
export class Queue {
  readonly #sessions = new Map<number, string>()

  /** @returns true when somebody waits who did not before. */
  seen(session: string, waiting: readonly Waiting[]): boolean {
    const fresh = waiting.find(({ pid }) => !this.#sessions.has(pid))
    if (fresh !== undefined) this.#sessions.set(fresh.pid, session)
    return fresh !== undefined
  }

  sessionsOf(waiting: readonly Waiting[]): readonly string[] {
    return waiting.flatMap(({ pid }) => this.#sessions.get(pid) ?? [])
  }

  /** @returns the sessions that wait for another one of them, or that another one waits for. */
  meeting(waiting: readonly Waiting[]): readonly string[] {
    const edges = waiting.flatMap((one) =>
      one.for.filter((other) => this.#sessions.has(other)).flatMap((other) => [one.pid, other]),
    )
    return [...new Set(edges)].flatMap((pid) => this.#sessions.get(pid) ?? [])
  }
}
