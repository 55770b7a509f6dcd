import { constants } from 'node:os'

const names = ['SIGINT', 'SIGTERM'] as const

/**
 * Runs something that begins to listen to signals, and ends that listening: Vitest leaves the process a millisecond after
 * Ctrl-C, and a run has to be swept first.
 */
export async function keepingSignals<T>(work: () => Promise<T>): Promise<T> {
  const known = names.map((name) => ({ name, before: new Set(process.listeners(name)) }))
  const result = await work()
  for (const { name, before } of known) {
    for (const listener of process.listeners(name)) if (!before.has(listener)) process.off(name, listener)
  }
  return result
}

/**
 * Does something else at the first signal than what has been agreed to by now; the second one ends the process.
 *
 * @param leave is told the exit code that shells know for the signal.
 */
export function onSignalInstead(leave: (code: number) => void): void {
  for (const name of names) {
    process.removeAllListeners(name)
    process.once(name, () => leave(128 + constants.signals[name]))
  }
}
