import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'
import type { Statement } from '../cuts/statements.ts'
import { TrespassError } from '../errors.ts'
import { connected } from './session.ts'

/** The time limit for an expected observation, in milliseconds. */
const deadline = 10_000
const interval = 5

/** An arbitrary key that no application uses for an advisory lock by chance. */
const gate = 7_377_201_103

/**
 * Two sessions beside the migration's own: one holds the lock that the migration waits for, the other observes whether it
 * waits. A single session would not do: a transaction sees the activity of others as it was at its first look.
 */
export class LockWatcher {
  readonly #holder: pg.Client
  readonly #eye: pg.Client

  private constructor(holder: pg.Client, eye: pg.Client) {
    this.#holder = holder
    this.#eye = eye
  }

  static async open(databaseUrl: string): Promise<LockWatcher> {
    const application = { application_name: 'trespass-watcher' }
    const holder = await connected(databaseUrl, application)
    return new LockWatcher(holder, await connected(databaseUrl, application))
  }

  /** Takes a lock, and returns a statement that waits for it. */
  async closeGate(): Promise<string> {
    await this.#holder.query('select pg_advisory_lock($1)', [gate])
    return `select pg_advisory_xact_lock(${gate})`
  }

  /**
   * Blocks a statement that works in several transactions after its first one, so that it can be interrupted in its middle:
   * building an index concurrently first commits the entry of an invalid index, and then waits for every transaction that may
   * write to the table.
   *
   * @returns false if there is nothing to block.
   */
  async holdMiddleOf({ kind, runs, relation }: Statement): Promise<boolean> {
    if (runs !== 'alone' || relation === null || !/concurrently|^alter table/.test(kind)) return false
    const { rows } = await this.#eye.query<{ name: string }>(
      `select c.oid::regclass::text as name from pg_class c
       where c.relkind in ('r', 'p') and c.oid = coalesce(
         (select indrelid from pg_index where indexrelid = to_regclass($1)), to_regclass($1))`,
      [relation],
    )
    const name = rows[0]?.name
    if (name === undefined) return false
    await this.#holder.query('begin')
    await this.#holder.query(`lock table only ${name} in row exclusive mode`)
    return true
  }

  /** Waits until a session waits for a lock of the holder. */
  async seesWaiting(pid: number): Promise<void> {
    const holder = await this.#holderPid()
    await this.#until('the migration waits', async () => {
      const { rows } = await this.#eye.query<{ waits: boolean }>('select $1 = any(pg_blocking_pids($2)) as waits', [
        holder,
        pid,
      ])
      return rows[0]?.waits === true
    })
  }

  /** Cancels the current statement of a session. */
  async cancel(pid: number): Promise<void> {
    await this.#eye.query('select pg_cancel_backend($1)', [pid])
  }

  /** Terminates a session from the server's side. */
  async terminate(pid: number): Promise<void> {
    await this.#eye.query('select pg_terminate_backend($1)', [pid])
  }

  /** Waits until the server has ended a session; its uncommitted changes are rolled back by then. */
  async seesGone(pid: number): Promise<void> {
    await this.#until('the session of the migration is gone', async () => {
      const { rowCount } = await this.#eye.query('select from pg_stat_activity where pid = $1', [pid])
      return rowCount === 0
    })
  }

  async close(): Promise<void> {
    await this.#holder.end()
    await this.#eye.end()
  }

  async #holderPid(): Promise<number> {
    const { rows } = await this.#holder.query<{ pid: number }>('select pg_backend_pid() as pid')
    return rows[0]?.pid ?? 0
  }

  async #until(what: string, holds: () => Promise<boolean>): Promise<void> {
    for (const end = performance.now() + deadline; !(await holds()); ) {
      if (performance.now() > end) {
        throw new TrespassError('cut-not-shown', `it was not seen within ${deadline / 1000} s that ${what}`)
      }
      await pause(interval)
    }
  }
}
