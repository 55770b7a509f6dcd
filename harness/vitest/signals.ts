import { constants } from 'node:os'

const names = ['SIGINT', 'SIGTERM'] as const

/**
 * Replaces all handlers of the termination signals: the first signal calls `leave`, the second ends the process.
 *
 * @param leave receives the exit code that shells use for the signal.
 */
export function onSignalInstead(leave: (code: number) => void): void {
  for (const name of names) {
    process.removeAllListeners(name)
    process.once(name, () => leave(128 + constants.signals[name]))
  }
}
