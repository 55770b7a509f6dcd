import type pg from 'pg'
import { TrespassError } from '../../errors.ts'
import type { Json } from '../../json.ts'
import type { ActorSession, PrivilegedSession } from '../../model/session.ts'
import { emptyAnswer } from '../empty-answer.ts'
import type { AccessPath, Answer, Call, SentRequest } from '../path.ts'
import { responses } from '../sql-responses.ts'
import { Connection, NoReply, type Reply } from './connection.ts'
import { jsonRows, parameter } from './values.ts'
import { schema, verbs } from './verbs.ts'

type Caller = ActorSession | PrivilegedSession

/** The default statement timeout in milliseconds. */
const defaultTimeoutMs = 30_000

/** Commands whose tag states how many rows they changed. */
const writing = ['INSERT', 'UPDATE', 'DELETE', 'MERGE']

/** One per session, so that a session may hold a transaction open from one attempt to the next. */
const connections = new WeakMap<Caller, Connection>()
/** By session, the connection of the transaction that it is in. Once that is lost, nothing more belongs to it. */
const transactions = new WeakMap<Caller, Connection>()
/** Those that `close` has to end, with the project of each. */
const open = new Map<Connection, string>()

/** Trusted workers: sessions of a login role with the database itself. */
export const postgres: AccessPath = {
  name: 'postgres',
  resources: ['database'],
  callers: ['worker'],
  verbs,
  responses,
  attempt,
  marking: {
    readsCannotWrite: false,
    async probe(privileged, mark) {
      await ask(privileged, 'select 1', [], mark)
      return undefined
    },
  },
  statement: ({ body }) => {
    const { sql, values = [], reads } = schema.parse(body)
    return { kind: 'sql', text: sql, values: values.map(parameter), wantsRows: reads !== undefined }
  },
  controls: ({ database }) => database !== undefined,
  cut(caller) {
    transactions.delete(caller)
    connections.get(caller)?.cut()
  },
  transaction: { begin, commit },
  backendPid: (caller) => connections.get(caller)?.backend ?? null,
  async close(url) {
    const ending = [...open].flatMap(([connection, project]) => (project === (url ?? project) ? [connection] : []))
    for (const connection of ending) open.delete(connection)
    await Promise.all(ending.map((connection) => connection.close()))
  },
}

async function attempt(caller: Caller, call: Call): Promise<Answer> {
  const { sql, values = [] } = schema.parse(call.body)
  return ask(caller, sql, values, call.mark)
}

async function begin(caller: Caller): Promise<Answer> {
  transactions.delete(caller)
  const answer = await ask(caller, 'begin', [])
  const connection = connections.get(caller)
  if (answer.status === 200 && connection !== undefined) transactions.set(caller, connection)
  return answer
}

async function commit(caller: Caller): Promise<Answer> {
  const answer = await ask(caller, 'commit', [])
  transactions.delete(caller)
  return answer
}

async function ask(caller: Caller, sql: string, values: readonly Json[], mark?: string): Promise<Answer> {
  const request = sentRequest(sql, values)
  const startedAt = performance.now()
  const answer = (parts: Partial<Answer> & Pick<Answer, 'status'>): Answer => ({
    ...{ request, ...emptyAnswer },
    ...parts,
    durationMs: performance.now() - startedAt,
  })
  try {
    const connection = connectionOf(caller)
    const parameters = values.map(parameter)
    if (mark === undefined) return answer(replied(await connection.run(sql, parameters)))
    const reply = await connection.runMarked(sql, parameters, mark)
    return answer({ ...replied(reply.reply), ...(reply.marked ? {} : { unmarked: true }) })
  } catch (error) {
    if (!(error instanceof NoReply)) throw error
    return answer({ status: 0, message: error.message, failure: error.why })
  }
}

function connectionOf(caller: Caller): Connection {
  const known = connections.get(caller)
  if (known !== undefined && !known.lost) return known
  if (known !== undefined && transactions.get(caller) === known) {
    throw new NoReply('network', 'the connection was lost, and its transaction with it')
  }
  if (known !== undefined) open.delete(known)
  if (caller.database === undefined) {
    const who = caller.kind === 'actor' ? caller.actor : 'the secret key'
    throw new TrespassError('no-database-login', `${who} has no login to the database`)
  }
  const connection = new Connection(caller.database, caller.patience ?? defaultTimeoutMs)
  connections.set(caller, connection)
  open.set(connection, caller.url)
  return connection
}

/** The statement on one line, in place of a path. */
function sentRequest(sql: string, values: readonly Json[]): SentRequest {
  return {
    method: 'SQL',
    path: sql.trim().replace(/\s+/g, ' '),
    headers: {},
    body: values.length === 0 ? null : values,
  }
}

function replied(reply: Reply): Partial<Answer> & Pick<Answer, 'status'> {
  return 'refused' in reply ? refusal(reply.refused) : done(reply.result)
}

function refusal({ code, message, detail, hint, routine }: pg.DatabaseError): Partial<Answer> & Pick<Answer, 'status'> {
  return {
    status: 400,
    code: code ?? null,
    message,
    details: detail ?? null,
    hint: hint ?? null,
    headers: routine === undefined ? {} : { routine },
  }
}

function done({ command, rowCount, fields, rows }: pg.QueryArrayResult): Partial<Answer> & Pick<Answer, 'status'> {
  return {
    status: 200,
    headers: { command, ...(rowCount === null ? {} : { affected: String(rowCount) }) },
    rows: fields.length === 0 ? null : jsonRows(fields, rows),
    ...(fields.length === 0 && writing.includes(command) ? { affected: rowCount } : {}),
  }
}
