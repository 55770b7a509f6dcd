import { type OpenUsersOptions, openUsers } from '../actors/open-users.ts'
import type { RunContext } from '../cells/context.ts'
import { TrespassError } from '../errors.ts'
import type { ActorSession } from '../model/session.ts'

/**
 * Makes users that stand in for those of actors, so that the run's own users stay as they are. They are journaled
 * before, and swept when the run ends.
 *
 * @param names of the actors.
 * @returns a session of each double, by the name of the actor.
 * @throws TrespassError when one cannot be made or signed in
 */
export async function openExtraSessions(
  names: readonly string[],
  { target, roster, runId, emailDomain, sessions }: RunContext,
  journal: OpenUsersOptions['journal'],
): Promise<Readonly<Record<string, ActorSession>>> {
  const plans = names.map((name) => {
    const owner = roster.actors.find((actor) => actor.name === name)
    if (owner === undefined) throw new TrespassError('no-such-actor', `there is no actor ${name}`)
    return { owner, sessions: ['aal1'] as const }
  })
  const users = await openUsers(plans, { target, runId, emailDomain, journal, concurrency: plans.length || 1 })
  const doubles: Record<string, ActorSession> = {}
  for (const [name, { id, email, phone, sessions: opened }] of users) {
    const original = sessions[name]
    const token = opened.get('aal1')?.accessToken
    if (original === undefined || token === undefined) throw new Error(`The actor ${name} has no session`)
    doubles[name] = { ...original, user: { id, email, ...(phone === undefined ? {} : { phone }) }, token }
  }
  return doubles
}
