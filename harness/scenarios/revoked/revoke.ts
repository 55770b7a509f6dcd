import { createAuthAdmin } from '../../actors/admin.ts'
import { TrespassError } from '../../errors.ts'
import type { Round } from '../round.ts'
import { type Body, type Sides, sidesOf } from './declared.ts'

/** Revokes the member's access, as the witness or through Auth; returns when the revocation has taken effect there. */
export async function revoke(body: Body, round: Round): Promise<void> {
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
