import { Socket } from 'node:net'
import pg from 'pg'
import type { Step } from '../cuts/application.ts'
import { type Statement, statementInWords } from '../cuts/statements.ts'
import { type Position, TrespassError } from '../errors.ts'

/** A statement of a migration that the database refused. */
export class StatementFailed extends TrespassError {
  readonly sqlstate: string
  readonly at: Position

  constructor({ at, text }: Pick<Statement, 'at' | 'text'>, error: pg.DatabaseError) {
    const { sqlstate, said } = describeError(error)
    super('migration-failed', `${at.file}:${at.line}:${at.column}: ${said} (${statementInWords({ at, text })})`, {
      hint: 'The migration does not apply. It ran as the role postgres, which is no superuser, as on a hosted project.',
      cause: error,
    })
    this.name = 'StatementFailed'
    this.sqlstate = sqlstate
    this.at = at
  }
}

/** @returns the SQLSTATE of an error, and the server's message with it. */
export function describeError({ code = 'XX000', message }: pg.DatabaseError): { sqlstate: string; said: string } {
  return { sqlstate: code, said: `${code} ${message}` }
}

/** The session that a migration is applied in. Its connection can be cut like any other. */
export class MigrationSession {
  readonly #client: pg.Client
  readonly #socket: Socket
  /** The process id of its backend. */
  readonly pid: number

  private constructor(client: pg.Client, socket: Socket, pid: number) {
    this.#client = client
    this.#socket = socket
    this.pid = pid
  }

  static async open(databaseUrl: string): Promise<MigrationSession> {
    const socket = new Socket()
    const client = await connected(databaseUrl, { stream: () => socket, application_name: 'trespass-migration' })
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
    return new MigrationSession(client, socket, rows[0]?.pid ?? 0)
  }

  /** @throws StatementFailed */
  async send(step: Step): Promise<void> {
    if (step.send !== 'statement') await this.run(step.send)
    else {
      await this.run(step.statement.text).catch((error: unknown) => {
        throw error instanceof pg.DatabaseError ? new StatementFailed(step.statement, error) : error
      })
    }
  }

  async run(sql: string): Promise<void> {
    await this.#client.query(sql)
  }

  /** Ends the session; uncommitted changes are rolled back. */
  async end(): Promise<void> {
    await this.#client.end()
  }

  /** Destroys the socket, whatever is under way. */
  vanish(): void {
    this.#socket.destroy()
  }
}

/**
 * Applies a whole migration.
 *
 * @throws StatementFailed if the database refuses a statement. Earlier commits stay.
 */
export async function applySteps(databaseUrl: string, steps: readonly Step[]): Promise<void> {
  const session = await MigrationSession.open(databaseUrl)
  try {
    for (const step of steps) await session.send(step)
  } finally {
    await session.end()
  }
}

/** Connects one session of the role of a database URL. The caller ends it. */
export async function connected(databaseUrl: string, config: pg.ClientConfig): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: databaseUrl, ...config })
  // The pending query fails as well, so the event needs no handling of its own.
  client.on('error', () => undefined)
  await client.connect()
  return client
}
