import type { Waiting } from '../witness/gate.ts'

/**
 * Assigns waiting backends to sessions: a backend that began to wait after a session sent its request belongs to that session.
 */
export class Queue {
  readonly #sessions = new Map<number, string>()

  /** @returns true if a backend waits that did not wait before. */
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
