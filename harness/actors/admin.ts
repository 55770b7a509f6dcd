import type { GoTrueClient } from '@supabase/supabase-js'
import { z } from 'zod'
import { TrespassError } from '../errors.ts'
import type { JsonObject } from '../json.ts'
import type { PrivilegedSession } from '../model/session.ts'
import { authClient, requestFailed } from './auth-client.ts'

const variable = 'TRESPASS_SECRET_KEY'

/** Users per page when looking for marked ones. */
const pageSize = 500

/** Users by which a database is compared. */
const someUsers = 20

const markedSchema = z.looseObject({ trespass: z.string() })

/** A user that a run makes. The caller writes it to the journal before. */
interface NewUser {
  /** A UUID of version 4, chosen here so that the journal can name the user before it exists. */
  readonly id: string
  /** Left out for a user that has a phone number alone. */
  readonly email?: string
  readonly phone?: string
  readonly password: string
  readonly appMetadata: JsonObject | undefined
  readonly userMetadata: JsonObject | undefined
}

/** Auth's admin API, used with the secret key. It makes and removes users and never produces a verdict. */
export interface AuthAdmin {
  /** Makes a confirmed user; no mail is sent. @throws TrespassError */
  createUser(user: NewUser): Promise<void>
  /** @throws TrespassError */
  setAppMetadata(id: string, appMetadata: JsonObject): Promise<void>
  /** Bans a user for an hour: longer than anything that is tried of it. @throws TrespassError */
  banUser(id: string): Promise<void>
  /** Ends all sessions of a token's user, as a global sign-out does. @throws TrespassError */
  endSessions(accessToken: string): Promise<void>
  /** Removes a user; one that is not there is no error. @throws TrespassError */
  deleteUser(id: string): Promise<void>
  /**
   * Looks through all users of the target.
   *
   * @returns the ids of those whose `user_metadata.trespass` is the mark
   * @throws TrespassError
   */
  findMarkedUsers(mark: string): Promise<string[]>
  /** Returns the ids of the first users of the target, of few or none. @throws TrespassError */
  listSomeUsers(): Promise<string[]>
}

/**
 * Opens the admin API of a target. The secret key goes to the target's own host only; without one every call is refused
 * as `no-secret-key`.
 */
export function createAuthAdmin(target: { readonly privileged: PrivilegedSession | null }): AuthAdmin {
  if (target.privileged === null) return withoutKey
  const { url, secretKey } = target.privileged
  const { admin } = authClient(url, secretKey)
  return {
    async createUser({ id, email, phone, password, appMetadata, userMetadata }) {
      const { error } = await admin.createUser({
        ...{ id, password },
        ...(email === undefined ? {} : { email, email_confirm: true }),
        ...(phone === undefined ? {} : { phone, phone_confirm: true }),
        ...(appMetadata === undefined ? {} : { app_metadata: appMetadata }),
        ...(userMetadata === undefined ? {} : { user_metadata: userMetadata }),
      })
      if (error) throw requestFailed('a user cannot be made', error, variable)
    },
    async setAppMetadata(id, appMetadata) {
      const { error } = await admin.updateUserById(id, { app_metadata: appMetadata })
      if (error) throw requestFailed('app_metadata cannot be set', error, variable)
    },
    async banUser(id) {
      const { error } = await admin.updateUserById(id, { ban_duration: '1h' })
      if (error) throw requestFailed('a user cannot be banned', error, variable)
    },
    async endSessions(accessToken) {
      const { error } = await admin.signOut(accessToken, 'global')
      if (error) throw requestFailed('sessions cannot be ended', error, variable)
    },
    async deleteUser(id) {
      const { error } = await admin.deleteUser(id)
      if (error && error.status !== 404) throw requestFailed('a user cannot be removed', error, variable)
    },
    findMarkedUsers: (mark) => findMarkedUsers(admin, mark),
    async listSomeUsers() {
      const { data, error } = await admin.listUsers({ page: 1, perPage: someUsers })
      if (error) throw requestFailed('users cannot be listed', error, variable)
      return data.users.map(({ id }) => id)
    },
  }
}

const refuse = (): Promise<never> => {
  const message = 'users cannot be made, changed or removed without a secret key'
  return Promise.reject(new TrespassError('no-secret-key', message, { hint: 'Set TRESPASS_SECRET_KEY.' }))
}

const withoutKey: AuthAdmin = {
  createUser: refuse,
  setAppMetadata: refuse,
  banUser: refuse,
  endSessions: refuse,
  deleteUser: refuse,
  findMarkedUsers: refuse,
  listSomeUsers: refuse,
}

/**
 * Pages until one is empty: a service may return fewer users than requested, and the client misreads the number of the next page
 * from 10 on.
 */
async function findMarkedUsers(admin: GoTrueClient['admin'], mark: string): Promise<string[]> {
  const found = new Set<string>()
  for (let page = 1; ; page += 1) {
    const { data, error } = await admin.listUsers({ page, perPage: pageSize })
    if (error) throw requestFailed('users cannot be listed', error, variable)
    if (data.users.length === 0) return [...found]
    for (const user of data.users) {
      const marked = markedSchema.safeParse(user.user_metadata)
      if (marked.success && marked.data.trespass === mark) found.add(user.id)
    }
  }
}
