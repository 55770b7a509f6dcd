import { z } from 'zod'
import type { JsonObject } from '../../json.ts'
import { effectKeys, effectsOf } from '../declared-effects.ts'
import { editorNames } from '../editor-names.ts'
import { asFixture, ownUser, usersTable } from '../own-user.ts'
import type { Footprint, Verb, WriteIntent } from '../path.ts'

const text = z.string().min(1)
const fixture = text.register(editorNames, { names: 'fixture' })
const metadata = z.record(z.string(), z.json())
const effects = effectKeys('request')
const contact = { email: text.optional(), phone: text.optional() } as const

/** By one of them Auth finds a user. */
const oneContact = { error: 'either `email` or `phone`' } as const
const hasOneContact = ({ email, phone }: { email?: string | undefined; phone?: string | undefined }): boolean =>
  (email === undefined) !== (phone === undefined)

/** The proof that a mail carries, by Auth's name for the kind of mail. */
const proofs = z.enum(['signup', 'invite', 'magiclink', 'recovery', 'email_change'])

/** The operations of Auth, as a matrix or a scenario writes them. */
export const schemas = {
  sign_up: z.strictObject({
    sign_up: z
      .strictObject({ ...contact, password: text.optional(), data: metadata.optional() })
      .describe('a new user: address or number, password and user metadata; neither address nor number: anonymous'),
    ...effects,
  }),
  sign_in: z.strictObject({
    sign_in: z.strictObject({ ...contact, password: text }).refine(hasOneContact, oneContact),
    ...effects,
  }),
  verify: z
    .strictObject({
      verify: proofs.describe('the kind of the link; Auth issues it for the secret key and sends no mail'),
      of: fixture.describe('the fixture of auth.users whose link it is'),
      new_email: text.optional().describe('of `email_change`: the new address'),
      token: z
        .enum(['wrong', 'used'])
        .optional()
        .describe('`wrong`: a token that Auth did not issue; `used`: the second use of a token'),
      ...effects,
    })
    .refine(({ verify, new_email }) => (verify === 'email_change') === (new_email !== undefined), {
      path: ['new_email'],
      error: '`new_email` beside `verify: email_change`, and nowhere else',
    }),
  recover: z.strictObject({ recover: z.strictObject({ email: text }), ...effects }),
  otp: z.strictObject({
    otp: z
      .strictObject({ ...contact, create_user: z.boolean().optional(), data: metadata.optional() })
      .refine(hasOneContact, oneContact),
    ...effects,
  }),
  update_user: z.strictObject({
    update_user: z
      .strictObject({
        ...contact,
        password: text.optional(),
        current_password: text.optional(),
        data: metadata.optional(),
        app_metadata: metadata.optional(),
      })
      .describe("the caller's own address, number, password or metadata"),
    as: asFixture,
    ...effects,
  }),
  enroll: z.strictObject({ enroll: z.literal('totp'), as: asFixture, ...effects }),
  unenroll: z.strictObject({ unenroll: z.literal('totp'), as: asFixture, ...effects }),
  link_identity: z.strictObject({
    link_identity: z
      .string()
      .regex(/^[a-z][\w-]*$/)
      .describe('the provider, such as `github`: Auth answers with its address, and the request ends there'),
    as: asFixture,
    ...effects,
  }),
  delete_user: z.strictObject({
    delete_user: fixture.describe('removes the user through the admin endpoint, which needs the secret key'),
    ...effects,
  }),
} as const

export type AuthVerb = keyof typeof schemas

/** A request that Auth takes may write, a sign-in too. */
const writing = { readOnly: false, arguments: [] } as const

export const verbs = {
  // Settings of the project refuse every caller alike, so a bare `deny` accepts their layer.
  sign_up: verb(schemas.sign_up, 'limit', (body) => {
    const { sign_up, ...declared } = schemas.sign_up.parse(body)
    return { ...effectsOf(declared), ...writing, writes: withNewUser(declared, newUser(sign_up)) }
  }),
  sign_in: verb(schemas.sign_in, 'application', (body) => {
    return { ...effectsOf(schemas.sign_in.parse(body)), ...writing }
  }),
  verify: verb(schemas.verify, 'application', (body) => {
    const { of, ...declared } = schemas.verify.parse(body)
    return { ...effectsOf(declared), ...writing, about: [of] }
  }),
  recover: verb(schemas.recover, 'application', (body) => {
    return { ...effectsOf(schemas.recover.parse(body)), ...writing }
  }),
  otp: verb(schemas.otp, 'limit', (body) => {
    const { otp, ...declared } = schemas.otp.parse(body)
    const made = otp.create_user === false ? null : newUser(otp)
    return { ...effectsOf(declared), ...writing, writes: withNewUser(declared, made) }
  }),
  update_user: verb(schemas.update_user, 'application', (body) => ofOwnUser(schemas.update_user.parse(body))),
  enroll: verb(schemas.enroll, 'application', (body) => ofOwnUser(schemas.enroll.parse(body))),
  unenroll: verb(schemas.unenroll, 'application', (body) => ofOwnUser(schemas.unenroll.parse(body))),
  link_identity: verb(schemas.link_identity, 'application', (body) => ofOwnUser(schemas.link_identity.parse(body))),
  delete_user: verb(schemas.delete_user, 'application', (body) => {
    const { delete_user, ...declared } = schemas.delete_user.parse(body)
    const removes = [...new Set([delete_user, ...(declared.removes ?? [])])]
    return { ...effectsOf({ ...declared, removes }), ...writing }
  }),
} as const satisfies Record<AuthVerb, Verb>

function verb(
  schema: z.ZodObject,
  refusesBy: NonNullable<Verb['refusesBy']>,
  footprint: (body: JsonObject) => Footprint,
): Verb {
  return { schema, exercises: ['request'], refusesBy, footprint }
}

function ofOwnUser({
  as,
  ...declared
}: { readonly as?: string | undefined } & Parameters<typeof effectsOf>[0]): Footprint {
  return { ...effectsOf(declared), ...writing, ...ownUser(as) }
}

type Declared = Parameters<typeof effectsOf>[0]

/** A matrix that describes the new user itself says more of it. */
function withNewUser(declared: Declared, user: JsonObject | null): readonly WriteIntent[] {
  const { writes } = effectsOf(declared)
  if (user === null || declared.adds?.table === usersTable) return writes
  // Auth may answer a repeated sign-up as if it had made a user.
  return [{ kind: 'add', table: usersTable, rows: [user], identify: null, skippable: true }, ...writes]
}

interface NewUser {
  readonly email?: string | undefined
  readonly phone?: string | undefined
  readonly data?: JsonObject | undefined
}

/** The columns by which a new user is found: Auth chooses its id. */
function newUser({ email, phone, data = {} }: NewUser): JsonObject {
  // Auth stores an address in small letters, and a number as its digits; a reference stays as it is written.
  if (email !== undefined) return { email: email.includes('$') ? email : email.toLowerCase() }
  if (phone !== undefined) return { phone: phone.includes('$') ? phone : phone.replace(/\D/g, '') }
  return { is_anonymous: true, raw_user_meta_data: data }
}
