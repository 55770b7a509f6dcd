import { explain } from './print.ts'

type Handler = (error: Error) => void

const leave: Handler = (error) => process.exit(explain(error))
let handler = leave

/**
 * An error that nothing awaits ends the process with the code for failures of Trespass; Node.js would end it with the code
 * for findings.
 */
export function leaveOnStrayErrors(): void {
  process.on('uncaughtException', (error) => handler(error))
}

/** Handles errors that nothing awaits while something runs that has to be swept afterwards. */
export async function handlingStrayErrors<T>(handle: Handler, work: () => Promise<T>): Promise<T> {
  handler = handle
  try {
    return await work()
  } finally {
    handler = leave
  }
}
