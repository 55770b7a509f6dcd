import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { afterCalls, quotaNow, type Rate, waitFor } from './quota.ts'

const callLogSchema = z.record(z.string(), z.object({ left: z.number(), at: z.number() }))

type CallLog = z.output<typeof callLogSchema>

/** How a request waits for its turn. */
export interface WaitOptions {
  /** Called with the length of every wait when the wait begins. */
  readonly onWait?: ((milliseconds: number) => void) | undefined
  /** Ends a wait. */
  readonly signal?: AbortSignal | undefined
}

/**
 * A rate limiter on the client's side. Calls are written to a file, so that the next run on this machine counts them. Runs at the
 * same time may miss each other's calls: then the target refuses one, and the request waits.
 */
export class RateLimiter<Call extends string> {
  readonly #file: string
  readonly #rates: Readonly<Record<Call, Rate>>

  /** @param file absolute path of the file of calls, in JSON. */
  constructor(file: string, rates: Readonly<Record<Call, Rate>>) {
    this.#file = file
    this.#rates = rates
  }

  /** @returns milliseconds that the last of so many concurrent calls would have to wait. */
  waitFor(call: Call, count: number): number {
    const rate = this.#rates[call]
    return waitFor(count, quotaNow(this.#read()[call], rate, Date.now()), rate)
  }

  /** @returns when it is the call's turn. @throws the signal's reason when it is aborted meanwhile. */
  async waitForTurn(call: Call, { onWait, signal }: WaitOptions = {}): Promise<void> {
    const rate = this.#rates[call]
    const book = this.#read()
    const left = quotaNow(book[call], rate, Date.now())
    this.#write({ ...book, [call]: afterCalls(1, left) })
    const wait = waitFor(1, left, rate)
    if (wait === 0) return
    onWait?.(wait)
    await pause(wait, undefined, signal === undefined ? {} : { signal }).catch(() => signal?.throwIfAborted())
  }

  /** A file that is missing or damaged means that no call was made yet. */
  #read(): CallLog {
    try {
      return callLogSchema.parse(JSON.parse(readFileSync(this.#file, 'utf8')))
    } catch {
      return {}
    }
  }

  /** Appears whole or not at all. A disk that does not take it is no reason to stop: the target still limits. */
  #write(book: CallLog): void {
    const draft = `${this.#file}.${process.pid}.tmp`
    try {
      mkdirSync(dirname(this.#file), { recursive: true })
      writeFileSync(draft, `${JSON.stringify(book)}\n`, { mode: 0o600 })
      renameSync(draft, this.#file)
    } catch {
      rmSync(draft, { force: true })
    }
  }
}
