import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises'

/** Milliseconds from one statement to the next of its kind. */
const apart = 5

/**
 * Lets calls gather that one statement answers together. A call that comes alone waits for one turn of the loop; calls
 * that keep coming share a statement every few milliseconds, during which their attempts would wait for one another.
 */
export class CallBatch {
  #last = Number.NEGATIVE_INFINITY

  /** Returns when the next statement may go out with all calls that have come until then. */
  async over(): Promise<void> {
    const left = this.#last + apart - performance.now()
    await (left > 0 ? pause(Math.ceil(left)) : nextTurn())
    this.#last = performance.now()
  }
}
