import { z } from 'zod'
import { actorKinds, tokenAttacks } from '../model/matrix.ts'
import { requestHeaders } from './request-headers.ts'
import { foundRow, rowValues, tableRow } from './shapes.ts'

/** `$actor@corp.test`: the text in place of `$actor` is unique, so the whole address is. */
const emailForm = /^[a-z0-9._+-]{0,12}\$actor[a-z0-9._+-]{0,12}@[a-z0-9-]+(\.[a-z0-9-]+)+$/i

/** One actor, as `actors.yaml` writes it. */
export const actorSchema = z.strictObject({
  kind: z
    .enum(actorKinds)
    .describe(
      'anon: the publishable key alone; authenticated: a user; anonymous-auth: a signed-in anonymous user; ' +
        'worker: a login role of the database; scheduler: pg_cron, which runs jobs',
    ),
  role: z.string().min(1).optional().describe('the database role that a worker logs in as'),
  as: z.string().min(1).optional().describe("uses another actor's user instead of one of its own"),
  token: z.enum(tokenAttacks).optional().describe('breaks the token on purpose'),
  api_key: z.literal('none').optional().describe('`none` leaves the API key out of every request'),
  app_metadata: rowValues.optional().describe('set by the administrator before the sign-in'),
  user_metadata: rowValues.optional().describe('sent with the sign-up, as any user may'),
  email: z
    .string()
    .regex(emailForm, {
      error:
        'an address such as `$actor@corp.test`: `$actor` once before the @, at most 12 more characters on each side',
    })
    .optional()
    .describe("the form of the user's address: `$actor` is unique; the domain is one of the configured ones"),
  phone: z
    .literal([true, 'only'])
    .optional()
    .describe('true: the user has a confirmed phone number besides its address; only: instead of an address'),
  headers: requestHeaders.optional().describe('headers of every request of the actor'),
  assurance: z.enum(['aal1', 'aal2']).optional().describe('aal2 enrols and verifies a TOTP factor; default: aal1'),
})

export const groupSchema = z.array(z.string().min(1)).min(1)

/** The file of the actors and their world. */
export const actorsSchema = z
  .strictObject({
    actors: z.record(z.string(), actorSchema).describe('who asks'),
    groups: z.record(z.string(), groupSchema).optional().describe('several actors under one name, for use in `expect`'),
    world: z
      .record(z.string(), z.union([tableRow, foundRow]))
      .optional()
      .describe('rows made once for a run, in this order; each may refer to actors and to earlier rows'),
  })
  .meta({ title: 'Trespass actors' })
