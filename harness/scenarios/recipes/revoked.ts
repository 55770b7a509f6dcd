import { milliseconds } from '../duration.ts'
import { judgeAccess, lastedIn, type Revocation } from '../judges/access.ts'
import { judgeInterleavings } from '../judges/interleavings.ts'
import type { Names } from '../names.ts'
import { defineRecipe } from '../recipe.ts'
import { actsOnUser, type Body, gateOf, newToken, schema, sidesOf } from '../revoked/declared.ts'
import { watchRevocation } from '../revoked/round.ts'

/** A member loses access while it keeps asking, and a control keeps it. */
export const revoked = defineRecipe({
  name: 'revoked',
  summary: 'access is taken away from an actor that keeps asking; it ends in time, and for good',
  schema,
  rounds: 3,
  roundMs: 1700,
  overlap: () => 0,
  check,
  participants(body) {
    const { member, writer, control } = sidesOf(body)
    return [member, ...(body.write === undefined ? [] : [writer]), control]
  },
  needs: (body) => [
    'new sessions',
    ...(actsOnUser(body) ? (['secret key'] as const) : []),
    ...(body.token_lasts === undefined ? [] : (['signing key'] as const)),
    ...(body.write === undefined ? [] : (['database'] as const)),
  ],
  doubles: (body) => (actsOnUser(body) ? [body.member] : []),
  round: watchRevocation,
  judge: (body, events, round) => [
    ...judgeAccess(revocationOf(body), events, round),
    ...(body.write === undefined
      ? []
      : judgeInterleavings({ ...body.write, session: sidesOf(body).writer.session }, events, round)),
  ],
  measure: (body, events) => lastedIn(revocationOf(body), events),
})

function check(body: Body, names: Names): void {
  const { member, control, revoke, ends_within, renews_after, write } = body
  names.actor(member, ['member'])
  names.actor(control, ['control'])
  if (member === control) {
    names.refuse(['control'], 'same-actor', 'the member itself', 'another actor, who keeps access')
  }
  for (const probe of Object.keys(ends_within)) if (probe !== newToken) names.operation(probe, ['ends_within', probe])
  if (Object.keys(ends_within).length === 0) {
    names.refuse(['ends_within'], 'no-probe', 'no operation', 'at least one by which access can be seen to end')
  }
  if ('remove' in revoke) names.fixture(revoke.remove, ['revoke', 'remove'])
  if ('change' in revoke) {
    names.fixture(revoke.change, ['revoke', 'change'])
    names.references(revoke.set, ['revoke', 'set'])
  }
  if (renews_after !== undefined && actsOnUser(body)) {
    names.refuse(['renews_after'], 'no-renewal', 'a new token for a user who gets none', 'no such key')
  }
  if (write === undefined) return
  names.operation(write.operation, ['write', 'operation'])
  for (const row of gateOf(body)) {
    names.row(row, ['write', 'gate'])
    if (('remove' in revoke && revoke.remove === row) || ('change' in revoke && revoke.change === row)) {
      names.refuse(
        ['write', 'gate'],
        'gate-in-the-way',
        'the row that is revoked',
        'another row, or nothing could happen',
      )
    }
  }
}

function revocationOf(body: Body): Revocation {
  const { member, anew, control } = sidesOf(body)
  const within = Object.entries(body.ends_within).map(([name, stated]) => [name, milliseconds(stated)] as const)
  return { member: member.session, anew: anew.session, control: control.session, within: new Map(within) }
}
