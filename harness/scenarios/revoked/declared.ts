import { z } from 'zod'
import { rowValues } from '../../matrix/shapes.ts'
import { duration } from '../duration.ts'
import type { Participant } from '../participant.ts'

/** A probe that is not an operation: it asks Auth for the next token, as a client does before its own expires. */
export const newToken = 'new token'

const name = z.string().min(1)
const member = z.literal('member')

/** The recipe's own keys. */
export const schema = z.strictObject({
  member: name.describe('whose access is taken away'),
  control: name.describe('who keeps access throughout'),
  revoke: z
    .union([
      z.strictObject({ remove: name.describe('the fixture that is removed: a membership') }),
      z.strictObject({ change: name, set: rowValues.describe('the columns that are changed: a role') }),
      z.strictObject({ sign_out: member.describe('all sessions of the member are ended') }),
      z.strictObject({ ban: member.describe('Auth bans the user of the member') }),
      z.strictObject({ delete_user: member.describe('Auth removes the user of the member') }),
    ])
    .describe('what takes access away'),
  ends_within: z
    .record(name, duration)
    .describe('by operation: for how long after that it may still work; `new token` asks Auth for the next token'),
  every: duration.optional().describe('the time between two attempts of one probe; default: 50ms'),
  token_lasts: duration.optional().describe('how long the token is valid with which the member asks'),
  renews_after: duration
    .optional()
    .describe('how long after the revocation clients are given a new token, which they send over what is open'),
  write: z
    .strictObject({
      operation: name.describe('what the member does before, during and after the revocation'),
      gate: z
        .union([name, z.array(name).min(1)])
        .describe('the fixture whose row is locked, so that the operation waits while the revocation commits'),
      during: z.enum(['allow', 'deny', 'either']).describe('what becomes of it then'),
    })
    .optional(),
})

export type Body = z.output<typeof schema>

/** The recipe's own keys, as its schema takes them. */
export type RevokedKeys = z.input<typeof schema>

/** The sessions of a round. */
export interface Sides {
  readonly member: Participant
  /** The same member in another session, for the operation that is interleaved with the revocation. */
  readonly writer: Participant
  /** The same member with a token that is issued after the revocation. */
  readonly anew: Participant
  readonly control: Participant
}

export function sidesOf({ member, control }: Body): Sides {
  return {
    member: { session: member, actor: member },
    writer: { session: `${member} writing`, actor: member },
    anew: { session: `${member} anew`, actor: member },
    control: { session: control, actor: control },
  }
}

/** @returns whether the revocation acts on the user rather than on a row. */
export function actsOnUser({ revoke }: Body): boolean {
  return !('remove' in revoke || 'change' in revoke)
}

export function gateOf({ write }: Body): readonly string[] {
  if (write === undefined) return []
  return typeof write.gate === 'string' ? [write.gate] : write.gate
}
