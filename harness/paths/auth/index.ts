import { TrespassError } from '../../errors.ts'
import type { Target } from '../../model/target.ts'
import { own } from '../../values.ts'
import { usersTable } from '../own-user.ts'
import type { AccessPath, MissingResource } from '../path.ts'
import { attempts, databaseAnswers } from './attempts.ts'
import { authResponses, isDatabaseError } from './responses.ts'
import { userStore } from './user-store.ts'
import { verbs } from './verbs.ts'

/** Users, through Auth's `/auth/v1`. */
export const auth: AccessPath = {
  name: 'auth',
  sendsHeaders: true,
  resources: ['auth'],
  stores: [userStore],
  // Auth lets the secret key choose the id of a user that it makes.
  fixtureStore: () => ({ table: usersTable, values: { id: '$uuid' } }),
  concernsAnyTable: true,
  verbs,
  responses: authResponses,
  durationFactor: 3,
  findMissing: async ({ name }) => absenceOf(name),
  unavailable,
  // A factor and an identity belong to a user's session: without a user of the cell's own, the secret key can open none.
  controls: (_privileged, body) =>
    'as' in body || !['enroll', 'unenroll', 'link_identity', 'update_user'].some((verb) => verb in body),
  async attempt(caller, call) {
    const attempt = own(attempts, call.verb)
    if (attempt === undefined) throw new TrespassError('unknown-verb', `Auth has no verb ${call.verb}`)
    const answer = await attempt(caller, call)
    return isDatabaseError(answer) && (await databaseAnswers(caller, call))
      ? { ...answer, databaseAnswers: true }
      : answer
  },
}

function absenceOf(name: string): MissingResource | null {
  if (name === 'users') return null
  const expected = '`auth: users`, the users of the project'
  return { found: `\`auth: ${name}\``, expected, hint: 'Write `resource: { auth: users }`.' }
}

function unavailable({ privileged }: Target, body: object): string | null {
  if (privileged !== null || !('verify' in body)) return null
  return 'its link is issued for the secret key alone: set TRESPASS_SECRET_KEY'
}
