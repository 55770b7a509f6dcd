import { randomUUID } from 'node:crypto'
import { openAnonymousSession, openCellSession } from '../actors/own-session.ts'
import { TrespassError } from '../errors.ts'
import type { Json, JsonObject } from '../json.ts'
import type { AttemptPlan } from '../matrix/plan/plan.ts'
import type { ActorDeclaration } from '../model/matrix.ts'
import type { ActorSession, PrivilegedSession } from '../model/session.ts'
import type { Footprint } from '../paths/path.ts'
import type { ResolvedWrite } from './effects.ts'
import type { PlacedFixtures } from './placed-fixtures.ts'
import type { ReachRow } from './reading.ts'
import { rowKey } from './row-effects.ts'

/** The parts of an attempt that concern its user. */
interface Ready {
  readonly plan: AttemptPlan
  readonly footprint: Footprint
  readonly writes: readonly ResolvedWrite[]
  readonly reach: readonly ReachRow[]
}

/** The caller of a request, and the attempt with the user's row as it is once the user is signed in. */
interface AsCellUser<Attempt> {
  readonly caller: ActorSession | PrivilegedSession
  readonly ready: Attempt
}

/**
 * Replaces the actor's user by one that the cell has to itself, where the operation says so: a request that changes or removes its
 * own user would take the user from all other cells. A signed-in actor becomes the fixture; an anonymous one becomes a new
 * anonymous user. A visitor, a broken credential and the secret key send their own request.
 *
 * @throws TrespassError when the user cannot be signed in.
 */
export async function asCellUser<Attempt extends Ready>(
  placed: PlacedFixtures,
  ready: Attempt,
  caller: ActorSession | PrivilegedSession,
): Promise<AsCellUser<Attempt>> {
  const name = ready.footprint.as
  if (name === undefined || caller.kind === 'privileged') return { caller, ready }
  if (caller.token === null || caller.credential === 'attacked') return { caller, ready }
  const { roster, target, runId } = placed.context
  const owner = roster.actors.find((actor) => actor.name === caller.actor)
  if (owner === undefined) throw new Error(`${caller.actor} is no actor of the run`)
  if (caller.actorKind === 'anonymous-auth') return { caller: await anonymous(placed, runId, caller, owner), ready }
  const user = placed.reachRow(name, ready.plan, false)
  const { email, phone } = user.row
  const contacts = { email: textOf(email), phone: textOf(phone), password: textOf(user.values.password) }
  const { accessToken } = await openCellSession(contacts, owner, target)
  const signedIn = await placed.witness.read(rowKey(user))
  if (signedIn === null) throw new TrespassError('row-gone', `${name} is not there any more`)
  const own = {
    id: String(user.row.id),
    email: contacts.email,
    ...(contacts.phone === null ? {} : { phone: contacts.phone }),
  }
  return { caller: { ...caller, token: accessToken, user: own }, ready: withRow(ready, user, signedIn) }
}

async function anonymous(
  placed: PlacedFixtures,
  runId: string,
  caller: ActorSession,
  owner: ActorDeclaration,
): Promise<ActorSession> {
  const mark = `${runId}/${randomUUID()}`
  placed.write([{ made: 'anonymous-user', mark }])
  const { accessToken, id } = await openAnonymousSession(mark, owner, placed.context.target)
  return { ...caller, token: accessToken, user: { id, email: null } }
}

/** A sign-in changes the user's row: the effect of the request is measured against the row after it. */
function withRow<Attempt extends Ready>(ready: Attempt, { name }: ReachRow, row: JsonObject): Attempt {
  const current = (one: ReachRow): ReachRow => (one.name === name ? { ...one, row } : one)
  return {
    ...ready,
    reach: ready.reach.map(current),
    writes: ready.writes.map((write) => (write.kind === 'add' ? write : { ...write, row: current(write.row) })),
  }
}

function textOf(value: Json | undefined): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}
