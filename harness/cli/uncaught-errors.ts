import { explain } from './print.ts'

type Handler = (error: Error) => void

const exitWithError: Handler = (error) => process.exit(explain(error))
let handler = exitWithError

/**
 * Ends the process with the exit code for failures of Trespass if an error is not awaited; Node.js would use the code for
 * findings.
 */
export function exitOnUncaughtErrors(): void {
  process.on('uncaughtException', (error) => handler(error))
}

/** Handles errors that are not awaited while work runs that has to be swept afterwards. */
export async function handlingStrayErrors<T>(handle: Handler, work: () => Promise<T>): Promise<T> {
  handler = handle
  try {
    return await work()
  } finally {
    handler = exitWithError
  }
}
