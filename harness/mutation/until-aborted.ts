/**
 * Waits for work that cannot be cancelled.
 *
 * @returns when the work ends or the signal aborts, whichever is first.
 * @throws the error of the work, unless the signal aborts before it.
 */
export async function untilAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  let stop = () => {}
  const aborted = new Promise<void>((resolve) => {
    stop = resolve
    signal.addEventListener('abort', stop)
    if (signal.aborted) resolve()
  })
  try {
    await Promise.race([aborted, work])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
