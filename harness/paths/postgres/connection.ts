import { Socket } from 'node:net'
import pg from 'pg'
import { z } from 'zod'
import type { DatabaseLogin } from '../../model/session.ts'
import { securedConnection } from '../../workspace/secured-connection.ts'
import { markPrefix } from '../path.ts'
import { asText } from './values.ts'

/** PostgreSQL's response to one statement: its result or its error. */
export type Reply = { readonly result: pg.QueryArrayResult } | { readonly refused: pg.DatabaseError }

/** PostgreSQL's response, and whether the transaction of the statement is marked. */
export interface MarkedReply {
  readonly reply: Reply
  readonly marked: boolean
}

/** No answer came. */
export class NoReply extends Error {
  readonly why: 'timeout' | 'network'

  constructor(why: 'timeout' | 'network', message: string) {
    super(message)
    this.name = 'NoReply'
    this.why = why
  }
}

/** Milliseconds that the server's own error about a statement timeout gets to arrive. */
const timeoutMargin = 5_000
/** Milliseconds to log in. */
const loginTime = 10_000

/**
 * Limits a statement, and an open transaction, which would keep its locks. A role that has tighter limits of its own keeps them.
 */
const bounds = `
  select set_config(name, $1::text, false) from pg_catalog.pg_settings
  where name in ('statement_timeout', 'idle_in_transaction_session_timeout')
    and (setting::bigint = 0 or setting::bigint > $1::bigint)`

const markStatement = 'select pg_catalog.pg_logical_emit_message(true, $1, $2::text)'

/** active_sql_transaction (VACUUM and the like), invalid_transaction_termination (a procedure that commits). */
const onlyOutside = ['25001', '2D000']

const pidRows = z.tuple([z.tuple([z.coerce.number()])])

/** One connection of one session. Statements go one after the other, as they come. */
export class Connection {
  readonly #socket = new Socket()
  readonly #client: pg.Client
  readonly #patience: number
  #turn: Promise<unknown>
  #backend: number | null = null
  #lost = false

  /** @param patience statement timeout in milliseconds. */
  constructor(login: DatabaseLogin, patience: number) {
    this.#patience = patience
    this.#client = new pg.Client({
      ...securedConnection(login.url, login.ca),
      // The socket is kept so that it can be destroyed.
      stream: () => this.#socket,
      application_name: 'trespass-worker',
      connectionTimeoutMillis: loginTime,
      keepAlive: true,
      types: asText,
    })
    // The statement that is under way fails by itself; without a listener, Node.js would end the process.
    this.#client.on('error', () => {
      this.#lost = true
    })
    this.#client.on('end', () => {
      this.#lost = true
    })
    this.#turn = this.#open()
    // The first statement gets the error from its own promise.
    this.#turn.catch(() => undefined)
  }

  /** True when it cannot be used any more. */
  get lost(): boolean {
    return this.#lost
  }

  /** The pid of the server process; null before the login and after the end. */
  get backend(): number | null {
    return this.#lost ? null : this.#backend
  }

  /**
   * Sends one statement when those before it have been answered.
   *
   * @throws NoReply
   */
  run(text: string, values: readonly unknown[]): Promise<Reply> {
    const turn = this.#turn.then((refusal) => (isRefusal(refusal) ? { refused: refusal } : this.#ask(text, values)))
    // A refused login fails all later statements; a refused statement fails alone.
    this.#turn = Promise.all([this.#turn, turn.catch(() => undefined)]).then(([login]) => login)
    this.#turn.catch(() => undefined)
    return turn
  }

  /**
   * Sends one statement in a transaction that begins with a mark, and commits it. A statement that PostgreSQL runs only
   * outside of a transaction goes unmarked.
   *
   * @throws NoReply
   */
  runMarked(text: string, values: readonly unknown[], mark: string): Promise<MarkedReply> {
    const turn = this.#turn.then((refusal) =>
      isRefusal(refusal) ? { reply: { refused: refusal }, marked: true } : this.#askMarked(text, values, mark),
    )
    this.#turn = Promise.all([this.#turn, turn.catch(() => undefined)]).then(([login]) => login)
    this.#turn.catch(() => undefined)
    return turn
  }

  /** Destroys the socket without a close handshake. */
  cut(): void {
    this.#lost = true
    this.#socket.destroy()
  }

  /** Closes the connection and cancels the statement that is under way. */
  async close(): Promise<void> {
    if (!this.#lost) await this.#client.end().catch(() => undefined)
    this.cut()
  }

  /** @returns the error with which the server refused the login; null when it accepted it. */
  async #open(): Promise<pg.DatabaseError | null> {
    try {
      await this.#client.connect()
      await this.#client.query(bounds, [this.#patience])
      const { rows } = await this.#client.query({ text: 'select pg_backend_pid()', rowMode: 'array' })
      this.#backend = pidRows.parse(rows)[0][0]
      return null
    } catch (error) {
      this.cut()
      if (error instanceof pg.DatabaseError) return error
      throw noReply(error)
    }
  }

  async #askMarked(text: string, values: readonly unknown[], mark: string): Promise<MarkedReply> {
    const begun = await this.#askAll(['begin', []], [markStatement, [markPrefix, mark]])
    if ('refused' in begun) {
      await this.#ask('rollback', [])
      return { reply: await this.#ask(text, values), marked: false }
    }
    const reply = await this.#ask(text, values)
    if ('result' in reply) {
      const committed = await this.#ask('commit', [])
      return { reply: 'refused' in committed ? committed : reply, marked: true }
    }
    await this.#ask('rollback', [])
    if (!onlyOutside.includes(reply.refused.code ?? '')) return { reply, marked: true }
    return { reply: await this.#ask(text, values), marked: false }
  }

  /** @returns the first refusal, or the last result. */
  async #askAll(...statements: readonly (readonly [text: string, values: readonly unknown[]])[]): Promise<Reply> {
    let reply: Reply | null = null
    for (const [text, values] of statements) {
      reply = await this.#ask(text, values)
      if ('refused' in reply) break
    }
    if (reply === null) throw new Error('there is no statement')
    return reply
  }

  async #ask(text: string, values: readonly unknown[]): Promise<Reply> {
    if (this.#lost) throw new NoReply('network', 'the connection was lost')
    // Extended, so that there is one statement and no more.
    const query = { text, values: [...values], rowMode: 'array' as const, queryMode: 'extended' }
    const impatient = { gone: false }
    const timer = setTimeout(() => {
      impatient.gone = true
      this.cut()
    }, this.#patience + timeoutMargin)
    try {
      return { result: await this.#client.query(query) }
    } catch (error) {
      if (error instanceof pg.DatabaseError) return { refused: error }
      this.cut()
      throw impatient.gone ? new NoReply('timeout', 'timeout') : noReply(error)
    } finally {
      clearTimeout(timer)
    }
  }
}

function isRefusal(value: unknown): value is pg.DatabaseError {
  return value instanceof pg.DatabaseError
}

/** The message of a failed connection names host and user, and with them the project: only its code is passed on. */
function noReply(error: unknown): NoReply {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null
  return new NoReply('network', code ?? 'the connection was lost')
}
