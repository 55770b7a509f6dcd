import { z } from 'zod'
import { TrespassError } from '../errors.ts'
import { type Json, type JsonObject, sameJson } from '../json.ts'
import type { ActorDeclaration } from '../model/matrix.ts'
import type { Endpoint } from '../model/session.ts'
import type { PremadeUser } from '../model/target.ts'
import { type AuthClientOptions, authClient, requestFailed } from './auth-client.ts'
import { liveSession } from './live-session.ts'
import type { OpenUser } from './open-user.ts'

const metadataSchema = z.record(z.string(), z.json()).catch({})

/**
 * Signs in a user that exists already. The user does not belong to the run: it is not journaled, changed or removed.
 *
 * @throws TrespassError `premade-user-differs` when its metadata is not what the actor declares, and why Auth refuses.
 */
export async function openPremadeUser(
  owner: ActorDeclaration,
  { email, password }: PremadeUser,
  endpoint: Endpoint,
  manners?: AuthClientOptions,
): Promise<OpenUser> {
  const client = authClient(endpoint.url, endpoint.publishableKey, manners)
  const { data, error } = await client.signInWithPassword({ email, password })
  if (error?.code === 'invalid_credentials') {
    const hint = 'Check e-mail address and password in TRESPASS_USERS.'
    const message = `the actor ${owner.name} cannot be signed in: Auth does not know its user by this password`
    throw new TrespassError('premade-user-refused', message, { hint })
  }
  if (error) throw requestFailed(`the actor ${owner.name} cannot be signed in`, error, 'TRESPASS_PUBLISHABLE_KEY')
  refuseOtherContact(owner, email, data.user.phone)
  refuseOther(owner, 'app_metadata', owner.appMetadata, data.user.app_metadata)
  refuseOther(owner, 'user_metadata', owner.userMetadata, data.user.user_metadata)
  const phone = owner.phone === true && data.user.phone ? { phone: data.user.phone } : {}
  return { id: data.user.id, email, ...phone, sessions: new Map([['aal1', liveSession(data.session)]]) }
}

/** Policies may decide by the domain of the address, and by the number. */
function refuseOtherContact(owner: ActorDeclaration, email: string, phone: string | undefined): void {
  const domainOf = (address: string) => address.slice(address.lastIndexOf('@') + 1).toLowerCase()
  const isElsewhere = owner.email !== undefined && domainOf(owner.email) !== domainOf(email)
  const what = isElsewhere
    ? 'an address of another domain than'
    : owner.phone === 'only'
      ? 'an e-mail address, and a phone number alone is what'
      : owner.phone === true && !phone
        ? 'no phone number, which'
        : null
  if (what === null) return
  const message = `the user of ${owner.name} has ${what} the actor declares`
  throw new TrespassError('premade-user-differs', message, { hint: premadeHint })
}

const premadeHint =
  'A user that exists already is not changed: set it yourself, or leave the user out of TRESPASS_USERS.'

function refuseOther(owner: ActorDeclaration, what: string, declared: JsonObject = {}, there: unknown): void {
  const found: Readonly<Record<string, Json>> = metadataSchema.parse(there)
  const other = Object.keys(declared).find((name) => !sameJson(declared[name], found[name]))
  if (other === undefined) return
  const message = `the user of ${owner.name} has another \`${other}\` in its ${what} than the actor declares`
  throw new TrespassError('premade-user-differs', message, { hint: premadeHint })
}
