import pg from 'pg'
import type { Step } from '../cuts/application.ts'
import type { CutWay } from '../cuts/model.ts'
import type { Statement } from '../cuts/statements.ts'
import { MigrationSession, saidBy } from './session.ts'
import { Watcher } from './watcher.ts'

/** Where a migration is cut: so many statements have been carried out, and what comes next is under way. */
export interface CutPoint {
  /** How many statements have been carried out. */
  readonly done: number
  readonly way: CutWay
}

/** What a cut looked like. */
export interface Cut {
  /** The statement that was cut; null when all had been carried out, and only the commit was left. */
  readonly statement: Statement | null
  /**
   * `in its middle`: the statement works in several transactions and was cut after the first. `in its place`: it works
   * in one, which leaves all or nothing wherever it is cut, and so something else was cut where it would have run.
   */
  readonly place: 'in its middle' | 'in its place'
  /** What the server said to it; null when the connection was gone. */
  readonly said: string | null
}

/** Milliseconds after which a statement that is held by a lock is timed out, when nobody need have seen it waiting. */
const timeout = 50
/** The same for a statement that has to be seen in its middle first. */
const timeoutInMiddle = 1500

/**
 * Applies a migration up to a point and cuts it there. Every cut is real: the server raises an error, times a waiting
 * statement out, or loses both ends of a connection while a statement waits; nothing is pretended by a ROLLBACK. It
 * returns when the server has nothing of the session any more.
 *
 * @throws StatementFailed when the database refuses a statement before the point.
 */
export async function cutMigration(databaseUrl: string, steps: readonly Step[], point: CutPoint): Promise<Cut> {
  const place = placeOf(steps, point.done)
  const session = await MigrationSession.open(databaseUrl)
  const watcher = await Watcher.open(databaseUrl)
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

/** What is under way when a migration is cut. */
interface UnderWay {
  /** Waits for the watcher. */
  readonly held: string
  readonly inMiddle: boolean
}

type Way = (session: MigrationSession, watcher: Watcher, underWay: UnderWay) => Promise<string | null>

const ways: Readonly<Record<CutWay, Way>> = {
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
   * Both ends go while the statement waits. A server that loses only its client learns of it when it next writes to it,
   * and carries the statement out until then: that is the cut one statement later.
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

/** @returns what the server said when it refused. */
function refused(running: Promise<void>): Promise<string> {
  const said = running.then(
    () => {
      throw new Error('what was to be cut was carried out')
    },
    (error: unknown) => {
      if (error instanceof pg.DatabaseError) return saidBy(error).said
      throw error
    },
  )
  // It is awaited later, after others that may fail first.
  said.catch(() => undefined)
  return said
}

/** What is sent before the cut, and the statement that is cut. Beginnings and commits up to it have been sent. */
function placeOf(steps: readonly Step[], done: number): { index: number; statement: Statement | null } {
  let passed = 0
  for (const [index, step] of steps.entries()) {
    if (step.send !== 'statement') continue
    if (passed === done) return { index, statement: step.statement }
    passed += 1
  }
  return { index: steps.at(-1)?.send === 'commit' ? steps.length - 1 : steps.length, statement: null }
}
