import pg from 'pg'
import { isOpenSinceStart, type Step } from '../cuts/application.ts'
import type { CutWay } from '../cuts/model.ts'
import type { Statement } from '../cuts/statements.ts'
import { LockWatcher } from './lock-watcher.ts'
import { describeError, MigrationSession } from './session.ts'

/** The position of a cut: the given number of statements has completed, and the next one is under way. */
export interface CutPoint {
  /** The number of completed statements. */
  readonly done: number
  readonly way: CutWay
}

/** The observations of a cut. */
export interface Cut {
  /** The statement that was interrupted; null if all had completed and only the commit remained. */
  readonly statement: Statement | null
  /**
   * `in its middle`: the statement works in several transactions and was interrupted after the first. `in its place`: the
   * statement works in one transaction, which leaves all or nothing, and so another statement was interrupted in its place.
   */
  readonly place: 'in its middle' | 'in its place'
  /** The server's error message; null if the connection was lost. */
  readonly said: string | null
}

/** Milliseconds after which a statement that waits for a lock times out, if the watcher need not see it waiting. */
const timeout = 50
/** The same for a statement that the watcher first has to see in its middle. */
const timeoutInMiddle = 1500

/**
 * Applies a migration up to a point and interrupts it there. Every cut is real: the server raises an error, times out a waiting
 * statement, or loses both ends of a connection while a statement waits; none is simulated by a ROLLBACK. Returns after the
 * server has ended the session.
 *
 * @throws StatementFailed if the database refuses a statement before the point.
 */
export async function cutMigration(databaseUrl: string, steps: readonly Step[], point: CutPoint): Promise<Cut> {
  const place = placeOf(steps, point.done)
  const session = await MigrationSession.open(databaseUrl)
  const watcher = await LockWatcher.open(databaseUrl)
  try {
    for (const step of steps.slice(0, place.index)) await session.send(step)
    const inMiddle = place.statement !== null && (await watcher.holdMiddleOf(place.statement))
    const held = inMiddle && place.statement !== null ? place.statement.text : await watcher.closeGate()
    const said = await ways[point.way](session, watcher, { held, inMiddle })
    if (point.way !== 'lost-connection') await session.end()
    await watcher.seesGone(session.pid)
    return { statement: place.statement, place: inMiddle ? 'in its middle' : 'in its place', said }
  } finally {
    session.vanish()
    await watcher.close()
  }
}

/** The statement under way at the cut. */
interface CurrentStatement {
  /** A statement that waits for the watcher's lock. */
  readonly held: string
  readonly inMiddle: boolean
}

type CutMethod = (session: MigrationSession, watcher: LockWatcher, underWay: CurrentStatement) => Promise<string | null>

const ways: Readonly<Record<CutWay, CutMethod>> = {
  async error(session, watcher, { held, inMiddle }) {
    if (!inMiddle) return refused(session.run(`do $$ begin raise exception 'cut short on purpose'; end $$`))
    const said = refused(session.run(held))
    await watcher.seesWaiting(session.pid)
    await watcher.cancel(session.pid)
    return said
  },

  async 'statement-timeout'(session, watcher, { held, inMiddle }) {
    await session.run(`set statement_timeout = ${inMiddle ? timeoutInMiddle : timeout}`)
    const said = refused(session.run(held))
    if (inMiddle) await watcher.seesWaiting(session.pid)
    return said
  },

  /**
   * Both ends close while the statement waits. A server that loses only its client notices at its next write, and completes the
   * statement until then: that would be the cut one statement later.
   */
  async 'lost-connection'(session, watcher, { held }) {
    const lost = session.run(held).then(
      () => null,
      () => null,
    )
    await watcher.seesWaiting(session.pid)
    session.vanish()
    await watcher.terminate(session.pid)
    return lost
  },
}

/** @returns the server's error message. */
function refused(running: Promise<void>): Promise<string> {
  const said = running.then(
    () => {
      throw new Error('what was to be cut was carried out')
    },
    (error: unknown) => {
      if (error instanceof pg.DatabaseError) return describeError(error).said
      throw error
    },
  )
  // It is awaited later, after others that may fail first; until then a rejection must not be unhandled.
  said.catch(() => undefined)
  return said
}

/**
 * @returns true if a cut at the point surely leaves the database as it was, except for advanced sequences: the transaction that
 *   is open since the start is rolled back.
 */
export function isRolledBack(steps: readonly Step[], point: CutPoint): boolean {
  const { index, statement } = placeOf(steps, point.done)
  // A statement that works in several transactions may be interrupted after the first of them.
  return statement?.runs !== 'alone' && isOpenSinceStart(steps.slice(0, index))
}

/** Finds the step to interrupt. BEGIN and COMMIT steps before it have been sent. */
function placeOf(steps: readonly Step[], done: number): { index: number; statement: Statement | null } {
  let passed = 0
  for (const [index, step] of steps.entries()) {
    if (step.send !== 'statement') continue
    if (passed === done) return { index, statement: step.statement }
    passed += 1
  }
  return { index: steps.at(-1)?.send === 'commit' ? steps.length - 1 : steps.length, statement: null }
}
