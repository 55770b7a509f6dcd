import { createAuthAdmin } from '../../actors/admin.ts'
import { freshToken } from '../../actors/renewal.ts'
import { TrespassError } from '../../errors.ts'
import { milliseconds } from '../duration.ts'
import { operationsIn } from '../history-text.ts'
import { gotAccess } from '../judges/access.ts'
import type { Participant } from '../participant.ts'
import type { Holding, Round } from '../round.ts'
import { actsOnUser, type Body, gateOf, newToken, type Sides, sidesOf } from './declared.ts'
import { askingForTokens, type RefreshTokens, signInAnew } from './new-sessions.ts'
import { type Probe, Watch } from './watch.ts'
import { Write } from './write.ts'

const usualEvery = '50ms'

/** Revokes access while the member and the control use it, and watches until it has ended. */
export async function watchRevocation(body: Body, round: Round): Promise<void> {
  const sides = sidesOf(body)
  const seconds = body.token_lasts === undefined ? null : Math.ceil(milliseconds(body.token_lasts) / 1000)
  const tokens = await signInAnew(round, sides, seconds)
  const { write: wanted } = body
  const act = wanted && { by: sides.writer, operation: wanted.operation }
  const write = act && new Write(round, act, gateOf(body))
  await write?.undisturbed()
  const probes = await openProbes(body, round, sides, tokens)
  const watch = new Watch(round, [...probes.values()], milliseconds(body.every ?? usualEvery))
  try {
    if (!(await watch.begin())) return
    await takeAway(body, round, watch, write)
    await Promise.all([watch.end(), renewLater(body, round, sides, [...probes.values()])])
  } finally {
    await watch.close()
  }
  await write?.late()
  await askAnew(body, round, sides)
}

async function openProbes(
  body: Body,
  round: Round,
  sides: Sides,
  tokens: RefreshTokens,
): Promise<ReadonlyMap<string, Probe>> {
  const open = async (by: Participant, operation: string): Promise<Holding> =>
    operation === newToken ? askingForTokens(round, by, tokens) : await round.hold({ by, operation })
  // The control renews access that expires by itself, such as a signed URL.
  const keep = async (by: Participant, operation: string): Promise<Holding> => {
    const kept = await open(by, operation)
    if (operation === newToken || kept.renew !== undefined) return kept
    return { ...kept, use: () => round.perform({ by, operation }) }
  }
  const probes = Object.entries(body.ends_within).map(async ([name, stated]) => {
    const [member, control] = await Promise.all([open(sides.member, name), keep(sides.control, name)])
    return [name, { member, control, withinMs: milliseconds(stated) }] as const
  })
  return new Map(await Promise.all(probes))
}

/** No other request is under way, so a backend that waits behind the gate is the writer's. */
async function takeAway(body: Body, round: Round, watch: Watch, write: Write | undefined): Promise<void> {
  const take = async () => {
    await revoke(body, round)
    watch.revoked()
  }
  if (write === undefined) return await take()
  await watch.pause()
  await write.across(take)
  watch.resume()
}

/** Gives both clients a new token, as each would get one before the old one expires. */
async function renewLater(body: Body, round: Round, sides: Sides, probes: readonly Probe[]): Promise<void> {
  if (body.renews_after === undefined) return
  await round.passes(milliseconds(body.renews_after))
  for (const side of ['member', 'control'] as const) {
    const token = await freshToken(round.sessionOf(sides[side]), round.target)
    if (token === null) continue
    await Promise.all(probes.map((probe) => probe[side].renew?.(token)))
    round.mark('note', 'a new token is sent over what is open', [sides[side].session])
  }
}

/**
 * If access did not end, repeats the operation with a token that is issued now. The result shows whether the access depends on
 * the old token.
 */
async function askAnew(body: Body, round: Round, { member, anew }: Sides): Promise<void> {
  if (actsOnUser(body)) return
  const uses = operationsIn(round.events).filter(({ session }) => session === member.session)
  const open = Object.keys(body.ends_within).filter((name) => {
    const last = uses.filter(({ operation }) => operation === name).at(-1)
    return name !== newToken && last !== undefined && gotAccess(last)
  })
  if (open.length === 0) return
  const token = await freshToken(round.sessionOf(anew), round.target)
  if (token === null) return
  round.renew(anew, token)
  for (const operation of open) await round.perform({ by: anew, operation })
}

/** Revokes the member's access, as the witness or through Auth; returns when the revocation has taken effect there. */
async function revoke(body: Body, round: Round): Promise<void> {
  const { revoke: how, member } = body
  if ('remove' in how) {
    await round.witness.happen([{ kind: 'remove', fixture: how.remove }], `${how.remove} is removed`)
  } else if ('change' in how) {
    await round.witness.happen([{ kind: 'change', fixture: how.change, set: how.set }], `${how.change} is changed`)
  } else if ('sign_out' in how) {
    await createAuthAdmin(round.target).endSessions(userOf(round, sidesOf(body)).token)
    round.mark('happened', `all sessions of ${member} are ended`)
  } else if ('ban' in how) {
    await createAuthAdmin(round.target).banUser(userOf(round, sidesOf(body)).id)
    round.mark('happened', `${member} is banned`)
  } else {
    await createAuthAdmin(round.target).deleteUser(userOf(round, sidesOf(body)).id)
    round.mark('happened', `the user of ${member} is removed`)
  }
}

function userOf(round: Round, { member }: Sides): { readonly id: string; readonly token: string } {
  const { user, token } = round.sessionOf(member)
  if (user === null || token === null) throw new TrespassError('no-user', `${member.actor} has no user`)
  return { id: user.id, token }
}
