import pg from 'pg'
import { z } from 'zod'
import { TrespassError } from '../errors.ts'
import { securedConnection } from '../workspace/secured-connection.ts'
import { quoted, quotedRelation } from './identifiers.ts'
import type { RowKey } from './witness.ts'

/** A backend that waits for others. */
export interface Waiting {
  readonly pid: number
  /** The backends that it waits for, directly. */
  readonly for: readonly number[]
}

const waitingRows = z.array(z.object({ pid: z.number(), blockers: z.array(z.number()) }))

/**
 * Every backend that waits for a lock, with those that block it. `pg_locks` shows all backends to every role; a lock that a
 * backend waits for is not granted (https://www.postgresql.org/docs/current/view-pg-locks.html).
 */
const waitingQuery = `
  select pid, pg_blocking_pids(pid) as blockers
  from (select distinct pid from pg_locks where not granted and pid is not null) as waiting`

/** Milliseconds that a gate is closed at most, whatever the roles' own timeouts are. */
const longestHold = 5000

/** A share of the least statement timeout of the waiting sessions, so that the last of them still has time for its work. */
const shareOfTimeout = 0.6

/** Milliseconds between the end of a hold and the moment at which PostgreSQL ends it. */
const grace = 1000

const timeouts = z.tuple([z.object({ least: z.number().nullable() })])

/** Milliseconds between two queries of the locks. */
const betweenLooks = 2

/**
 * A session of the witness that locks rows of the run, so that sessions that write them or refer to them wait for the lock, and
 * that reads which ones wait. It has two connections: the one that holds the lock cannot query.
 */
export class Gate {
  readonly #holder: pg.Client
  readonly #watcher: pg.Client
  #pid = 0
  #holdMs = 0
  #lost: Error | null = null

  private constructor(holder: pg.Client, watcher: pg.Client) {
    this.#holder = holder
    this.#watcher = watcher
    for (const client of [holder, watcher]) {
      client.on('error', (error: Error) => {
        this.#lost = error
      })
    }
  }

  /**
   * @param roles database roles of the sessions that will wait: their statement timeouts bound the hold.
   * @param mostMs the longest hold in milliseconds. PostgreSQL itself ends it then, so that no session waits for a harness that
   *   is gone.
   * @throws TrespassError `gate-failed` when the database cannot be reached.
   */
  static async open(
    databaseUrl: string,
    ca: string | null,
    roles: readonly string[],
    mostMs: number = longestHold,
  ): Promise<Gate> {
    const connection = { ...securedConnection(databaseUrl, ca), application_name: 'trespass gate' }
    const [holder, watcher] = [new pg.Client(connection), new pg.Client(connection)]
    const gate = new Gate(holder, watcher)
    try {
      await Promise.all([holder.connect(), watcher.connect()])
      gate.#holdMs = Math.min(mostMs, longestHold, ((await leastTimeout(watcher, roles)) ?? Infinity) * shareOfTimeout)
      const endMs = Math.ceil(gate.#holdMs + grace)
      await holder.query(`set idle_in_transaction_session_timeout = ${endMs}; set lock_timeout = ${endMs}`)
      const pids = z.tuple([z.object({ pid: z.number() })])
      gate.#pid = pids.parse((await holder.query('select pg_backend_pid() as pid')).rows)[0].pid
      return gate
    } catch (error) {
      await gate.end()
      throw failed(error)
    }
  }

  /** Milliseconds for which it may be closed. */
  get holdMs(): number {
    return this.#holdMs
  }

  /** Locks rows, all or none. @throws TrespassError `gate-failed` */
  async close(rows: readonly RowKey[]): Promise<void> {
    try {
      await this.#holder.query('begin')
      for (const { table, key } of rows) {
        const columns = Object.keys(key)
        const where = columns.map((column, n) => `${quoted(column)}::text = $${n + 1}`).join(' and ')
        const values = columns.map((column) => textOf(key[column]))
        const { rowCount } = await this.#holder.query(
          `select 1 from ${quotedRelation(table)} where ${where} for update`,
          values,
        )
        if (rowCount !== 1) throw new Error(`it found ${rowCount ?? 0} rows of ${table} and expected one`)
      }
    } catch (error) {
      await this.open()
      throw failed(error)
    }
  }

  /**
   * @param pids the backends that may block others; the gate itself when left out.
   * @returns those that wait for them, or for one another behind them.
   * @throws TrespassError `gate-failed`
   */
  async waiting(pids: readonly number[] = [this.#pid]): Promise<readonly Waiting[]> {
    try {
      const { rows } = await this.#watcher.query(waitingQuery)
      const all = waitingRows.parse(rows).map(({ pid, blockers }): Waiting => ({ pid, for: blockers }))
      return waitingBehind(pids, all)
    } catch (error) {
      throw failed(error)
    }
  }

  /**
   * Polls the locks until a condition holds. The condition is on the state of the locks and not on elapsed time.
   *
   * @param until called with the waiting backends; ends the watch by returning true.
   * @param deadline by `performance.now()`.
   * @param pids as for `waiting`.
   * @returns false when the deadline came first.
   */
  async watch(
    until: (waiting: readonly Waiting[]) => boolean,
    deadline: number,
    pids?: readonly number[],
  ): Promise<boolean> {
    while (performance.now() < deadline) {
      if (until(await this.waiting(pids))) return true
      await new Promise((resolve) => setTimeout(resolve, betweenLooks))
    }
    return false
  }

  /**
   * Releases the locks. @throws TrespassError `gate-failed` when the gate's connection was lost before: then no session was held
   * any more.
   */
  async open(): Promise<void> {
    if (this.#lost !== null) throw failed(this.#lost)
    await this.#holder.query('rollback').catch((error: unknown) => {
      throw failed(error)
    })
  }

  /** Ends both sessions. */
  async end(): Promise<void> {
    await Promise.all([this.#holder, this.#watcher].map((client) => client.end().catch(() => undefined)))
  }
}

/** @returns the backends that wait for one of some, directly or behind others that do. */
export function waitingBehind(pids: readonly number[], all: readonly Waiting[]): readonly Waiting[] {
  const held = new Set(pids)
  const found = new Set<Waiting>()
  for (let grown = true; grown; ) {
    grown = false
    for (const one of all) {
      if (found.has(one) || !one.for.some((blocker) => held.has(blocker))) continue
      found.add(one)
      held.add(one.pid)
      grown = true
    }
  }
  return all.filter((one) => found.has(one))
}

/** @returns the least statement timeout that is set for one of the roles, in milliseconds; null when none is. */
async function leastTimeout(client: pg.Client, roles: readonly string[]): Promise<number | null> {
  const { rows } = await client.query(
    `select min(extract(epoch from (case when value ~ '^[0-9]+$' then value || 'ms' else value end)::interval) * 1000)::float8
       as least
     from pg_roles, unnest(rolconfig) as setting, split_part(setting, '=', 2) as value
     where rolname = any ($1) and setting like 'statement_timeout=%' and value not in ('0', '')`,
    [[...roles]],
  )
  return timeouts.parse(rows)[0].least
}

function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function failed(error: unknown): TrespassError {
  if (error instanceof TrespassError) return error
  const why = error instanceof Error ? ('code' in error ? String(error.code) : error.message) : String(error)
  return new TrespassError('gate-failed', `the gate could not do its work: ${why}`, {
    hint: 'It needs a direct connection or the session pooler, and a role that may lock the rows.',
    cause: error,
  })
}
