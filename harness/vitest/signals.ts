import { constants } from 'node:os'

const names = ['SIGINT', 'SIGTERM'] as const

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
